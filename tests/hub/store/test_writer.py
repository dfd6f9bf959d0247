"""Group commit: what gathers while a transaction runs is the next one, and nobody is forgotten."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from hub.store.writer import MAX_GROUP, Writer
from protocols.errors import StoreClosed, StoreUnavailable


class Disk:
    """A transaction that waits until it is let through, and remembers its groups."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.entered = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.fails: BaseException | None = None

    def __call__(self, batches: Sequence[int]) -> list[str]:
        self.groups.append(list(batches))
        self.entered.release()
        self.go.acquire()
        if self.fails is not None:
            error, self.fails = self.fails, None
            raise error
        return [f"done {batch}" for batch in batches]


@pytest.fixture
def disk() -> Disk:
    return Disk()


async def test_what_gathers_meanwhile_is_the_next_transaction(disk: Disk) -> None:
    writer: Writer[int, str] = Writer(disk)
    first = writer.submit(0)
    await asyncio.to_thread(disk.entered.acquire)
    later = [writer.submit(number) for number in (1, 2, 3)]
    disk.go.release(2)
    assert await first == "done 0"
    assert await asyncio.gather(*later) == ["done 1", "done 2", "done 3"]
    assert disk.groups == [[0], [1, 2, 3]]
    writer.close()


async def test_a_failed_transaction_fails_its_group_and_the_next_one_works(disk: Disk) -> None:
    writer: Writer[int, str] = Writer(disk)
    disk.fails = StoreUnavailable("the disk is full")
    disk.go.release(2)
    with pytest.raises(StoreUnavailable, match="full"):
        await writer.submit(1)
    assert await writer.submit(2) == "done 2"
    writer.close()


async def test_a_fault_of_ours_stops_the_writer_and_leaves_nobody_waiting(disk: Disk) -> None:
    seen: list[type[BaseException] | None] = []
    threading.excepthook, kept = (lambda args: seen.append(args.exc_type)), threading.excepthook
    try:
        writer: Writer[int, str] = Writer(disk)
        running = writer.submit(0)
        await asyncio.to_thread(disk.entered.acquire)
        waiting = writer.submit(1)
        disk.fails = ZeroDivisionError("a fault")
        disk.go.release()
        for future in (running, waiting):
            with pytest.raises(StoreUnavailable, match="ZeroDivisionError"):
                await future
        with pytest.raises(StoreClosed):
            writer.submit(2)
        writer.close()
    finally:
        threading.excepthook = kept
    assert seen == [ZeroDivisionError]


async def test_closing_writes_what_is_queued(disk: Disk) -> None:
    writer: Writer[int, str] = Writer(disk)
    futures = [writer.submit(0)]
    await asyncio.to_thread(disk.entered.acquire)
    futures += [writer.submit(number) for number in (1, 2)]
    disk.go.release(10)
    await asyncio.to_thread(writer.close)
    assert await asyncio.gather(*futures) == ["done 0", "done 1", "done 2"]
    with pytest.raises(StoreClosed):
        writer.submit(3)
    writer.close()


async def test_a_cancelled_caller_does_not_disturb_the_others(disk: Disk) -> None:
    writer: Writer[int, str] = Writer(disk)
    gone, stays = writer.submit(0), writer.submit(1)
    gone.cancel()
    disk.go.release(2)
    assert await stays == "done 1"
    writer.close()


async def test_a_group_has_a_limit(disk: Disk) -> None:
    writer: Writer[int, str] = Writer(disk)
    first = writer.submit(-1)
    await asyncio.to_thread(disk.entered.acquire)
    futures = [writer.submit(number) for number in range(MAX_GROUP + 5)]
    disk.go.release(3)
    await asyncio.gather(first, *futures)
    assert [len(group) for group in disk.groups] == [1, MAX_GROUP, 5]
    writer.close()


def test_futures_of_a_loop_that_is_gone_are_left_alone(disk: Disk) -> None:
    writer: Writer[int, str] = Writer(disk)

    async def submit() -> None:
        writer.submit(0)

    asyncio.run(submit())
    disk.go.release(2)

    async def again() -> str:
        return await writer.submit(1)

    assert asyncio.run(again()) == "done 1"
    writer.close()
