"""The frames between hub and client: one table, one struct each, the limits beside them.

Subprotocols: `crossband.v1.msgpack` (binary frames) and `crossband.v1.json` (text frames, binary
fields as base64). The same structs serve both; a frame is an array whose first item is its tag,
so a delivery carries no field names and is the same bytes for every member of a channel.

    tag         layout                                    who     meaning
    challenge   nonce, hub, time                          hub     first frame of a connection
    login       device, chain, signature                  client  answer to the challenge
    statement   body                                      client  agency-signed statement
                                                                  (revocation); proves itself,
                                                                  allowed before login
    ready       device, time, channels, packages, sender  hub     login accepted, what the hub
                                                                  holds, and the entry that `create`
                                                                  must put into the group's
                                                                  external_senders
    create      ref, channel, policy, group_info          client  open a channel with oneself in it
    policy      ref, channel, policy                      client  ask for, or agree to, a new policy
    subscribe   ref, channel, after                       client  deliver from entry `after` + 1 on
    send        ref, body                                 client  MLS PrivateMessage; the channel is
                                                                  its group id, the clear header its
                                                                  authenticated data
    handshake   ref, body, group_info, welcome            client  MLS commit with the new epoch's
                                                                  GroupInfo
    propose     ref, body                                 client  MLS proposal
    publish     ref, packages, last_resort                client  key packages of this device
    claim       ref, device, channel                      client  take one key package of a device
    fetch       ref, channel                              client  the channel's current GroupInfo
    directory   ref                                       client  devices that can be added
    joined      channel, seq                              client  the Welcome was used; forget it
    receipt     channel, stage, seqs, reason              client  what became of entries here
    trace       ref, channel, seq                         client  delivery ledger of one entry
    cannot      channel, seq, error                       client  an entry could not be applied
                                                                  (rule 7)
    accepted    acks                                      hub     on disk: (ref, seq, time) of each
    refused     ref, code, detail, remedy, facts          hub     not taken, and what to do
    entry       seq, time, kind, body                     hub     one entry of a channel's log
    caught_up   channel, seq                              hub     replay has reached live delivery
    superseded  channel, seqs                             hub     positions left out because this
                                                                  connection was behind and a newer
                                                                  one of their track follows; the
                                                                  log has them: count them as
                                                                  received
    pruned      channel, first_available                  hub     older entries are gone
    welcome     channel, seq, body                        hub     an MLS Welcome; `seq` is its
                                                                  commit
    package     ref, device, body                         hub     answer to claim
    group_info  ref, channel, seq, body                   hub     answer to fetch
    devices     ref, devices                              hub     answer to directory
    ledger      ref, channel, seq, rows                   hub     answer to trace, and pushed with
                                                                  ref 0 to the entry's sender as it
                                                                  changes
    channel     channel, state                            hub     a channel's policy or epoch has
                                                                  changed
    slow_down   ref, retry_after, reason                  hub     not taken; try again in that many
                                                                  ms
    notice      code, detail, remedy                      hub     something the operator of this
                                                                  device must know (revoked, disk
                                                                  low, closing)

`ref` is a number of the client's choice, 1 or greater, unique among its unanswered frames; every
frame that carries one is answered once, by `accepted`, `refused`, `slow_down` or the answer named.
Times are UTC microseconds since 1970. One table, so one file, long as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Annotated, Literal

import msgspec

from protocols.errors import CrossbandError, FrameTooLarge, MalformedFrame, Trouble

SUBPROTOCOL_MSGPACK = "crossband.v1.msgpack"
SUBPROTOCOL_JSON = "crossband.v1.json"

LOGIN_SECONDS = 10
"""Time for a client to log in after the challenge."""
PING_SECONDS = 20
"""Interval and patience of WebSocket pings."""
LOGIN_FRAME_LIMIT = 16 * 1024
"""Bytes of a frame before login."""
FRAME_LIMIT = 64 * 1024
"""Bytes of any client frame but those that carry group state."""
GROUP_FRAME_LIMIT = 4 * 1024 * 1024
"""Bytes of `create`, `handshake` and `publish`: a tree of 1,000 members has about 2.5 MiB."""
CONNECTIONS_PER_DEVICE = 10
PACKAGES_PER_DEVICE = 50
"""One-time key packages a device keeps at the hub, beside one of last resort."""
OUTBOX_MESSAGES = 1000
OUTBOX_BYTES = 4 * 1024 * 1024
OUTBOX_SECONDS = 10
"""A consumer behind by any of these leaves live delivery and is fed from the log."""
REPLAY_ROWS = 256
"""Entries joined into one write while replaying."""


class Lane(IntEnum):
    """Precedence on the wire; lower goes first."""

    FLASH = 0
    IMMEDIATE = 1
    PRIORITY = 2
    ROUTINE = 3
    POSITION = 4


class EntryKind(IntEnum):
    """What an entry delivered to a channel's members is."""

    MESSAGE = 1
    PROPOSAL = 2
    COMMIT = 3


