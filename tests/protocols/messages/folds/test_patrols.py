"""Plans, check-ins, head counts and where units are."""

from __future__ import annotations

from typing import Any

from protocols.messages.kinds import (
    CheckIn,
    ParReply,
    ParRequest,
    PatrolAck,
    PatrolAmend,
    PatrolPlan,
    PlanStatus,
    Position,
    UnitState,
    UnitStatus,
)
from protocols.messages.values import Location, Point

PLACE = Location(point=Point(lat=31.3, lon=-110.9))


def test_a_plan_is_taken_with_units_and_changed_by_either_half(talk: Any) -> None:
    talk.say("usbp", PatrolPlan(sector="N", abort_word="saguaro"), patrol="MP-07")
    talk.say("c5", PatrolAck(units=("GN-3",)), patrol="MP-07")
    talk.say("c5", PatrolAmend(sector="N2"), patrol="MP-07")
    record = talk.history.plans["MP-07"]
    assert record.accepted == {"MX": ("GN-3",)}
    assert (record.plan.sector, record.plan.abort_word) == ("N2", "saguaro")
    talk.say("c5", PatrolAck(accepted=False, reason="NO_UNITS"), patrol="MP-07")
    record = talk.history.plans["MP-07"]
    assert (record.accepted, record.declined) == ({}, {"MX": "NO_UNITS"})


def test_a_plan_needs_a_name_and_belongs_to_who_sent_it(talk: Any) -> None:
    assert talk.say("usbp", PatrolPlan()).code == "malformed_message"
    talk.say("usbp", PatrolPlan(sector="N"), patrol="MP-07")
    assert talk.say("c5", PatrolPlan(), patrol="MP-07").code == "role_refused"
    assert talk.say("usbp", PatrolPlan(sector="S"), patrol="MP-07").refused is None
    assert talk.history.plans["MP-07"].plan.sector == "S"


def test_an_ended_plan_takes_no_more_changes(talk: Any) -> None:
    talk.say("usbp", PatrolPlan(), patrol="MP-07")
    talk.say("c5", PatrolAmend(status=PlanStatus.ABORTED), patrol="MP-07")
    step = talk.say("c5", PatrolAck(), patrol="MP-07")
    assert step.refused == "plan MP-07 is aborted"
    assert "there is no patrol.plan MP-9" in (
        talk.say("c5", PatrolAck(), patrol="MP-9").refused or ""
    )


def test_a_check_in_stands_with_its_plan(talk: Any) -> None:
    talk.say("usbp", PatrolPlan(), patrol="MP-07")
    talk.say("gn", CheckIn(unit="GN-3", heads=4, ok=False), patrol="MP-07", location=PLACE)
    note = talk.history.plans["MP-07"].checkins["GN-3"]
    assert (note.heads, note.ok) == (4, False)
    assert talk.history.units["GN-3"].location == PLACE
    assert talk.say("gn", CheckIn(unit="GN-3")).refused is None


def test_a_head_count_is_incomplete_then_complete(talk: Any) -> None:
    asked = talk.say("c5", ParRequest(units=("GN-3", "GN-4"))).entry.message.id
    talk.say("gn", ParReply(unit="gn-3", expected=4, accounted=3), in_reply_to=asked)
    assert not talk.history.pars[asked].complete
    talk.say("gn", ParReply(unit="gn-3", expected=4, accounted=4))
    assert not talk.history.pars[asked].complete
    talk.say("gn", ParReply(unit="GN-4", expected=2, accounted=2))
    assert talk.history.pars[asked].complete
    talk.say("gn", ParReply(unit="GN-4"))
    assert not talk.history.pars[asked].complete


def test_an_answer_without_a_question_is_refused(talk: Any) -> None:
    assert "there is no par.request" in (talk.say("gn", ParReply(unit="x")).refused or "")


def test_units_are_where_they_were_last_seen(talk: Any) -> None:
    talk.say("gn", Position(unit="GN-3"), location=PLACE)
    talk.say("gn", UnitStatus(unit="GN-3", status=UnitState.ON_SCENE))
    record = talk.history.units["GN-3"]
    assert (record.status, record.location, record.country) == ("ON_SCENE", PLACE, "MX")
    talk.say("gn", Position(unit="GN-3", gone=True))
    assert talk.history.units == {}
    assert talk.say("gn", Position()).refused is None
