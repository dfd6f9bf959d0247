"""Distances and sides, against figures anybody can check."""

from __future__ import annotations

import math

import pytest

from protocols.messages.geometry import distance, inside, outside_by, side_hint, to_line
from protocols.messages.kinds import BoundaryLine
from protocols.messages.values import Area, Circle, Point, Side

NOGALES = Point(lat=31.33275, lon=-110.9511)
LINE = BoundaryLine(
    points=(Point(lat=31.3327, lon=-111.0), Point(lat=31.3327, lon=-110.9)),
    left=Side.US,
    right=Side.MX,
)
SQUARE = (Point(lat=31, lon=-111), Point(lat=31, lon=-110), Point(lat=32, lon=-110),
          Point(lat=32, lon=-111))  # fmt: skip


def test_a_minute_of_latitude_is_a_nautical_mile() -> None:
    assert distance(Point(lat=31, lon=0), Point(lat=31 + 1 / 60, lon=0)) == pytest.approx(
        1852, rel=2e-3
    )


def test_a_degree_of_longitude_shrinks_with_the_cosine() -> None:
    metres = distance(Point(lat=60, lon=10), Point(lat=60, lon=11))
    assert metres == pytest.approx(111195 * 0.5, rel=1e-3)


def test_the_short_way_round_the_date_line() -> None:
    assert distance(Point(lat=0, lon=179.99), Point(lat=0, lon=-179.99)) < 2300


def test_a_point_beyond_the_end_is_measured_to_the_end() -> None:
    far = Point(lat=31.3327, lon=-110.8)
    assert to_line(far, LINE.points) == pytest.approx(distance(far, LINE.points[1]), rel=1e-6)
    assert to_line(far, ()) == math.inf
    assert to_line(far, (far,)) == 0


def test_the_exit_a_few_metres_north_is_at_the_line_for_a_map() -> None:
    assert to_line(NOGALES, LINE.points) == pytest.approx(5.6, abs=0.2)
    assert side_hint(NOGALES, LINE, tolerance=20) is Side.AT_LINE
    assert side_hint(NOGALES, LINE, tolerance=1) is Side.US
    assert side_hint(Point(lat=31.332, lon=-110.95), LINE, tolerance=20) is Side.MX


def test_a_line_without_points_says_nothing() -> None:
    assert (
        side_hint(NOGALES, BoundaryLine(points=(), left=Side.US, right=Side.MX), 1) is Side.AT_LINE
    )


@pytest.mark.parametrize("ring", [SQUARE, (*SQUARE, SQUARE[0])], ids=["open", "closed"])
def test_inside_and_outside_a_ring(ring: tuple[Point, ...]) -> None:
    assert inside(NOGALES, ring)
    assert not inside(Point(lat=30.9, lon=-110.5), ring)
    assert not inside(NOGALES, ())


def test_an_area_may_be_several_shapes() -> None:
    circle = Circle(centre=Point(lat=30.0, lon=-110.5), radius=1000)
    area = Area(polygons=(SQUARE,), circles=(circle,))
    assert outside_by(NOGALES, area) == 0
    assert outside_by(Point(lat=30.0, lon=-110.5), area) == 0
    assert outside_by(Point(lat=30.9, lon=-110.5), area) == pytest.approx(11119, rel=1e-2)
    assert outside_by(NOGALES, Area()) is None
