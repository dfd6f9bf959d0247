"""One channel as this device knows it: the entries one after the other, each taken once.

    creating    opened here, the hub has not confirmed it
    member      in the group; entries are read
    rejoining   an entry could not be applied: coming back by an external commit (rule 7)
    left        removed; what was read stays readable here

The cursor is the number of the last entry taken. An entry at or below it is known, the next one is
taken, and one further on means that something is missing: then the channel is asked for again from
the cursor, so there is never a silent gap. Taking an entry gives one outcome; the engine writes
what follows from it in the transaction that moves the cursor.

Sans-io.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from protocols.client.groups import MemberGroup, Opened, Passed
from protocols.client.sealing import Unsealed, unseal
from protocols.client.store import Change, Drop, Put, Table
from protocols.errors import HeaderRefused, MessageRefused, MLSError
from protocols.frames import ChannelState, Entry, EntryKind, Policy, Welcome
from protocols.header import HEADER_BYTES
from protocols.identity import Identity
from protocols.mls.header import PrivateHeader, peek


class Standing(StrEnum):
    """This device's place in a channel."""

    CREATING = "creating"
    MEMBER = "member"
    REJOINING = "rejoining"
    LEFT = "left"


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of a channel beside its group."""

    channel: str
    standing: Standing
    cursor: int = 0
    policy: Policy = Policy()
    asked: Policy | None = None
    agreed: tuple[str, ...] = ()
    epoch: int = -1
    """The last epoch this device was in: an older one is never entered again."""
    lost: tuple[Identity, ...] = ()
    """While rejoining: who could read when the group was lost, to tell who has come since."""


class Known(msgspec.Struct, frozen=True):
    """The entry was here before, or nothing follows from it."""


class Missing(msgspec.Struct, frozen=True):
    """Entries between the cursor and this one have not come: subscribe again."""


class Came(msgspec.Struct, frozen=True):
    """A message of another member."""

    entry: Entry
    opened: Opened
    unsealed: Unsealed


class Echo(msgspec.Struct, frozen=True):
    """A message whose clear header carries this id, and which this device may have sent."""

    entry: Entry
    message_id: bytes
    epoch: int


class Unreadable(msgspec.Struct, frozen=True):
    """A message that cannot be shown; the channel goes on."""

    entry: Entry
    code: str
    detail: str
    remedy: str


class Broken(msgspec.Struct, frozen=True):
    """A handshake that the others may have applied and this device cannot: it must rejoin.

    One that fails for everybody is `Unreadable` instead, and the group stays where it is.
    """

    entry: Entry
    code: str
    detail: str


Outcome = Known | Missing | Came | Echo | Unreadable | Broken | Passed


class Channel:
    """Cursor, group and standing of one channel."""

    def __init__(self, record: Record, group: MemberGroup | None) -> None:
        self._record = record
        self.group = group
        """The group whose messages can be read and sent; None while there is none."""
        self.returning: MemberGroup | None = None
        """While rejoining: the group that counts once its external commit has come back."""
        self.live = False
        """Everything that the hub had at the last `caught_up` is here."""
        self.welcome: Welcome | None = None
        """A Welcome of a later membership, kept until the present one has been read to its end."""
        self.asked_again = False
        """Entries were missing: what comes is passed over until the hub begins again."""
        self._dirty_record = False
        self._dirty_group = False

    @classmethod
    def load(cls, value: bytes, group: MemberGroup | None) -> Channel:
        """The channel as it was kept (table `channels`), with its group."""
        return cls(msgspec.msgpack.decode(value, type=Record), group)

    # --- questions ------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The channel's name, which is its MLS group id."""
        return self._record.channel

    @property
    def record(self) -> Record:
        """What is kept of the channel beside its group."""
        return self._record

    @property
    def cursor(self) -> int:
        """The last entry taken."""
        return self._record.cursor

    @property
    def standing(self) -> Standing:
        """This device's place in the channel."""
        return self._record.standing

    @property
    def member(self) -> bool:
        """Whether messages can be read and sent."""
        return self.standing is Standing.MEMBER and self.group is not None

    # --- entries --------------------------------------------------------------------------------

    def take(self, entry: Entry, now: int) -> Outcome:
        """The next entry of the log. `now` in unix seconds. Moves the cursor unless `Missing`."""
        if entry.seq <= self.cursor:
            return Known()
        if entry.seq > self.cursor + 1:
            return Missing()
        if entry.kind is EntryKind.MESSAGE:
            outcome = self._take_message(entry)
        else:
            outcome = self._take_handshake(entry, now)
        self.update(cursor=entry.seq)
        return outcome

    def skip(self, seqs: tuple[int, ...]) -> bool:
        """Positions that the hub left out count as received; False if they do not follow on."""
        for seq in sorted(seqs):
            if seq > self.cursor + 1:
                return False
            if seq == self.cursor + 1:
                self.update(cursor=seq)
        return True

    def foreign(self, echo: Echo) -> Came | Unreadable:
        """An `Echo` whose id was not sent from here after all: another member's message."""
        return self._open(echo.entry)

    def _take_message(self, entry: Entry) -> Outcome:
        if not self.member:
            return Unreadable(
                entry, "not_a_member", "the message was sent while this device was not in", ""
            )
        try:
            head = peek(entry.body)
        except MLSError as error:
            return _unreadable(entry, error)
        if isinstance(head, PrivateHeader) and len(head.authenticated_data) == HEADER_BYTES:
            return Echo(entry, head.authenticated_data[1:17], head.epoch)
        return Unreadable(entry, "header_refused", "the entry has no clear header", "")

    def _open(self, entry: Entry) -> Came | Unreadable:
        assert self.group is not None
        try:
            opened = self.group.decrypt(entry.body)
        except MLSError as error:
            return _unreadable(entry, error)
        self._dirty_group = True
        try:
            unsealed = unseal(
                opened.payload, opened.header, opened.sender, opened.epoch, self.group
            )
        except (HeaderRefused, MessageRefused, MLSError) as error:
            return _unreadable(entry, error)
        return Came(entry, opened, unsealed)

    def _take_handshake(self, entry: Entry, now: int) -> Outcome:
        returning = self.returning
        if returning is not None:
            pending = returning.pending
            if pending is not None and entry.body == pending.commit:
                returning.take(entry.body, now)
                before = self._record.lost
                self.enter(returning, self.cursor)
                return _returned(before, returning.roster)
            return Known()
        if not self.member or self.group is None:
            return Known()
        try:
            passed = self.group.take(entry.body, now)
        except MLSError as error:
            if self.group.may_stand(entry.body, now):
                return Broken(entry, error.code, error.detail)
            return _unreadable(entry, error)
        self._dirty_group = True
        self.update(epoch=self.group.epoch)
        if passed.removed_here:
            self.leave()
        return passed

    # --- changes of standing --------------------------------------------------------------------

    def enter(self, group: MemberGroup, cursor: int) -> None:
        """This device is in, with everything up to `cursor` behind it."""
        self.group, self.returning = group, None
        self._dirty_group = True
        self.update(standing=Standing.MEMBER, cursor=cursor, epoch=group.epoch, lost=())

    def lose(self) -> None:
        """The group can no longer be followed: it is given up until the device is back in."""
        lost = () if self.group is None else self.group.roster
        self.group = None
        self._dirty_group = True
        self.update(standing=Standing.REJOINING, lost=lost)

    def leave(self) -> None:
        """This device was removed: every secret of the group goes."""
        self.group, self.returning = None, None
        self._dirty_group = True
        self.update(standing=Standing.LEFT)

    def update(
        self,
        *,
        standing: Standing | None = None,
        cursor: int | None = None,
        state: ChannelState | None = None,
        epoch: int = -1,
        lost: tuple[Identity, ...] | None = None,
    ) -> bool:
        """Keeps what is new; True if anything was."""
        record = self._record
        if standing is not None:
            record = msgspec.structs.replace(record, standing=standing)
        if cursor is not None:
            record = msgspec.structs.replace(record, cursor=cursor)
        if epoch > record.epoch:
            record = msgspec.structs.replace(record, epoch=epoch)
        if lost is not None:
            record = msgspec.structs.replace(record, lost=lost)
        if state is not None:
            record = msgspec.structs.replace(
                record, policy=state.policy, asked=state.asked, agreed=state.agreed
            )
        changed = record != self._record
        self._record = record
        self._dirty_record |= changed
        return changed

    def touched(self) -> None:
        """The group's state has changed and must be kept before any frame goes out."""
        self._dirty_group = True

    def take_changes(self) -> list[Change]:
        """What is to be kept: the record and the group, together."""
        changes: list[Change] = []
        if self._dirty_record:
            value = msgspec.msgpack.encode(self._record)
            changes.append(Put(Table.CHANNELS, self.name, 0, value))
        if self._dirty_group:
            changes.append(
                Drop(Table.GROUPS, self.name)
                if self.group is None
                else Put(Table.GROUPS, self.name, 0, self.group.dump())
            )
        self._dirty_record = self._dirty_group = False
        return changes


def body_hash(body: bytes) -> bytes:
    """SHA-256 of a delivered body, as audits compare it."""
    return hashlib.sha256(body).digest()


def _returned(before: tuple[Identity, ...], after: tuple[Identity, ...]) -> Passed:
    """A rejoin, told as what it changed in who can read."""
    return Passed(
        joined=tuple(one for one in after if one not in before),
        left=tuple(one for one in before if one not in after),
        own=True,
    )


def _unreadable(entry: Entry, error: MLSError | HeaderRefused | MessageRefused) -> Unreadable:
    return Unreadable(entry, error.code, error.detail, error.remedy)
