"""The way in: entries of the log become history, receipts and events, in one transaction each.

What cannot be read or must not count is never dropped in silence: the sender's ledger says why,
and so does an event here.
"""

from __future__ import annotations

import msgspec

from protocols.client.channels import (
    Came,
    Channel,
    Echo,
    Known,
    Missing,
    Outcome,
    Unreadable,
    body_hash,
)
from protocols.client.desk import Desk
from protocols.client.events import Noticed, Received
from protocols.client.store import Put, Row, Table
from protocols.client.writing import check_exercise
from protocols.errors import IdReused, PolicyRefused
from protocols.frames import Entry, Stage
from protocols.identity import Identity
from protocols.ids import id_text
from protocols.messages.envelope import Message, from_json, to_json
from protocols.mls.errors import OwnMessage


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the history table."""

    time: int
    sender: Identity
    message: bytes
    raw_hash: bytes
    epoch: int
    refused: str | None = None
    own: bool = False


def received_of(row: Row) -> Received:
    """A row of the history table as the event it was."""
    line = msgspec.msgpack.decode(row.value, type=_Line)
    return Received(
        channel=row.name,
        seq=row.number,
        time=line.time,
        sender=line.sender,
        message=from_json(line.message),
        refused=line.refused,
        raw_hash=line.raw_hash,
        epoch=line.epoch,
        own=line.own,
    )


class Reader:
    """Turns what a channel makes of its entries into effects."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def message(self, channel: Channel, outcome: Outcome) -> None:
        """Handles the outcomes of message entries; the others are the engine's own business."""
        if isinstance(outcome, Echo):
            own = self._desk.outbox.echoed(
                id_text(outcome.message_id),
                outcome.entry.body,
                outcome.entry.seq,
                outcome.entry.time,
            )
            if own is not None:
                self._own(channel, outcome.entry, own.message, outcome.epoch)
                return
            outcome = channel.foreign(outcome)
        if isinstance(outcome, Came):
            self._came(channel, outcome)
        elif isinstance(outcome, Unreadable):
            self._unreadable(channel, outcome)
        else:
            assert isinstance(outcome, Known | Missing)

    def passed_over(self, channel: Channel) -> None:
        """The cursor jumped over entries of this device: they go into the history from here."""
        for item in self._desk.outbox.passed(channel.name, channel.cursor):
            fate = self._desk.outbox.fate(item.id)
            entry = Entry(item.seq, 0 if fate is None else fate.time, 1, item.body)  # type: ignore[arg-type] # EntryKind by value
            self._own(channel, entry, item.message, item.epoch)

    def _own(self, channel: Channel, entry: Entry, message: bytes, epoch: int) -> None:
        said = from_json(message)
        self._desk.first_seen(channel.name, said.id, entry.seq)
        self._record(channel, entry, self._desk.own, said, epoch, own=True)

    def _came(self, channel: Channel, came: Came) -> None:
        unsealed = came.unsealed
        refused, detail = unsealed.refused, unsealed.detail
        first = self._desk.first_seen(channel.name, unsealed.message.id, came.entry.seq)
        if first != came.entry.seq:
            refused, detail = IdReused().code, f"its id is that of entry {first}"
        if refused is None:
            try:
                check_exercise(channel, unsealed.message)
            except PolicyRefused as error:
                refused, detail = error.code, error.detail
        opened = came.opened
        self._record(
            channel, came.entry, opened.sender, unsealed.message, opened.epoch, refused=refused
        )
        if refused is None:
            self._desk.receipts.add(channel.name, came.entry.seq, Stage.DECRYPTED)
        else:
            self._desk.receipts.add(channel.name, came.entry.seq, Stage.FAILED, refused)
            self._desk.tell(
                Noticed(refused, f"a message of {opened.sender.device}: {detail}", "", channel.name)
            )

    def _unreadable(self, channel: Channel, unreadable: Unreadable) -> None:
        if unreadable.code == OwnMessage().code:
            return  # sent from this folder before its store was lost: nothing to receipt
        entry = unreadable.entry
        self._desk.receipts.add(channel.name, entry.seq, Stage.FAILED, unreadable.code)
        self._desk.tell(
            Noticed(
                unreadable.code,
                f"entry {entry.seq} cannot be read: {unreadable.detail}",
                unreadable.remedy,
                channel.name,
            )
        )

    def _record(
        self,
        channel: Channel,
        entry: Entry,
        sender: Identity,
        message: Message,
        epoch: int,
        *,
        refused: str | None = None,
        own: bool = False,
    ) -> None:
        received = Received(
            channel=channel.name,
            seq=entry.seq,
            time=entry.time,
            sender=sender,
            message=message,
            refused=refused,
            raw_hash=body_hash(entry.body),
            epoch=epoch,
            own=own,
        )
        line = _Line(
            time=entry.time,
            sender=sender,
            message=to_json(message),
            raw_hash=received.raw_hash,
            epoch=epoch,
            refused=refused,
            own=own,
        )
        value = msgspec.msgpack.encode(line)
        self._desk.keep(Put(Table.HISTORY, channel.name, entry.seq, value))
        self._desk.tell(received)
