"""The watch over a mirrored patrol: who must be heard from, and who is out of step.

Sans-io: `feed` it messages, `tick` it with the time, and it returns the alarms that have changed.
Every threshold comes from the plan. Its alarms have the same ids on every side, because they are
made of the plan, the unit and the moment it was due, never of the moment somebody looked.

    class            amber                      red                                  ends with
    CHECKIN_DUE      amber_before the due time  -                                    check-in
    CHECKIN_MISSED   amber_before the grace     due + grace, unit without a partner  check-in
    PARTNER_MISSED   the same                   due + grace, unit of a pair          check-in
    STALE_POSITION   amber_before the limit     newest position older than allowed   position
    DIVERGED         -                          halves further apart than planned    position
    LEFT_SECTOR      -                          outside the sector                   position
    LINE_PROXIMITY   -                          nearer the agreed line than allowed  position

One missed check-in of a pair is one alarm (PARTNER_MISSED) on both sides, since both must act.
Red stays until somebody acknowledges, even after the condition has ended (RTN_UNACKED). A check-in
that stays away is triggered again after each further interval.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from protocols.messages.envelope import Message
from protocols.messages.geometry import distance, outside_by, to_line
from protocols.messages.kinds import (
    AlarmAck,
    CheckIn,
    Leg,
    PatrolAmend,
    PatrolPlan,
    PlanStatus,
    Position,
    Team,
)
from protocols.messages.machines.alarm import ALARM, AlarmState
from protocols.messages.values import Point


class Level(StrEnum):
    """How an alarm is shown."""

    AMBER = "AMBER"
    RED = "RED"


class PatrolAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm of the watch. `state` is NORMAL with level AMBER while it is only about to be."""

    id: str
    alarm_class: str
    patrol: str
    unit: str
    level: Level | None
    state: AlarmState
    since: datetime
    """The threshold that made it what it is."""
    ended: datetime | None = None
    """When the condition ended."""


class _Unit:
    """What is known of one unit of a plan."""

    def __init__(self, team: Team, partnered: bool) -> None:
        self.name = team.unit
        self.partnered = partnered
        self.heard: datetime | None = None
        self.point: Point | None = None
        self.fixed: datetime | None = None


class _Patrol:
    """One plan under watch."""

    def __init__(self, name: str, plan: PatrolPlan, since: datetime) -> None:
        self.name = name
        self.plan = plan
        self.since = since
        self.status = PlanStatus.ACTIVE
        self.units: dict[str, _Unit] = {}
        self.take(plan)

    def take(self, plan: PatrolPlan) -> None:
        """Follow a plan, keeping what is known of units that stay."""
        self.plan = plan
        pair = plan.pair
        teams = [team for team in (pair.north, pair.south) if team] if pair else []
        old = self.units
        self.units = {}
        for team in teams:
            key = team.unit.casefold()
            self.units[key] = old.get(key) or _Unit(team, len(teams) == 2)

    @property
    def start(self) -> datetime:
        """When the first leg begins; without windows, when the plan came."""
        starts = [leg.window.start for leg in self.plan.legs if leg.window and leg.window.start]
        return min(starts, default=self.since)

    @property
    def end(self) -> datetime | None:
        """When the last leg ends, if every leg says so."""
        ends = [leg.window.end for leg in self.plan.legs if leg.window and leg.window.end]
        return max(ends) if ends and len(ends) == len(self.plan.legs) else None

    def watched(self, now: datetime) -> bool:
        """Whether the timers of this plan run."""
        over = self.end is not None and now > self.end
        return self.status is PlanStatus.ACTIVE and now >= self.start and not over

    def leg_at(self, when: datetime) -> Leg | None:
        """The leg whose window holds `when`."""
        for leg in self.plan.legs:
            window = leg.window
            if window and window.start and window.end and window.start <= when <= window.end:
                return leg
        return self.plan.legs[0] if len(self.plan.legs) == 1 else None


