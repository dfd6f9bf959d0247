"""Positions, rings and circles as CAP writes them (WGS 84, `lat,lon`, section 3.2.4), and back.

Deployed systems put a space after a minus or a comma and leave a comma at the end; that is read.
A text that is still no geometry is a `ValueError`: the caller keeps it, and never guesses.
"""

from __future__ import annotations

import math
import re
from typing import Final

from protocols.errors import MalformedMessage
from protocols.formats.xml import number_text
from protocols.messages.values import Circle, Point

FEET: Final = 0.3048
"""Metres. CAP gives altitude and ceiling in feet (section 3.2.4)."""
KILOMETRE: Final = 1000.0
GEOMETRY: Final = frozenset({"polygon", "circle", "altitude", "ceiling"})
"""The elements of an area that are numbers."""

_AFTER_SIGN: Final = re.compile(r"(?<![^\s,])([-+])\s+(?=[\d.])")
_AFTER_COMMA: Final = re.compile(r",\s+")
_LAST_COMMA: Final = re.compile(r",$")


def tidy(text: str) -> str:
    """The text without the spaces and the last comma that do not belong there."""
    return _LAST_COMMA.sub("", _AFTER_COMMA.sub(",", _AFTER_SIGN.sub(r"\1", text.strip())))


def read_number(text: str) -> float:
    """A finite decimal; raises `ValueError`."""
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]!r} is not a number")
    return number


def read_ring(text: str) -> tuple[Point, ...]:
    """`lat,lon lat,lon …`, closed where it was open; raises `ValueError`.

    Of a text that is not written like that, numbers still pair up within a group between spaces,
    so that a group with a number too few is no ring.
    """
    try:
        ring = [_point(*pair.split(",")) for pair in text.split()]
    except (TypeError, ValueError):
        ring = []
        for group in tidy(text).split():
            numbers = group.split(",")
            if len(numbers) % 2:
                raise ValueError(f"{group[:40]!r} is not a position (lat,lon)") from None
            ring += map(_point, numbers[::2], numbers[1::2])
    if not ring:
        raise ValueError("there is no position in it")
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    return tuple(ring)


def read_circle(text: str) -> Circle:
    """`lat,lon radius`, the radius in kilometres there and in metres here; raises `ValueError`."""
    parts = tidy(text).split()
    centre = parts[0].split(",") if parts else []
    if len(parts) != 2 or len(centre) != 2:
        raise ValueError(f"{text[:40]!r} is not a circle (lat,lon radius)")
    radius = read_number(parts[1]) * KILOMETRE
    if not 0 <= radius < math.inf:
        raise ValueError(f"{parts[1][:40]!r} is not a radius")
    return Circle(centre=_point(*centre), radius=radius)


def _point(latitude: str, longitude: str) -> Point:
    try:
        return Point(lat=float(latitude), lon=float(longitude))
    except MalformedMessage:
        raise ValueError(f"{latitude[:20]},{longitude[:20]} is not on Earth") from None
    except ValueError:
        raise ValueError(f"{latitude[:20]},{longitude[:20]} is not a position (lat,lon)") from None


def ring_text(ring: tuple[Point, ...]) -> str:
    """The reverse of `read_ring`."""
    return " ".join(_position(point) for point in ring)


def circle_text(circle: Circle) -> str:
    """The reverse of `read_circle`."""
    return f"{_position(circle.centre)} {scaled(circle.radius, KILOMETRE)}"


def _position(point: Point) -> str:
    return f"{number_text(point.lat)},{number_text(point.lon)}"


def scaled(number: float, unit: float) -> str:
    """A number in another unit, in the fewest digits that give the same number back."""
    for digits in range(1, 18):
        text = f"{number / unit:.{digits}g}"
        if float(text) * unit == number:
            return number_text(float(text))
    return number_text(number / unit)


def plain_leaf(name: str, text: str) -> str:
    """A geometry's text in the units of a message, for the proof that nothing vanished."""
    try:
        if name == "circle":
            circle = read_circle(text)
            return f"{_position(circle.centre)} {circle.radius}"
        if name == "polygon":
            read_ring(text)
            return tidy(text)
        return str(read_number(text.strip()) * FEET)
    except ValueError:
        return text
