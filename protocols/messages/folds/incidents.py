"""Incidents: opened once, a state for each side, the lead, and who has joined."""

from __future__ import annotations

from msgspec.structs import replace

from protocols.errors import IllegalTransition, RoleRefused
from protocols.messages.folds.state import Fold, State, find, need
from protocols.messages.kinds import (
    Body,
    IncidentClose,
    IncidentOpen,
    IncidentSitrep,
    IncidentState,
    IncidentUpdate,
    LeadChange,
    LeadState,
)
from protocols.messages.machines import INCIDENT, LEAD
from protocols.messages.records import Entry, IncidentRecord

_FIRST = (IncidentState.REPORTED, IncidentState.VERIFIED, IncidentState.ACTIVE)


def opened(state: State, entry: Entry, body: IncidentOpen) -> None:
    """A new incident. Its id must be new, and it must begin at the beginning."""
    name = need(entry.message.incident, "/incident")
    if name in state.incidents:
        raise IllegalTransition(f"incident {name} is open already; send an incident.update")
    if body.state not in _FIRST:
        raise IllegalTransition(f"an incident does not begin as {body.state}")
    state.incidents[name] = IncidentRecord(
        id=name,
        incident_type=body.incident_type,
        opened_by=entry.country,
        opened_at=entry.time,
        updated_at=entry.time,
        sides={entry.country: body.state},
        lead=body.lead,
        priority=body.priority,
        location=entry.message.location,
        native=_native({}, entry),
    )


def updated(state: State, entry: Entry, body: IncidentUpdate) -> None:
    """What changed at the speaker's side."""
    record = find(state.incidents, entry.message.incident, "incident")
    if body.lead is not None and record.lead not in (None, body.lead):
        raise IllegalTransition(f"{record.lead} leads; the lead moves by lead.change only")
    sides = _with_step(record, entry.country, body.state)
    state.incidents[record.id] = replace(
        record,
        sides=sides,
        incident_type=body.incident_type or record.incident_type,
        priority=body.priority or record.priority,
        lead=body.lead or record.lead,
        location=entry.message.location or record.location,
        native=_native(record.native, entry),
        updated_at=entry.time,
    )


def reported(state: State, entry: Entry, _: IncidentSitrep) -> None:
    """A situation report joins its side to the incident."""
    record = find(state.incidents, entry.message.incident, "incident")
    sides = _with_step(record, entry.country, None)
    state.incidents[record.id] = replace(record, sides=sides, updated_at=entry.time)


def closed(state: State, entry: Entry, body: IncidentClose) -> None:
    """The speaker's side has finished; the shared state closes with the last side."""
    record = find(state.incidents, entry.message.incident, "incident")
    sides = _with_step(record, entry.country, body.state)
    dispositions = dict(record.dispositions)
    if body.disposition:
        dispositions[entry.country] = body.disposition
    state.incidents[record.id] = replace(
        record,
        sides=sides,
        dispositions=dispositions,
        native=_native(record.native, entry),
        updated_at=entry.time,
    )


def lead_changed(state: State, entry: Entry, body: LeadChange) -> None:
    """Shiprider: the crossing, its confirmation, or its calling off."""
    record = find(state.incidents, entry.message.incident, "incident")
    if record.lead is not None and record.lead_state is not LeadState.CROSSING:
        if body.host_a != record.lead:
            raise IllegalTransition(f"{record.lead} leads, not {body.host_a}")
    elif record.hosts is not None and record.hosts != (body.host_a, body.host_b):
        raise IllegalTransition("the crossing under way is between other hosts")
    if entry.country not in (body.host_a, body.host_b):
        raise RoleRefused("only one of the two hosts can move the lead", role=entry.sender.role)
    after = LEAD.step(record.lead_state, str(body.state))
    lead = body.host_b if after is LeadState.HOST_B else body.host_a
    state.incidents[record.id] = replace(
        record,
        lead=lead,
        lead_state=after,
        hosts=(body.host_a, body.host_b),
        updated_at=entry.time,
    )


def check_lead(state: State, entry: Entry) -> None:
    """Refuse a tasking by a host whose lead has gone over to the other."""
    record = state.incidents.get(entry.message.incident or "")
    if record is None or record.lead_state is not LeadState.HOST_B or record.hosts is None:
        return
    if entry.message.entry.directs and entry.country == record.hosts[0]:
        raise IllegalTransition(
            f"{record.lead} has the lead; a tasking by {entry.country} is not taken",
            lead=record.lead or "",
        )


def joined(state: State, name: str | None, country: str) -> None:
    """A side takes part from now on; it starts from REPORTED."""
    record = state.incidents.get(name or "")
    if record is not None and country not in record.sides:
        sides = {**record.sides, country: IncidentState.REPORTED}
        state.incidents[record.id] = replace(record, sides=sides)


def _with_step(
    record: IncidentRecord, country: str, wanted: IncidentState | None
) -> dict[str, IncidentState]:
    now = record.sides.get(country, INCIDENT.first)
    after = now if wanted in (None, now) else INCIDENT.step(now, str(wanted))
    return {**record.sides, country: after}


def _native(known: dict[str, tuple[str, ...]], entry: Entry) -> dict[str, tuple[str, ...]]:
    codes = tuple(f"{code.system}:{code.code}" for code in entry.message.codes)
    return {**known, entry.country: codes} if codes else known


FOLDS: dict[type[Body], Fold] = {
    IncidentOpen: opened,
    IncidentUpdate: updated,
    IncidentSitrep: reported,
    IncidentClose: closed,
    LeadChange: lead_changed,
}
