"""Committed entries to connections: built once, joined, one write per connection and commit.

    live       has everything up to the last burst; gets the next one as it is
    waiting    live, but its transport is full: bursts gather in its outbox
    feeding    fed from the log, 256 rows a write, at its own pace; joins live when it has caught up

A connection is live, or fed, per channel. The transport says when it is full and when it is free
again. A waiting connection that reaches the bounds of its outbox is fed from the log instead, so
it can never slow the others, and never loses anything either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.relay.effects import Outgoing
from hub.relay.outbox import Burst, Outbox, websocket_frame
from hub.store.interface import Delivery as StoredEntry
from hub.store.interface import Store
from protocols.frames import REPLAY_ROWS, CaughtUp, Codec, EntryKind, HubFrame, Pruned
from protocols.frames import Entry as EntryFrame

REPLAY_BYTES = 1 << 20
"""Bytes of entries after which a write from the log ends, however few they are."""


class Following:
    """One connection's place in one channel while it is fed: the last entry it was given."""

    __slots__ = ("feeding", "fresh", "given", "until")

    def __init__(self, given: int, until: int) -> None:
        self.given = given
        self.until = until
        self.feeding = True
        self.fresh = True


class Link:
    """The sending side of one connection.

    `write` hands bytes to the transport and returns at once. The owner sets `full` when the
    transport asks for a pause and calls `Deliveries.drained` when it is free again.
    """

    __slots__ = ("channels", "chunks", "codec", "full", "number", "outbox", "text", "write")

    def __init__(self, number: int, codec: Codec, write: Callable[[bytes], None]) -> None:
        self.number = number
        self.codec = codec
        self.text = codec.encoding == "json"
        self.write = write
        self.full = False
        self.outbox = Outbox(codec)
        self.chunks: list[bytes] = []
        self.channels: dict[str, Following] = {}

    @property
    def feeding(self) -> bool:
        """Whether any channel is still fed from the log."""
        return any(place.feeding for place in self.channels.values())


class Route:
    """Who follows one channel: those that are level with `delivered`, and those already beyond."""

    __slots__ = ("ahead", "delivered", "followers", "live")

    def __init__(self) -> None:
        self.live: dict[Link, None] = {}
        self.ahead: dict[Link, None] = {}
        self.delivered = 0
        self.followers = 0