class Stage(IntEnum):
    """How far an entry has come at one recipient. Delivery is never acceptance."""

    ACCEPTED = 0
    FETCHED = 1
    DECRYPTED = 2
    SHOWN = 3
    ACKNOWLEDGED = 4
    FAILED = 9


LARGEST = 2**63 - 1
Ref = Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
"""A client's number for a frame that is to be answered."""
Seq = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
"""A place in a channel's log, as a client names it."""


class _Frame(msgspec.Struct, array_like=True, frozen=True, gc=False, tag=str.lower):
    """Base of all frames: an array whose first item is the tag."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a channel allows. `owners` are the agencies that decide together.

    `gatewayed` channels admit gateways; going from sealed to gatewayed needs every owner.
    `exercise` channels carry exercise traffic and nothing else.
    """

    title: str = ""
    owners: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    gatewayed: bool = False
    exercise: bool = False
    suite: int = 2
    observers: tuple[str, ...] = ()
    """Agencies whose devices may join as observers only."""


class ChannelState(msgspec.Struct, frozen=True, array_like=True):
    """What the hub tells a member about a channel."""

    channel: str
    epoch: int
    last_seq: int
    first_available: int
    policy: Policy
    agreed: tuple[str, ...] = ()
    """Owners that have agreed to the policy now asked for, while it is not yet in force."""
    asked: Policy | None = None
    member: bool = True


