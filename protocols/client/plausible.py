"""What no hub may say: frames whose values cannot be, stopped before they mean anything.

A frame that follows the schema can still carry a number that no clock, log or store holds, or
contradict itself. What arrives here is believed as far as a hub can be believed at all; what the
members prove to each other is checked by MLS, not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from protocols.errors import MalformedFrame
from protocols.frames import (
    Accepted,
    CaughtUp,
    Channel,
    ChannelState,
    Entry,
    GroupInfo,
    HubFrame,
    Ledger,
    Pruned,
    Ready,
    SlowDown,
    Superseded,
    Welcome,
)

HIGHEST: Final = 2**53
"""The highest number of an entry or an epoch: exact in JSON, and far below a SQLite integer."""
LATEST: Final = 253_402_300_799_000_000
"""The end of the year 9999, UTC microseconds."""
LONGEST_WAIT: Final = 600_000
"""The longest `slow_down` that is honoured, milliseconds."""


def check(frame: HubFrame, device: str) -> None:
    """Raises `MalformedFrame` for a frame that no hub can mean; `device` is who is addressed."""
    for name, value, limit in _numbers(frame):
        if not 0 <= value <= limit:
            raise MalformedFrame(f"{type(frame).__name__} with {name} {value}")
    if isinstance(frame, Channel) and frame.channel != frame.state.channel:
        raise MalformedFrame(f"a state of {frame.state.channel!r} under {frame.channel!r}")
    if isinstance(frame, Ready) and frame.device != device:
        raise MalformedFrame(f"the hub greets {frame.device!r}, and this is {device!r}")


_Number = tuple[str, int, int]


def _numbers(frame: HubFrame) -> Iterator[_Number]:
    if isinstance(frame, Entry | CaughtUp | Welcome | GroupInfo | Ledger):
        yield "seq", frame.seq, HIGHEST
    if isinstance(frame, Entry | Ready):
        yield "time", frame.time, LATEST
    if isinstance(frame, Superseded):
        yield from (("seq", seq, HIGHEST) for seq in frame.seqs)
    if isinstance(frame, Pruned):
        yield "first_available", frame.first_available, HIGHEST
    if isinstance(frame, SlowDown):
        yield "retry_after", frame.retry_after, LATEST
    if isinstance(frame, Ledger):
        yield from (("time", row.time, LATEST) for row in frame.rows)
    if isinstance(frame, Accepted):
        for ack in frame.acks:
            yield "seq", ack.seq, HIGHEST
            yield "time", ack.time, LATEST
    if isinstance(frame, Channel):
        yield from _of_states((frame.state,))
    if isinstance(frame, Ready):
        yield "packages", frame.packages, HIGHEST
        yield from _of_states(frame.channels)


def _of_states(states: Iterable[ChannelState]) -> Iterator[_Number]:
    for state in states:
        yield "epoch", state.epoch, HIGHEST
        yield "last_seq", state.last_seq, HIGHEST
        yield "first_available", state.first_available, HIGHEST
