"""Homes: which event a kind gets, and that events about one thing share a uid."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import pytest

from protocols.formats.cot import write as cot_write
from protocols.messages.envelope import Message, Source
from protocols.messages.kinds import (
    KINDS,
    Alarm,
    AlarmAck,
    AlarmCancel,
    IncidentOpen,
    IncidentUpdate,
    Kind,
    Position,
    Text,
)
from protocols.messages.values import Location, Point

PLACE = Location(point=Point(lat=31.33275, lon=-110.9511))


def composed(making: types.SimpleNamespace, body: Kind, **fields: object) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, tzinfo=UTC),
        body=body,
        **fields,  # type: ignore[arg-type]  # fields of Message
    )


@pytest.mark.parametrize(
    ("alarm", "expected"),
    [
        (Alarm(alarm_class="EMERGENCY"), "b-a-o-tbl"),
        (Alarm(alarm_class="OFFICER_DOWN"), "b-a-o-tbl"),
        (Alarm(alarm_class="PARTNER_MISSED"), "b-a-o-pan"),
        (Alarm(alarm_class="GEOFENCE"), "b-a-g"),
        (Alarm(alarm_class="PARTNER_MISSED", active=False), "b-t-f"),
    ],
)
def test_alarms_ring_as_what_they_are(
    alarm: Alarm, expected: str, making: types.SimpleNamespace
) -> None:
    assert cot_write.home_of(composed(making, alarm)).type == expected


def test_a_kind_is_a_marker_where_there_is_a_place_and_else_a_line(
    making: types.SimpleNamespace,
) -> None:
    ack = AlarmAck(alarm="A")
    assert cot_write.home_of(composed(making, ack)) is cot_write.CHAT
    assert cot_write.home_of(composed(making, ack, location=PLACE)) is cot_write.MARKER
    gone = Position(track="T", gone=True)
    assert cot_write.home_of(composed(making, gone)) is cot_write.GONE


def test_events_about_one_thing_share_a_uid(making: types.SimpleNamespace) -> None:
    opened = composed(making, IncidentOpen(incident_type="TUNNEL"), incident="TUN-1")
    updated = composed(making, IncidentUpdate(), incident="TUN-1")
    assert cot_write.uid_of(opened) == cot_write.uid_of(updated)
    alarm = composed(making, Alarm(alarm_class="OTHER", alarm="A-1"))
    assert cot_write.uid_of(alarm) == cot_write.uid_of(composed(making, AlarmCancel(alarm="A-1")))
    assert cot_write.uid_of(composed(making, Position(unit="GN-3"))) == "GN-3@uscbp"
    source = Source(system="x", id="U-7", format="cot")
    assert cot_write.uid_of(composed(making, Text(), source=source)) == "U-7"
    assert "All Chat Rooms" in cot_write.uid_of(composed(making, Text()))


def test_every_kind_has_homes() -> None:
    for entry in KINDS.values():
        assert all(home.type and home.as_what for home in cot_write.homes(entry.body))


@pytest.mark.parametrize(
    ("body", "symbol", "how"),
    [
        (Position(symbol="a-h-G-U-C", how="m-p"), "a-h-G-U-C", "m-p"),
        (Position(symbol="a-f-G", how="h-e"), "a-f-G", "h-e"),
        (Position(symbol="a-h-G", how="h-e"), "a-h-G", "m-g"),
        (Position(symbol="b-t-f", how=" "), "a-f-G-U-C", "m-g"),
        (Position(), "a-f-G-U-C", "m-g"),
    ],
)
def test_a_track_looks_like_one(body: Position, symbol: str, how: str) -> None:
    assert cot_write.appearance(body, cot_write.TRACK) == (symbol, how)


def test_a_uid_of_either_form_is_kept(making: types.SimpleNamespace) -> None:
    source = Source(system="x", id="U-7", format="tak")
    assert cot_write.uid_of(composed(making, Text(), source=source)) == "U-7"
