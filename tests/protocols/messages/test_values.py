"""The small values: what is not a place on Earth is not a point."""

from __future__ import annotations

import math

import msgspec
import pytest

from protocols.errors import MalformedMessage
from protocols.messages.values import LANGUAGES, Exercise, Point, Precedence, Side, Tlp


@pytest.mark.parametrize(
    ("lat", "lon"), [(math.nan, 0), (0, math.inf), (90.1, 0), (0, -180.1), (9999999, 9999999)]
)
def test_what_is_no_position_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(MalformedMessage, match="not a position on Earth"):
        Point(lat=lat, lon=lon)


def test_errors_and_heights_must_be_numbers_too() -> None:
    with pytest.raises(MalformedMessage):
        Point(lat=0, lon=0, ce=math.nan)
    assert Point(lat=-90, lon=180, hae=-12.5).hae == -12.5


def test_values_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Point(lat=1, lon=2).lat = 3  # type: ignore[misc]  # the point of the test


def test_stray_fields_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"lat": 1.0, "lon": 2.0, "alt": 3.0}, Point)


def test_the_words_are_those_of_their_standards() -> None:
    assert [str(word) for word in Precedence] == ["flash", "immediate", "priority", "routine"]
    assert str(Tlp.AMBER_STRICT) == "TLP:AMBER+STRICT"
    assert [str(side) for side in Side] == ["US", "MX", "CA", "AT_LINE"]
    assert Exercise("not_stated") is Exercise.NOT_STATED
    assert LANGUAGES == ("en", "es", "fr")
