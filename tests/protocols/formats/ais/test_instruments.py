"""Where one's own ship is, with and without a fix, a date, a half of the Earth."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocols.formats.ais.instruments import is_position, read_sentence
from protocols.formats.ais.sentence import parse_line
from protocols.formats.ais.words import KNOT
from protocols.messages.kinds import LogNote, Position

RMC = "$GPRMC,132820.60,A,4134.49821229,N,09345.03351845,W,3.252,92.308,180320,11.5985,E,D"
GGA = "$GPGGA,235959,4134.49821229,S,09345.03351845,E,2,09,1.0,278.020,M,-31.442,M,7.6,0133"
NEW_YEAR = datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_position_speed_course_and_date() -> None:
    parts, moment = read_sentence(parse_line(RMC), None, "own-ship")
    assert moment == datetime(2020, 3, 18, 13, 28, 20, 600_000, tzinfo=UTC)
    assert parts["observed"] == moment
    body, point = parts["body"], parts["location"].point
    assert isinstance(body, Position)
    assert body.track == "own-ship"
    assert body.speed == pytest.approx(3.252 * KNOT)
    assert body.course == 92.308
    assert (point.lat, point.lon) == (
        pytest.approx(41 + 34.49821229 / 60),
        pytest.approx(-93 - 45.03351845 / 60),
    )


def test_height_above_the_ellipsoid_and_the_nearest_day() -> None:
    parts, moment = read_sentence(parse_line(GGA), NEW_YEAR, "own-ship")
    assert moment is None
    assert parts["observed"] == datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)
    point = parts["location"].point
    assert point.hae == pytest.approx(278.020 - 31.442)
    assert point.lat < 0 < point.lon


@pytest.mark.parametrize(
    "line",
    [
        "$GPGLL,4426.1130,N,07140.5579,W,194102,A",
        "$GNGNS,122310.2,3722.425671,N,12258.856215,W,DAAA,14,0.9,1005.543,6.5,,,V",
        "$GPRMC,004501,A,3348.605,N,11821.126,W",
    ],
)
def test_other_sentences_with_a_fix(line: str) -> None:
    assert is_position(parse_line(line))


@pytest.mark.parametrize(
    "line",
    [
        "$GPRMC,,V,,,,,,,,,,N",
        "$GPGGA,235959,,,,,0,00,,,,,,,",
        "$GPGGA,235959,4134.5,S,09345.0,E,0,00,,,,,,,",
        "$GPGLL,9926.1130,N,07140.5579,W,194102,A",
        "$GPGLL,4476.1130,N,07140.5579,W,194102,A",
        "$GPGLL,4426.1130,X,07140.5579,W,194102,A",
        "$GPGLL,4426.1130,N,07140.5579,W,194102,V",
        "$GPGLL,4426.1130,N",
        "$PGLLX,4426.1130,N,07140.5579,W,194102,A",
        "$GPGSV,2,1,08,07,43,197,44",
    ],
)
def test_without_a_fix_it_is_a_line_of_the_log(line: str) -> None:
    parts, _ = read_sentence(parse_line(line), None, "own-ship")
    assert isinstance(parts["body"], LogNote)
    assert parts["body"].text.text == line
    assert "location" not in parts
    assert not is_position(parse_line(line))


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("$INZDA,194104,16,09,2006,-05,00", datetime(2006, 9, 16, 19, 41, 4, tzinfo=UTC)),
        ("$INZDA,194104,31,02,2006,-05,00", None),
        ("$INZDA,194104,,,,,", None),
        ("$GPRMC,250000,A,3348.605,N,11821.126,W,,,261002,,", None),
        ("$GPRMC,230148,A,3348.605,N,11821.126,W,,,261099,,",
         datetime(1999, 10, 26, 23, 1, 48, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_dates(line: str, moment: datetime | None) -> None:
    assert read_sentence(parse_line(line), None, "own-ship")[1] == moment


@pytest.mark.parametrize("year", [1, 9999])
def test_days_at_the_end_of_time(year: int) -> None:
    moment = (
        datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
        if year > 1
        else datetime(1, 1, 1, tzinfo=UTC)
    )
    line = GGA if year == 1 else GGA.replace("235959", "000001")
    assert "location" in read_sentence(parse_line(line), moment, "own-ship")[0]