class Ack(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry is on disk: the client's ref, its number in the channel, the hub's time (µs)."""

    ref: int
    seq: int
    time: int


class LedgerRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How far one recipient has come with one entry."""

    device: str
    stage: Stage
    reason: str
    time: int


class DeviceEntry(msgspec.Struct, frozen=True, array_like=True):
    """A device that has published key packages."""

    device: str
    agency: str
    country: str
    role: str
    online: bool
    packages: int


class HubSender(msgspec.Struct, frozen=True, array_like=True):
    """The hub as an MLS external sender (RFC 9420 section 12.1.8.1): for Remove, nothing else."""

    signature_key: bytes
    """P-256, uncompressed point: groups of suites that sign with ECDSA P-256."""
    credential: bytes
    """An encoded Credential (basic, the hub's name)."""


# --- client -> hub ------------------------------------------------------------------------------


class Login(_Frame, frozen=True):
    device: str
    chain: tuple[bytes, ...]
    signature: bytes


class Statement(_Frame, frozen=True):
    body: bytes


class Create(_Frame, frozen=True):
    ref: Ref
    channel: str
    policy: Policy
    group_info: bytes


class SetPolicy(_Frame, frozen=True, tag="policy"):
    ref: Ref
    channel: str
    policy: Policy


class Subscribe(_Frame, frozen=True):
    ref: Ref
    channel: str
    after: Seq


class Send(_Frame, frozen=True):
    ref: Ref
    body: bytes


class Handshake(_Frame, frozen=True):
    ref: Ref
    body: bytes
    group_info: bytes
    welcome: bytes | None = None


class Propose(_Frame, frozen=True):
    ref: Ref
    body: bytes


class Publish(_Frame, frozen=True):
    ref: Ref
    packages: tuple[bytes, ...]
    last_resort: bytes | None = None


class Claim(_Frame, frozen=True):
    ref: Ref
    device: str
    channel: str


class Fetch(_Frame, frozen=True):
    ref: Ref
    channel: str


class Directory(_Frame, frozen=True):
    ref: Ref


class Joined(_Frame, frozen=True):
    channel: str
    seq: Seq


class Receipt(_Frame, frozen=True):
    channel: str
    stage: Stage
    seqs: tuple[Seq, ...]
    reason: str = ""


class Trace(_Frame, frozen=True):
    ref: Ref
    channel: str
    seq: Seq


class Cannot(_Frame, frozen=True):
    channel: str
    seq: Seq
    error: str


# --- hub -> client ------------------------------------------------------------------------------


class Challenge(_Frame, frozen=True):
    nonce: bytes
    hub: str
    time: int


class Ready(_Frame, frozen=True):
    device: str
    time: int
    channels: tuple[ChannelState, ...]
    packages: int
    sender: HubSender


class Accepted(_Frame, frozen=True):
    acks: tuple[Ack, ...]


class Refusal(_Frame, frozen=True, tag="refused"):
    ref: int
    code: str
    detail: str
    remedy: str
    facts: dict[str, str | int] = {}


class Entry(_Frame, frozen=True):
    seq: int
    time: int
    kind: EntryKind
    body: bytes


class CaughtUp(_Frame, frozen=True, tag="caught_up"):
    channel: str
    seq: int


class Superseded(_Frame, frozen=True):
    channel: str
    seqs: tuple[int, ...]


class Pruned(_Frame, frozen=True):
    channel: str
    first_available: int


class Welcome(_Frame, frozen=True):
    channel: str
    seq: int
    body: bytes


class Package(_Frame, frozen=True):
    ref: int
    device: str
    body: bytes


class GroupInfo(_Frame, frozen=True, tag="group_info"):
    ref: int
    channel: str
    seq: int
    body: bytes


class Devices(_Frame, frozen=True):
    ref: int
    devices: tuple[DeviceEntry, ...]


class Ledger(_Frame, frozen=True):
    ref: int
    channel: str
    seq: int
    rows: tuple[LedgerRow, ...]


class Channel(_Frame, frozen=True):
    channel: str
    state: ChannelState


class SlowDown(_Frame, frozen=True, tag="slow_down"):
    ref: int
    retry_after: int
    reason: str


class Notice(_Frame, frozen=True):
    code: str
    detail: str
    remedy: str


ClientFrame = (
    Login
    | Statement
    | Create
    | SetPolicy
    | Subscribe
    | Send
    | Handshake
    | Propose
    | Publish
    | Claim
    | Fetch
    | Directory
    | Joined
    | Receipt
    | Trace
    | Cannot
)
HubFrame = (
    Challenge
    | Ready
    | Accepted
    | Refusal
    | Entry
    | CaughtUp
    | Superseded
    | Pruned
    | Welcome
    | Package
    | GroupInfo
    | Devices
    | Ledger
    | Channel
    | SlowDown
    | Notice
)
AnyFrame = ClientFrame | HubFrame

_LARGE = (Create, Handshake, Publish)
_DETAIL_LIMIT = 400


def refusal(ref: int, error: CrossbandError) -> Refusal:
    """The frame that tells the peer about an error; our own trouble goes out by its code only."""
    if isinstance(error, Trouble):
        return Refusal(
            ref, error.code, "The hub could not do this; its operator knows.", error.remedy
        )
    return Refusal(ref, error.code, error.detail[:_DETAIL_LIMIT], error.remedy, error.facts)


class Codec:
    """Bytes to frames and back for one subprotocol (`msgpack` or `json`)."""

    def __init__(self, encoding: Literal["msgpack", "json"]) -> None:
        library = msgspec.msgpack if encoding == "msgpack" else msgspec.json
        self.encoding = encoding
        self._encode: Callable[[AnyFrame], bytes] = library.Encoder().encode
        self._client = library.Decoder(ClientFrame).decode
        self._hub = library.Decoder(HubFrame).decode

    @classmethod
    def of(cls, subprotocol: str | None) -> Codec:
        """The codec of a negotiated WebSocket subprotocol; msgpack where none was asked for."""
        return JSON if subprotocol == SUBPROTOCOL_JSON else MSGPACK

    def encode(self, frame: AnyFrame) -> bytes:
        """The frame's bytes. They do not depend on the receiver."""
        return self._encode(frame)

    def decode_client(self, data: bytes | str, limit: int = GROUP_FRAME_LIMIT) -> ClientFrame:
        """A frame that a client sent; raises `FrameTooLarge` or `MalformedFrame`."""
        if len(data) > limit:
            raise FrameTooLarge(f"a frame of {len(data)} bytes is over the limit of {limit}")
        try:
            frame: ClientFrame = self._client(_octets(data))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedFrame(f"the frame cannot be read: {error}") from error
        if len(data) > FRAME_LIMIT and not isinstance(frame, _LARGE):
            raise FrameTooLarge(f"a frame of {len(data)} bytes is over the limit of {FRAME_LIMIT}")
        return frame

    def decode_hub(self, data: bytes | str) -> HubFrame:
        """A frame that the hub sent; raises `MalformedFrame`."""
        try:
            frame: HubFrame = self._hub(_octets(data))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedFrame(f"the frame cannot be read: {error}") from error
        return frame


def _octets(data: bytes | str) -> bytes:
    """A WebSocket message as bytes: whoever sends text where msgpack is spoken sends no frame."""
    return data.encode() if isinstance(data, str) else data


MSGPACK = Codec("msgpack")
JSON = Codec("json")
