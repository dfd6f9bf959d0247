"""The shelf keeps the newest, in order, once each."""

from __future__ import annotations

from hub.gateway.bridge import Parcel
from hub.gateway.shelf import Shelf
from protocols.messages.kinds import Position, Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.parties import DISPATCH, GN3, says


def parcel(text: str) -> Parcel:
    return Parcel(says(GN3, Text(text=LanguageText(text=text))), text.encode())


def test_the_oldest_leave_first() -> None:
    shelf = Shelf(2)
    one, two, three = parcel("1"), parcel("2"), parcel("3")
    for each in (one, two, three):
        shelf.put(each)
    assert list(shelf) == [two, three]
    assert len(shelf) == 2
    assert shelf.find(one.message.id) is None
    assert shelf.find(three.message.id) is three


def test_the_same_message_again_replaces_itself() -> None:
    shelf = Shelf(5)
    first = parcel("1")
    shelf.put(first)
    shelf.put(parcel("2"))
    shelf.put(Parcel(first.message, b"newer"))
    assert [each.data for each in shelf] == [b"newer", b"2"]


def test_of_each_track_only_the_newest_position_stays() -> None:
    shelf = Shelf(5)
    alarm = parcel("alarm")
    first, second = (
        Parcel(says(GN3, Position(track="GN-3", course=float(course))), b"") for course in (1, 2)
    )
    other = Parcel(says(DISPATCH, Position(track="GN-3")), b"")
    for each in (first, alarm, other, second):
        shelf.put(each)
    assert list(shelf) == [alarm, other, second]
    assert shelf.find(first.message.id) is None
    assert shelf.find(second.message.id) is second


def test_a_shelf_of_size_zero_keeps_nothing() -> None:
    shelf = Shelf(0)
    shelf.put(parcel("1"))
    assert list(shelf) == []