class Watch:
    """All plans under watch. Times are aware datetimes; `now` never runs backwards."""

    def __init__(self) -> None:
        self.patrols: dict[str, _Patrol] = {}
        self._alarms: dict[tuple[str, str, str], PatrolAlarm] = {}
        self._changed: dict[str, PatrolAlarm] = {}
        self._now: datetime | None = None

    @property
    def alarms(self) -> tuple[PatrolAlarm, ...]:
        """Every alarm that is amber, red, or ended without acknowledgement."""
        return tuple(self._alarms.values())

    def feed(self, message: Message, now: datetime) -> tuple[PatrolAlarm, ...]:
        """Take one accepted message; returns the alarms that changed by it and by the time."""
        self._advance(now)
        body = message.body
        patrol = self.patrols.get(message.patrol or "")
        if isinstance(body, PatrolPlan) and message.patrol:
            self._plan(message.patrol, body, message.effective or message.sent)
        elif isinstance(body, PatrolAmend) and patrol is not None:
            self._amend(patrol, body)
        elif isinstance(body, CheckIn):
            self._heard(body.unit, message.patrol, message.observed or message.sent)
        elif isinstance(body, Position) and message.location and message.location.point:
            at = message.observed or message.sent
            self._fix(body.unit or "", message.location.point, at)
        elif isinstance(body, AlarmAck):
            self._acknowledge(body.alarm)
        self._advance(now)
        return self._take()

    def tick(self, now: datetime) -> tuple[PatrolAlarm, ...]:
        """Let time pass; returns the alarms that changed."""
        self._advance(now)
        return self._take()

    # --- what messages do -----------------------------------------------------------------------

    def _plan(self, name: str, plan: PatrolPlan, since: datetime) -> None:
        if name in self.patrols:
            self.patrols[name].take(plan)
        else:
            self.patrols[name] = _Patrol(name, plan, since)

    def _amend(self, patrol: _Patrol, change: PatrolAmend) -> None:
        patrol.take(amended(patrol.plan, change))
        if change.status is not None:
            patrol.status = change.status
        if change.status in (PlanStatus.ENDED, PlanStatus.ABORTED):
            for key in [key for key in self._alarms if key[0] == patrol.name]:
                self._end(key, self._now or patrol.since)

    def _heard(self, name: str, plan: str | None, at: datetime) -> None:
        for patrol, unit in self._units(name):
            if plan not in (None, patrol.name) or (unit.heard and at <= unit.heard):
                continue
            unit.heard = at
            for alarm_class in ("CHECKIN_DUE", "CHECKIN_MISSED", "PARTNER_MISSED"):
                self._end((patrol.name, alarm_class, unit.name), at)

    def _fix(self, name: str, point: Point, at: datetime) -> None:
        for patrol, unit in self._units(name):
            if unit.fixed and at <= unit.fixed:
                continue
            unit.point, unit.fixed = point, at
            self._end((patrol.name, "STALE_POSITION", unit.name), at)
            if patrol.watched(at):
                self._place(patrol, unit, point, at)

    def _place(self, patrol: _Patrol, unit: _Unit, point: Point, at: datetime) -> None:
        plan, allowed = patrol.plan, patrol.plan.tolerances
        gap = outside_by(point, plan.sector_area) if plan.sector_area else None
        left = gap is not None and gap > allowed.sector
        near = plan.boundary is not None and to_line(point, plan.boundary.points) <= allowed.line
        self._condition(patrol, "LEFT_SECTOR", unit.name, left, at)
        self._condition(patrol, "LINE_PROXIMITY", unit.name, near, at)
        self._condition(patrol, "DIVERGED", _pair_name(patrol), _diverged(patrol, at), at)

    def _acknowledge(self, identifier: str) -> None:
        for key, alarm in list(self._alarms.items()):
            if alarm.id == identifier and alarm.state is not AlarmState.NORMAL:
                self._set(key, alarm, state=ALARM.step(alarm.state, "ack"))

    # --- time -----------------------------------------------------------------------------------

    def _advance(self, now: datetime) -> None:
        self._now = now = max(now, self._now or now)
        for patrol in self.patrols.values():
            if patrol.watched(now):
                for unit in patrol.units.values():
                    self._checkin_timer(patrol, unit, now)
                    self._position_timer(patrol, unit, now)

    def _checkin_timer(self, patrol: _Patrol, unit: _Unit, now: datetime) -> None:
        allowed = patrol.plan.tolerances
        interval, grace = _seconds(allowed.checkin_interval), _seconds(allowed.checkin_grace)
        amber = _seconds(allowed.amber_before)
        if not interval:
            return
        due = max(unit.heard or patrol.start, patrol.start) + interval
        missed = "PARTNER_MISSED" if unit.partnered else "CHECKIN_MISSED"
        if now >= due + grace:
            rounds = (now - due - grace) // interval
            self._red(patrol, missed, unit.name, due + grace + rounds * interval, due)
            self._end((patrol.name, "CHECKIN_DUE", unit.name), due + grace)
        else:
            if now >= due - amber:
                self._amber(patrol, "CHECKIN_DUE", unit.name, due - amber, due)
            if now >= due + grace - amber:
                self._amber(patrol, missed, unit.name, due + grace - amber, due)

    def _position_timer(self, patrol: _Patrol, unit: _Unit, now: datetime) -> None:
        allowed = patrol.plan.tolerances
        if unit.fixed is None or not allowed.stale_position:
            return
        limit = unit.fixed + _seconds(allowed.stale_position)
        if now >= limit:
            self._red(patrol, "STALE_POSITION", unit.name, limit, limit)
        elif now >= limit - _seconds(allowed.amber_before):
            since = limit - _seconds(allowed.amber_before)
            self._amber(patrol, "STALE_POSITION", unit.name, since, limit)

    # --- alarms ---------------------------------------------------------------------------------

    def _condition(
        self, patrol: _Patrol, alarm_class: str, unit: str, present: bool | None, at: datetime
    ) -> None:
        key = (patrol.name, alarm_class, unit)
        alarm = self._alarms.get(key)
        if present is False:
            self._end(key, at)
        elif present and (alarm is None or alarm.ended is not None):
            self._red(patrol, alarm_class, unit, at, at)

    def _amber(
        self, patrol: _Patrol, alarm_class: str, unit: str, since: datetime, due: datetime
    ) -> None:
        key = (patrol.name, alarm_class, unit)
        if key not in self._alarms:
            alarm = _new(patrol.name, alarm_class, unit, Level.AMBER, since, due)
            self._alarms[key] = self._changed[alarm.id] = alarm

    def _red(
        self, patrol: _Patrol, alarm_class: str, unit: str, since: datetime, due: datetime
    ) -> None:
        key = (patrol.name, alarm_class, unit)
        alarm = self._alarms.get(key)
        if alarm is not None and alarm.level is Level.RED and since <= alarm.since:
            return
        if alarm is None:
            alarm = _new(patrol.name, alarm_class, unit, Level.RED, since, due)
        state = ALARM.step(alarm.state, "trigger")
        self._set(key, alarm, level=Level.RED, state=state, since=since, ended=None)

    def _end(self, key: tuple[str, str, str], at: datetime) -> None:
        alarm = self._alarms.get(key)
        if alarm is None or alarm.ended is not None:
            return
        if alarm.state is AlarmState.NORMAL:
            self._set(key, alarm, level=None, ended=at)
        else:
            self._set(key, alarm, state=ALARM.step(alarm.state, "clear"), ended=at)

    def _set(self, key: tuple[str, str, str], alarm: PatrolAlarm, **fields: object) -> None:
        alarm = msgspec.structs.replace(alarm, **fields)
        over = alarm.state is AlarmState.NORMAL and alarm.ended is not None
        if over:
            alarm = msgspec.structs.replace(alarm, level=None)
            self._alarms.pop(key, None)
        else:
            self._alarms[key] = alarm
        self._changed[alarm.id] = alarm

    def _take(self) -> tuple[PatrolAlarm, ...]:
        changed, self._changed = tuple(self._changed.values()), {}
        return changed

    def _units(self, name: str) -> list[tuple[_Patrol, _Unit]]:
        key = name.casefold()
        return [(p, p.units[key]) for p in self.patrols.values() if key in p.units]


