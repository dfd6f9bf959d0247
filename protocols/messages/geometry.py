"""Distances on the ground for patrols of some kilometres: near enough for timers, not for maps.

All of it works on a plane laid through the first point (equirectangular, mean Earth radius of
IUGG): the error is below 0.5 % for 50 km at these latitudes. What it says of sides is a hint only:
a side is asserted by a person.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from protocols.messages.kinds.patrol import BoundaryLine
from protocols.messages.values import Area, Point, Side

EARTH_RADIUS = 6_371_008.8
"""Metres."""


def _plane(origin: Point, point: Point) -> tuple[float, float]:
    """Metres east and north of `origin`."""
    east = math.radians((point.lon - origin.lon + 180) % 360 - 180)
    north = math.radians(point.lat - origin.lat)
    return east * EARTH_RADIUS * math.cos(math.radians(origin.lat)), north * EARTH_RADIUS


def distance(one: Point, other: Point) -> float:
    """Metres between two points."""
    return math.hypot(*_plane(one, other))


def _to_segment(point: Point, start: Point, end: Point) -> tuple[float, float]:
    """Metres to a segment, and on which hand it lies: positive is left of start → end."""
    (ax, ay), (bx, by) = _plane(point, start), _plane(point, end)
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, -(ax * dx + ay * dy) / length))
    return math.hypot(ax + along * dx, ay + along * dy), dx * -ay - dy * -ax


def to_line(point: Point, line: Sequence[Point]) -> float:
    """Metres to the nearest point of a line of one or more points; infinite without any."""
    if len(line) == 1:
        return distance(point, line[0])
    return min((_to_segment(point, a, b)[0] for a, b in pairwise(line)), default=math.inf)


def side_hint(point: Point, boundary: BoundaryLine, tolerance: float) -> Side:
    """On which side of the agreed line a point seems to be; AT_LINE within `tolerance` metres.

    Only a hint. The agent who stands there asserts the side.
    """
    hands = [_to_segment(point, a, b) for a, b in pairwise(boundary.points)]
    if not hands:
        return Side.AT_LINE
    metres, hand = min(hands, key=lambda found: (found[0], -abs(found[1])))
    if metres <= tolerance:
        return Side.AT_LINE
    return boundary.left if hand > 0 else boundary.right


def inside(point: Point, ring: Sequence[Point]) -> bool:
    """Whether a point lies in a polygon (even-odd rule); rings may be open or closed."""
    found = False
    for one, other in pairwise((*ring, ring[0]) if ring else ()):
        (ax, ay), (bx, by) = _plane(point, one), _plane(point, other)
        if (ay > 0) != (by > 0) and ax + (bx - ax) * -ay / (by - ay) > 0:
            found = not found
    return found


def outside_by(point: Point, area: Area) -> float | None:
    """How many metres a point lies outside an area: 0 inside, None for an area without shapes."""
    gaps: list[float] = []
    for ring in area.polygons:
        closed = (*ring, ring[0]) if ring else ()
        gaps.append(0.0 if inside(point, ring) else to_line(point, closed))
    for circle in area.circles:
        gaps.append(max(0.0, distance(point, circle.centre) - circle.radius))
    return min(gaps, default=None)
