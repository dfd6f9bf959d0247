"""MLS on behalf of one channel: whose word is whose, and commits that count only once echoed.

A commit of one's own is built and kept, sent, and merged only when it comes back in the channel's
log (delivery-service rule 2): until then the hub may have taken somebody else's. Any other entry
is staged, judged and merged in one step; what does not hold changes nothing and is an error of
`protocols.mls.errors`.

The sender of a message is the leaf that MLS proves, shown as its certificate says. A message of
the epoch before may stand behind a commit in the log, so the members and the franking secret of a
few past epochs are kept; the secrets that open messages are MLS's own and are not kept here.

(A long file: it is the one place where the client meets MLS, and every check of what comes from a
hub or a member beyond RFC 9420's own stands beside the call that it guards.)
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Self

import msgspec

from protocols.errors import MLSError, PolicyRefused
from protocols.frames import HubSender
from protocols.identity import ChainValidator, DeviceKey, Identity
from protocols.mls import state
from protocols.mls.errors import BadKeyPackage, UnsupportedSuite, WrongEpoch, WrongGroup
from protocols.mls.group import (
    ApplicationMessage,
    Group,
    KeyPackageBundle,
    PendingCommit,
    ReceivedProposal,
    StagedCommit,
)
from protocols.mls.handshake import Remove
from protocols.mls.header import peek
from protocols.mls.leaf import (
    CREDENTIAL,
    Credential,
    Extension,
    ExternalSender,
    external_senders,
    read_external_senders,
)
from protocols.mls.public_group import check_key_package
from protocols.mls.wire import ExternalSenderIndex

PAST_EPOCHS = 3
"""Epochs before the present one whose members and franking secret are kept."""
PADDING_CLASS = 128
"""Payloads, with their two bytes of length, are padded to a multiple of this many bytes."""
_FRANKING = "crossband franking"


class Epoch(msgspec.Struct, frozen=True):
    """What is kept of one epoch: who sat on which leaf, and the franking secret."""

    number: int
    members: dict[int, Identity]
    franking: bytes


class Pending(msgspec.Struct, frozen=True):
    """A commit of one's own that has not come back yet: the frames' fields, to send again."""

    commit: bytes
    group_info: bytes
    welcome: bytes | None
    epoch: int


class Kept(msgspec.Struct, frozen=True):
    """A group as it is kept: the MLS state and what is pending. `epochs` change with the epoch."""

    state: bytes
    pending: Pending | None
    epochs: tuple[Epoch, ...]


class Passed(msgspec.Struct, frozen=True):
    """A handshake was taken. `removed_here`: this device is no longer in the group.

    `asked_out`: whom the hub, as external sender, asks to remove; the next commit does it.
    """

    joined: tuple[Identity, ...] = ()
    left: tuple[Identity, ...] = ()
    own: bool = False
    removed_here: bool = False
    committed: bool = True
    asked_out: tuple[Identity, ...] = ()


class Opened(msgspec.Struct, frozen=True):
    """A decrypted message: payload, clear header, and who sent it in which epoch."""

    payload: bytes
    header: bytes
    sender: Identity
    epoch: int


class MemberGroup:
    """The group of one channel. Every method either succeeds or changes nothing."""

    def __init__(
        self,
        group: Group,
        validator: ChainValidator,
        epochs: Sequence[Epoch] = (),
        pending: Pending | None = None,
        *,
        entering: bool = False,
    ) -> None:
        self._entering = entering
        """The group is the one after its own pending commit: the echo changes nothing in it."""
        self._group = group
        self._own = group.own_leaf
        self._validator = validator
        self._epochs = {epoch.number: epoch for epoch in epochs}
        self._pending = pending
        self._remember()

    # --- making one -----------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        channel: str,
        suite: int,
        key: DeviceKey,
        credential: Credential,
        hub: HubSender,
        validator: ChainValidator,
        now: int,
    ) -> Self:
        """A new group with this device in it; the hub is its external sender. `now` in unix s."""
        extensions = (external_senders((_sender(hub),)),)
        group = Group.create(
            channel.encode(),
            suite,
            key,
            credential,
            validator=validator,
            extensions=extensions,
            now=now,
        )
        return cls(group, validator)

    @classmethod
    def join(
        cls,
        channel: str,
        welcome: bytes,
        bundle: KeyPackageBundle,
        key: DeviceKey,
        hub: HubSender,
        validator: ChainValidator,
        now: int,
        *,
        after: int = -1,
    ) -> Self:
        """The group that a Welcome leads to. `now` in unix seconds.

        It must be this channel's, in an epoch later than `after` (the last one known here), with
        this hub as its only external sender. Raises an `MLSError` or `PolicyRefused`.
        """
        group = Group.join(welcome, bundle, key, validator=validator, now=now)
        _check_place(group, channel, hub, after + 1)
        return cls(group, validator)

    @classmethod
    def rejoin(
        cls,
        channel: str,
        group_info: bytes,
        key: DeviceKey,
        credential: Credential,
        hub: HubSender,
        validator: ChainValidator,
        now: int,
        *,
        after: int = -1,
    ) -> Self:
        """Back in by an external commit that removes this device's old leaf (rule 4).

        The commit is pending, like any other: the group counts once the commit has come back.
        `after`: an old GroupInfo, in which somebody removed since would still read, is refused.
        """
        made, group = Group.external_join(
            group_info, key, credential, resync=True, validator=validator, now=now
        )
        _check_place(group, channel, hub, after + 1)
        return cls(group, validator, pending=_pending(made), entering=True)

    @classmethod
    def load(cls, kept: bytes, key: DeviceKey, validator: ChainValidator) -> Self:
        """The group as `dump` gave it.

        Raises `MLSError` when it cannot be used: another layout, or a leaf under another key
        because the device was enrolled anew. Then only a rejoin helps.
        """
        try:
            value = msgspec.msgpack.decode(kept, type=Kept)
            group = state.load(value.state, key, validator)
        except (msgspec.DecodeError, ValueError) as error:
            raise MLSError(f"the kept group cannot be used: {error}") from error
        return cls(group, validator, value.epochs, value.pending)

    def dump(self) -> bytes:
        """Everything, as bytes full of secrets: for the encrypted store alone."""
        kept = Kept(state.dump(self._group), self._pending, tuple(self._epochs.values()))
        return msgspec.msgpack.encode(kept)

    # --- who is in it ---------------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """The present epoch."""
        return self._group.epoch

    @property
    def pending(self) -> Pending | None:
        """The commit of this device that has not come back yet."""
        return self._pending

    @property
    def roster(self) -> tuple[Identity, ...]:
        """Everyone who can read, from the verified tree, in leaf order."""
        return tuple(self._epochs[self.epoch].members.values())

    @property
    def own_leaf(self) -> int:
        """This device's leaf."""
        return self._group.own_leaf

    @property
    def credential(self) -> Credential:
        """The credential of this device's leaf, to be compared with a renewed certificate."""
        for member in self._group.members():
            if member.leaf == self._group.own_leaf:
                return member.credential
        raise MLSError("this device has no leaf in its own group")

    def leaves(self, devices: Sequence[str]) -> list[int]:
        """The leaves of these devices, ascending."""
        members = self._epochs[self.epoch].members
        return sorted(leaf for leaf, identity in members.items() if identity.device in devices)

    def check_package(self, device: str, package: bytes, now: int) -> None:
        """Whether this key package, from the hub, is one of `device` for this group's suite.

        Raises an `MLSError`: without this a hub could have anybody certified added instead.
        """
        checked = check_key_package(package, self._validator, now)
        if checked.identity != device:
            raise BadKeyPackage(f"The hub gave a key package of {checked.identity} for {device}.")
        if checked.suite != self._group.suite:
            raise UnsupportedSuite(
                f"The key package of {device} is of suite {checked.suite}; this channel is of "
                f"suite {self._group.suite}."
            )

    # --- handshakes -----------------------------------------------------------------------------

    @property
    def group_info(self) -> bytes:
        """The present epoch as those outside need it: a signed GroupInfo with the tree."""
        return self._group.group_info()

    @property
    def proposed(self) -> bool:
        """Whether proposals wait for a commit; until then nothing may be encrypted."""
        return bool(self._group.proposals)

    def commit(
        self,
        add: Sequence[bytes],
        remove: Sequence[str],
        now: int,
        *,
        credential: Credential | None = None,
    ) -> Pending:
        """Builds a commit: adds (key packages), removes (devices), a fresh path of one's own.

        Outstanding proposals of the hub are in it. It stays pending until its echo or `discard`.
        `credential` replaces that of this device's leaf; `now` in unix seconds.
        """
        made = self._group.commit(
            add=tuple(add), remove=tuple(self.leaves(remove)), credential=credential, now=now
        )
        self._pending = _pending(made)
        return self._pending

    def discard(self) -> None:
        """The pending commit came too late, or was refused."""
        if self._group.pending is not None:
            self._group.discard_pending()
        self._pending = None

    def take(self, body: bytes, now: int) -> Passed:
        """A proposal or commit of the log. Raises an `MLSError` with nothing changed."""
        before = self._epochs[self.epoch].members
        self._own = self._group.own_leaf
        if self._pending is not None and body == self._pending.commit:
            if not self._entering:
                self._group.merge_pending()
            self._pending, self._entering = None, False
            return self._passed(before, own=True)
        result = self._group.process(body, now)
        if isinstance(result, ReceivedProposal):
            return Passed(committed=False, asked_out=self._asked_out(result, before))
        if not isinstance(result, StagedCommit):
            raise MLSError("a handshake entry holds something else")
        self._check_senders(result)
        self._group.merge(result)
        self._pending = None
        if result.self_removed:
            me = before.get(self._own)
            return Passed(left=() if me is None else (me,), removed_here=True)
        return self._passed(before, own=False)

    def may_stand(self, body: bytes, now: int) -> bool:
        """Whether the hub, which sees the public side only, may have taken this handshake.

        False for what fails in public: then nobody has applied it, and the group is where it was.
        True as well for one of a later epoch: something before it is missing here.
        """
        try:
            if peek(body).epoch > self.epoch:
                return True
            self._group.public.check(body, now=now)
        except MLSError:
            return False
        return True

    def _asked_out(
        self, proposal: ReceivedProposal, before: dict[int, Identity]
    ) -> tuple[Identity, ...]:
        if not isinstance(proposal.sender, ExternalSenderIndex):
            return ()
        if not isinstance(proposal.proposal, Remove):
            return ()
        identity = before.get(proposal.proposal.removed)
        return () if identity is None else (identity,)

    def _check_senders(self, staged: StagedCommit) -> None:
        """No commit changes who may propose from outside."""
        if staged.upcoming is None:
            return
        old, new = self._group.public.extensions, staged.upcoming.public.extensions
        if _senders(old) != _senders(new):
            raise MLSError("the commit changes who may propose removals from outside")

    # --- messages -------------------------------------------------------------------------------

    def encrypt(self, payload: bytes, header: bytes) -> bytes:
        """A PrivateMessage with `header` as its authenticated data."""
        return self._group.encrypt(payload, aad=header, padding_class=PADDING_CLASS)

    def decrypt(self, body: bytes) -> Opened:
        """Opens a PrivateMessage of another member; its generation can be opened once only."""
        message: ApplicationMessage = self._group.decrypt(body)
        epoch = self._epochs.get(message.epoch)
        sender = None if epoch is None else epoch.members.get(message.sender)
        if sender is None:
            raise MLSError("the sender of the message is not known any more")
        return Opened(message.data, message.aad, sender, message.epoch)

    def seal(
        self, devices: Sequence[str], value: bytes, context: bytes
    ) -> list[tuple[int, bytes, bytes]]:
        """`value` for these members only: (leaf, KEM output, ciphertext) each.

        It opens in this channel and this epoch alone, whatever `context` binds it to besides.
        """
        context = self._place(self.epoch) + context
        return list(self._group.seal(self.leaves(devices), value, context))

    def open_sealed(self, epoch: int, output: bytes, sealed: bytes, context: bytes) -> bytes:
        """Opens what `seal` made for this device's leaf; raises an `MLSError`."""
        return self._group.open_sealed(epoch, output, sealed, self._place(epoch) + context)

    def franking_key(self, epoch: int, message_id: bytes) -> bytes:
        """The key of the franking tag of one message: known to the members of that epoch alone.

        HMAC of the message id under MLS-Exporter("crossband franking", "", 32) of the epoch (RFC
        9420 section 8.5). Raises `MLSError` for an epoch that is not kept any more.
        """
        kept = self._epochs.get(epoch)
        if kept is None:
            raise MLSError(f"the franking secret of epoch {epoch} is not kept any more")
        return hmac.digest(kept.franking, message_id, hashlib.sha256)

    # --- within ---------------------------------------------------------------------------------

    def _place(self, epoch: int) -> bytes:
        return hashlib.sha256(self._group.group_id).digest() + epoch.to_bytes(8, "big")

    def _remember(self) -> None:
        """Keeps members and franking secret of the present epoch, and lets the oldest go."""
        group = self._group
        members = {
            member.leaf: self._validator.identity(member.credential) for member in group.members()
        }
        franking = group.exporter(_FRANKING, b"", 32)
        self._epochs[group.epoch] = Epoch(group.epoch, members, franking)
        for number in sorted(self._epochs)[: -PAST_EPOCHS - 1]:
            del self._epochs[number]

    def _passed(self, before: dict[int, Identity], *, own: bool) -> Passed:
        self._remember()
        after = self._epochs[self.epoch].members
        old, new = set(before.values()), set(after.values())
        return Passed(
            joined=tuple(one for one in after.values() if one not in old),
            left=tuple(one for one in before.values() if one not in new),
            own=own,
        )


def _pending(made: PendingCommit) -> Pending:
    return Pending(made.commit, made.group_info, made.welcome, made.epoch)


def _sender(hub: HubSender) -> ExternalSender:
    return ExternalSender(hub.signature_key, CREDENTIAL.decode(hub.credential))


def _senders(extensions: Sequence[Extension]) -> tuple[ExternalSender, ...]:
    return read_external_senders(tuple(extensions))


def _check_place(group: Group, channel: str, hub: HubSender, earliest: int) -> None:
    """That a group found from outside is the channel's, not an old one, and this hub's."""
    if group.group_id != channel.encode():
        raise WrongGroup(f"The hub gave the group of another channel for {channel!r}.")
    if group.epoch < earliest:
        raise WrongEpoch(
            f"The hub gave epoch {group.epoch} of {channel!r}; epoch {earliest} or later is due."
        )
    if _senders(group.public.extensions) != (_sender(hub),):
        raise PolicyRefused(
            f"the group of {channel!r} does not name this hub, and it alone, as the one who may "
            "propose removals"
        )
