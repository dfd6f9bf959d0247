"""The rules of what crosses are a table, and the first that fits decides."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from hub.gateway.crossing import (
    CONDITIONS,
    KINDS_IN,
    KINDS_OUT,
    LIFE_SAFETY,
    RESERVED,
    THIRD_PARTY,
    Crossing,
    Rule,
    Verdict,
    explain,
    fits,
    is_vital,
    personal_class,
)
from protocols.messages import Handling, Message, Originator
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    Bolo,
    LookoutSubject,
    Medical,
    Person,
    Position,
    Text,
)
from protocols.messages.values import (
    Exercise,
    LanguageText,
    Location,
    PersonalData,
    Point,
    Precedence,
    Tlp,
)
from tests.hub.gateway.parties import C5, DISPATCH, GN3, RCMP, says

HELLO = Text(text=LanguageText(text="hola"))
TUNNEL = Location(point=Point(lat=31.33, lon=-110.95))
EMERGENCY = says(GN3, Alarm(alarm_class="EMERGENCY", unit="GN-3"))


def handled(**handling: Any) -> Message:
    return says(GN3, HELLO, handling=Handling(**handling))


@pytest.mark.parametrize(
    ("condition", "value", "message", "holds"),
    [
        ("kinds", ("text",), says(GN3, HELLO), True),
        ("kinds", ("te*", "bolo"), says(GN3, HELLO), True),
        ("kinds", ("bolo",), says(GN3, HELLO), False),
        ("senders", ("MX",), says(GN3, HELLO), True),
        ("senders", ("c5son",), says(GN3, HELLO), True),
        ("senders", ("gn-3@c5son",), says(GN3, HELLO), True),
        ("senders", ("US", "rcmp"), says(GN3, HELLO), False),
        ("senders", ("mxgn",), says(C5, HELLO, originator=Originator(agency="mxgn")), True),
        ("tlp_above", Tlp.GREEN, handled(tlp=Tlp.AMBER_STRICT), True),
        ("tlp_above", Tlp.AMBER, handled(tlp=Tlp.AMBER), False),
        ("tlp_above", Tlp.GREEN, handled(tlp=Tlp.CLEAR), False),
        ("tlp_above", Tlp.GREEN, handled(), True),
        ("tlp_above", Tlp.AMBER, handled(), False),
        ("exercise", (Exercise.TEST,), says(GN3, HELLO, exercise=Exercise.TEST), True),
        ("exercise", (Exercise.ACTUAL,), says(GN3, HELLO), False),
        ("exercise", (Exercise.NOT_STATED,), says(GN3, HELLO), True),
        ("precedence_below", Precedence.PRIORITY, says(GN3, HELLO), True),
        ("precedence_below", Precedence.ROUTINE, says(GN3, HELLO), False),
        ("precedence_below", Precedence.FLASH, EMERGENCY, False),
        ("personal", (PersonalData.HEALTH,), handled(personal=PersonalData.HEALTH), True),
        ("personal", (PersonalData.HEALTH,), handled(), False),
        ("box", (31.2, -111.2, 31.5, -110.7), says(GN3, HELLO, location=TUNNEL), True),
        ("box", (41.2, -111.2, 41.5, -110.7), says(GN3, HELLO, location=TUNNEL), False),
        ("box", (31.2, -111.2, 31.5, -110.7), says(GN3, HELLO), False),
    ],
)
def test_each_condition(condition: str, value: Any, message: Message, holds: bool) -> None:
    assert CONDITIONS[condition](value, message) is holds
    rule = Rule(name="one", let="stop", **{condition: value})
    assert fits(rule, message) is holds


def test_a_rule_can_name_every_condition_and_nothing_else() -> None:
    rest = set(Rule.__struct_fields__) - {"name", "let", "way", "even_emergencies"}
    assert rest == set(CONDITIONS)


def test_every_condition_must_hold() -> None:
    rule = Rule(name="one", let="stop", kinds=("text",), senders=("US",))
    assert not fits(rule, says(GN3, HELLO))
    assert fits(rule, says(DISPATCH, HELLO))
    assert fits(Rule(name="all", let="stop"), says(GN3, HELLO))


def test_filled_fields_about_persons_are_identity_even_where_nobody_says_so() -> None:
    bolo = Bolo(subject=LookoutSubject.PERSON, person=Person(name="J. D."))
    assert personal_class(says(GN3, bolo)) is PersonalData.IDENTITY
    assert personal_class(says(GN3, Bolo(subject=LookoutSubject.VEHICLE))) is PersonalData.NONE
    stated = Handling(personal=PersonalData.CRIMINAL)
    assert personal_class(says(GN3, bolo, handling=stated)) is PersonalData.CRIMINAL


STOP_TEXT = Rule(name="no chat", let="stop", kinds=("text",))
PASS_MX = Rule(name="Mexico may", let="pass", senders=("MX",))
STOP_ALL = Rule(name="nothing else", let="stop")


@pytest.mark.parametrize(
    ("rules", "message", "verdict"),
    [
        ((), says(GN3, HELLO), Verdict(True)),
        ((STOP_TEXT,), says(GN3, HELLO), Verdict(False, "no chat")),
        ((STOP_TEXT,), says(GN3, Position(track="x")), Verdict(True)),
        ((PASS_MX, STOP_TEXT), says(GN3, HELLO), Verdict(True, "Mexico may")),
        ((STOP_TEXT, PASS_MX), says(GN3, HELLO), Verdict(False, "no chat")),
        ((PASS_MX, STOP_ALL), says(RCMP, HELLO), Verdict(False, "nothing else")),
    ],
)
def test_the_first_that_fits_decides(
    rules: tuple[Rule, ...], message: Message, verdict: Verdict
) -> None:
    assert Crossing(rules=rules).decide("out", message, DISPATCH) == verdict


def test_a_rule_of_one_way_says_nothing_of_the_other() -> None:
    crossing = Crossing(rules=(msgspec.structs.replace(STOP_TEXT, way="out"),))
    assert crossing.decide("in", says(GN3, HELLO), DISPATCH).passes
    assert not crossing.decide("out", says(GN3, HELLO), DISPATCH).passes


# --- what stands before the rules ---------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [EMERGENCY, says(GN3, AlarmCancel(alarm="x")), says(GN3, Medical())],
    ids=lambda message: message.kind,
)
def test_life_safety_passes_unless_it_is_named_on_purpose(message: Message) -> None:
    assert is_vital(message)
    for way in ("in", "out"):
        assert Crossing(rules=(STOP_ALL,)).decide(way, message, DISPATCH).passes  # type: ignore[arg-type]  # a literal
        on_purpose = msgspec.structs.replace(STOP_ALL, even_emergencies=True)
        verdict = Crossing(rules=(on_purpose,)).decide(way, message, DISPATCH)  # type: ignore[arg-type]  # a literal
        assert verdict == Verdict(False, "nothing else")
    assert Crossing(kinds_out=("text",)).decide("out", message, DISPATCH).passes
    assert not Crossing(kinds_in=("text",)).decide("in", message, DISPATCH).passes
    assert not is_vital(says(GN3, Alarm(alarm_class="CHECKIN_MISSED")))


@pytest.mark.parametrize(
    ("handling", "passes"),
    [
        ({}, True),
        ({"third_party": True}, True),
        ({"third_party": True, "recipients": ("US",)}, True),
        ({"third_party": True, "releasable_to": ("uscbp",)}, True),
        ({"third_party": True, "recipients": ("rcmp",)}, False),
        ({"recipients": ("rcmp",)}, True),
    ],
)
def test_what_is_closed_to_third_parties_goes_to_addressees_only(
    handling: dict[str, Any], passes: bool
) -> None:
    allow = Crossing(rules=(Rule(name="all", let="pass"),))
    verdict = allow.decide("out", handled(**handling), DISPATCH)
    assert verdict.passes is passes
    assert passes or verdict.rule == THIRD_PARTY
    own = says(DISPATCH, HELLO, handling=Handling(**handling))
    assert allow.decide("out", own, DISPATCH).passes
    vital = msgspec.structs.replace(EMERGENCY, handling=Handling(**handling))
    assert allow.decide("out", vital, DISPATCH).passes


def test_what_a_system_had_from_a_third_party_does_not_come_in() -> None:
    closed = Handling(third_party=True)
    for agency, passes in ((None, True), ("uscbp", True), ("rcmp", False)):
        message = says(DISPATCH, HELLO, handling=closed, originator=Originator(agency=agency))
        verdict = Crossing().decide("in", message, DISPATCH)
        assert verdict == (Verdict(True) if passes else Verdict(False, THIRD_PARTY))


def test_the_lists_of_kinds_are_the_last_rules() -> None:
    crossing = Crossing(kinds_in=("position",), kinds_out=("text",), rules=(PASS_MX,))
    assert crossing.decide("in", says(DISPATCH, HELLO), DISPATCH) == Verdict(False, KINDS_IN)
    position = Position(track="x")
    assert crossing.decide("out", says(RCMP, position), DISPATCH) == Verdict(False, KINDS_OUT)
    assert crossing.decide("out", says(GN3, position), DISPATCH).passes


# --- in words -----------------------------------------------------------------------------------


def test_every_rule_is_explained_in_its_order() -> None:
    secret = Rule(name="secret", let="stop", way="out", tlp_above=Tlp.AMBER, even_emergencies=True)
    crossing = Crossing(rules=(STOP_TEXT, secret), kinds_in=("text",))
    lines = explain(crossing)
    names = [LIFE_SAFETY, THIRD_PARTY, "no chat", "secret", KINDS_IN, ""]
    assert [line.rule for line in lines] == names
    assert set(names[:2]) | {KINDS_IN} <= set(RESERVED)
    assert lines[2].when == "kinds = text"
    assert lines[3].when == "tlp_above = TLP:AMBER; even emergencies"
    assert lines[4].when == "kinds other than text"
    assert lines[-1].let == "pass"


def test_for_a_kind_only_what_is_about_it_is_explained() -> None:
    crossing = Crossing(rules=(STOP_TEXT, PASS_MX), kinds_out=("text",))
    lines = explain(crossing, "position")
    assert [(line.rule, line.when) for line in lines[1:]] == [
        ("Mexico may", "senders = MX"),
        (KINDS_OUT, ""),
        ("", ""),
    ]
    assert [line.rule for line in explain(crossing, "alarm")][:2] == [LIFE_SAFETY, THIRD_PARTY]
    assert explain(crossing, "text")[1].when == ""
