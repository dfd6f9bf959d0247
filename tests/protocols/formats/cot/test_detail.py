"""The small moves: what is taken out of an event, what stays, what is put back."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import pytest
from lxml import etree

from protocols.errors import MalformedDocument
from protocols.formats.cot import detail as moves
from protocols.formats.xml import parse
from protocols.messages.envelope import Message
from protocols.messages.kinds import Text
from protocols.messages.values import Moment, Point


def test_taking_leaves_only_the_rest() -> None:
    track = parse(b'<track course="327.5" speed="fast" slope=" " battery="58" x="007"/>')
    assert moves.take_number(track, "course", 0, 360) == 327.5
    assert moves.take_number(track, "speed", 0) is None
    assert moves.take(track, "slope") is None
    assert moves.take_count(track, "battery") == 58
    assert moves.take_count(track, "x") is None
    assert dict(track.attrib) == {"speed": "fast", "slope": " ", "x": "007"}


def test_a_number_out_of_range_stays_and_an_unknown_one_goes() -> None:
    track = parse(b'<track course="361" speed="9999999.0" z="NaN"/>')
    assert moves.take_number(track, "course", 0, 360) is None
    assert moves.take_number(track, "speed", 0) is None
    assert moves.take_number(track, "z") is None
    assert dict(track.attrib) == {"course": "361"}


def test_nothing_is_taken_from_nothing() -> None:
    assert moves.take(None, "x") is None
    assert moves.take_number(None, "x") is None
    assert moves.take_count(None, "x") is None
    assert moves.take_text(None) is None
    assert moves.find(None, "x") is None


def test_find_and_child_see_any_namespace() -> None:
    detail = parse(b'<detail><x xmlns="urn:y"/></detail>')
    assert moves.find(detail, "x") is detail[0]
    assert moves.child(detail, "x") is detail[0]
    assert moves.child(detail, "z") is detail[1]


@pytest.mark.parametrize("text", ["9999999.0", "9999999", "999999", "NaN", "inf", "-inf"])
def test_ways_to_say_unknown(text: str) -> None:
    assert moves.says_nothing(text)


@pytest.mark.parametrize("text", ["0", "1586.2", "-12", "Undefined", ""])
def test_other_words_say_something(text: str) -> None:
    assert not moves.says_nothing(text)


def test_a_point_is_taken_and_put_back() -> None:
    point = parse(b'<point lat="31.3" lon="-110.9" hae="9999999.0" ce="4.5" le="NaN" odd="1"/>')
    position = moves.take_point(point)
    assert position == Point(lat=31.3, lon=-110.9, ce=4.5)
    assert dict(point.attrib) == {"odd": "1"}
    moves.put_point(point, position)
    assert point.get("hae") == moves.UNKNOWN
    assert moves.take_point(point) == position


def test_no_point_is_written_as_tak_does() -> None:
    point = etree.Element("point")
    moves.put_point(point, None)
    assert dict(point.attrib) == {
        "lat": "0.0",
        "lon": "0.0",
        "hae": "9999999.0",
        "ce": "9999999.0",
        "le": "9999999.0",
    }
    assert moves.take_point(point) is None


def test_a_time_keeps_its_own_words_only_while_they_hold(making: types.SimpleNamespace) -> None:
    event = parse(b'<event time="2026-11-21T12:31:00-07:00"/>')
    moments: dict[str, Moment] = {}
    sent = moves.take_time(event, "time", moments, "/sent")
    assert sent == datetime(2026, 11, 21, 19, 31, tzinfo=UTC)
    assert moments == {"/sent": Moment(text="2026-11-21T12:31:00-07:00", offset_given=True)}
    message = Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=sent,
        body=Text(),
        moments=moments,
    )
    moves.put_time(event, "time", sent, message, "/sent")
    assert event.get("time") == "2026-11-21T12:31:00-07:00"
    moves.put_time(event, "time", sent.replace(hour=20), message, "/sent")
    assert event.get("time") == "2026-11-21T20:31:00.000Z"
    with pytest.raises(MalformedDocument, match="@stale"):
        moves.take_time(event, "stale", {}, "/expires")


def test_put_leaves_out_what_is_not_there() -> None:
    element = etree.Element("x")
    for name, value in (("a", None), ("b", ""), ("c", True), ("d", 1e-7), ("e", "\x07"), ("f", 3)):
        moves.put(element, name, value)
    assert dict(element.attrib) == {"c": "true", "d": "0.0000001", "e": "\ufffd", "f": "3"}


def test_attributes_may_be_taken_out_while_they_are_read() -> None:
    element = parse(b'<x a="1" xmlns:n="urn:n" n:b="2"/>')
    for name, _ in moves.attributes(element):
        del element.attrib[name]
    assert moves.attributes(element) == []


def test_no_position_and_unknown_numbers_state_nothing() -> None:
    event = b'<event uid="U"><point lat="%s" lon="0" hae="12" ce="9999999.0"/></event>'
    assert moves.event_leaves(parse(event % b"0.0")) == [
        ("/event/@uid", "U"),
        ("/event/point/@hae", "12"),
    ]
    assert ("/event/point/@lon", "0") in moves.event_leaves(parse(event % b"7.5"))


def test_only_numbers_of_the_point_and_the_track_may_be_unknown() -> None:
    event = parse(
        b'<event uid="9999999"><point lat="1" lon="2" hae="NaN"/><detail>'
        b'<track course="9999999.0" name="NaN"/><contact phone="15205550100"/>'
        b"<remarks>6315550100</remarks></detail></event>"
    )
    assert [text for _, text in moves.event_leaves(event)] == [
        *("9999999", "1", "2", "NaN", "15205550100", "6315550100")
    ]


def test_a_number_is_written_in_ascii_digits() -> None:
    for text, number in ((" 31.3 ", 31.3), ("-.5", -0.5), ("1E2", 100.0), ("+7.", 7.0)):
        assert moves.number_of(text) == number
    for text in ("3_1.3", "\u0663\u0661.3", "", "1e", "0x1", "3 1", "\u00a031"):
        assert moves.number_of(text) is None
    for text in ("3_1.3", "\u0663\u0661"):
        point = etree.Element("point", lat=text, lon="2", hae="1_0")
        with pytest.raises(MalformedDocument, match="@lat"):
            moves.take_point(point)
    assert moves.take_number(etree.Element("track", speed="1_0"), "speed") is None
