"""Geometries after RFC 7946: longitude first, rings closed and counterclockwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import MalformedDocument
from protocols.formats.geojson.geometry import (
    check,
    check_box,
    drawable,
    first_point,
    outer_rings,
    point_geometry,
    point_of,
    rings_geometry,
    unsaid,
)
from protocols.messages.values import Point

RING = [[0, 0], [9, 0], [9, 9], [0, 0]]


def test_a_position_has_its_longitude_first_and_its_height_in_metres() -> None:
    assert point_of([-110.95, 31.33, 1180]) == Point(lat=31.33, lon=-110.95, hae=1180)
    assert point_of([-110.95, 31.33, 9999999.0]) == Point(lat=31.33, lon=-110.95)
    assert point_of([190, 31]) is None
    assert point_geometry(Point(lat=1, lon=2))["coordinates"] == [2, 1]


def test_what_the_rfc_allows_is_allowed() -> None:
    for geometry in (
        {"type": "Point", "coordinates": []},
        {"type": "MultiPoint", "coordinates": [[1, 2, 3, 4]]},
        {"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]], []]},
        {"type": "MultiPolygon", "coordinates": [[RING, RING], []]},
        {"type": "GeometryCollection", "geometries": [], "bbox": [1, 2, 3, 4, 5, 6]},
    ):
        check(geometry, "")


@pytest.mark.parametrize("box", [[1, 2], [1, 2, 3, "4"], {}, [1, 2, 3, 4, 5], [True] * 4])
def test_a_box_is_four_or_six_numbers(box: Any) -> None:
    with pytest.raises(MalformedDocument) as refusal:
        check_box({"bbox": box}, "/geometry")
    assert refusal.value.facts["where"] == "/geometry/bbox"


def test_collections_inside_each_other_end_somewhere() -> None:
    geometry: dict[str, Any] = {"type": "Point", "coordinates": [1, 2]}
    for _ in range(20):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    with pytest.raises(MalformedDocument):
        check(geometry, "")


def test_outer_rings_are_areas_and_the_rest_is_named() -> None:
    geometry = {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "LineString", "coordinates": [[1, 1], [2, 2]]},
            {"type": "MultiPolygon", "coordinates": [[RING, [[1, 1]] * 4], []]},
            {"type": "Point", "coordinates": [5, 6]},
            {"type": "Polygon", "coordinates": [[[179, 0], [181, 0], [181, 1], [179, 0]]]},
        ],
    }
    check(geometry, "/geometry")
    assert [len(ring) for ring in outer_rings(geometry, "")] == [4]
    assert first_point(geometry, "") == Point(lat=6, lon=5)
    places = [place for place, _, _ in unsaid(geometry, "/geometry")]
    assert places == [
        "/geometry/geometries/0/coordinates",
        "/geometry/geometries/1/coordinates",
        "/geometry/geometries/3/coordinates",
    ]


def test_a_ring_is_closed_and_turned_and_one_without_corners_not_drawn() -> None:
    clockwise = [Point(lat=0, lon=0), Point(lat=2, lon=0), Point(lat=2, lon=2)]
    assert rings_geometry([clockwise]) == {
        "type": "Polygon",
        "coordinates": [[[0, 0], [2, 2], [0, 2], [0, 0]]],
    }
    flat = [Point(lat=0, lon=0), Point(lat=1, lon=1), Point(lat=0, lon=0)]
    assert not drawable(flat)
    assert rings_geometry([flat]) is None
    both = rings_geometry([clockwise, flat, clockwise])
    assert both is not None
    assert both["type"] == "MultiPolygon"


@given(
    st.lists(
        st.builds(Point, lat=st.floats(-90, 90), lon=st.floats(-180, 180)), min_size=3, max_size=9
    )
)
def test_what_is_drawn_is_allowed(ring: list[Point]) -> None:
    geometry = rings_geometry([ring])
    if geometry is not None:
        check(geometry, "")
        (read,) = outer_rings(geometry, "")
        assert {(p.lat, p.lon) for p in read} == {(p.lat, p.lon) for p in ring}
