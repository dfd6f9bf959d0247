"""What messages mean: emergencies told from tests, places, times, names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from protocols.formats.ais.document import Report, parse
from protocols.formats.ais.reports import is_distress, is_test, name_of, read_report, stated_moment
from protocols.formats.ais.words import KNOT
from protocols.messages.kinds import Alarm, LogNote, Position, Text
from protocols.messages.kinds.alarm import EMERGENCY
from protocols.messages.values import Exercise, Point
from tests.protocols.formats.ais.reporting import (
    BOAT,
    EPIRB,
    MOB,
    SART,
    document,
    position,
    text,
)

RECEIVED = datetime(2026, 11, 21, 12, 0, 5, tzinfo=UTC)


def parts_of(data: bytes, received: datetime | None = RECEIVED) -> dict[str, Any]:
    found = parse(data)
    assert isinstance(found.main, Report)
    return read_report(found.main, found.context, received)[0]


def test_a_vessel() -> None:
    parts = parts_of(position(speed=12.3, course=271.5))
    assert parts["body"] == Position(
        track=str(BOAT), symbol="a-u-S", course=271.5, speed=12.3 * KNOT
    )
    assert parts["location"].point == Point(lat=42.5, lon=-82.75)
    assert parts["originator"].country == "US"
    assert parts["observed"] == datetime(2026, 11, 21, 11, 59, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("second", "at"),
    [(0, "12:00:00"), (5, "12:00:05"), (14, "12:00:14"), (16, "11:59:16"), (59, "11:59:59")],
)
def test_the_second_near_the_receipt(second: int, at: str) -> None:
    seen = parts_of(position(second=second))["observed"]
    assert f"{seen:%H:%M:%S}" == at


@pytest.mark.parametrize("second", [60, 61, 62, 63])
def test_a_second_that_is_none(second: int) -> None:
    assert "observed" not in parts_of(position(second=second))


@pytest.mark.parametrize("mmsi", [SART, MOB, EPIRB])
def test_active_devices_are_emergencies(mmsi: int) -> None:
    parts = parts_of(position(mmsi, 14))
    body = parts["body"]
    assert isinstance(body, Alarm)
    assert (body.alarm_class, body.alarm) == (EMERGENCY, str(mmsi))
    assert parts["location"].point.lat == 42.5
    assert "exercise" not in parts


@pytest.mark.parametrize("mmsi", [SART, MOB, EPIRB])
def test_devices_under_test_are_never_emergencies(mmsi: int) -> None:
    parts = parts_of(position(mmsi, 15))
    assert isinstance(parts["body"], Position)
    assert parts["exercise"] is Exercise.TEST


def test_status_fifteen_of_a_vessel_is_no_test() -> None:
    parts = parts_of(position(BOAT, 15))
    assert isinstance(parts["body"], Position)
    assert "exercise" not in parts


def test_status_fourteen_is_distress_whoever_sends_it() -> None:
    assert isinstance(parts_of(position(BOAT, 14))["body"], Alarm)


def test_an_active_device_without_a_fix_is_an_emergency() -> None:
    parts = parts_of(position(SART, 14, lat=91.0, lon=181.0))
    assert isinstance(parts["body"], Alarm)
    assert "location" not in parts


def test_later_positions_say_where_the_one_emergency_is() -> None:
    later = parts_of(position(SART, 14) + position(SART, 14, lat=42.6))
    assert isinstance(later["body"], Position)
    assert later["location"].point.lat == 42.6
    raised = parts_of(position(SART, 15) + position(SART, 14))
    assert isinstance(raised["body"], Alarm)


def test_a_safety_text_is_where_its_station_was() -> None:
    parts = parts_of(position() + text("ENGINE FIRE"))
    assert isinstance(parts["body"], Text)
    assert parts["location"].point.lon == -82.75
    assert "location" not in parts_of(text("ENGINE FIRE"))


def test_sart_active_is_an_emergency_with_the_place() -> None:
    parts = parts_of(position(SART, 14) + text("SART ACTIVE", SART))
    assert isinstance(parts["body"], Alarm)
    assert parts["body"].reason.text == "SART ACTIVE"
    assert parts["location"].point.lat == 42.5


@pytest.mark.parametrize("said", ["SART TEST", "MOB TEST", "EPIRB TEST", "TEST"])
@pytest.mark.parametrize("mmsi", [SART, MOB, EPIRB])
def test_a_test_is_a_test(said: str, mmsi: int) -> None:
    parts = parts_of(text(said, mmsi))
    assert isinstance(parts["body"], Text)
    assert parts["exercise"] is Exercise.TEST


def test_a_text_of_a_device_whose_position_is_a_test_is_a_test() -> None:
    parts = parts_of(position(SART, 15) + text("SART 3F2A", SART))
    assert isinstance(parts["body"], Text)
    assert parts["exercise"] is Exercise.TEST


def test_sart_active_from_a_vessel_is_a_text() -> None:
    assert isinstance(parts_of(text("SART ACTIVE", BOAT))["body"], Text)


def test_an_addressed_text_names_its_station() -> None:
    data = document(
        type=12, mmsi=BOAT, seqno=1, dest_mmsi=2320001, retransmit=False, text="COME IN"
    )
    assert parts_of(data)["body"].to == ("002320001",)


@pytest.mark.parametrize(
    ("lat", "lon"), [(91.0, -82.75), (42.5, 181.0), (0.0, 0.0), (95.0, 10.0), (10.0, -181.0)]
)
def test_no_position_is_no_position(lat: float, lon: float) -> None:
    parts = parts_of(position(lat=lat, lon=lon))
    assert isinstance(parts["body"], Position)
    assert "location" not in parts


def test_a_name_known_from_before_is_the_unit() -> None:
    static = document(type=24, mmsi=BOAT, partno=0, shipname="ST CLAIR 2")
    parts = parts_of(static + position())
    assert parts["body"].unit == parts["originator"].unit == "ST CLAIR 2"


def test_names() -> None:
    buoy = document(type=21, mmsi=993_669_999, name="A" * 20, name_extension="BC")
    main = parse(buoy).main
    assert isinstance(main, Report)
    assert name_of(main) == "A" * 20 + "BC"
    assert parts_of(buoy)["body"].unit == "A" * 20 + "BC"


def test_a_base_station_has_a_date() -> None:
    stated = {"year": 2026, "month": 2, "day": 28, "hour": 23, "minute": 59, "second": 58}
    data = document(type=4, mmsi=3669702, lat=42.0, lon=-83.0, **stated)
    assert parts_of(data, None)["observed"] == datetime(2026, 2, 28, 23, 59, 58, tzinfo=UTC)
    main = parse(data).main
    assert isinstance(main, Report)
    assert stated_moment(main.payload.fields | {"day": 31}) is None


def test_all_else_is_a_line_of_the_log() -> None:
    body = parts_of(document(type=8, mmsi=BOAT, dac=367, fid=33, data="16:beef"))["body"]
    assert isinstance(body, LogNote)
    assert body.activity == "AIS 8 binary broadcast"
    assert "fid 33" in body.text.text


def test_of_a_static_report_people_read_the_name_first() -> None:
    data = document(type=5, mmsi=BOAT, ais_version=1, shipname="ST CLAIR 2", destination="DETROIT")
    assert parts_of(data)["body"].text.text == "shipname ST CLAIR 2, destination DETROIT"


def test_distress_and_test_exclude_each_other() -> None:
    for status in range(16):
        for mmsi in (BOAT, SART):
            fields = {"type": 1, "mmsi": mmsi, "status": status}
            assert not (is_distress(fields) and is_test(fields))


@pytest.mark.parametrize("moment", [datetime.min, datetime.max])
def test_the_ends_of_time(moment: datetime) -> None:
    assert "observed" in parts_of(position(second=1), moment.replace(tzinfo=UTC))
