"""The watch over MP-07: amber before, red at the threshold, red until somebody acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from protocols.messages.kinds import (
    AlarmAck,
    BoundaryLine,
    CheckIn,
    Leg,
    Pair,
    PatrolAmend,
    PatrolPlan,
    PlanStatus,
    Position,
    Team,
    Tolerances,
)
from protocols.messages.machines import AlarmState
from protocols.messages.values import Area, Circle, Location, Point, Side, Window
from protocols.messages.watch import Level, PatrolAlarm, Watch

NORTH = Point(lat=31.3400, lon=-110.9511)
SOUTH = Point(lat=31.3250, lon=-110.9511)


def at(clock: str, day: datetime) -> datetime:
    hour, minute, *second = (int(part) for part in clock.split(":"))
    return day.replace(hour=hour, minute=minute, second=second[0] if second else 0, microsecond=0)


class Story:
    """Feeds a watch from a channel, with clock times of one day."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.watch = Watch()

    def say(self, who: str, body: Any, clock: str, **fields: Any) -> dict[str, PatrolAlarm]:
        entry = self.channel.say(who, body, clock, **fields)
        moment = at(clock, entry.time)
        message = replace(entry.message, sent=moment)
        return {alarm.alarm_class: alarm for alarm in self.watch.feed(message, moment)}

    def tick(self, clock: str) -> dict[str, PatrolAlarm]:
        changed = self.watch.tick(at(clock, self.channel.now))
        return {alarm.alarm_class: alarm for alarm in changed}

    def fix(self, who: str, unit: str, point: Point, clock: str) -> dict[str, PatrolAlarm]:
        return self.say(who, Position(unit=unit), clock, location=Location(point=point))


def plan(day: datetime, **fields: Any) -> PatrolPlan:
    window = Window(start=at("18:45", day), end=at("23:30", day))
    leg = Leg(name="1", waypoint_north=NORTH, waypoint_south=SOUTH, window=window)
    made = PatrolPlan(
        sector="Nogales West",
        pair=Pair(north=Team(unit="USBP-7", country="US"), south=Team(unit="GN-3", country="MX")),
        legs=(leg,),
    )
    return replace(made, **fields)


@pytest.fixture
def story(channel: Any) -> Story:
    story = Story(channel)
    story.say("usbp", plan(channel.now), "06:00", patrol="MP-07")
    return story


def test_gn_3_passes_the_grace_and_answers_late(story: Story) -> None:
    story.say("agent", CheckIn(unit="USBP-7"), "19:00", patrol="MP-07")
    assert story.tick("19:13") == {}
    due = story.tick("19:14")["CHECKIN_DUE"]
    assert (due.unit, due.level, due.state) == ("GN-3", Level.AMBER, AlarmState.NORMAL)
    amber = story.tick("19:19")["PARTNER_MISSED"]
    assert (amber.level, amber.state) == (Level.AMBER, AlarmState.NORMAL)
    assert story.tick("19:19:59") == {}
    red = story.tick("19:20")
    assert red["PARTNER_MISSED"].level is Level.RED
    assert red["PARTNER_MISSED"].state is AlarmState.UNACKED
    assert red["CHECKIN_DUE"].ended is not None

    back = story.say("gn", CheckIn(unit="gn-3"), "19:27", patrol="MP-07")["PARTNER_MISSED"]
    assert (back.level, back.state) == (Level.RED, AlarmState.RTN_UNACKED)
    assert story.tick("19:28") == {}
    done = story.say("usbp", AlarmAck(alarm=back.id), "19:29:30")["PARTNER_MISSED"]
    assert (done.level, done.state) == (None, AlarmState.NORMAL)


def test_both_sides_name_the_alarm_alike_whenever_they_look(channel: Any) -> None:
    early, late = Story(channel), Watch()
    message = channel.say("usbp", plan(channel.now), "06:00", patrol="MP-07").message
    for watch in (early.watch, late):
        watch.feed(message, channel.now)
    for minute in range(14, 21):
        early.tick(f"19:{minute}")
    late.tick(at("19:22", channel.now))
    names = [
        {alarm.id for alarm in watch.alarms if alarm.alarm_class == "PARTNER_MISSED"}
        for watch in (early.watch, late)
    ]
    assert names[0] == names[1]
    assert "MP-07/PARTNER_MISSED/GN-3/20261120T191500Z" in names[0]


def test_a_unit_without_a_partner_misses_its_own_check_in(channel: Any) -> None:
    story = Story(channel)
    alone = plan(channel.now, pair=Pair(north=Team(unit="USBP-7")))
    story.say("usbp", alone, "06:00", patrol="MP-08")
    assert story.tick("19:20")["CHECKIN_MISSED"].unit == "USBP-7"


def test_a_check_in_that_stays_away_triggers_again(story: Story) -> None:
    red = story.tick("19:20")["PARTNER_MISSED"]
    assert story.say("usbp", AlarmAck(alarm=red.id), "19:21")["PARTNER_MISSED"].state == "ACKED"
    assert "PARTNER_MISSED" not in story.tick("19:49")
    again = story.tick("19:50")["PARTNER_MISSED"]
    assert (again.state, again.id) == (AlarmState.UNACKED, red.id)


