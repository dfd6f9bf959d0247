"""Losses are noted once each, and the counting finds whatever vanished."""

from __future__ import annotations

from datetime import UTC, datetime

from protocols.formats.losses import MAX_VALUE, Losses, differing, leaf_paths, unaccounted
from protocols.messages.values import Point, Tlp


def test_a_loss_is_noted_once_and_shortened() -> None:
    losses = Losses()
    losses.add("a", "x" * 1000, "too long")
    losses.add("a", "x" * 1000, "again")
    losses.add("a", Point(lat=1.0, lon=2.0), "a value")
    losses.add("tlp", Tlp.RED, "an enumeration")
    first, second, third = losses.take()
    assert len(first.value) == MAX_VALUE
    assert first.reason == "too long"
    assert second.value == '{"lat":1.0,"lon":2.0}'
    assert third.value == "TLP:RED"


def test_leaf_paths() -> None:
    tree = {"a": [1, {"b": None, "c": "x"}], "d": False}
    assert list(leaf_paths(tree)) == [("a.0", 1), ("a.1.c", "x"), ("d", False)]


def test_leaves_that_do_not_stand_at_the_same_place_are_named() -> None:
    value = {"a": {"b": 1, "c": 2}, "d": [1, 2], "e": True, "f": {"g.h": "x"}, "i": None}
    assert differing(value, dict(value), "x") == []
    other = {"a": {"b": 1}, "d": (1, 3), "e": 1, "f": None}
    assert differing(value, other, "x") == [
        ("x.a.c", 2),
        ("x.d.1", 2),
        ("x.e", True),
        ("x.f.g.h", "x"),
    ]
    assert differing(1, "1", "x") == [("x", 1)]
    assert differing([1, 2], [1], "x") == [("x.1", 2)]


def test_everything_that_is_there_is_accounted_for() -> None:
    message = {
        "lat": 31.33275,
        "when": datetime(2026, 11, 21, 19, 31, tzinfo=UTC),
        "status": "actual",
        "names": ["Nogales", "GN-3"],
        "ok": True,
    }
    leaves = [
        ("/lat", "31.332750"),
        ("/when", "2026-11-21T12:31:00-07:00"),
        ("/status", "Actual"),
        ("/names", "GN-3 Nogales"),
        ("/ok", "true"),
    ]
    assert unaccounted(leaves, message) == []


def test_what_is_missing_is_named() -> None:
    assert unaccounted([("/a", "x"), ("/b", "y")], {"a": "x"}) == [("/b", "y")]


def test_one_value_does_not_account_for_two() -> None:
    assert unaccounted([("/a", "7"), ("/b", "7")], {"a": 7}) == [("/b", "7")]
    assert unaccounted([("/a", "7"), ("/b", "7")], {"a": 7}, {"b": "7"}) == []


def test_a_list_is_accounted_for_only_with_all_its_parts() -> None:
    assert unaccounted([("/p", "1,2 3,4")], {"ring": [1.0, 2.0, 3.0]}) == [("/p", "1,2 3,4")]
