"""PIDF-LO: a location object (RFC 4119, RFC 5491, RFC 5139) to a point and words, and back.

GML writes latitude before longitude (EPSG::4326, EPSG::4979). A shape around a point says how
uncertain the point is, and never whom something concerns: so a circle, an ellipse, an arc band and
a polygon become their middle with an error, and no target area.

    Point      the point                    Ellipse   its centre, error from the longer half axis
    Circle     its centre, error = radius   ArcBand   the middle of the band
    Polygon    the mean of its corners      civic     one line of words

RFC 7459 gives shapes a confidence of 95 %; our circular error is one sigma, so that, for errors
alike in both directions, a radius is 2.4477 errors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

import msgspec

from protocols.errors import MalformedDocument
from protocols.formats.xml import local, malformed, number_text, parse
from protocols.messages.geometry import EARTH_RADIUS, distance
from protocols.messages.values import Point

CONFIDENCE: Final = math.sqrt(-2 * math.log(0.05))
"""Radius that holds 95 % of a circular error of one sigma."""
METRES: Final = {"9001": 1.0, "m": 1.0, "9002": 0.3048, "9003": 1200 / 3937, "9036": 1000.0}
"""Length units of EPSG by number (RFC 5491, section 5: only the metre is to be used)."""
DEGREES: Final = {"9102": 1.0, "9101": 180 / math.pi, "deg": 1.0, "rad": 180 / math.pi}
MAX_LENGTH: Final = 4e7
"""Metres: once around the Earth."""
_FLIPPED: Final = "CRS84"
_GEODETIC: Final = ("4326", "4979", _FLIPPED)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_STREET: Final = (
    "HNP", "HNO", "HNS", "PRM", "PRD", "STP", "RD", "A6", "STS", "POD", "POM",
)  # fmt: skip
_PLACE: Final = (
    "NAM", "LMK", "BLD", "UNIT", "FLR", "ROOM", "LOC", "A5", "A4", "A3", "A2", "A1", "PC",
    "country",
)  # fmt: skip

Element = Any  # lxml's element; its stubs make every child access an Optional dance


class Place(msgspec.Struct, frozen=True):
    """What a location object says: a point with its error, and an address in one line."""

    point: Point | None = None
    civic: str | None = None


def read(text: str) -> Place:
    """The first shape and the first civic address of a document (RFC 5491, section 3.4).

    Raises `MalformedDocument` for what is not XML, not in degrees of WGS 84 or not on Earth, and
    `UnsafeDocument`.
    """
    root = parse(_DECLARATION.sub("", text).strip().encode("utf-8", "surrogatepass"))
    point: Point | None = None
    civic: str | None = None
    inside = [element for element in root.iter() if local(element) == "location-info"] or [root]
    for info in inside:
        for element in info.iter():
            name = local(element)
            shape = _SHAPES.get(name) if point is None else None
            if shape is not None:
                point = shape(element)
            elif name in ("civicAddress", "civicLoc") and civic is None:
                civic = _address(element)
    return Place(point, civic)


def write(point: Point) -> str:
    """A document with that point, and a circle around it where its error is known."""
    numbers = [number_text(point.lat), number_text(point.lon)]
    srs = "4326"
    if point.hae is not None:
        numbers.append(number_text(point.hae))
        srs = "4979"
    name = f'srsName="urn:ogc:def:crs:EPSG::{srs}"'
    pos = f"<gml:pos>{' '.join(numbers)}</gml:pos>"
    if not point.ce:
        shape = f"<gml:Point {name}>{pos}</gml:Point>"
    else:
        kind = "Circle" if point.hae is None else "Sphere"
        radius = number_text(point.ce * CONFIDENCE)
        shape = (
            f'<gs:{kind} {name}>{pos}<gs:radius uom="urn:ogc:def:uom:EPSG::9001">{radius}'
            f"</gs:radius></gs:{kind}>"
        )
    return _DOCUMENT.format(shape)


_DOCUMENT: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<presence xmlns="urn:ietf:params:xml:ns:pidf"'
    ' xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml"'
    ' xmlns:gs="http://www.opengis.net/pidflo/1.0" entity="pres:location@crossband.invalid">'
    '<tuple id="location"><status><gp:geopriv><gp:location-info>{}</gp:location-info>'
    "<gp:usage-rules/></gp:geopriv></status></tuple></presence>"
)


# --- shapes -------------------------------------------------------------------------------------


def _point(element: Element) -> Point:
    return _positions(element)[0]


def _circle(element: Element) -> Point:
    return _around(_positions(element)[0], _length(element, "radius"))


def _ellipse(element: Element) -> Point:
    axis = max(_length(element, "semiMajorAxis"), _length(element, "semiMinorAxis"))
    return _around(_positions(element)[0], axis)


def _arc_band(element: Element) -> Point:
    """The middle of the band: it starts at `startAngle` and opens clockwise (RFC 5491, 5.2.5)."""
    centre = _positions(element)[0]
    inner, outer = _length(element, "innerRadius"), _length(element, "outerRadius")
    start = _number(element, "startAngle", DEGREES)
    opening = min(abs(_number(element, "openingAngle", DEGREES)), 360.0)
    if opening == 360.0:
        return _around(centre, outer)
    middle = _moved(centre, (inner + outer) / 2, start + opening / 2)
    corners = [
        _moved(centre, radius, start + part * opening)
        for radius in (inner, outer)
        for part in (0.0, 0.5, 1.0)
    ]
    return _around(middle, max(distance(middle, corner) for corner in corners))


def _polygon(element: Element) -> Point:
    """The mean of the corners, with the farthest of them as the radius."""
    ring = _positions(element)
    corners = [one for one, other in pairwise(ring) if one != other] or ring[:1]
    first = corners[0]
    # Longitudes are taken relative to the first one, so that a ring may cross the date line.
    lon = first.lon + _mean((one.lon - first.lon + 180) % 360 - 180 for one in corners)
    middle = Point(lat=_mean(one.lat for one in corners), lon=(lon + 180) % 360 - 180)
    return _around(middle, max(distance(middle, one) for one in corners))


_SHAPES: Final = {
    "Point": _point,
    "Circle": _circle,
    "Sphere": _circle,
    "Ellipse": _ellipse,
    "Ellipsoid": _ellipse,
    "ArcBand": _arc_band,
    "Polygon": _polygon,
    "Prism": _polygon,
}


def _mean(numbers: Iterable[float]) -> float:
    values = list(numbers)
    return sum(values) / len(values)


def _around(point: Point, radius: float) -> Point:
    return msgspec.structs.replace(point, ce=round(radius / CONFIDENCE, 3))


def _moved(point: Point, metres: float, bearing: float) -> Point:
    """The point `metres` away, `bearing` degrees from north; as near as `geometry` is."""
    north = metres * math.cos(math.radians(bearing)) / EARTH_RADIUS
    east = metres * math.sin(math.radians(bearing)) / EARTH_RADIUS
    lat = max(-90.0, min(90.0, point.lat + math.degrees(north)))
    lon = point.lon + math.degrees(east / max(math.cos(math.radians(point.lat)), 1e-6))
    return Point(lat=lat, lon=(lon + 180) % 360 - 180)


# --- parts --------------------------------------------------------------------------------------


def _positions(shape: Element) -> list[Point]:
    """Every position of a shape, in order; at least one."""
    crs = _crs(shape)
    found: list[Point] = []
    for element in shape.iter():
        name = local(element)
        if name not in ("pos", "posList", "coordinates"):
            continue
        numbers = _numbers(element)
        size = 2 if name == "pos" and len(numbers) == 2 else _dimension(element, crs, numbers)
        if not numbers or len(numbers) % size:
            raise malformed(element, "these are not positions (lat lon)")
        for start in range(0, len(numbers), size):
            found.append(_position(element, numbers[start : start + size], crs))
    if not found:
        raise malformed(shape, "the shape has no position")
    return found


def _dimension(element: Element, crs: str, numbers: list[float]) -> int:
    stated = element.get("srsDimension", "")
    if stated in ("2", "3"):
        return int(stated)
    if local(element) == "pos":
        return 3
    return 3 if crs == "4979" and len(numbers) % 3 == 0 else 2


def _crs(shape: Element) -> str:
    """The reference system, from the shape itself or whatever is around or in it."""
    near = (*shape.iterancestors(), *shape.iterdescendants())
    for element in (shape, *near):
        name = element.get("srsName")
        if name:
            code = re.split(r"[:/#]", name.strip())[-1]
            if code not in _GEODETIC:
                raise malformed(element, f"{name[:60]!r} is not WGS 84 in degrees", "@srsName")
            return code
    return _GEODETIC[0]


def _position(element: Element, numbers: list[float], crs: str) -> Point:
    lat, lon = (numbers[1], numbers[0]) if crs == _FLIPPED else (numbers[0], numbers[1])
    if abs(lat) > 90 or abs(lon) > 180:
        raise malformed(element, f"{lat} {lon} is not on Earth")
    return Point(lat=lat, lon=lon, hae=numbers[2] if len(numbers) == 3 else None)


def _numbers(element: Element) -> list[float]:
    text = (element.text or "").replace(",", " ")
    try:
        numbers = [float(part) for part in text.split()]
    except ValueError:
        raise malformed(element, f"{text.strip()[:40]!r} are not numbers") from None
    if not all(map(math.isfinite, numbers)):
        raise malformed(element, f"{text.strip()[:40]!r} are not numbers")
    return numbers


def _length(shape: Element, name: str) -> float:
    """A length in metres. Raises `MalformedDocument` for a unit we do not know."""
    metres = _number(shape, name, METRES)
    if not 0 <= metres <= MAX_LENGTH:
        raise malformed(shape, "a length is not negative and ends on Earth", name)
    return metres


def _number(shape: Element, name: str, units: dict[str, float]) -> float:
    element = next((part for part in shape.iter() if local(part) == name), None)
    if element is None:
        raise malformed(shape, "the element is missing", name)
    numbers = _numbers(element)
    unit = re.split(r"[:/#]", element.get("uom", "").strip())[-1]
    if len(numbers) != 1 or (unit and unit not in units):
        raise malformed(element, f"this is no number of a unit we know ({unit[:20]!r})")
    return numbers[0] * (units[unit] if unit else 1.0)


def _address(element: Element) -> str | None:
    """A civic address as one line, the way it is spoken (RFC 5139, RFC 6848)."""
    parts: dict[str, str] = {}
    for part in element:
        text = " ".join((part.text or "").split())
        if text and not len(part):
            parts.setdefault(local(part), text)
    street = " ".join(parts[name] for name in _STREET if name in parts)
    rest = (parts[name] for name in _PLACE if name in parts)
    return ", ".join(word for word in (street, *rest) if word) or None


def unreadable(fault: MalformedDocument) -> str:
    """Why a location cannot be read, as the reason of a loss."""
    return f"the location object cannot be read: {fault.detail}"