def amended(plan: PatrolPlan, change: PatrolAmend) -> PatrolPlan:
    """A plan with what a change states; the rest stays."""
    stated = {
        name: getattr(change, name)
        for name in plan.__struct_fields__
        if getattr(change, name, None) is not None
    }
    return msgspec.structs.replace(plan, **stated)


def _seconds(value: int) -> timedelta:
    return timedelta(seconds=value)


def _new(
    patrol: str, alarm_class: str, unit: str, level: Level, since: datetime, due: datetime
) -> PatrolAlarm:
    moment = due.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    identifier = f"{patrol}/{alarm_class}/{unit}/{moment}"
    return PatrolAlarm(
        id=identifier,
        alarm_class=alarm_class,
        patrol=patrol,
        unit=unit,
        level=level,
        state=AlarmState.NORMAL,
        since=since,
    )


def _pair_name(patrol: _Patrol) -> str:
    return " / ".join(unit.name for unit in patrol.units.values())


def _diverged(patrol: _Patrol, at: datetime) -> bool | None:
    """Whether the halves are further apart than the leg plans and the tolerance allows.

    None where it cannot be said: one half without a position, or positions too far apart in time.
    """
    units = list(patrol.units.values())
    if len(units) != 2:
        return None
    (one, first), (other, second) = ((unit.point, unit.fixed) for unit in units)
    if one is None or other is None or first is None or second is None:
        return None
    if abs(first - second) > _seconds(patrol.plan.tolerances.time):
        return None
    leg = patrol.leg_at(at)
    planned = 0.0
    if leg and leg.waypoint_north and leg.waypoint_south:
        planned = distance(leg.waypoint_north, leg.waypoint_south)
    return distance(one, other) - planned > patrol.plan.tolerances.lateral
