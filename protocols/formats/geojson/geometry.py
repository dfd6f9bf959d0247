"""GeoJSON geometries as RFC 7946 has them: longitude first, rings closed, no circles.

`check` refuses what the RFC forbids and says where. Reading turns a point into a location and the
outer rings of polygons into areas; what an area cannot say (a hole, a line, a fourth coordinate)
stays with the document, and `unsaid` names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from protocols.errors import MalformedDocument
from protocols.messages.values import Point

Where = str
Check = Callable[[Any, Where], None]

NO_HEIGHT: Final = 999_999
"""Metres; what is mapped from CoT has 9999999.0 or 999999 for a height that nobody knows."""
_DEEPEST: Final = 8
"""Collections inside collections: RFC 7946, section 3.1.8, advises against any."""


def refused(where: Where, detail: str) -> MalformedDocument:
    """The refusal of a document, with the JSON pointer of the place."""
    return MalformedDocument(f"{where or '/'}: {detail}", where=where or "/")


# --- what RFC 7946 asks for -----------------------------------------------------------------------


def check(geometry: Any, where: Where, depth: int = 0) -> None:
    """Raise `MalformedDocument` unless `geometry` is a geometry object (RFC 7946, section 3.1)."""
    if not isinstance(geometry, dict):
        raise refused(where, "a geometry is an object")
    kind = geometry.get("type")
    if kind == COLLECTION:
        _check_collection(geometry, where, depth)
    elif not isinstance(kind, str) or kind not in _COORDINATES:
        raise refused(f"{where}/type", f"{str(kind)[:40]!r} is no type of a geometry")
    elif "coordinates" not in geometry:
        raise refused(f"{where}/coordinates", "the member is missing")
    else:
        _COORDINATES[kind](geometry["coordinates"], f"{where}/coordinates")
    check_box(geometry, where)


def check_box(value: dict[str, Any], where: Where) -> None:
    """A `bbox`, where there is one, has 2n numbers (RFC 7946, section 5)."""
    if "bbox" not in value:
        return
    box = value["bbox"]
    if not isinstance(box, list) or len(box) < 4 or len(box) % 2 or not all(map(_number, box)):
        raise refused(f"{where}/bbox", "a bounding box is four or six numbers")


def _check_collection(geometry: dict[str, Any], where: Where, depth: int) -> None:
    inside = geometry.get("geometries")
    if not isinstance(inside, list):
        raise refused(f"{where}/geometries", "a collection has a list of geometries")
    if depth >= _DEEPEST:
        raise refused(where, f"more than {_DEEPEST} collections inside each other")
    for index, one in enumerate(inside):
        check(one, f"{where}/geometries/{index}", depth + 1)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_position(value: Any, where: Where) -> None:
    """Longitude, latitude, perhaps a height (RFC 7946, section 3.1.1)."""
    if not isinstance(value, list) or len(value) < 2 or not all(map(_number, value)):
        raise refused(where, "a position is two numbers or more, longitude first")
    if abs(value[1]) > 90:
        raise refused(
            f"{where}/1", f"{value[1]} is no latitude; in GeoJSON the longitude comes first"
        )


def _check_point(value: Any, where: Where) -> None:
    if value != []:
        _check_position(value, where)


def _each(check_one: Check, at_least: int = 0) -> Check:
    """A list of these, none or as many as `at_least`."""

    def check_all(value: Any, where: Where) -> None:
        if not isinstance(value, list) or 0 < len(value) < at_least:
            least = f" of {at_least} positions or more" if at_least else ""
            raise refused(where, f"there must be a list{least}")
        for index, one in enumerate(value):
            check_one(one, f"{where}/{index}")

    return check_all


_check_ring_positions: Final = _each(_check_position, 4)


def _check_ring(value: Any, where: Where) -> None:
    """Four positions or more, the last the same as the first (RFC 7946, section 3.1.6)."""
    _check_ring_positions(value, where)
    if not value or value[0] != value[-1]:
        raise refused(where, "the ring is not closed: its last position must be its first")


COLLECTION: Final = "GeometryCollection"
_line: Final = _each(_check_position, 2)
_polygon: Final = _each(_check_ring)
_COORDINATES: Final[dict[str, Check]] = {
    "Point": _check_point,
    "MultiPoint": _each(_check_position),
    "LineString": _line,
    "MultiLineString": _each(_line),
    "Polygon": _polygon,
    "MultiPolygon": _each(_polygon),
}
GEOMETRIES: Final = (*_COORDINATES, COLLECTION)


# --- reading --------------------------------------------------------------------------------------


def parts(geometry: Any, where: Where) -> Iterator[tuple[Where, dict[str, Any]]]:
    """Every geometry inside a checked one that is no collection, with its place; null has none."""
    if not isinstance(geometry, dict):
        return
    if geometry["type"] == COLLECTION:
        for index, one in enumerate(geometry["geometries"]):
            yield from parts(one, f"{where}/geometries/{index}")
    elif geometry["coordinates"]:
        yield where, geometry


def point_of(position: Sequence[float]) -> Point | None:
    """A position as a point; None beyond the meridian of 180 degrees."""
    longitude, latitude = float(position[0]), float(position[1])
    if abs(longitude) > 180 or abs(latitude) > 90:
        return None
    height = float(position[2]) if position[2:] and abs(position[2]) < NO_HEIGHT else None
    return Point(lat=latitude, lon=longitude, hae=height)


def first_point(geometry: Any, where: Where) -> Point | None:
    """The point of a geometry that is one, or of the first one in a collection."""
    for _, part in parts(geometry, where):
        if part["type"] == "Point":
            return point_of(part["coordinates"])
    return None


def outer_rings(geometry: Any, where: Where) -> tuple[tuple[Point, ...], ...]:
    """The outer ring of every polygon, in the order of its positions."""
    rings = []
    for _, part in parts(geometry, where):
        for polygon in _polygons(part):
            ring = [point_of(position) for position in polygon[0]]
            whole = tuple(point for point in ring if point is not None)
            if len(whole) == len(ring):
                rings.append(whole)
    return tuple(rings)


def _polygons(part: dict[str, Any]) -> list[Any]:
    if part["type"] == "Polygon":
        return [part["coordinates"]]
    return [p for p in part["coordinates"] if p] if part["type"] == "MultiPolygon" else []


def unsaid(geometry: Any, where: Where) -> Iterator[tuple[Where, str, str]]:
    """(place, value, reason) for what no area or location says of a geometry."""
    for place, part in parts(geometry, where):
        at = f"{place}/coordinates"
        if part["type"] not in ("Point", "Polygon", "MultiPolygon"):
            yield at, part["type"], "a message has no lines; the drawing stays in the extension"
        for polygon in _polygons(part):
            if len(polygon) > 1:
                yield at, f"{len(polygon) - 1}", "an area has no holes, so it is the larger one"
        if any(abs(position[0]) > 180 for position in _positions(part["coordinates"])):
            yield at, "", "a longitude beyond 180 degrees; the drawing stays in the extension"


def _positions(coordinates: Any) -> Iterator[Any]:
    if coordinates and not isinstance(coordinates[0], list):
        yield coordinates
    else:
        for inside in coordinates:
            yield from _positions(inside)


# --- writing --------------------------------------------------------------------------------------


def position_of(point: Point) -> list[float]:
    """Longitude, latitude and, where there is one, the height above the ellipsoid in metres."""
    return [point.lon, point.lat] if point.hae is None else [point.lon, point.lat, point.hae]


def point_geometry(point: Point) -> dict[str, Any]:
    """A point as a geometry."""
    return {"type": "Point", "coordinates": position_of(point)}


def drawable(ring: Sequence[Point]) -> bool:
    """Whether a ring encloses anything: three corners or more."""
    return len({(point.lat, point.lon) for point in ring}) >= 3


def rings_geometry(rings: Sequence[Sequence[Point]]) -> dict[str, Any] | None:
    """Outer rings as a polygon or several, closed and counterclockwise (RFC 7946, section 3.1.6).

    A ring over the antimeridian stays one ring: which way it goes is not ours to say.
    """
    drawn = [[[position_of(point) for point in _outer(ring)]] for ring in rings if drawable(ring)]
    if not drawn:
        return None
    if len(drawn) == 1:
        return {"type": "Polygon", "coordinates": drawn[0]}
    return {"type": "MultiPolygon", "coordinates": drawn}


def _outer(ring: Sequence[Point]) -> list[Point]:
    closed = [*ring] if ring[0] == ring[-1] else [*ring, ring[0]]
    return closed if _twice_the_area(closed) >= 0 else closed[::-1]


def _twice_the_area(ring: Sequence[Point]) -> float:
    """Positive for a ring that goes counterclockwise (the shoelace formula, in degrees)."""
    return sum(one.lon * other.lat - other.lon * one.lat for one, other in pairwise(ring))
