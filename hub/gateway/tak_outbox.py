"""What waits for a TAK server: bounded, in order, and kept until it has surely arrived.

While the server cannot be reached parcels wait here. Of each track only the newest position waits;
when there is still too much, the oldest position gives way first, then the oldest of the rest, and
an alarm last. Whatever gives way is counted and, unless it is a position, becomes a dead letter.

TCP says nothing of what was under way when a connection broke, but a ping is answered in its turn:
what was written before an answered ping has arrived. What was not confirmed so is written again
after the next connection. For a TAK screen the same event twice is the same event.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from hub.gateway.bridge import Parcel
from hub.gateway.counters import Count, Counters
from hub.gateway.waiting import WAITING_BYTES
from protocols.messages import Message
from protocols.messages.kinds import Alarm, AlarmCancel, Position

POSITION: Final = 0
ALARM: Final = 2
"""How dear a parcel is; everything else stands between."""


class _Kept(NamedTuple):
    """A parcel and its number in the order in which they came."""

    number: int
    parcel: Parcel


class Outbox:
    """Parcels for one server. One task takes, anybody puts.

    `gave_way` is told what has to make room, but for positions. `_lanes` are by how dear a parcel
    is, each in the order of the numbers.
    """

    def __init__(
        self,
        most: int,
        counters: Counters,
        gave_way: Callable[[Parcel], None],
        most_bytes: int = WAITING_BYTES,
    ) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._counters = counters
        self._gave_way = gave_way
        self._lanes: tuple[OrderedDict[str, _Kept], ...] = tuple(OrderedDict() for _ in range(3))
        self._taken: list[_Kept] = []
        self._written: deque[tuple[int, _Kept]] = deque(maxlen=most)
        self._number = 0
        self._bytes = 0
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes)

    @property
    def unconfirmed(self) -> int:
        """Parcels that were written and may not have arrived."""
        return len(self._written)

    def put(self, parcel: Parcel) -> None:
        """Add a parcel; what must give way for it is counted."""
        self._number += 1
        self._keep(_Kept(self._number, parcel))
        self._make_room()

    async def wait(self) -> None:
        """Until there is something to write."""
        while not len(self):
            self._news.clear()
            await self._news.wait()

    def take(self, now: datetime) -> list[Parcel]:
        """Everything that waits and is not stale, in order. An alarm never becomes stale."""
        waiting = sorted(self._all(), key=lambda one: one.number)
        self._clear()
        fresh = [kept for kept in waiting if not _stale(kept.parcel.message, now)]
        self._counters.add(Count.STALE, len(waiting) - len(fresh))
        self._taken = fresh
        return [kept.parcel for kept in fresh]

    def written(self, pings: int) -> None:
        """What was taken last is written; `pings` is how many pings were before it."""
        self._written.extend((pings, kept) for kept in self._taken)
        self._taken = []

    def confirmed(self, pongs: int) -> None:
        """So many pings were answered: what was written before the last of them has arrived."""
        while self._written and self._written[0][0] < pongs:
            self._written.popleft()

    def lost(self) -> None:
        """The connection ended: what is not confirmed waits again, in its old place."""
        known = [*(kept for _, kept in self._written), *self._taken, *self._all()]
        self._written.clear()
        self._taken = []
        self._clear()
        for kept in sorted(known, key=lambda one: one.number):
            self._keep(kept)
        self._make_room()

    def _all(self) -> list[_Kept]:
        return [kept for lane in self._lanes for kept in lane.values()]

    def _clear(self) -> None:
        for lane in self._lanes:
            lane.clear()
        self._bytes = 0

    def _keep(self, kept: _Kept) -> None:
        message = kept.parcel.message
        lane, place = self._lanes[_dear(message)], _place(message)
        before = lane.pop(place, None)
        if before is not None:
            self._bytes -= len(before.parcel.data)
            if before.parcel.message.id != message.id:
                self._counters.add(Count.SUPERSEDED)
        lane[place] = kept
        self._bytes += len(kept.parcel.data)
        self._news.set()

    def _make_room(self) -> None:
        while len(self) > self._most or (self._bytes > self._most_bytes and len(self) > 1):
            lane = next(lane for lane in self._lanes if lane)
            _, (_, parcel) = lane.popitem(last=False)
            self._bytes -= len(parcel.data)
            self._counters.add(Count.NOT_SENT)
            if lane is not self._lanes[POSITION]:
                self._gave_way(parcel)


def _dear(message: Message) -> int:
    if isinstance(message.body, Position):
        return POSITION
    return ALARM if isinstance(message.body, Alarm | AlarmCancel) else 1


def _place(message: Message) -> str:
    if isinstance(message.body, Position) and message.body.track:
        return f"{message.sender.device} {message.body.track}"
    return message.id


def _stale(message: Message, now: datetime) -> bool:
    return message.expires is not None and message.expires < now and _dear(message) is not ALARM
