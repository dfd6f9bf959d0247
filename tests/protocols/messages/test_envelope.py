"""The canonical message: lossless JSON, strict reading, and a header that cannot lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocols.errors import ActMismatch, MalformedMessage
from protocols.frames import Lane
from protocols.header import Act
from protocols.identity import Identity
from protocols.messages import Message, Original, check_header, compose, from_json, to_json
from protocols.messages.envelope import Sender
from protocols.messages.kinds import (
    KINDS,
    Alarm,
    AlarmAck,
    Alert,
    CheckIn,
    Observation,
    Position,
    Text,
)
from protocols.messages.values import Absent, Exercise, Location, Moment, Point, Precedence

Party = dict[str, Identity]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_message_survives_json(data: st.DataObject, messages: st.SearchStrategy) -> None:
    message = data.draw(messages)
    encoded = to_json(message)
    assert from_json(encoded) == message
    assert to_json(from_json(encoded)) == encoded


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_with_every_field_survives_json(
    kind: str, whole: Callable[[type], Message]
) -> None:
    message = whole(KINDS[kind].body)
    assert from_json(to_json(message)) == message
    assert json.loads(to_json(message))["body"]["kind"] == kind == message.kind


def test_defaults_stay_off_the_wire(party: Party) -> None:
    plain = json.loads(to_json(compose(party["gn"], CheckIn(unit="GN-3"))))
    assert set(plain) == {"id", "sender", "sent", "body"}
    assert plain["body"] == {"kind": "checkin", "unit": "GN-3"}


def test_a_missing_exercise_flag_is_never_actual(party: Party) -> None:
    message = from_json(to_json(compose(party["gn"], CheckIn(unit="GN-3"))))
    assert message.exercise is Exercise.NOT_STATED


def test_no_aplica_and_sin_informacion_are_kept_apart(party: Party) -> None:
    absent = {"/body/size": Absent.UNKNOWN, "/body/camera": Absent.NOT_APPLICABLE}
    message = compose(party["cap"], Observation(), absent=absent)
    assert from_json(to_json(message)).absent == absent


def test_a_foreign_time_keeps_its_text(party: Party) -> None:
    written = {"/sent": Moment(text="2026-11-20T12:31:00-07:00", offset_given=True)}
    message = compose(party["cap"], Alert(), moments=written)
    assert from_json(to_json(message)).moments == written


def test_the_original_travels_with_its_hash(party: Party) -> None:
    original = Original.of(b"<event/>", "cot", "2.0", "application/xml")
    message = from_json(to_json(compose(party["cot"], Position(), original=original)))
    assert message.original == original
    assert message.original is not None
    assert message.original.intact
    assert not replace(original, data=b"<event />").intact
    assert not replace(original, data=None).intact


GOOD = '{"id":"01a2003d-df77-7e49-85eb-7be9e36f04ab","sender":{"country":"MX","agency":"c5sonora",\
"unit":"C5","device":"mesa@c5sonora","role":"command"},"sent":"2026-11-20T19:31:00Z",\
"body":{"kind":"text","text":{"text":"x"}},"location":{"point":{"lat":31.3,"lon":-110.9}},\
"extensions":{"ns":{"a":1.5}}}'


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('"id":', '"id":"x","id":', "stands twice"),
        ('"text":"x"', '"text":"x","txet":1', "/body/text: .*unknown field"),
        ('"kind":"text"', '"kind":"txet"', "/body"),
        ('"lat":31.3', '"lat":131.3', "/location/point/lat"),
        ('"lat":31.3', '"lat":"31.3"', "/location/point/lat"),
        ('"lat":31.3', '"lat":NaN', "NaN"),
        ('"a":1.5', '"a":1e999', "/extensions/ns/a"),
        ('"a":1.5', '"a":' + "9" * 400, "/extensions/ns/a"),
        ('"a":1.5', '"a":' + "9" * 5000, "not JSON"),
        ('"a":1.5', '"a":' + "[" * 40 + "]" * 40, "levels deep"),
        ('"a":1.5', '"a":' + "[" * 100000 + "]" * 100000, "recursion|levels deep"),
        ('"a":1.5', '"a":"\\ud800"', "surrogate"),
        ('"role":"command"', '"role":"boss"', "/sender/role"),
        ('"country":"MX"', '"country":"mex"', "/sender/country"),
        ("19:31:00Z", "19:31:00", "/sent"),
        ("01a2003d-df77", "01A2003D-DF77", "/id"),
    ],
)
def test_what_is_wrong_is_refused_and_the_place_named(old: str, new: str, where: str) -> None:
    assert from_json(GOOD).kind == "text"
    assert old in GOOD
    with pytest.raises(MalformedMessage, match=where):
        from_json(GOOD.replace(old, new))


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff\xfe", b'{"id":'])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        from_json(data)


def test_a_message_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(MalformedMessage, match="over the limit of 10"):
        from_json(GOOD, limit=10)


def test_what_json_cannot_hold_is_refused_when_written(party: Party) -> None:
    for extensions in (
        {"ns": float("nan")},
        {"ns": b"x"},
        {"ns": {1: "x"}},
        {"ns": [datetime.now(UTC)]},
    ):
        with pytest.raises(MalformedMessage, match="/extensions"):
            to_json(compose(party["gn"], Text(), extensions=extensions))
    with pytest.raises(MalformedMessage, match="/observed"):
        to_json(compose(party["gn"], Text(), observed=datetime(2026, 11, 20)))


def test_a_message_needs_a_uuid_and_an_aware_time(party: Party) -> None:
    message = compose(party["gn"], Text())
    with pytest.raises(MalformedMessage, match="/id"):
        replace(message, id="7")
    with pytest.raises(MalformedMessage, match="/sent"):
        replace(message, sent=datetime(2026, 11, 20))


# --- act, lane, header --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_header_of_every_kind_agrees_with_it(
    kind: str, whole: Callable[[type], Message]
) -> None:
    message = whole(KINDS[kind].body)
    header = message.header(bytes(32))
    assert header.act is KINDS[kind].act
    check_header(header, message)
    for act in Act:
        if act is not header.act:
            with pytest.raises(ActMismatch, match=kind.replace(".", r"\.")):
                check_header(replace(header, act=act), message)


def test_id_lane_and_expiry_must_agree_as_well(party: Party) -> None:
    message = compose(party["usbp"], Text(), expires=datetime(2026, 11, 20, 20, tzinfo=UTC))
    header = message.header(bytes(32))
    assert header.expires == 1795204800
    for wrong in (
        replace(header, id=bytes(16)),
        replace(header, lane=Lane.FLASH),
        replace(header, expires=0),
    ):
        with pytest.raises(ActMismatch):
            check_header(wrong, message)


def test_an_emergency_is_flash_and_never_expires(party: Party) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=1)
    alarm = compose(
        party["gn"], Alarm(alarm_class="EMERGENCY"), expires=soon, precedence=Precedence.ROUTINE
    )
    assert alarm.emergency
    assert alarm.urgency is Precedence.FLASH
    assert alarm.lane is Lane.FLASH
    assert alarm.header(bytes(32)).expires == 0


def test_positions_have_a_lane_of_their_own_unless_urgent(party: Party) -> None:
    fix = compose(party["gn"], Position(unit="GN-3"), location=Location(point=Point(lat=1, lon=2)))
    assert fix.lane is Lane.POSITION
    assert replace(fix, precedence=Precedence.IMMEDIATE).lane is Lane.IMMEDIATE
    assert compose(party["gn"], AlarmAck(alarm="x")).lane is Lane.IMMEDIATE


def test_compose_says_who_and_when(party: Party) -> None:
    message = compose(party["c5"], Text(), clock=lambda: 1_795_203_060_000_001, operator="Ana")
    assert message.sender == Sender.of(party["c5"], "Ana")
    assert message.sender.identity == party["c5"]
    assert message.sent == datetime(2026, 11, 20, 19, 31, 0, 1, tzinfo=UTC)