def test_tolerances_are_the_plans(channel: Any) -> None:
    story = Story(channel)
    quick = Tolerances(checkin_interval=600, checkin_grace=60, amber_before=30)
    story.say("usbp", plan(channel.now, tolerances=quick), "06:00", patrol="MP-07")
    assert story.tick("18:54") == {}
    assert story.tick("18:54:30")["CHECKIN_DUE"].level is Level.AMBER
    assert story.tick("18:56")["PARTNER_MISSED"].level is Level.RED


def test_an_amended_plan_is_watched_as_amended(story: Story) -> None:
    slow = PatrolAmend(tolerances=Tolerances(checkin_interval=3600))
    story.say("usbp", slow, "18:50", patrol="MP-07")
    assert story.tick("19:40") == {}
    assert "PARTNER_MISSED" in story.tick("19:50")


def test_nobody_is_watched_before_the_first_leg_or_after_the_last(story: Story) -> None:
    assert story.tick("18:44") == {}
    assert Story(story.channel).tick("19:20") == {}
    story.say("gn", CheckIn(unit="GN-3"), "23:25", patrol="MP-07")
    story.say("agent", CheckIn(unit="USBP-7"), "23:25", patrol="MP-07")
    assert not [a for a in story.tick("23:59").values() if a.ended is None and a.level == "AMBER"]


def test_an_ended_plan_ends_its_conditions_but_not_what_nobody_acted_on(story: Story) -> None:
    story.tick("19:20")
    story.say("usbp", PatrolAmend(status=PlanStatus.ENDED), "19:25", patrol="MP-07")
    assert {alarm.state for alarm in story.watch.alarms} == {AlarmState.RTN_UNACKED}
    assert story.tick("20:30") == {}


def test_time_never_runs_backwards(story: Story) -> None:
    story.tick("19:20")
    assert story.tick("19:00") == {}
    assert any(alarm.level is Level.RED for alarm in story.watch.alarms)


def test_an_old_check_in_that_arrives_late_does_not_count_twice(story: Story) -> None:
    story.say("gn", CheckIn(unit="GN-3"), "19:10", patrol="MP-07")
    entry = story.channel.say("gn", CheckIn(unit="GN-3"), "19:12", patrol="MP-07")
    stale = replace(entry.message, sent=at("18:50", entry.time))
    story.watch.feed(stale, at("19:12", entry.time))
    assert not any(alarm.unit == "GN-3" for alarm in story.watch.tick(at("19:20", entry.time)))


# --- places -------------------------------------------------------------------------------------


def east(point: Point, metres: float) -> Point:
    return replace(point, lon=point.lon + metres / 95_000)


def test_halves_out_of_step_have_diverged(story: Story) -> None:
    story.fix("agent", "USBP-7", NORTH, "19:00")
    assert "DIVERGED" not in story.fix("gn", "GN-3", east(SOUTH, 500), "19:01")
    apart = story.fix("gn", "GN-3", east(SOUTH, 4000), "19:05")["DIVERGED"]
    assert (apart.unit, apart.level) == ("USBP-7 / GN-3", Level.RED)
    together = story.fix("gn", "GN-3", SOUTH, "19:08")["DIVERGED"]
    assert together.state is AlarmState.RTN_UNACKED


def test_positions_too_far_apart_in_time_are_not_compared(story: Story) -> None:
    story.fix("agent", "USBP-7", NORTH, "19:00")
    assert "DIVERGED" not in story.fix("gn", "GN-3", east(SOUTH, 9000), "19:11")


def test_leaving_the_sector_and_coming_near_the_line(channel: Any) -> None:
    story = Story(channel)
    area = Area(circles=(Circle(centre=NORTH, radius=1000),))
    line = BoundaryLine(
        points=(Point(lat=31.3327, lon=-111), Point(lat=31.3327, lon=-110.9)),
        left=Side.US, right=Side.MX,
    )  # fmt: skip
    made = plan(channel.now, sector_area=area, boundary=line)
    story.say("usbp", made, "06:00", patrol="MP-07")
    assert story.fix("agent", "USBP-7", NORTH, "19:00") == {}
    near = story.fix("agent", "USBP-7", Point(lat=31.3335, lon=-110.9511), "19:02")
    assert set(near) == {"LINE_PROXIMITY"}
    gone = story.fix("agent", "USBP-7", east(NORTH, 2000), "19:04")
    assert gone["LEFT_SECTOR"].level is Level.RED
    assert gone["LINE_PROXIMITY"].state is AlarmState.RTN_UNACKED


def test_a_position_goes_stale(story: Story) -> None:
    story.fix("gn", "GN-3", SOUTH, "19:00")
    assert story.tick("19:14")["STALE_POSITION"].level is Level.AMBER
    assert story.tick("19:15")["STALE_POSITION"].level is Level.RED
    fresh = story.fix("gn", "GN-3", SOUTH, "19:16")["STALE_POSITION"]
    assert fresh.state is AlarmState.RTN_UNACKED


def test_no_check_ins_asked_for_none_missed(channel: Any) -> None:
    story = Story(channel)
    quiet = plan(channel.now, tolerances=Tolerances(checkin_interval=0, stale_position=0))
    story.say("usbp", quiet, "06:00", patrol="MP-07")
    story.fix("gn", "GN-3", SOUTH, "19:00")
    assert story.tick("23:00") == {}
