"""Transfers of responsibility, custody with two signatures, and lookouts."""

from __future__ import annotations

from msgspec.structs import replace

from protocols.errors import MalformedMessage, RoleRefused
from protocols.messages.folds.incidents import joined
from protocols.messages.folds.state import Fold, State, addressed, find
from protocols.messages.kinds import (
    Body,
    Bolo,
    BoloCancel,
    CustodyHandoff,
    TransferDone,
    TransferOffer,
    TransferOutcome,
    TransferReply,
)
from protocols.messages.machines import TRANSFER
from protocols.messages.records import CustodyRecord, Entry, LookoutRecord, TransferRecord


def offered(state: State, entry: Entry, body: TransferOffer) -> None:
    """Responsibility is offered; it stays where it is."""
    state.transfers[entry.message.id] = TransferRecord(
        id=entry.message.id,
        what=body.what,
        offered_by=entry.sender,
        state=TRANSFER.first,
        changed_at=entry.time,
        incident=entry.message.incident,
    )


def replied(state: State, entry: Entry, body: TransferReply) -> None:
    """The other side takes it or not."""
    record = find(state.transfers, body.transfer, "transfer.offer")
    if not addressed(entry, None, record.offered_by):
        raise RoleRefused("nobody accepts a transfer of its own", role=entry.sender.role)
    after = TRANSFER.step(record.state, "accept" if body.accepted else "reject")
    state.transfers[record.id] = replace(
        record,
        state=after,
        changed_at=entry.time,
        answered_by=entry.sender,
        reason=body.reason,
    )
    if body.accepted:
        joined(state, record.incident, entry.country)


def done(state: State, entry: Entry, body: TransferDone) -> None:
    """It has happened, or was broken off: said by one of the two."""
    record = find(state.transfers, body.transfer, "transfer.offer")
    parties = [party.country for party in (record.offered_by, record.answered_by) if party]
    if entry.country not in parties:
        raise RoleRefused("only the two sides of a transfer can end it", role=entry.sender.role)
    finished = body.outcome is TransferOutcome.DONE
    after = TRANSFER.step(record.state, "finish" if finished else "abort")
    reason = body.reason or record.reason
    state.transfers[record.id] = replace(record, state=after, changed_at=entry.time, reason=reason)


def handed_off(state: State, entry: Entry, body: CustodyHandoff) -> None:
    """One signature of a hand-off; the second completes it."""
    if body.giver is None or body.taker is None:
        raise MalformedMessage("/body: a hand-off names its giver and its taker")
    giver, taker = body.giver.agency, body.taker.agency
    if entry.sender.agency not in (giver, taker):
        raise RoleRefused("only giver and taker can sign a hand-off", role=entry.sender.role)
    key = (entry.message.incident, giver, taker, body.persons)
    for index, record in enumerate(state.custody):
        same = (record.incident, record.giver, record.taker, record.persons) == key
        if same and not record.complete:
            signed = {**record.signed, entry.sender.agency: entry.time}
            state.custody[index] = replace(record, signed=signed)
            return
    state.custody.append(
        CustodyRecord(
            incident=entry.message.incident,
            giver=giver,
            taker=taker,
            persons=body.persons,
            signed={entry.sender.agency: entry.time},
        )
    )


def looked_out(state: State, entry: Entry, body: Bolo) -> None:
    """A lookout; none lives for ever."""
    if entry.message.expires is None:
        raise MalformedMessage("/expires: a lookout must say when it ends")
    state.lookouts[entry.message.id] = LookoutRecord(
        id=entry.message.id,
        bolo=body,
        by=entry.sender,
        at=entry.time,
        expires=entry.message.expires,
    )


def called_off(state: State, entry: Entry, body: BoloCancel) -> None:
    """A lookout is over, says the agency that put it out."""
    record = find(state.lookouts, body.bolo, "bolo")
    if record.by.agency != entry.sender.agency:
        raise RoleRefused(f"only {record.by.agency} can cancel its lookout")
    state.lookouts[record.id] = replace(record, cancelled_at=record.cancelled_at or entry.time)


FOLDS: dict[type[Body], Fold] = {
    TransferOffer: offered,
    TransferReply: replied,
    TransferDone: done,
    CustodyHandoff: handed_off,
    Bolo: looked_out,
    BoloCancel: called_off,
}
