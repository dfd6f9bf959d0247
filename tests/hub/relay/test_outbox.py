"""Framing, and what waits: bounds, superseded positions, spilling, and that answers are kept."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.streams import StreamReader

from hub.relay.effects import Outgoing
from hub.relay.outbox import Burst, Outbox, websocket_frame
from protocols.frames import (
    JSON,
    MSGPACK,
    OUTBOX_BYTES,
    OUTBOX_MESSAGES,
    OUTBOX_SECONDS,
    Codec,
    Entry,
    EntryKind,
    HubFrame,
    Notice,
    Superseded,
)


def unframe(data: bytes) -> list[Frame]:
    """The WebSocket frames in a byte string, read by the library."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    found = []
    while data:
        parser = Frame.parse(reader.read_exact, mask=False, max_size=None)
        try:
            while True:
                next(parser)
        except StopIteration as stop:
            found.append(stop.value)
        except EOFError:
            break
        if not reader.buffer:
            break
    return found


def frames_in(data: bytes, codec: Codec = MSGPACK) -> list[HubFrame]:
    return [codec.decode_hub(bytes(frame.data)) for frame in unframe(data)]


def burst(
    first: int, count: int = 1, *, channel: str = "ch", track: str = "", size: int = 10
) -> Burst:
    return Burst(
        channel,
        [
            Outgoing(first + index, 1, EntryKind.MESSAGE, bytes(size), track)
            for index in range(count)
        ],
    )


def seqs(frames: Sequence[HubFrame]) -> list[int]:
    return [frame.seq for frame in frames if isinstance(frame, Entry)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 100_000])
@pytest.mark.parametrize("text", [True, False])
def test_frames_are_those_of_rfc_6455(size: int, text: bool) -> None:
    (frame,) = unframe(websocket_frame(b"x" * size, text=text))
    assert bytes(frame.data) == b"x" * size
    assert frame.fin
    assert frame.opcode == (1 if text else 2)


def test_a_burst_is_framed_once_for_each_encoding() -> None:
    one = burst(4, 3)
    assert one.joined(MSGPACK) is one.joined(MSGPACK)
    assert (one.first, one.last) == (4, 6)
    for codec in (MSGPACK, JSON):
        assert seqs(frames_in(one.joined(codec), codec)) == [4, 5, 6]


def test_everything_waits_in_order_answers_first() -> None:
    outbox = Outbox(MSGPACK)
    assert not outbox
    outbox.add(burst(1, 2), 0.0)
    outbox.answer(websocket_frame(MSGPACK.encode(Notice("a", "b", "c")), text=False))
    outbox.add(burst(3), 0.0)
    assert outbox
    assert outbox.messages == 3
    frames = frames_in(outbox.take())
    assert isinstance(frames[0], Notice)
    assert seqs(frames) == [1, 2, 3]
    assert not outbox
    assert outbox.take() == b""


def test_the_newest_position_of_a_track_replaces_the_one_that_waits() -> None:
    outbox = Outbox(MSGPACK)
    outbox.add(burst(1, track="boat"), 0.0)
    outbox.add(burst(2), 0.0)
    outbox.add(burst(3, track="car"), 0.0)
    outbox.add(burst(4, 2, track="boat"), 0.0)
    assert outbox.messages == 3
    frames = frames_in(outbox.take())
    assert frames[0] == Superseded("ch", (1, 4))
    assert seqs(frames) == [2, 3, 5]


def test_tracks_of_different_channels_are_different() -> None:
    outbox = Outbox(MSGPACK)
    outbox.add(burst(1, track="boat"), 0.0)
    outbox.add(burst(1, track="boat", channel="other"), 0.0)
    assert outbox.messages == 2


def test_after_taking_nothing_is_superseded_any_more() -> None:
    outbox = Outbox(MSGPACK)
    outbox.add(burst(1, track="boat"), 0.0)
    outbox.take()
    outbox.add(burst(2, track="boat"), 0.0)
    assert seqs(frames_in(outbox.take())) == [2]


def test_each_of_the_three_bounds() -> None:
    many = Outbox(MSGPACK)
    many.add(burst(1, OUTBOX_MESSAGES), 0.0)
    assert not many.overdue(0.0)
    many.add(burst(OUTBOX_MESSAGES + 1), 0.0)
    assert many.overdue(0.0)
    large = Outbox(MSGPACK)
    for seq in range(1, 70):
        large.add(burst(seq, size=64 * 1024), 0.0)
    assert OUTBOX_BYTES < 70 * 64 * 1024
    assert large.overdue(0.0)
    old = Outbox(MSGPACK)
    old.add(burst(1), 100.0)
    assert not old.overdue(100.0 + OUTBOX_SECONDS)
    assert old.overdue(100.1 + OUTBOX_SECONDS)
    assert not Outbox(MSGPACK).overdue(1e9)


def test_spilling_says_where_each_channel_goes_on_and_keeps_answers() -> None:
    outbox = Outbox(MSGPACK)
    outbox.add(burst(5, 2, track="boat"), 0.0)
    outbox.add(burst(7), 0.0)
    outbox.add(burst(9, channel="other"), 0.0)
    outbox.answer(websocket_frame(MSGPACK.encode(Notice("a", "b", "c")), text=False))
    assert outbox.spill() == {"ch": 5, "other": 9}
    assert [type(frame) for frame in frames_in(outbox.take())] == [Notice]


def test_a_forgotten_channel_is_not_fed_again() -> None:
    outbox = Outbox(MSGPACK)
    outbox.add(burst(5, track="boat"), 0.0)
    outbox.add(burst(9, channel="other"), 0.0)
    outbox.forget("ch")
    outbox.add(burst(6, track="boat", channel="ch"), 0.0)
    assert outbox.spill() == {"ch": 6, "other": 9}


def test_too_many_answers_are_noticed() -> None:
    outbox = Outbox(MSGPACK)
    for _ in range(5):
        assert not outbox.stuffed
        outbox.answer(bytes(OUTBOX_BYTES // 4))
    assert outbox.stuffed


@given(
    st.lists(st.tuples(st.sampled_from(["", "", "boat", "car"]), st.integers(1, 3)), max_size=30)
)
def test_every_entry_is_sent_or_named_as_superseded(steps: list[tuple[str, int]]) -> None:
    outbox, seq, newest = Outbox(MSGPACK), 1, {}
    for track, count in steps:
        outbox.add(burst(seq, count, track=track), 0.0)
        seq += count
        newest[track] = seq - 1
    frames = frames_in(outbox.take())
    left_out = [one for frame in frames if isinstance(frame, Superseded) for one in frame.seqs]
    given_out = seqs(frames)
    assert sorted(given_out + left_out) == list(range(1, seq))
    assert given_out == sorted(given_out)
    assert {newest[track] for track in newest if track} <= set(given_out)
