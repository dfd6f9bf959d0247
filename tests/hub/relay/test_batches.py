"""What gathered while the last commit ran is the next one; answers come in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hub.relay.batches import Batches
from hub.relay.effects import Append
from hub.store.interface import Store
from hub.store.items import AckWelcome, Done, Item, Result
from protocols.errors import StoreUnavailable


class Gate:
    """A store whose commits end when the test says so."""

    def __init__(self) -> None:
        self.batches: list[list[Item]] = []
        self.ends: list[asyncio.Future[None]] = []
        self.begun = asyncio.Event()

    async def commit(self, batch: Sequence[Item]) -> list[Result]:
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.batches.append(list(batch))
        self.ends.append(end)
        self.begun.set()
        await end
        return [Done() for _ in batch]


class Bench:
    def __init__(self) -> None:
        self.gate = Gate()
        self.stored: list[list[int]] = []
        self.failed: list[list[int]] = []
        self.fatal: list[BaseException] = []
        store: Store = self.gate  # type: ignore[assignment]  # only commit is used
        self.batches = Batches(
            store,
            lambda appends, results: self.stored.append([one.ref for one in appends]),
            lambda appends, error: self.failed.append([one.ref for one in appends]),
            self.fatal.append,
        )

    def add(self, *refs: int) -> None:
        for ref in refs:
            self.batches.add(Append(AckWelcome("device", ref), 1, ref))

    async def begin(self) -> None:
        await self.gate.begun.wait()
        self.gate.begun.clear()

    def end(self, error: BaseException | None = None) -> None:
        future = self.gate.ends[-1]
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


async def test_a_tick_is_a_batch_and_a_commit_gathers_the_next() -> None:
    bench = Bench()
    bench.add(1, 2)
    await bench.begin()
    bench.add(3)
    await asyncio.sleep(0)
    bench.add(4)
    assert [len(batch) for batch in bench.gate.batches] == [2]
    assert bench.batches.backlog == 4
    bench.end()
    await bench.begin()
    assert [len(batch) for batch in bench.gate.batches] == [2, 2]
    bench.end()
    await bench.batches.drain()
    assert bench.stored == [[1, 2], [3, 4]]
    assert bench.batches.backlog == 0


async def test_what_the_answer_adds_is_in_the_next_batch() -> None:
    bench = Bench()
    bench.batches._on_stored = lambda appends, results: (
        bench.add(9) if appends[0].ref == 1 else bench.stored.append([one.ref for one in appends])
    )
    bench.add(1)
    await bench.begin()
    bench.add(2)
    bench.end()
    await bench.begin()
    bench.end()
    await bench.batches.drain()
    assert bench.stored == [[2, 9]]


async def test_a_failed_commit_fails_its_batch_only() -> None:
    bench = Bench()
    bench.add(1)
    await bench.begin()
    bench.add(2)
    bench.end(StoreUnavailable("full"))
    await bench.begin()
    bench.end()
    await bench.batches.drain()
    assert (bench.failed, bench.stored) == ([[1]], [[2]])


async def test_anything_else_is_fatal() -> None:
    bench = Bench()
    bench.add(1)
    await bench.begin()
    bench.end(ValueError("ours"))
    await bench.batches.drain()
    assert [type(error) for error in bench.fatal] == [ValueError]


async def test_drain_of_nothing_returns_at_once() -> None:
    bench = Bench()
    await bench.batches.drain()
    assert bench.fatal == []
