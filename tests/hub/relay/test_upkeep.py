"""Housekeeping: when the hub refuses, when it tries again, when it signs."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from hub.relay.effects import Effect
from hub.relay.upkeep import CHECKPOINT_ENTRIES, Upkeep
from hub.store.items import AppendEvent
from protocols.clock import system_clock
from protocols.tlog.entry import Kind
from tests.hub.relay.playbook import Play


class Bench:
    """An upkeep over a play, what it executed, and the tasks it spawned."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.executed: list[Effect] = []
        self.spawned: list[asyncio.Task[None]] = []
        self.signed: list[int] = []
        self.upkeep = Upkeep(
            play.core, play.store, self._sign, system_clock, self._execute, self._spawn
        )

    def _sign(self, size: int, root: bytes) -> str:
        self.signed.append(size)
        return f"note of {size}\n"

    def _execute(self, todo: Sequence[Effect]) -> None:
        self.executed += todo

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self.spawned.append(asyncio.create_task(work))
        return self.spawned[-1]

    async def log(self, count: int) -> None:
        await self.play.store.commit([AppendEvent(Kind.VIEW, "x", 1) for _ in range(count)])

    @property
    def refusing(self) -> str:
        return self.play.state.refusing


@pytest.fixture
def bench(play: Play) -> Bench:
    return Bench(play)


async def test_a_checkpoint_after_256_entries_and_no_sooner(bench: Bench) -> None:
    await bench.log(CHECKPOINT_ENTRIES - 1)
    bench.upkeep.committed(0)
    assert bench.spawned == []
    await bench.log(1)
    bench.upkeep.committed(0)
    bench.upkeep.committed(0)
    assert len(bench.spawned) == 1
    await bench.spawned[0]
    assert bench.signed == [CHECKPOINT_ENTRIES]
    assert bench.play.store.last_checkpoint == f"note of {CHECKPOINT_ENTRIES}\n"


async def test_the_last_checkpoint_covers_everything(bench: Bench) -> None:
    await bench.log(3)
    await bench.upkeep.last_checkpoint()
    await bench.log(1)
    await bench.upkeep.last_checkpoint()
    assert bench.signed == [3, 4]


async def test_a_tick_signs_what_is_not_covered(bench: Bench) -> None:
    await bench.log(2)
    running = asyncio.create_task(bench.upkeep.run(lambda: None))
    while not bench.signed:
        await asyncio.sleep(0)
    running.cancel()
    assert bench.signed == [2]


def test_a_failed_write_is_tried_again_after_a_second(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.relay.upkeep.time.monotonic", lambda: 100.0)
    bench.upkeep.storage_failed()
    assert bench.refusing == "storage"
    bench.upkeep.look_at_disk(100.9)
    assert bench.refusing == "storage"
    bench.upkeep.look_at_disk(101.0)
    assert bench.refusing == ""


def test_a_nearly_full_disk_comes_and_goes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(bench.play.store), "disk_low", True)
    bench.upkeep.look_at_disk(0.0)
    assert bench.refusing == "disk"
    monkeypatch.setattr(type(bench.play.store), "disk_low", False)
    bench.upkeep.look_at_disk(1.0)
    assert bench.refusing == ""


def test_too_much_waiting_slows_senders_until_half_is_done(bench: Bench) -> None:
    limit = bench.play.limits.backlog
    bench.upkeep.committed(limit)
    assert bench.refusing == ""
    bench.upkeep.committed(limit + 1)
    assert bench.refusing == "busy"
    bench.upkeep.committed(limit // 2)
    assert bench.refusing == "busy"
    bench.upkeep.committed(limit // 2 - 1)
    assert bench.refusing == ""
