"""Families of CoT types: each becomes one kind, and what is not taken stays in the event."""

from __future__ import annotations

import pytest
from lxml import etree

from protocols.formats.cot.detail import child
from protocols.formats.cot.read import read_kind
from protocols.formats.xml import parse
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    LogNote,
    Medical,
    Observation,
    Position,
    Presence,
    Read,
    Receipt,
    Text,
)


@pytest.mark.parametrize(
    ("kind", "how", "body"),
    [
        ("a-f-G-U-C", "h-e", Position),
        ("a-f-G-E-V-C", "m-g", Position),
        ("a-h-G", "m-g", Position),
        ("a-u-G", "h-g-i-g-o", Observation),
        ("a-n-G", "h-e", Observation),
        ("b-m-p-s-m", "h-g-i-g-o", Observation),
        ("b-t-f", "h-g-i-g-o", Text),
        ("b-t-f-d", "h-g-i-g-o", Receipt),
        ("b-t-f-r", "h-g-i-g-o", Read),
        ("b-a-o-tbl", "h-e", Alarm),
        ("b-a-o", "h-e", Alarm),
        ("b-a-g", "h-e", Alarm),
        ("b-a-o-can", "h-e", AlarmCancel),
        ("b-r-f-h-c", "h-e", Medical),
        ("t-x-d-d", "m-g", Position),
        ("t-x-c-t", "m-g", Presence),
        ("t-x-c-t-r", "m-g", Presence),
        ("b-m-r", "h-e", LogNote),
        ("b-m-p-w-GOTO", "h-e", LogNote),
        ("u-d-f", "h-e", LogNote),
        ("b-f-t-a", "m-g", LogNote),
        ("b-ax", "m-g", LogNote),
        ("overhead_marker", "h-e", LogNote),
    ],
)
def test_each_type_is_one_kind(kind: str, how: str, body: type) -> None:
    event = etree.Element("event", uid="U-1", type=kind, how=how)
    fields = read_kind(event, child(event, "detail"))
    assert type(fields["body"]) is body


def test_only_an_emergency_of_a_person_is_an_emergency() -> None:
    event = etree.Element("event", uid="U-1", type="b-a-g", how="m-g")
    assert read_kind(event, child(event, "detail"))["body"].alarm_class == "GEOFENCE"


def test_a_circle_is_an_area_and_an_ellipse_is_not() -> None:
    drawn = (
        b'<event type="u-d-c-c" uid="U"><point lat="31" lon="-110"/><detail><shape>'
        b'<ellipse major="%s" minor="226.5" angle="360"/></shape></detail></event>'
    )
    for major, areas in ((b"226.5", 1), (b"300", 0), (b"NaN", 0)):
        event = parse(drawn % major)
        assert len(read_kind(event, child(event, "detail")).get("target_area", ())) == areas


@pytest.mark.parametrize("place", [b'lat="0" lon="0"', b'lat="NaN" lon="1"', b'lat="9999999.0"'])
def test_a_circle_without_a_place_is_no_area(place: bytes) -> None:
    event = parse(
        b'<event type="u-d-c-c" uid="U"><point %s/><detail><shape><ellipse major="9" minor="9"/>'
        b"</shape></detail></event>" % place
    )
    assert read_kind(event, child(event, "detail"))["target_area"] == ()


def test_what_is_dropped_from_the_map_is_gone_and_what_is_said_stays() -> None:
    for kind, gone in (("a-u-G", True), ("u-d-f", True), ("b-m-r", True), ("b-t-f", False)):
        event = etree.Element("event", uid="U-1", type=kind, how="h-e")
        body = read_kind(event, child(event, "detail"), dropped=True)["body"]
        assert getattr(body, "gone", False) is gone


def test_an_open_line_is_no_area() -> None:
    event = parse(
        b'<event type="u-d-f" uid="U"><detail><link point="1,1"/><link point="1,2"/>'
        b'<link point="2,2"/><link point="x"/></detail></event>'
    )
    assert read_kind(event, child(event, "detail"))["target_area"] == ()
