"""A TAK stream is cut at its events and frames, wherever the reads end."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.gateway.cot_framing import KEPT, SKIPPED_MOST, Broken, CotStream, Piece, TooLarge

EVENTS = [
    b'<event uid="a"><point/></event>',
    "<event uid='b'><detail>niño — señal</detail></event>".encode(),
    b'<?xml version="1.0"?>\n<event uid="c"/><event uid="c"></event>',
]
SIZES = st.lists(st.integers(1, 90), min_size=1, max_size=60)


def frame(payload: bytes) -> bytes:
    """A stream frame: bf, the length as a varint, the payload."""
    length, varint = len(payload), b""
    while length > 0x7F:
        varint += bytes([length & 0x7F | 0x80])
        length >>= 7
    return b"\xbf" + varint + bytes([length]) + payload


FRAMES = [frame(b"\x12\x05hello"), frame(b"<event></event>" + bytes(range(200))), frame(b"")]


def cut(stream: CotStream, data: bytes, sizes: list[int]) -> list[Piece]:
    """What comes out when `data` is read in pieces of these sizes, and then the rest."""
    found, at = [], 0
    for size in sizes:
        found += stream.feed(data[at : at + size])
        at += size
    return found + stream.feed(data[at:])


@given(SIZES)
def test_any_cutting_gives_the_same_events(sizes: list[int]) -> None:
    assert cut(CotStream(), b"\n".join(EVENTS), sizes) == EVENTS


@given(SIZES)
def test_any_cutting_gives_the_same_events_and_frames(sizes: list[int]) -> None:
    mixed = [EVENTS[0], FRAMES[0], FRAMES[1], EVENTS[1], FRAMES[2], EVENTS[2]]
    assert cut(CotStream(), b"".join(mixed), sizes) == mixed


@given(SIZES)
def test_what_is_too_large_costs_itself_alone(sizes: list[int]) -> None:
    large = b"<event>" + b"x" * 300 + b"</event>"
    stream = CotStream(limit=100)
    found = cut(stream, EVENTS[0] + large + EVENTS[1], sizes)
    kept = TooLarge(large, len(large), hashlib.sha256(large).hexdigest())
    assert found == [EVENTS[0], kept, EVENTS[1]]
    assert stream.skipped == 1
    assert stream.unread == 0


@given(SIZES)
def test_a_frame_that_is_too_large_costs_itself_alone(sizes: list[int]) -> None:
    large = frame(b"y" * 250 + b"</event>")
    found = cut(CotStream(limit=100), FRAMES[0] + large + FRAMES[2] + EVENTS[0], sizes)
    kept = TooLarge(large, len(large), hashlib.sha256(large).hexdigest())
    assert found == [FRAMES[0], kept, FRAMES[2], EVENTS[0]]


def test_of_what_is_too_large_the_beginning_is_kept() -> None:
    large = b"<event>" + b"x" * 3 * KEPT + b"</event>"
    (kept,) = CotStream(limit=KEPT).feed(large)
    assert isinstance(kept, TooLarge)
    assert kept.beginning == large[:KEPT]
    assert kept.sha256 == hashlib.sha256(large).hexdigest()
    assert kept.sha256 in kept.error().detail
    assert str(len(large)) in kept.error().detail


def test_an_event_that_never_ends_is_not_kept() -> None:
    stream = CotStream(limit=100)
    for _ in range(1000):
        assert stream.feed(b"<event>" + b"x" * 90) == []
    assert stream.skipped == 1
    assert stream.unread < 100
    (kept, event) = stream.feed(b"</event>" + EVENTS[0])
    assert event == EVENTS[0]
    assert isinstance(kept, TooLarge)
    assert kept.size == 97 * 1000 + len(b"</event>")


def test_what_is_skipped_when_the_stream_ends_is_kept_too() -> None:
    stream = CotStream(limit=100)
    assert stream.feed(b"<event>" + b"x" * 200) == []
    (kept,) = stream.close()
    assert isinstance(kept, TooLarge)
    assert stream.close() == []
    assert CotStream().close() == []


def test_skipping_has_an_end() -> None:
    stream = CotStream(limit=100)
    pieces = [stream.feed(b"<event>" + b"x" * (SKIPPED_MOST // 8)) for _ in range(10)]
    (broken,) = [one for found in pieces for one in found]
    assert isinstance(broken, Broken)
    assert len(broken.beginning) == KEPT
    assert stream.broken
    assert stream.feed(b"</event>" + EVENTS[0]) == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xbf\xff\xff\xff\xff\x01", "varint"),
        (b"\xbf\xff\xff\xff\x7f", "bytes"),  # 268 million of them
        (FRAMES[0] + b"garbage", "0x67"),
    ],
)
def test_a_broken_stream_is_left_there(data: bytes, why: str) -> None:
    stream = CotStream()
    *_, broken = stream.feed(data + EVENTS[0])
    assert isinstance(broken, Broken)
    assert why in broken.why
    assert broken.error().code == "malformed_document"
    assert stream.feed(EVENTS[0]) == []


def test_garbage_before_an_event_is_a_document_of_its_own() -> None:
    assert CotStream().feed(b"\x01\xbfgarbage " + EVENTS[0]) == [b"\x01\xbfgarbage", EVENTS[0]]
    assert CotStream().feed(b"garbage</event>" + EVENTS[0]) == [b"garbage</event>", EVENTS[0]]


def test_a_byte_order_mark_is_no_garbage() -> None:
    marked = b"\xef\xbb\xbf" + EVENTS[0]
    assert CotStream().feed(marked) == [marked]
    assert cut(CotStream(), marked, [1, 1, 1]) == [marked]


def test_a_password_is_taken_out_unread() -> None:
    asked = b'<?xml version="1.0"?>' + EVENTS[0]
    auth = b'<auth><cot username="a" password="secret" uid="b"/></auth>'
    assert CotStream().feed(auth + asked) == [asked]
    assert cut(CotStream(), auth + asked, [3, 20, 30]) == [asked]
    (broken,) = CotStream().feed(auth[:-1] + b"secret" * KEPT)
    assert isinstance(broken, Broken)
    assert broken.beginning == b""


def test_half_an_event_stays_unread() -> None:
    stream = CotStream()
    assert stream.feed(EVENTS[0][:20]) == []
    assert stream.unread == 20
    assert stream.feed(EVENTS[0][20:] + FRAMES[0][:3]) == [EVENTS[0]]
    assert stream.unread == 3


TOKENS = [
    *(b"<event>", b"</event>", b"<event uid='a'>", b"<?xml ", b"<auth>", b"</auth>", b" \n"),
    *(b"\xbf", b"\xbf\x00", b"\xbf\x05hello", b"\xbf\xff\xff\x03", b"\xbf\x01\xbf"),
    *(b"\xef\xbb\xbf", b"\x00", b"x" * 50),
]


def said(pieces: list[Piece]) -> list[tuple[str, object]]:
    """What the pieces are, but for how much of a broken stream had been read."""
    kept: list[tuple[str, object]] = []
    for piece in pieces:
        what = piece.why if isinstance(piece, Broken) else piece
        kept.append((type(piece).__name__, what))
    return kept


@given(st.lists(st.sampled_from(TOKENS) | st.binary(max_size=20), max_size=30), SIZES)
def test_whatever_comes_it_is_cut_the_same_way(tokens: list[bytes], sizes: list[int]) -> None:
    data = b"".join(tokens)
    whole, piecewise = CotStream(limit=60), CotStream(limit=60)
    assert said(whole.feed(data) + whole.close()) == said(
        cut(piecewise, data, sizes) + piecewise.close()
    )
    longest = 60 + len("</event>") + 1  # and a byte that may begin the next piece
    assert piecewise.unread <= longest


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


def test_a_real_frame_comes_out_as_it_went_in(shared: Path) -> None:
    captured = (shared / "corpus/cot/takv1/pli_stream.bin").read_bytes()
    assert cut(CotStream(), captured + EVENTS[0] + captured, [1, 1, 1, 50]) == [
        captured,
        EVENTS[0],
        captured,
    ]
