"""Delivery: live, waiting, fed from the log and back, never a gap and never twice."""

from __future__ import annotations

import random

import pytest

from hub.relay.delivery import REPLAY_BYTES, Deliveries, Link, replay
from hub.relay.effects import Outgoing
from hub.store.interface import Store
from protocols.frames import (
    JSON,
    MSGPACK,
    OUTBOX_SECONDS,
    REPLAY_ROWS,
    CaughtUp,
    Entry,
    EntryKind,
    HubFrame,
    Notice,
    Pruned,
)
from tests.hub.relay.test_outbox import frames_in


class Log:
    """As much of a store as delivery reads."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, bytes | None]] = []
        self.first = 1

    def append(self, count: int) -> list[Outgoing]:
        start = len(self.rows) + 1
        self.rows += [(seq, seq, 1, b"body") for seq in range(start, start + count)]
        return [
            Outgoing(seq, seq, EntryKind.MESSAGE, b"body", "")
            for seq in range(start, start + count)
        ]

    async def entries(
        self, channel: str, after_seq: int, limit: int = 256
    ) -> list[tuple[int, int, int, bytes | None]]:
        return [row for row in self.rows if row[0] > after_seq][:limit]

    async def first_available(self, channel: str) -> int:
        return self.first


class Bench:
    """Deliveries with a clock that a test moves, and links that write into a list."""

    def __init__(self) -> None:
        self.log = Log()
        self.now = 0.0
        self.woken: list[Link] = []
        self.overwhelmed: list[Link] = []
        self.deliveries = Deliveries(lambda: self.now, self.woken.append, self.overwhelmed.append)
        self.written: dict[Link, list[bytes]] = {}

    def link(self, number: int = 1, codec: object = MSGPACK) -> Link:
        writes: list[bytes] = []
        link = Link(number, codec, writes.append)  # type: ignore[arg-type]  # a codec
        self.written[link] = writes
        return link

    async def feed(self, link: Link, times: int = 1000) -> None:
        store: Store = self.log  # type: ignore[assignment]  # the part that is used
        while times and await self.deliveries.feed(link, store):
            times -= 1

    def commit(self, count: int = 1) -> None:
        self.deliveries.deliver("ch", self.log.append(count))
        self.deliveries.flush()

    def frames(self, link: Link) -> list[HubFrame]:
        return frames_in(b"".join(self.written[link]), link.codec)

    def seqs(self, link: Link) -> list[int]:
        return [frame.seq for frame in self.frames(link) if isinstance(frame, Entry)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_follower_is_fed_then_told_then_live(bench: Bench) -> None:
    bench.log.append(3)
    link = bench.link()
    bench.deliveries.follow(link, "ch", 1)
    assert bench.woken == [link]
    await bench.feed(link)
    assert bench.frames(link)[-1] == CaughtUp("ch", 3)
    bench.commit(2)
    assert bench.seqs(link) == [2, 3, 4, 5]
    assert not link.feeding


async def test_one_write_per_connection_and_commit(bench: Bench) -> None:
    link = bench.link()
    for channel in ("ch", "other"):
        bench.deliveries.follow(link, channel, 0)
    await bench.feed(link)
    bench.written[link].clear()
    entries = bench.log.append(3)
    bench.deliveries.deliver("ch", entries)
    bench.deliveries.deliver("other", entries)
    bench.deliveries.reply(link, Notice("a", "b", "c"))
    assert bench.written[link] == []
    bench.deliveries.flush()
    assert len(bench.written[link]) == 1
    assert len(bench.frames(link)) == 7


async def test_everybody_gets_the_same_bytes(bench: Bench) -> None:
    links = [bench.link(number) for number in range(3)]
    for link in links:
        bench.deliveries.follow(link, "ch", 0)
        await bench.feed(link)
        bench.written[link].clear()
    bench.commit(4)
    first = bench.written[links[0]][0]
    assert all(bench.written[link][0] is first for link in links)


async def test_json_and_msgpack_side_by_side(bench: Bench) -> None:
    one, two = bench.link(1), bench.link(2, JSON)
    for link in (one, two):
        bench.deliveries.follow(link, "ch", 0)
        await bench.feed(link)
    bench.commit(2)
    assert bench.frames(one) == bench.frames(two)


async def test_replay_goes_by_256_rows_a_write(bench: Bench) -> None:
    bench.log.append(2 * REPLAY_ROWS + 10)
    link = bench.link()
    bench.deliveries.follow(link, "ch", 0)
    await bench.feed(link)
    sizes = [len(frames_in(data)) for data in bench.written[link]]
    assert sizes == [REPLAY_ROWS, REPLAY_ROWS, 10, 1]


async def test_what_is_pruned_is_said(bench: Bench) -> None:
    bench.log.append(5)
    bench.log.rows = bench.log.rows[2:]
    bench.log.first = 3
    link = bench.link()
    bench.deliveries.follow(link, "ch", 0)
    await bench.feed(link)
    assert bench.frames(link)[0] == Pruned("ch", 3)
    assert bench.seqs(link) == [3, 4, 5]


async def test_a_replay_that_reads_ahead_of_delivery_sends_nothing_twice(bench: Bench) -> None:
    link = bench.link()
    entries = bench.log.append(4)
    bench.deliveries.follow(link, "ch", 0)
    await bench.feed(link)
    bench.deliveries.deliver("ch", entries[:3])
    bench.deliveries.deliver("ch", [*entries[3:], *bench.log.append(2)])
    bench.deliveries.flush()
    bench.commit()
    assert bench.seqs(link) == [1, 2, 3, 4, 5, 6, 7]


async def test_a_full_connection_waits_and_loses_nothing(bench: Bench) -> None:
    link = bench.link()
    bench.deliveries.follow(link, "ch", 0)
    await bench.feed(link)
    link.full = True
    bench.commit(3)
    bench.deliveries.reply(link, Notice("a", "b", "c"))
    bench.deliveries.flush()
    assert bench.seqs(link) == []
    bench.deliveries.drained(link)
    bench.commit()
    assert bench.seqs(link) == [1, 2, 3, 4]


async def test_a_slow_connection_is_handed_over_to_the_log(bench: Bench) -> None:
    slow, quick = bench.link(1), bench.link(2)
    for link in (slow, quick):
        bench.deliveries.follow(link, "ch", 0)
        await bench.feed(link)
    bench.woken.clear()
    slow.full = True
    for _ in range(15):
        bench.commit(100)
    assert bench.deliveries.handed_over == 1
    assert slow.feeding
    assert slow.outbox.messages == 0
    bench.deliveries.drained(slow)
    assert bench.woken[-1] is slow
    await bench.feed(slow)
    bench.commit()
    assert bench.seqs(slow) == bench.seqs(quick) == list(range(1, 1502))


async def test_ten_seconds_are_enough_to_be_handed_over(bench: Bench) -> None:
    link = bench.link()
    bench.deliveries.follow(link, "ch", 0)
    await bench.feed(link)
    link.full = True
    bench.commit()
    bench.now += OUTBOX_SECONDS + 1
    bench.deliveries.hand_over()
    assert link.feeding
    bench.deliveries.drained(link)
    await bench.feed(link)
    assert bench.seqs(link) == [1]


async def test_who_unfollows_gets_no_more(bench: Bench) -> None:
    link = bench.link()
    bench.deliveries.follow(link, "ch", 0)
    await bench.feed(link)
    bench.commit()
    bench.deliveries.unfollow(link, "ch")
    bench.commit()
    bench.deliveries.unfollow(link, "ch")
    assert bench.seqs(link) == [1]


async def test_a_former_member_is_fed_up_to_its_last_entry(bench: Bench) -> None:
    bench.log.append(5)
    link = bench.link()
    bench.deliveries.follow(link, "ch", 0, until=3)
    await bench.feed(link)
    bench.commit()
    assert bench.seqs(link) == [1, 2, 3]
    assert bench.frames(link)[-1] == CaughtUp("ch", 3)
    assert link.channels == {}


async def test_subscribing_again_starts_again(bench: Bench) -> None:
    bench.log.append(3)
    link = bench.link()
    bench.deliveries.follow(link, "ch", 0)
    await bench.feed(link)
    bench.deliveries.follow(link, "ch", 2)
    await bench.feed(link)
    bench.commit()
    assert bench.seqs(link) == [1, 2, 3, 3, 4]


async def test_a_connection_that_leaves_is_forgotten(bench: Bench) -> None:
    link = bench.link()
    bench.deliveries.follow(link, "ch", 0)
    await bench.feed(link)
    link.full = True
    bench.commit()
    bench.deliveries.leave(link)
    bench.commit()
    assert bench.seqs(link) == []
    assert not link.outbox


async def test_answers_that_pile_up_end_the_connection(bench: Bench) -> None:
    link = bench.link()
    link.full = True
    for _ in range(5):
        bench.deliveries.put(link, bytes(1 << 20))
    assert set(bench.overwhelmed) == {link}


def test_an_erased_body_goes_as_an_empty_one() -> None:
    (frame,) = frames_in(replay([(4, 5, 1, None)], MSGPACK))
    assert frame == Entry(4, 5, EntryKind.MESSAGE, b"")


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_each_entry_arrives_once_and_in_order(seed: int) -> None:
    chance, bench = random.Random(seed), Bench()
    links = [bench.link(number) for number in range(4)]
    for link in links:
        bench.deliveries.follow(link, "ch", 0)
    for _ in range(150):
        link = chance.choice(links)
        step = chance.randrange(6)
        if step == 0:
            link.full = True
        elif step == 1 and link.full:
            bench.deliveries.drained(link)
        elif step == 2:
            await bench.feed(link, times=1)
        elif step == 3:
            bench.now += chance.choice([0.1, 5.0])
            bench.deliveries.hand_over()
        else:
            bench.commit(chance.choice([1, 3, 300]))
    for link in links:
        bench.deliveries.drained(link)
        await bench.feed(link)
    bench.commit()
    for link in links:
        assert bench.seqs(link) == list(range(1, len(bench.log.rows) + 1))


async def test_who_leaves_while_another_is_fed_takes_nothing_from_it(bench: Bench) -> None:
    bench.log.append(2 * REPLAY_ROWS)
    stays, leaves = bench.link(1), bench.link(2)
    for link in (stays, leaves):
        bench.deliveries.follow(link, "ch", 0)
    await bench.feed(stays, 1)
    bench.deliveries.leave(leaves)
    await bench.feed(stays)
    bench.commit(2)
    assert bench.seqs(stays) == list(range(1, 2 * REPLAY_ROWS + 3))


async def test_a_write_from_the_log_is_bounded_in_bytes(bench: Bench) -> None:
    big = bytes(REPLAY_BYTES // 4)
    bench.log.rows += [(seq, seq, 1, big) for seq in range(1, 14)]
    bench.log.rows.append((14, 14, 1, bytes(REPLAY_BYTES + 1)))
    link = bench.link()
    bench.deliveries.follow(link, "ch", 0)
    await bench.feed(link)
    assert bench.seqs(link) == list(range(1, 15))
    assert max(map(len, bench.written[link][:-2])) < REPLAY_BYTES + 1000
