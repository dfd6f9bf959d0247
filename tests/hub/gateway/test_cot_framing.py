"""A TAK stream is cut at its events, wherever the reads end."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hub.gateway.cot_framing import CotStream

EVENTS = [
    b'<event uid="a"><point/></event>',
    "<event uid='b'><detail>niño — señal</detail></event>".encode(),
    b'<?xml version="1.0"?>\n<event uid="c"/><event uid="c"></event>',
]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_any_cutting_gives_the_same_events(sizes: list[int]) -> None:
    data = b"\n".join(EVENTS)
    stream, found, at = CotStream(), [], 0
    for size in sizes:
        found += stream.feed(data[at : at + size])
        at += size
    found += stream.feed(data[at:])
    assert found == EVENTS


@given(st.lists(st.integers(1, 90), min_size=1, max_size=60))
def test_what_is_too_large_costs_itself_alone(sizes: list[int]) -> None:
    data = EVENTS[0] + b"<event>" + b"x" * 300 + b"</event>" + EVENTS[1]
    stream, found, at = CotStream(limit=100), [], 0
    for size in sizes:
        found += stream.feed(data[at : at + size])
        at += size
    found += stream.feed(data[at:])
    assert found == EVENTS[:2]
    assert stream.skipped == 1
    assert stream.unread == 0


def test_an_event_that_never_ends_is_not_kept() -> None:
    stream = CotStream(limit=100)
    for _ in range(1000):
        assert stream.feed(b"<event>" + b"x" * 90) == []
    assert stream.skipped == 1
    assert stream.unread < 100
    assert stream.feed(b"</event>" + EVENTS[0]) == [EVENTS[0]]


def test_garbage_before_an_event_is_a_document_of_its_own() -> None:
    assert CotStream().feed(b"\xbf\x01\xbfgarbage " + EVENTS[0]) == [
        b"\xbf\x01\xbfgarbage",
        EVENTS[0],
    ]


def test_a_byte_order_mark_is_no_garbage() -> None:
    assert CotStream().feed(b"\xef\xbb\xbf" + EVENTS[0]) == [b"\xef\xbb\xbf" + EVENTS[0]]


def test_half_an_event_stays_unread() -> None:
    stream = CotStream()
    assert stream.feed(EVENTS[0][:20]) == []
    assert stream.unread == 20


def test_real_captures_come_out_as_they_went_in(shared: Path) -> None:
    captures = [
        file.read_bytes().strip()
        for file in sorted((shared / "corpus/cot/samples/atak-captures").glob("*.cot"))
    ]
    stream = CotStream()
    data = b"".join(captures)
    found = [event for at in range(0, len(data), 777) for event in stream.feed(data[at : at + 777])]
    assert found == captures
    assert len(found) == 20