class Deliveries:
    """All links and routes. `now` gives monotonic seconds; `wake` is told of links to be fed."""

    def __init__(
        self,
        now: Callable[[], float],
        wake: Callable[[Link], None],
        overwhelmed: Callable[[Link], None],
    ) -> None:
        self._now = now
        self._wake = wake
        self._overwhelmed = overwhelmed
        self._routes: dict[str, Route] = {}
        self._touched: list[Link] = []
        self._waiting: dict[Link, None] = {}
        self.delivered = 0
        """Entries handed to connections, for the metrics."""
        self.handed_over = 0
        """How often a slow connection was handed over to the log."""

    # --- out ------------------------------------------------------------------------------------

    def reply(self, link: Link, frame: HubFrame) -> None:
        """One frame for one connection; goes out with the next `flush`."""
        self.put(link, link.codec.encode(frame))

    def put(self, link: Link, payload: bytes) -> None:
        """One encoded frame for one connection; goes out with the next `flush`."""
        data = websocket_frame(payload, text=link.text)
        if link.full or link.outbox:
            link.outbox.answer(data)
            self._waiting[link] = None
            if link.outbox.stuffed:
                self._overwhelmed(link)
            return
        if not link.chunks:
            self._touched.append(link)
        link.chunks.append(data)

    def deliver(self, channel: str, entries: Sequence[Outgoing]) -> None:
        """Entries that are on disk, ascending and gap-free, to everybody who is live."""
        route = self._routes.get(channel)
        if route is None:
            return
        burst = Burst(channel, entries)
        touched = self._touched
        for link in route.live:
            if link.full or link.outbox:
                self._keep(link, burst)
                continue
            chunks = link.chunks
            if not chunks:
                touched.append(link)
            chunks.append(burst.joined(link.codec))
        self.delivered += len(entries) * len(route.live)
        route.delivered = burst.last
        if route.ahead:
            self._deliver_ahead(route, burst)

    def _deliver_ahead(self, route: Route, burst: Burst) -> None:
        """Links whose replay has read part of this burst from the log already."""
        for link in list(route.ahead):
            place = link.channels[burst.channel]
            if place.given > burst.last:
                continue
            del route.ahead[link]
            route.live[link] = None
            rest = [entry for entry in burst.entries if entry.seq > place.given]
            if not rest:
                continue
            part = burst if len(rest) == len(burst.entries) else Burst(burst.channel, rest)
            self.delivered += len(rest)
            if link.full or link.outbox:
                self._keep(link, part)
                continue
            if not link.chunks:
                self._touched.append(link)
            link.chunks.append(part.joined(link.codec))

    def _keep(self, link: Link, burst: Burst) -> None:
        now = self._now()
        link.outbox.add(burst, now)
        self._waiting[link] = None

    def flush(self) -> None:
        """Write what this round has gathered: one write per connection."""
        touched, self._touched = self._touched, []
        for link in touched:
            chunks, link.chunks = link.chunks, []
            link.write(chunks[0] if len(chunks) == 1 else b"".join(chunks))
        if self._waiting:
            self.hand_over()

    def hand_over(self) -> None:
        """Let every connection that is too far behind be fed from the log; call it each second."""
        now = self._now()
        for link in list(self._waiting):
            if not link.outbox:
                del self._waiting[link]
            elif link.outbox.overdue(now):
                self._hand_over(link)

    def _hand_over(self, link: Link) -> None:
        self.handed_over += 1
        for channel, first in link.outbox.spill().items():
            place = link.channels.get(channel)
            route = self._routes.get(channel)
            if place is None or route is None or link not in route.live:
                continue
            del route.live[link]
            place.given = first - 1
            place.feeding = True
        self._wake(link)

    def drained(self, link: Link) -> None:
        """The transport is free again: write what waits, go on feeding."""
        link.full = False
        if link.outbox:
            self._waiting.pop(link, None)
            link.write(link.outbox.take())
        if not link.full and link.feeding:
            self._wake(link)

    # --- who follows ----------------------------------------------------------------------------

    def follow(self, link: Link, channel: str, after: int, until: int = 0) -> None:
        """Feed a channel from `after` + 1 on; a second time starts again from the new place."""
        self.unfollow(link, channel)
        self._routes.setdefault(channel, Route()).followers += 1
        link.channels[channel] = Following(after, until)
        self._wake(link)

    def unfollow(self, link: Link, channel: str) -> None:
        """Deliver nothing more of this channel to this connection."""
        if link.channels.pop(channel, None) is None:
            return
        link.outbox.forget(channel)
        route = self._routes[channel]
        route.live.pop(link, None)
        route.ahead.pop(link, None)
        route.followers -= 1
        if not route.followers and not route.delivered:
            del self._routes[channel]

    def leave(self, link: Link) -> None:
        """The connection is gone."""
        for channel in list(link.channels):
            self.unfollow(link, channel)
        self._waiting.pop(link, None)
        link.outbox = Outbox(link.codec)

    # --- feeding --------------------------------------------------------------------------------

    async def feed(self, link: Link, store: Store) -> bool:
        """Write one batch of one channel from the log; False when there is nothing to do now."""
        if link.full:
            return False
        for channel, place in link.channels.items():
            if place.feeding:
                await self._feed(link, channel, place, store)
                return True
        return False

    async def _feed(self, link: Link, channel: str, place: Following, store: Store) -> None:
        if place.fresh:
            place.fresh = False
            first = await store.first_available(channel)
            if place.given + 1 < first:
                place.given = first - 1
                self._write(link, Pruned(channel, first))
        rows = await store.entries(channel, place.given, REPLAY_ROWS)
        if link.channels.get(channel) is not place:
            return
        if place.until:
            rows = [row for row in rows if row[0] <= place.until]
        whole = len(rows) < REPLAY_ROWS
        fitting = fit(rows)
        if fitting < len(rows):
            rows, whole = rows[:fitting], False
        if rows:
            place.given = rows[-1][0]
            self.delivered += len(rows)
            link.write(replay(rows, link.codec))
        if whole:
            self._arrive(link, channel, place)

    def _arrive(self, link: Link, channel: str, place: Following) -> None:
        """Go live if nothing was delivered past this place while it was being read."""
        route = self._routes[channel]
        if place.until:
            self.unfollow(link, channel)
        elif place.given >= route.delivered:
            place.feeding = False
            (route.live if place.given == route.delivered else route.ahead)[link] = None
        else:
            return
        self._write(link, CaughtUp(channel, place.given))

    def _write(self, link: Link, frame: HubFrame) -> None:
        # Straight to the transport: it must not overtake, nor be overtaken by, the rows around it.
        link.write(websocket_frame(link.codec.encode(frame), text=link.text))


def fit(rows: Sequence[StoredEntry]) -> int:
    """How many of these rows go into one write; at least one."""
    size = 0
    for count, row in enumerate(rows):
        size += len(row[3] or b"")
        if size > REPLAY_BYTES and count:
            return count
    return len(rows)


def replay(rows: Sequence[StoredEntry], codec: Codec) -> bytes:
    """Rows of the log as one write; a body that was erased by order goes as an empty one."""
    encode, text = codec.encode, codec.encoding == "json"
    return b"".join(
        websocket_frame(encode(EntryFrame(seq, at, EntryKind(kind), body or b"")), text=text)
        for seq, at, kind, body in rows
    )
