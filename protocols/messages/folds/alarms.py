"""Alarms: raised, raised again, cleared, acknowledged, silenced at one side, cancelled."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from protocols.errors import RoleRefused
from protocols.identity import Role
from protocols.messages.folds.state import Fold, State, find
from protocols.messages.kinds import (
    EMERGENCY,
    Alarm,
    AlarmAck,
    AlarmCancel,
    AlarmSilence,
    Body,
)
from protocols.messages.machines import ALARM, AlarmState, Table
from protocols.messages.machines.alarm import EMERGENCY as EMERGENCY_TABLE
from protocols.messages.records import AckNote, AlarmRecord, Entry
from protocols.messages.rules import speaking_role
from protocols.messages.watch import PatrolAlarm


def raised(state: State, entry: Entry, body: Alarm) -> None:
    """A new alarm, the same one again, or word that its condition has cleared."""
    name = body.alarm or entry.message.id
    known = state.alarms.get(name)
    if not body.active:
        _cleared(state, entry, find(state.alarms, name, "alarm"))
        return
    after = _table(body.alarm_class).step(known.state if known else ALARM.first, "trigger")
    state.alarms[name] = AlarmRecord(
        id=name,
        alarm_class=body.alarm_class,
        state=after,
        since=entry.time,
        raised_by=known.raised_by if known else entry.sender,
        unit=body.unit or (known.unit if known else None),
        patrol=entry.message.patrol,
        incident=entry.message.incident,
        location=entry.message.location or (known.location if known else None),
        latched=body.latched,
        triggers=known.triggers + 1 if known else 1,
    )


def _cleared(state: State, entry: Entry, record: AlarmRecord) -> None:
    _check_own(entry, record, "clear")
    after = _table(record.alarm_class).step(record.state, "clear")
    if after is AlarmState.RTN_UNACKED and not record.latched:
        after = AlarmState.NORMAL
    state.alarms[record.id] = replace(record, state=after)


def acknowledged(state: State, entry: Entry, body: AlarmAck) -> None:
    """A person acts. The first acknowledgement changes the state, each one is noted."""
    record = find(state.alarms, body.alarm, "alarm")
    after = _table(record.alarm_class).step(record.state, "ack")
    note = AckNote(entry.country, entry.sender.device, entry.time)
    state.alarms[record.id] = replace(record, state=after, acks=(*record.acks, note))


def silenced(state: State, entry: Entry, body: AlarmSilence) -> None:
    """Quiet at the speaker's side for a time; the state stays."""
    record = find(state.alarms, body.alarm, "alarm")
    until = entry.time + timedelta(seconds=body.seconds)
    silence = {**record.silenced, entry.country: until}
    state.alarms[record.id] = replace(record, silenced=silence)


def cancelled(state: State, entry: Entry, body: AlarmCancel) -> None:
    """Taken back by whoever raised it or by command of that side."""
    record = find(state.alarms, body.alarm, "alarm")
    _check_own(entry, record, "cancel")
    after = _table(record.alarm_class).step(record.state, "cancel")
    state.alarms[record.id] = replace(record, state=after, cancelled_by=entry.sender)


def watched(state: State, alarm: PatrolAlarm) -> None:
    """What the watch over a patrol has changed."""
    known = state.alarms.get(alarm.id)
    again = known is not None and alarm.state is AlarmState.UNACKED and known.since != alarm.since
    state.alarms[alarm.id] = AlarmRecord(
        id=alarm.id,
        alarm_class=alarm.alarm_class,
        state=alarm.state,
        since=alarm.since,
        level=str(alarm.level or ""),
        unit=alarm.unit,
        patrol=alarm.patrol,
        triggers=known.triggers + 1 if known and again and known.level == "RED" else 1,
        acks=known.acks if known and not again else (),
        silenced=known.silenced if known else {},
    )


def _check_own(entry: Entry, record: AlarmRecord, verb: str) -> None:
    owner = record.raised_by
    role = speaking_role(entry.sender, entry.message)
    if owner is None:
        raise RoleRefused(f"a computed alarm ends with its condition; nobody can {verb} it")
    if entry.sender.device == owner.device:
        return
    if owner.country != entry.country or role is not Role.COMMAND:
        raise RoleRefused(
            f"only {owner.device} or command of {owner.country} may {verb} this alarm", role=role
        )


def _table(alarm_class: str) -> Table[AlarmState]:
    return EMERGENCY_TABLE if alarm_class == EMERGENCY else ALARM


FOLDS: dict[type[Body], Fold] = {
    Alarm: raised,
    AlarmAck: acknowledged,
    AlarmSilence: silenced,
    AlarmCancel: cancelled,
}
