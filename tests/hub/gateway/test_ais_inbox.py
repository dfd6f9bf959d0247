"""Positions give way to newer ones and to time, emergencies to nothing; all of it is bounded."""

from __future__ import annotations

import pytest

from hub.gateway.ais_inbox import Arrived, Inbox
from protocols.formats.ais.look import Look


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def inbox(seconds: Seconds) -> Inbox:
    return Inbox(3, seconds, every=10.0)


def put(inbox: Inbox, name: str, **look: str | bool) -> str | None:
    gone = inbox.put(Arrived(name.encode(), "r"), Look(key=name, **look))  # type: ignore[arg-type]  # bools and texts as named
    return None if gone is None else gone.document.decode()


def take(inbox: Inbox) -> str | None:
    arrived = inbox.take()
    return None if arrived is None else arrived.document.decode()


def test_what_is_no_position_keeps_its_order(inbox: Inbox) -> None:
    assert put(inbox, "one") is None
    assert inbox.put(Arrived(b"unreadable", "r"), None) is None
    assert [take(inbox), take(inbox), take(inbox)] == ["one", "unreadable", None]


def test_of_a_track_the_newest_waits_and_one_passes_in_a_while(
    inbox: Inbox, seconds: Seconds
) -> None:
    assert put(inbox, "A1", track="A") is None
    assert put(inbox, "B1", track="B") is None
    assert put(inbox, "A2", track="A") == "A1"
    assert [take(inbox), take(inbox), take(inbox)] == ["A2", "B1", None]
    assert inbox.delay() is None
    put(inbox, "A3", track="A")
    assert take(inbox) is None
    assert inbox.delay() == 10.0
    seconds.now += 4
    assert put(inbox, "A4", track="A") == "A3"
    assert inbox.delay() == 6.0
    seconds.now += 6
    assert inbox.delay() == 0.0
    assert take(inbox) == "A4"


def test_emergencies_go_first_and_every_one_of_them(inbox: Inbox) -> None:
    put(inbox, "text")
    put(inbox, "position", track="A")
    for number in range(3):
        assert put(inbox, f"S{number}", track="S", urgent=True) is None
    assert inbox.delay() == 0.0
    assert [take(inbox) for _ in range(5)] == ["S0", "S1", "S2", "text", "position"]


def test_it_is_bounded(inbox: Inbox) -> None:
    assert [put(inbox, f"T{n}") for n in range(5)] == [None, None, None, "T3", "T4"]
    assert [put(inbox, f"P{n}", track=str(n)) for n in range(4)] == [None, None, None, "P0"]
    assert [put(inbox, f"S{n}", urgent=True) for n in range(4)] == [None, None, None, "S0"]
    assert len(inbox) == 9
    assert inbox.full
    while inbox.take() is not None:
        pass
    assert not inbox.full
