"""While a TAK server is away what matters waits, and what gives way is counted."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.gateway.bridge import Parcel
from hub.gateway.counters import Count, Counters
from hub.gateway.tak_outbox import Outbox
from protocols.clock import to_datetime
from protocols.messages.kinds import EMERGENCY, Alarm, AlarmCancel, Body, Position, Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.parties import GN3, NOON, says

NOW = to_datetime(NOON)


def parcel(body: Body, size: int = 10, **fields: Any) -> Parcel:
    return Parcel(says(GN3, body, **fields), b"x" * size)


def position(track: str, **fields: Any) -> Parcel:
    return parcel(Position(track=track), **fields)


def text(words: str, **fields: Any) -> Parcel:
    return parcel(Text(text=LanguageText(text=words)), **fields)


def box(most: int = 10, **limits: int) -> tuple[Outbox, Counters]:
    counters = Counters()
    return Outbox(most, counters, lambda parcel: None, **limits), counters


def test_what_waits_comes_out_in_order() -> None:
    outbox, counters = box()
    there = [text("a"), position("1"), parcel(Alarm(alarm_class=EMERGENCY)), text("b")]
    for one in there:
        outbox.put(one)
    assert len(outbox) == 4
    assert outbox.take(NOW) == there
    assert len(outbox) == 0
    assert counters[Count.NOT_SENT] == counters[Count.SUPERSEDED] == 0


def test_of_each_track_the_newest_position_waits() -> None:
    outbox, counters = box()
    first, other, second = position("1"), position("2"), position("1")
    for one in (first, other, second):
        outbox.put(one)
    assert outbox.take(NOW) == [other, second]
    assert counters[Count.SUPERSEDED] == 1


def test_positions_give_way_first_and_alarms_last() -> None:
    gone: list[Parcel] = []
    counters = Counters()
    outbox = Outbox(2, counters, gone.append)
    alarm, cancel = parcel(Alarm(alarm_class=EMERGENCY)), parcel(AlarmCancel(alarm="x"))
    for one in (alarm, text("old"), position("1"), position("2"), text("new"), cancel):
        outbox.put(one)
    assert outbox.take(NOW) == [alarm, cancel]
    assert counters[Count.NOT_SENT] == 4
    assert [one.message.kind for one in gone] == ["text", "text"]


def test_bytes_are_bounded_too() -> None:
    outbox, counters = box(most_bytes=100)
    large = [text("a", size=60), text("b", size=60), text("c", size=200)]
    for one in large:
        outbox.put(one)
    assert outbox.take(NOW) == large[2:]  # one alone always has room
    assert counters[Count.NOT_SENT] == 2


def test_what_is_stale_is_not_sent_but_an_alarm_is() -> None:
    outbox, counters = box()
    past = NOW - timedelta(seconds=1)
    alarm = parcel(Alarm(alarm_class=EMERGENCY), expires=past)
    for one in (position("1", expires=past), alarm, text("a", expires=NOW + timedelta(1))):
        outbox.put(one)
    assert [one.message.kind for one in outbox.take(NOW)] == ["alarm", "text"]
    assert counters[Count.STALE] == 1


def test_what_no_ping_confirmed_waits_again_in_its_place() -> None:
    outbox, _ = box()
    a, b, c, d = (text(name) for name in "abcd")
    outbox.put(a)
    outbox.take(NOW)
    outbox.written(pings=1)
    outbox.put(b)
    outbox.take(NOW)
    outbox.written(pings=2)
    outbox.confirmed(pongs=1)
    assert outbox.unconfirmed == 2  # the first ping was before a
    outbox.confirmed(pongs=2)
    assert outbox.unconfirmed == 1
    outbox.put(c)
    outbox.take(NOW)  # taken, and the connection broke while it was written
    outbox.put(d)
    outbox.lost()
    assert outbox.unconfirmed == 0
    assert outbox.take(NOW) == [b, c, d]


def test_a_newer_position_takes_the_place_of_one_that_was_lost() -> None:
    outbox, counters = box()
    old, new = position("1"), position("1")
    outbox.put(old)
    outbox.take(NOW)
    outbox.written(pings=1)
    outbox.put(new)
    outbox.lost()
    assert outbox.take(NOW) == [new]
    assert counters[Count.SUPERSEDED] == 1


@given(st.lists(st.tuples(st.sampled_from("ptal"), st.integers(0, 3)), max_size=60))
def test_nothing_vanishes_uncounted(steps: list[tuple[str, int]]) -> None:
    outbox, counters = box(most=5)
    put, confirmed, pings = 0, 0, 1
    for what, number in steps:
        if what == "p":
            outbox.put(position(str(number)))
            put += 1
        elif what == "t":
            outbox.put(text(str(number)))
            put += 1
        elif what == "a" and number:
            waiting = len(outbox)
            assert len(outbox.take(NOW)) == waiting
            outbox.written(pings)
            before, pings = outbox.unconfirmed, pings + 1
            outbox.confirmed(pings)
            confirmed += before
        else:
            outbox.take(NOW)
            outbox.lost()
        assert len(outbox) <= 5
    gone = counters[Count.NOT_SENT] + counters[Count.SUPERSEDED]
    assert put == len(outbox) + confirmed + gone


async def test_whoever_waits_is_woken() -> None:
    outbox, _ = box()
    waiting = asyncio.create_task(outbox.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.put(text("a"))
    await waiting
    await outbox.wait()
