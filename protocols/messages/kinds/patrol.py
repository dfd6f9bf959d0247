"""Mirrored patrols: the plan comes first, deployment follows, and silence is an alarm.

The plan's name (for example MP-07) is the envelope's `patrol`; every later message of that patrol
carries it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import Body, Reason
from protocols.messages.values import (
    Area,
    Country,
    HeadCount,
    Instant,
    LanguageText,
    Location,
    Metres,
    Operational,
    Point,
    Seconds,
    Side,
    Value,
    Window,
)

_HIDDEN = {"operational": True}


class PlanStatus(StrEnum):
    """Whether a plan is to be carried out."""

    ACTIVE = "active"
    ENDED = "ended"
    ABORTED = "aborted"


class Team(Value, frozen=True):
    """One half of a pair."""

    unit: str
    country: Country | None = None
    agency: str | None = None
    heads: HeadCount | None = None


class Pair(Value, frozen=True):
    """Who works north and who works south of the line."""

    north: Team | None = None
    south: Team | None = None


class Leg(Value, frozen=True):
    """One stretch of a patrol: a waypoint for each half, a window, how long to stay."""

    name: str
    waypoint_north: Annotated[Point | None, Meta(extra=_HIDDEN)] = None
    waypoint_south: Annotated[Point | None, Meta(extra=_HIDDEN)] = None
    window: Window | None = None
    dwell: Seconds | None = None
    """Seconds to stay at the waypoint."""


class Tolerances(Value, frozen=True):
    """What a plan allows before a timer or a distance becomes an alarm. Seconds and metres.

    No agency publishes such figures; these are defaults that every plan may change.
    """

    checkin_interval: Seconds = 1800
    checkin_grace: Seconds = 300
    amber_before: Seconds = 60
    """A timer shows amber this long before its threshold."""
    lateral: Metres = 1500.0
    """How far the halves may be out of step along the line."""
    time: Seconds = 600
    """How far apart in time two positions may be and still be compared."""
    line: Metres = 100.0
    """How near the line a unit may come, and how near counts as at the line."""
    sector: Metres = 0.0
    """How far outside the sector a unit may be."""
    stale_position: Seconds = 900
    """How old the newest position of a unit may be."""


class BoundaryLine(Value, frozen=True):
    """The line as both sides agree to use it for this plan. Walking along it, `left` lies left."""

    points: tuple[Point, ...]
    left: Side
    right: Side


class PatrolPlan(Body, frozen=True, tag="patrol.plan"):
    """Where both halves will work, and what counts as out of step."""

    sector: str | None = None
    sector_area: Area | None = None
    pair: Pair | None = None
    legs: tuple[Leg, ...] = ()
    rendezvous: Annotated[Location | None, Meta(extra=_HIDDEN)] = None
    channel_primary: Operational | None = None
    channel_fallback: Operational | None = None
    tolerances: Tolerances = Tolerances()
    boundary: BoundaryLine | None = None
    abort_word: Operational | None = None
    remarks: LanguageText | None = None


class PatrolAmend(Body, frozen=True, tag="patrol.amend"):
    """A change to a plan: what is stated replaces, what is not stated stays."""

    status: PlanStatus | None = None
    sector: str | None = None
    sector_area: Area | None = None
    pair: Pair | None = None
    legs: tuple[Leg, ...] | None = None
    rendezvous: Annotated[Location | None, Meta(extra=_HIDDEN)] = None
    channel_primary: Operational | None = None
    channel_fallback: Operational | None = None
    tolerances: Tolerances | None = None
    boundary: BoundaryLine | None = None
    abort_word: Operational | None = None
    reason: LanguageText | None = None


class PatrolAck(Body, frozen=True, tag="patrol.ack"):
    """The other half takes the plan (or says why not) and names its units."""

    accepted: bool = True
    units: tuple[str, ...] = ()
    reason: Reason | None = None
    remarks: LanguageText | None = None


class CheckIn(Body, frozen=True, tag="checkin"):
    """A unit says that it is there. `ok` false is a call for attention, not yet an emergency."""

    unit: str
    leg: str | None = None
    heads: HeadCount | None = None
    ok: bool = True
    next_due: Instant | None = None
    remarks: LanguageText | None = None


class ParRequest(Body, frozen=True, tag="par.request"):
    """Personnel accountability: everybody named (or everybody, where none is) counts heads."""

    units: tuple[str, ...] = ()
    reason: LanguageText | None = None


class ParReply(Body, frozen=True, tag="par.reply"):
    """A head count. Complete when as many are accounted for as were expected."""

    unit: str
    expected: HeadCount | None = None
    accounted: HeadCount | None = None
    injured: HeadCount | None = None
    remarks: LanguageText | None = None

    @property
    def complete(self) -> bool:
        """Whether nobody is missing; unknown numbers are never complete."""
        if self.expected is None or self.accounted is None:
            return False
        return self.accounted >= self.expected
