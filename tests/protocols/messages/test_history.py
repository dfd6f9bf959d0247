"""The tunnel at Nogales, step by step, as the history tells it on every side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from protocols.errors import ActMismatch
from protocols.messages import Caveat, Handling, Original, from_json, to_json
from protocols.messages.compact import pack, unpack
from protocols.messages.history import History, fold
from protocols.messages.kinds import (
    Alarm,
    AlarmAck,
    AlarmCancel,
    AssistAnswer,
    AssistDeployed,
    AssistProgress,
    AssistReply,
    AssistRequest,
    CheckIn,
    ConsularNotice,
    IncidentClose,
    IncidentOpen,
    IncidentState,
    IncidentUpdate,
    Leg,
    Medical,
    Observation,
    Pair,
    ParReply,
    ParRequest,
    PatrolAck,
    PatrolPlan,
    Receipt,
    ReleaseDecision,
    ReleaseRequest,
    Team,
    Text,
)
from protocols.messages.machines import AlarmState, AssistState
from protocols.messages.records import Entry
from protocols.messages.release import view
from protocols.messages.values import (
    LanguageText,
    Location,
    NativeCode,
    Point,
    Side,
    Tlp,
    Window,
)

S = IncidentState
I = "NOG-2026-0711"  # noqa: E741  the incident's name in this story
POINT = Point(lat=31.33275, lon=-110.9511)
CAMERA = Caveat(path="/body/camera", releasable_to=("US",), tlp=Tlp.RED)


def day(channel: Any, hour: int, minute: int = 0) -> datetime:
    moment: datetime = channel.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return moment


def story(channel: Any) -> Iterator[Entry]:
    """Scenario A, steps 1 to 8, message by message."""
    say = channel.say
    window = Window(start=day(channel, 18, 45), end=day(channel, 23))
    legs = tuple(
        Leg(name=n, waypoint_north=POINT, waypoint_south=POINT, window=window) for n in "123"
    )
    pair = Pair(north=Team(unit="USBP-7", country="US"), south=Team(unit="GN-3", country="MX"))
    yield say(
        "usbp", PatrolPlan(sector="Nogales West", pair=pair, legs=legs), "6:00", patrol="MP-07"
    )
    yield say("c5", PatrolAck(units=("GN-3",)), "6:10", patrol="MP-07", language="es")
    yield say("agent", CheckIn(unit="USBP-7"), "19:10", patrol="MP-07")
    yield say("gn", CheckIn(unit="GN-3"), "19:27", patrol="MP-07", language="es")
    yield say("c5", AlarmAck(alarm="MP-07/PARTNER_MISSED/GN-3/20261120T191500Z"), "19:28")
    seen = Observation(size=2, camera="NGL-14", activity=LanguageText(text="2 persons, smoke"))
    original = Original.of(b"<event uid='NGL-14'/>", "cot", "2.0")
    handling = Handling(tlp=Tlp.AMBER, withheld=(CAMERA,))
    yield say("cot", seen, "19:31", incident=I, handling=handling, original=original)
    yield say("usbp", IncidentOpen(incident_type="TUNNEL", lead="US"), "19:31:30", incident=I)
    request = say(
        "usbp",
        AssistRequest(capability="FIND_AND_SECURE", to="MX", quantity=2),
        "19:33",
        incident=I,
    )
    yield request
    yield say("cap", Receipt(of=request.message.id), "19:33:05")
    code = (NativeCode(system="catalogo-nacional", code="LOCAL-1", label="Túnel clandestino"),)
    accepted = AssistReply(
        assist=request.message.id, answer=AssistAnswer.ACCEPTED, units=("GN-3", "GN-4")
    )
    yield say("cap", accepted, "19:36", incident=I, codes=code, language="es")
    deployed = AssistDeployed(assist=request.message.id, state=AssistProgress.ON_SCENE)
    yield say("gn", deployed, "19:40", incident=I)
    place = Location(
        point=POINT, side=Side.US, side_asserted_by="patrol-7", computed_side=Side.AT_LINE
    )
    yield say("agent", IncidentUpdate(state=S.ACTIVE), "19:45", incident=I, location=place)
    yield say("c5", IncidentUpdate(state=S.ACTIVE), "19:46", incident=I)
    hidden = Handling(withheld=(Caveat(path="/location", releasable_to=("MX",)),))
    emergency = say(
        "gn",
        Alarm(alarm_class="EMERGENCY", unit="GN-3", hazards=("COLLAPSE",), heads=4, injured=1),
        "19:52", incident=I, location=place, handling=hidden, language="es",
    )  # fmt: skip
    yield emergency
    yield say("rcmp", AlarmAck(alarm=emergency.message.id), "19:52:20")
    yield say("usbp", AlarmAck(alarm=emergency.message.id), "19:52:30")
    yield say("gn", Medical(patients=1, mechanism=LanguageText(text="aplastamiento")), incident=I)
    par = say("c5", ParRequest(units=("GN-3",)), "19:54", incident=I)
    yield par
    reply = ParReply(unit="GN-3", expected=4, accounted=3)
    yield say("gn", reply, "19:56", incident=I, in_reply_to=par.message.id)
    reply = ParReply(unit="GN-3", expected=4, accounted=4, injured=1)
    yield say("gn", reply, "19:59", incident=I, in_reply_to=par.message.id)
    yield say("gn", AlarmCancel(alarm=emergency.message.id, reason="RESCUED"), "20:05")
    why = LanguageText(text="prosecution")
    ask = say("usbp", ReleaseRequest(item="NAME", basis="AGREEMENT", purpose=why), "20:10")
    yield ask
    no = ReleaseDecision(request=ask.message.id, granted=False, reason="PERSONAL_DATA")
    yield say("c5", no, "20:20")
    yield say("usbp", ConsularNotice(nationality="MX", count=2), "20:25", incident=I)
    for who, minute in (("usbp", 30), ("c5", 31)):
        yield say(who, IncidentUpdate(state=S.STABILISED), f"22:{minute}", incident=I)
    for who, minute in (("usbp", 40), ("c5", 41)):
        yield say(who, IncidentClose(disposition="SEALED"), f"22:{minute}", incident=I)


@pytest.fixture
def entries(channel: Any) -> list[Entry]:
    return list(story(channel))


def until(entries: list[Entry], hour: int, minute: int) -> History:
    limit = entries[0].time.replace(hour=hour, minute=minute, second=59)
    return fold(entry for entry in entries if entry.time <= limit)


def test_1_the_plan_is_taken_and_the_observer_sees_no_waypoints(
    entries: list[Entry], party: Any
) -> None:
    history = until(entries, 6, 30)
    assert history.plans["MP-07"].accepted == {"MX": ("GN-3",)}
    seen = view(entries[0].message, party["rcmp"]).body
    assert isinstance(seen, PatrolPlan)
    assert (seen.sector, len(seen.legs)) == ("Nogales West", 3)
    assert all(leg.window and leg.waypoint_north is None for leg in seen.legs)


def test_2_partner_missed_stays_until_it_is_acknowledged(entries: list[Entry]) -> None:
    history = until(entries, 19, 10)
    amber = history.tick(entries[0].time.replace(hour=19, minute=19, second=30))
    assert {(alarm.alarm_class, alarm.level) for alarm in amber} == {
        ("PARTNER_MISSED", "AMBER"), ("CHECKIN_DUE", "AMBER"),
    }  # fmt: skip
    history.tick(entries[0].time.replace(hour=19, minute=20, second=1))
    (alarm,) = history.open_alarms()
    assert (alarm.alarm_class, alarm.level, alarm.state) == ("PARTNER_MISSED", "RED", "UNACKED")
    back = until(entries, 19, 27)
    assert [a.state for a in back.open_alarms()] == [AlarmState.RTN_UNACKED]
    done = until(entries, 19, 28)
    assert done.refused == []
    assert done.open_alarms() == ()


def test_3_gn_sees_a_stub_and_no_original(entries: list[Entry], party: Any) -> None:
    message = next(e.message for e in entries if e.message.kind == "observation")
    seen = view(message, party["gn"])
    assert [(s.path, s.by, s.tlp) for s in seen.stubs] == [
        ("/body/camera", "US", Tlp.RED), ("/original", "US", Tlp.RED),
    ]  # fmt: skip
    assert b"NGL-14" not in to_json(seen)


def test_4_received_is_not_accepted(entries: list[Entry]) -> None:
    (record,) = until(entries, 19, 33).assists.values()
    assert record.state is AssistState.RECEIVED
    history = until(entries, 19, 36)
    (record,) = history.assists.values()
    assert (record.state, record.units) == (AssistState.RESOURCES_NAMED, ("GN-3", "GN-4"))
    assert history.incidents[I].sides == {"US": S.REPORTED, "MX": S.REPORTED}


def test_5_the_side_is_asserted_and_the_incident_active(entries: list[Entry]) -> None:
    record = until(entries, 19, 46).incidents[I]
    assert record.shared is S.ACTIVE
    assert record.location is not None
    assert (record.location.side, record.location.computed_side) == (Side.US, Side.AT_LINE)


def test_6_the_emergency_passes_and_the_observer_is_refused(
    entries: list[Entry], party: Any
) -> None:
    history = until(entries, 19, 53)
    (refused,) = history.refused
    assert refused.refused == "an observer may not send alarm.ack"
    assert refused.entry.sender == party["rcmp"]
    alarm = history.open_alarms()[0]
    assert [note.country for note in alarm.acks] == ["US"]
    message = next(e.message for e in entries if e.message.emergency)
    for who in ("rcmp", "usbp"):
        assert view(message, party[who]) == message
    assert [par.complete for par in until(entries, 19, 56).pars.values()] == [False]
    assert [par.complete for par in until(entries, 19, 59).pars.values()] == [True]
    assert not [a for a in until(entries, 20, 6).open_alarms() if a.emergency]


def test_7_the_name_is_declined(entries: list[Entry]) -> None:
    history = until(entries, 20, 25)
    assert [release.state for release in history.releases.values()] == ["DECLINED"]
    assert history.disclosures == []


def test_8_both_sides_close_it(entries: list[Entry]) -> None:
    assert until(entries, 22, 35).incidents[I].shared is S.STABILISED
    assert until(entries, 22, 40).incidents[I].shared is S.STABILISED
    assert until(entries, 22, 45).incidents[I].shared is S.CLOSED


def test_the_same_run_gives_the_same_history(entries: list[Entry]) -> None:
    one, other = fold(entries), fold(entries)
    assert vars(one).keys() == vars(other).keys()
    for name in ("incidents", "assists", "alarms", "plans", "releases", "timelines", "steps"):
        assert getattr(one, name) == getattr(other, name)


def test_nothing_depends_on_more_than_the_wire_carries(entries: list[Entry]) -> None:
    again = []
    for entry in entries:
        wired = unpack(pack(entry.message), id=entry.message.id, sender=entry.sender)
        assert from_json(to_json(wired)) == entry.message
        again.append(Entry(entry.seq, entry.time, entry.sender, wired))
    assert fold(again).steps == fold(entries).steps


def test_every_message_is_a_step_even_when_it_was_refused_earlier(channel: Any) -> None:
    history = History()
    entry = channel.say("usbp", Text())
    step = history.refuse(entry, ActMismatch("the header says TASK, but text is NOTE"))
    assert history.steps == history.refused == [step]
    assert step.code == "act_mismatch"
    assert history.senders == {}


def test_time_can_pass_at_the_end_of_a_fold(entries: list[Entry]) -> None:
    late = entries[0].time.replace(hour=19, minute=25)
    history = fold(entries[:3], now=late)
    assert [alarm.alarm_class for alarm in history.open_alarms()] == ["PARTNER_MISSED"]
