"""Trees and the paths into them."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import MalformedMessage
from protocols.messages import tree
from protocols.messages.kinds import Leg, PatrolPlan
from protocols.messages.values import Point

PLAN = {"legs": [{"name": "a", "to": 1}, {"name": "b"}, {"name": "c", "to": 3}], "x/y": {"~": 0}}


@given(st.lists(st.text(), min_size=1).map(tuple))
def test_pointers_come_back(parts: tuple[str, ...]) -> None:
    assert tree.parts_of(tree.pointer(parts)) == parts


def test_a_star_stands_for_every_item_that_has_the_field() -> None:
    assert list(tree.expand(PLAN, "/legs/*/to")) == ["/legs/0/to", "/legs/2/to"]
    assert list(tree.expand(PLAN, "/x~1y/~0")) == ["/x~1y/~0"]
    assert list(tree.expand(PLAN, "/legs/7/to")) == []
    assert list(tree.expand(PLAN, "/legs/-1/to")) == []
    assert list(tree.expand(PLAN, "/legs/0/name/deeper")) == []


def test_taking_and_putting_back_leaves_nothing_changed() -> None:
    plain = tree.build(
        PatrolPlan(sector="N", legs=(Leg(name="a", waypoint_north=Point(lat=1, lon=2)),))
    )
    before = tree.encode_json(plain)
    value = tree.take(plain, "/legs/0/waypoint_north")
    assert "waypoint_north" not in plain["legs"][0]
    tree.put(plain, "/legs/0/waypoint_north", value)
    assert tree.encode_json(plain) == before


@pytest.mark.parametrize("path", ["/legs/0", "/legs/0/none", "/none/0", "/legs/9/name", "/name/x"])
def test_what_is_not_a_named_field_cannot_be_taken(path: str) -> None:
    with pytest.raises(MalformedMessage):
        tree.take({"legs": [{"name": "a"}], "name": "x"}, path)


def test_a_taken_place_cannot_be_filled_twice() -> None:
    with pytest.raises(MalformedMessage, match="is taken"):
        tree.put({"a": 1}, "/a", 2)


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(MalformedMessage, match="paths begin with /"):
        tree.parts_of("body")


def test_depth_is_bounded_when_writing_too() -> None:
    deep: dict[str, object] = {}
    for _ in range(40):
        deep = {"a": deep}
    with pytest.raises(MalformedMessage, match="levels deep"):
        tree.decode_json(tree.encode_json(deep), 10**6)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01"])
def test_a_time_that_utc_cannot_hold_is_refused_both_ways(text: str) -> None:
    with pytest.raises(MalformedMessage, match=r"/due: .* years 1 to 9999"):
        tree.convert({"due": text}, Due, from_text=True)
    with pytest.raises(MalformedMessage, match="years 1 to 9999"):
        tree.build(Due(due=datetime.fromisoformat(text)))


@pytest.mark.parametrize("text", ["9999-12-31 is far away", "9999-12-31T23:59:59-00:01"])
def test_words_that_look_like_such_a_time_are_words(text: str) -> None:
    due = tree.convert({"due": "2026-11-22T00:00:00Z", "words": text}, Due, from_text=True)
    assert due.words == text


class Due(msgspec.Struct):
    due: datetime
    words: str = ""
