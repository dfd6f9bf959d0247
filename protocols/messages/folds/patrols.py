"""Patrol plans, who took them, check-ins, head counts, and where units are."""

from __future__ import annotations

from msgspec.structs import replace

from protocols.errors import IllegalTransition, RoleRefused
from protocols.messages.folds.state import Fold, State, find, need
from protocols.messages.kinds import (
    Body,
    CheckIn,
    ParReply,
    ParRequest,
    PatrolAck,
    PatrolAmend,
    PatrolPlan,
    PlanStatus,
    Position,
    UnitStatus,
)
from protocols.messages.records import CheckInNote, Entry, ParRecord, PlanRecord, UnitRecord
from protocols.messages.watch import amended


def planned(state: State, entry: Entry, body: PatrolPlan) -> None:
    """A plan, or a whole new version of it by the side that sent the first."""
    name = need(entry.message.patrol, "/patrol")
    known = state.plans.get(name)
    if known is not None and known.sent_by.country != entry.country:
        raise RoleRefused(f"{name} is a plan of {known.sent_by.country}; answer or amend it")
    state.plans[name] = PlanRecord(name=name, plan=body, sent_by=entry.sender, sent_at=entry.time)


def changed(state: State, entry: Entry, body: PatrolAmend) -> None:
    """A change by either half; an ended plan takes none."""
    record = _live(state, entry)
    state.plans[record.name] = replace(
        record,
        plan=amended(record.plan, body),
        status=body.status or record.status,
    )


def accepted(state: State, entry: Entry, body: PatrolAck) -> None:
    """The other half takes the plan with its units, or does not and says why."""
    record = _live(state, entry)
    takes, refuses = dict(record.accepted), dict(record.declined)
    takes.pop(entry.country, None)
    refuses.pop(entry.country, None)
    if body.accepted:
        takes[entry.country] = body.units
    else:
        refuses[entry.country] = body.reason or ""
    state.plans[record.name] = replace(record, accepted=takes, declined=refuses)


def checked_in(state: State, entry: Entry, body: CheckIn) -> None:
    """A check-in, kept with the plan it belongs to."""
    note = CheckInNote(unit=body.unit, at=entry.time, ok=body.ok, heads=body.heads, leg=body.leg)
    _seen(state, entry, body.unit, None)
    if entry.message.patrol in state.plans:
        record = state.plans[entry.message.patrol]
        checkins = {**record.checkins, body.unit: note}
        state.plans[record.name] = replace(record, checkins=checkins)


def counted(state: State, entry: Entry, body: ParRequest) -> None:
    """A head count is asked for."""
    name = entry.message.id
    state.pars[name] = ParRecord(
        id=name, asked_by=entry.sender, asked_at=entry.time, units=body.units
    )


def answered(state: State, entry: Entry, body: ParReply) -> None:
    """A head count: to the request it answers, or to the newest one."""
    asked = entry.message.in_reply_to or next(reversed(state.pars), None)
    record = find(state.pars, asked, "par.request")
    replies = {**record.replies, body.unit: body}
    state.pars[record.id] = replace(record, replies=replies)


def positioned(state: State, entry: Entry, body: Position) -> None:
    """Where a unit or track is; a track that has gone is taken off."""
    name = body.unit or body.track
    if name is None:
        return
    if body.gone:
        state.units.pop(name, None)
    else:
        _seen(state, entry, name, None)


def stated(state: State, entry: Entry, body: UnitStatus) -> None:
    """What a unit is doing."""
    _seen(state, entry, body.unit, str(body.status))


def _seen(state: State, entry: Entry, unit: str, status: str | None) -> None:
    known = state.units.get(unit)
    state.units[unit] = UnitRecord(
        unit=unit,
        country=entry.country,
        at=entry.time,
        status=status or (known.status if known else None),
        location=entry.message.location or (known.location if known else None),
    )


def _live(state: State, entry: Entry) -> PlanRecord:
    record = find(state.plans, entry.message.patrol, "patrol.plan")
    if record.status is not PlanStatus.ACTIVE:
        raise IllegalTransition(f"plan {record.name} is {record.status}", state=record.status)
    return record


FOLDS: dict[type[Body], Fold] = {
    PatrolPlan: planned,
    PatrolAmend: changed,
    PatrolAck: accepted,
    CheckIn: checked_in,
    ParRequest: counted,
    ParReply: answered,
    Position: positioned,
    UnitStatus: stated,
}
