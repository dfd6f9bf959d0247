"""What can be written to the store, and what became of it: small frozen values, one shape each.

A batch is a sequence of `Item`; its answer is one `Result` per item in the same order. A result
that is not `ok` means that this item changed nothing; the others of its batch stand. Times are
UTC microseconds, `meta` is JSON that enters the log by its salted hash, bodies are opaque.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from protocols.tlog.entry import Kind


class Item(msgspec.Struct, frozen=True, gc=False):
    """Base of everything that can stand in a batch."""


class Result(msgspec.Struct, frozen=True, gc=False):
    """Base of every answer; `ok` says whether the item took effect (now or the first time)."""

    ok: ClassVar[bool] = False


# --- items --------------------------------------------------------------------------------------


class AppendMessage(Item, frozen=True, gc=False):
    """An application message; deduplicated on (channel, device, message id)."""

    channel: str
    device: str
    message_id: bytes
    epoch: int
    body: bytes
    act: int
    lane: int
    at: int
    meta: bytes = b""


class NewWelcome(msgspec.Struct, frozen=True, gc=False):
    """A Welcome to be put into a device's inbox."""

    device: str
    body: bytes


class AppendHandshake(Item, frozen=True, gc=False):
    """A proposal or commit that the caller has checked against the group state.

    `epoch` is the epoch it was made for. A commit moves the channel to `epoch` + 1. `base_seq`,
    where not negative, is the `handshake_seq` of the group state it was checked against.
    """

    channel: str
    device: str
    kind: Kind
    epoch: int
    body: bytes
    group_state: bytes
    at: int
    group_info: bytes = b""
    welcomes: tuple[NewWelcome, ...] = ()
    message_id: bytes = b""
    base_seq: int = -1
    act: int = 0
    lane: int = 0
    meta: bytes = b""


class AppendEvent(Item, frozen=True, gc=False):
    """Anything that is logged without a sequence number: login, refusal, view, flag, start."""

    kind: Kind
    device: str
    at: int
    channel: str = ""
    message_id: bytes = b""
    act: int = 0
    lane: int = 0
    epoch: int = 0
    body: bytes = b""
    meta: bytes = b""


class CreateChannel(Item, frozen=True, gc=False):
    """A new channel: logged as CHANNEL (body: GroupInfo) followed by POLICY (body: the policy)."""

    channel: str
    device: str
    policy: bytes
    epoch: int
    group_state: bytes
    group_info: bytes
    at: int
    meta: bytes = b""


class SetPolicy(Item, frozen=True, gc=False):
    """The channel's policy from now on."""

    channel: str
    device: str
    policy: bytes
    at: int
    meta: bytes = b""


class NewKeyPackage(msgspec.Struct, frozen=True, gc=False):
    """A validated key package: its reference, its bytes, until when it holds."""

    ref: bytes
    body: bytes
    not_after: int
    last_resort: bool = False


class PutKeyPackages(Item, frozen=True, gc=False):
    """Publish key packages of a device; a last-resort one replaces the one before."""

    device: str
    packages: tuple[NewKeyPackage, ...]
    at: int
    meta: bytes = b""


class ClaimKeyPackage(Item, frozen=True, gc=False):
    """`device` takes a key package of `target`; one-time ones are given once."""

    target: str
    device: str
    at: int
    meta: bytes = b""


class AckWelcome(Item, frozen=True, gc=False):
    """The device has joined; its Welcome need not wait any longer."""

    device: str
    welcome_id: int


class PutReceipt(Item, frozen=True, gc=False):
    """A step in the delivery ledger for the messages `seq`..`through` (0: only `seq`)."""

    channel: str
    seq: int
    device: str
    stage: str
    at: int
    reason: str = ""
    through: int = 0


class Revoke(Item, frozen=True, gc=False):
    """A device, or one certificate of it (`serial`), is not to be let in again."""

    device: str
    by: str
    at: int
    serial: str = ""
    reason: str = ""
    meta: bytes = b""
    since: int = 0
    """The instant that the agency named, where it is not `at`."""


class PutEnrolmentCode(Item, frozen=True, gc=False):
    """A one-time code for the enrolment of `device`; only its hash is kept."""

    code_id: str
    code_hash: bytes
    device: str
    expires: int
    by: str
    at: int
    meta: bytes = b""


class UseEnrolmentCode(Item, frozen=True, gc=False):
    """Spend a code on one certificate request."""

    code_id: str
    code_hash: bytes
    request_hash: bytes
    at: int
    meta: bytes = b""


class EraseBodies(Item, frozen=True, gc=False):
    """Erase the application bodies and metadata of `first`..`last` under a written order."""

    channel: str
    first: int
    last: int
    device: str
    order: str
    at: int


class PutCheckpoint(Item, frozen=True, gc=False):
    """A signed note for the log at `size`; `Store.checkpoint` makes it."""

    size: int
    note: str


# --- results ------------------------------------------------------------------------------------


class Committed(Result, frozen=True, gc=False):
    """Logged at `index`, with this seq (0 where none) and this time."""

    ok: ClassVar[bool] = True
    index: int
    seq: int
    at: int


class Duplicate(Result, frozen=True, gc=False):
    """The same message was logged before; these are its values."""

    ok: ClassVar[bool] = True
    index: int
    seq: int
    at: int


class Conflict(Result, frozen=True, gc=False):
    """The id is taken by another body, which stands at `index`."""

    index: int
    seq: int


class EpochConflict(Result, frozen=True, gc=False):
    """Another handshake came first: the channel is at `epoch`, catch up from `from_seq`."""

    epoch: int
    from_seq: int


class StaleEpoch(Result, frozen=True, gc=False):
    """The message is neither of the current epoch nor of the one before."""

    epoch: int


class UnknownChannel(Result, frozen=True, gc=False):
    """No channel of this name."""

    channel: str


class ChannelExists(Result, frozen=True, gc=False):
    """A channel of this name exists already."""

    channel: str


class Claimed(Result, frozen=True, gc=False):
    """A key package, and how many one-time ones its device has left."""

    ok: ClassVar[bool] = True
    ref: bytes
    body: bytes
    last_resort: bool
    remaining: int
    index: int


class NoKeyPackage(Result, frozen=True, gc=False):
    """The device has no key package that still holds."""

    target: str


class Done(Result, frozen=True, gc=False):
    """Written; there is nothing more to say."""

    ok: ClassVar[bool] = True


class NotFound(Result, frozen=True, gc=False):
    """There was nothing of the kind."""


class CodeUsed(Result, frozen=True, gc=False):
    """The code was good and is spent; the certificate is for `device`."""

    ok: ClassVar[bool] = True
    device: str
    index: int


class CodeRefused(Result, frozen=True, gc=False):
    """The code is not good: exists, unknown, wrong, expired, used or burnt."""

    reason: str


class Erased(Result, frozen=True, gc=False):
    """`count` bodies are gone by the order logged at `index`."""

    ok: ClassVar[bool] = True
    index: int
    count: int
