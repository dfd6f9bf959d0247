"""Positions, rings and circles: as the standard has them, and as deployed systems write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.formats.cap import geometry
from protocols.messages.values import Circle, Point

POINTS = st.builds(
    Point,
    lat=st.floats(-90, 90, allow_nan=False),
    lon=st.floats(-180, 180, allow_nan=False),
)


@settings(max_examples=80, deadline=None)
@given(ring=st.lists(POINTS, min_size=1, max_size=6).map(tuple))
def test_a_ring_goes_there_and_back_and_is_closed(ring: tuple[Point, ...]) -> None:
    read = geometry.read_ring(geometry.ring_text(ring))
    assert read[: len(ring)] == ring
    assert read[0] == read[-1]


@settings(max_examples=80, deadline=None)
@given(centre=POINTS, kilometres=st.floats(0, 20_000))
def test_a_circle_goes_there_and_back(centre: Point, kilometres: float) -> None:
    circle = Circle(centre=centre, radius=kilometres * geometry.KILOMETRE)
    assert geometry.read_circle(geometry.circle_text(circle)) == circle


@pytest.mark.parametrize(
    "text",
    [
        "1,2 3,-4 5,6 1,2",
        "1,2 3,- 4 5,6 1,2",
        "1, 2 3, -4 5, 6 1, 2",
        "1,2, 3,-4, 5,6, 1,2,",
        "+1,+2 +3,-4 5,6\n\t1,2 ",
        "1.0,2 3.,-4.0 5e0,6 1,2",
    ],
)
def test_a_ring_as_deployed_systems_write_it(text: str) -> None:
    assert [(p.lat, p.lon) for p in geometry.read_ring(text)] == [(1, 2), (3, -4), (5, 6), (1, 2)]


@pytest.mark.parametrize(
    "text",
    ["", "1", "1,2 3", "1,2,3 4", "1,2 ,3 4", "1,,2", "1;2", "x,y", "91,2", "1,181", "NaN,1",
     "inf,1", "1,2 3,4,5", "38.5,-120.1 - - 3"],
)  # fmt: skip
def test_what_is_no_ring_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text differs, the class is the contract
        geometry.read_ring(text)


@pytest.mark.parametrize(
    "text", ["", "1,2", "1,2 -3", "1,2 x", "1 2 3", "1,2 3 4", "95,2 3", "1,2 1e308"]
)
def test_what_is_no_circle_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text differs, the class is the contract
        geometry.read_circle(text)


def test_an_epicentre_has_no_radius_and_a_space_is_forgiven() -> None:
    assert geometry.read_circle("1, - 2 0") == Circle(centre=Point(lat=1, lon=-2), radius=0)


@pytest.mark.parametrize(
    ("name", "text", "leaf"),
    [
        ("circle", "1,2 3", "1.0,2.0 3000.0"),
        ("circle", "near", "near"),
        ("polygon", "1, 2 3,- 4", "1,2 3,-4"),
        ("polygon", "x", "x"),
        ("altitude", "10", str(10 * geometry.FEET)),
        ("ceiling", "high", "high"),
    ],
)
def test_leaves_are_in_the_units_of_a_message(name: str, text: str, leaf: str) -> None:
    assert geometry.plain_leaf(name, text) == leaf
