"""What a history knows: one immutable record for each incident, request, alarm, plan, release.

Screens and gateways read these; only the folds make them. States come from the machines, times are
the hub's.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from protocols.identity import Identity
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    EMERGENCY,
    AssistRequest,
    Bolo,
    IncidentState,
    LeadState,
    ParReply,
    PatrolPlan,
    PlanStatus,
)
from protocols.messages.machines import AlarmState, AssistState, TransferState, shared_state
from protocols.messages.values import Location


class Entry(msgspec.Struct, frozen=True):
    """One message as the channel's log has it: its number, the hub's time, its verified sender."""

    seq: int
    time: datetime
    sender: Identity
    message: Message

    @property
    def country(self) -> str:
        """The side that speaks."""
        return self.sender.country


class Step(msgspec.Struct, frozen=True):
    """What became of one entry: taken, or kept as refused with the sentence that says why."""

    entry: Entry
    refused: str | None = None
    code: str | None = None
    """The error's code, for `protocols.codes.explain`."""


class IncidentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One incident: a state for each side that takes part, and the shared one."""

    id: str
    incident_type: str
    opened_by: str
    """Country."""
    opened_at: datetime
    updated_at: datetime
    sides: dict[str, IncidentState]
    lead: str | None = None
    lead_state: LeadState = LeadState.HOST_A
    hosts: tuple[str, str] | None = None
    priority: int | None = None
    location: Location | None = None
    dispositions: dict[str, str] = {}
    """How each side has disposed of it."""
    native: dict[str, tuple[str, ...]] = {}
    """Native codes by side, as `system:code`."""

    @property
    def shared(self) -> IncidentState:
        """The state of all sides together."""
        return shared_state(self.sides.values())


class AssistRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One request for help, asked by one side and answered by another."""

    id: str
    request: AssistRequest
    asked_by: Identity
    asked_at: datetime
    state: AssistState
    changed_at: datetime
    expires: datetime | None = None
    incident: str | None = None
    answered_by: Identity | None = None
    units: tuple[str, ...] = ()
    eta: datetime | None = None
    reason: str | None = None

    def state_at(self, now: datetime) -> AssistState:
        """The state at `now`: an unanswered request expires without anybody saying so."""
        waiting = self.state in (AssistState.SENT, AssistState.RECEIVED)
        if waiting and self.expires is not None and now >= self.expires:
            return AssistState.EXPIRED
        return self.state


class AckNote(msgspec.Struct, frozen=True):
    """Who acknowledged, and when."""

    country: str
    device: str
    at: datetime


class AlarmRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm, raised by a message or by the watch (then `raised_by` is None)."""

    id: str
    alarm_class: str
    state: AlarmState
    since: datetime
    level: str = "RED"
    raised_by: Identity | None = None
    unit: str | None = None
    patrol: str | None = None
    incident: str | None = None
    location: Location | None = None
    latched: bool = True
    triggers: int = 1
    acks: tuple[AckNote, ...] = ()
    """Since the last trigger."""
    silenced: dict[str, datetime] = {}
    """Until when each side has silenced it."""
    cancelled_by: Identity | None = None

    @property
    def open(self) -> bool:
        """Whether it still wants something of somebody."""
        return self.state is not AlarmState.NORMAL or self.level == "AMBER"

    @property
    def emergency(self) -> bool:
        """Whether only a signed cancel ends it."""
        return self.alarm_class == EMERGENCY

    def audible(self, country: str, now: datetime) -> bool:
        """Whether it should sound at this side: unacknowledged and not silenced there."""
        wants = self.state in (AlarmState.UNACKED, AlarmState.RTN_UNACKED)
        until = self.silenced.get(country)
        return wants and (until is None or now >= until)


class TransferRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer of responsibility."""

    id: str
    what: str
    offered_by: Identity
    state: TransferState
    changed_at: datetime
    incident: str | None = None
    answered_by: Identity | None = None
    reason: str | None = None


class CheckInNote(msgspec.Struct, frozen=True, kw_only=True):
    """The newest check-in of a unit."""

    unit: str
    at: datetime
    ok: bool
    heads: int | None = None
    leg: str | None = None


class ParRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One head count: who was asked and what each has answered last."""

    id: str
    asked_by: Identity
    asked_at: datetime
    units: tuple[str, ...] = ()
    replies: dict[str, ParReply] = {}

    @property
    def complete(self) -> bool:
        """Whether everybody asked has answered and nobody is missing."""
        answered = {unit.casefold() for unit in self.replies}
        asked = {unit.casefold() for unit in self.units}
        everybody = asked <= answered and bool(answered)
        return everybody and all(reply.complete for reply in self.replies.values())


class PlanRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One patrol plan with its changes, acknowledgements and check-ins."""

    name: str
    plan: PatrolPlan
    sent_by: Identity
    sent_at: datetime
    status: PlanStatus = PlanStatus.ACTIVE
    accepted: dict[str, tuple[str, ...]] = {}
    """Units named by each side that took the plan."""
    declined: dict[str, str] = {}
    """Sides that did not, and their reason."""
    checkins: dict[str, CheckInNote] = {}


class ReleaseRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One request for personal data and what was decided."""

    id: str
    item: str
    asked_by: Identity
    asked_at: datetime
    about: str | None = None
    state: str = "REQUESTED"
    """REQUESTED, GRANTED, DECLINED or DISCLOSED."""
    decided_by: Identity | None = None
    decided_at: datetime | None = None
    reason: str | None = None


class DisclosureRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger of disclosures. The value itself is not kept here."""

    message: str
    item: str
    by: Identity
    at: datetime
    recipients: tuple[str, ...]
    basis: str | None
    purpose: str | None
    request: str | None = None


class LookoutRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One lookout; it ends by its expiry or by a cancel."""

    id: str
    bolo: Bolo
    by: Identity
    at: datetime
    expires: datetime
    cancelled_at: datetime | None = None

    def active_at(self, now: datetime) -> bool:
        """Whether people should still look out."""
        return self.cancelled_at is None and now < self.expires


class UnitRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The newest that is known of a unit."""

    unit: str
    country: str
    at: datetime
    status: str | None = None
    location: Location | None = None


class CustodyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-off; complete when both the giver's and the taker's side have signed it."""

    incident: str | None
    giver: str
    taker: str
    persons: int | None
    signed: dict[str, datetime] = {}
    """Agency and when its device signed."""

    @property
    def complete(self) -> bool:
        """Whether both have signed."""
        return {self.giver, self.taker} <= set(self.signed)
