"""What a feed of vessels brings and the channel has not taken yet: bounded, and fair to the urgent.

A vessel says every two to ten seconds where it is. Of each track one position passes in a while,
and of those that wait the newest; what an emergency device says waits for nothing and is never
left out. Everything else keeps its order.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

import msgspec

from protocols.formats.ais.look import Look

POSITION_SECONDS: Final = 10.0
"""A track's positions pass no faster than this."""
TRACKS_MOST: Final = 10_000


class Arrived(msgspec.Struct, frozen=True):
    """A document and who brought it."""

    document: bytes
    source: str


class Inbox:
    """Documents on their way to the channel. `seconds` is a clock that never goes back.

    `most` documents that are no positions may wait, and `most` tracks.
    """

    def __init__(
        self, most: int, seconds: Callable[[], float], *, every: float = POSITION_SECONDS
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._every = every
        self._urgent: deque[Arrived] = deque()
        self._waiting: deque[Arrived] = deque()
        self._positions: OrderedDict[str, Arrived] = OrderedDict()
        self._passed: OrderedDict[str, float] = OrderedDict()

    def put(self, arrived: Arrived, look: Look | None) -> Arrived | None:
        """Add a document; what had to give way for it, perhaps the document itself."""
        if look is not None and look.urgent:
            self._urgent.append(arrived)
            return self._urgent.popleft() if len(self._urgent) > self._most else None
        if look is not None and look.track is not None:
            return self._put_position(arrived, look.track)
        if len(self._waiting) >= self._most:
            return arrived
        self._waiting.append(arrived)
        return None

    def _put_position(self, arrived: Arrived, track: str) -> Arrived | None:
        """The newest position of a track keeps the place that the track has in the row."""
        before = self._positions.get(track)
        self._positions[track] = arrived
        if before is None and len(self._positions) > self._most:
            return self._positions.popitem(last=False)[1]
        return before

    @property
    def full(self) -> bool:
        """Whether a feed that can be held back should be. Positions give way to newer ones."""
        return max(len(self._urgent), len(self._waiting)) >= self._most

    def take(self) -> Arrived | None:
        """The next document that may pass now; None where there is none."""
        if self._urgent:
            return self._urgent.popleft()
        if self._waiting:
            return self._waiting.popleft()
        now = self._seconds()
        for track in self._positions:
            if self._due(track) <= now:
                self._note(track, now)
                return self._positions.pop(track)
        return None

    def delay(self) -> float | None:
        """Seconds until a document may pass; 0 for now, None where nothing waits."""
        if self._urgent or self._waiting:
            return 0.0
        if not self._positions:
            return None
        return max(0.0, min(map(self._due, self._positions)) - self._seconds())

    def _due(self, track: str) -> float:
        passed = self._passed.get(track)
        return 0.0 if passed is None else passed + self._every

    def _note(self, track: str, now: float) -> None:
        self._passed[track] = now
        self._passed.move_to_end(track)
        if len(self._passed) > TRACKS_MOST:
            self._passed.popitem(last=False)

    def __len__(self) -> int:
        return len(self._urgent) + len(self._waiting) + len(self._positions)
