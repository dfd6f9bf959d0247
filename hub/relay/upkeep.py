"""What has to be done as time passes: ticks, slow connections, the disk, checkpoints.

A checkpoint is signed each second in which something was logged, or when 256 entries are not
covered yet. Whether the log can be written decides whether senders are refused: below a tenth of
free disk, after a failed write until a second later, and while too much waits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog

from hub.relay.core import Core
from hub.relay.effects import Effect
from hub.store.interface import SignCheckpoint, Store
from protocols.clock import Clock
from protocols.errors import StoreUnavailable

TICK_SECONDS = 0.1
SECOND = 1.0
CHECKPOINT_ENTRIES = 256

log = structlog.get_logger("hub.relay")


class Upkeep:
    """The hub's housekeeping; `execute` does what the core wants, `spawn` runs a task."""

    def __init__(
        self,
        core: Core,
        store: Store,
        sign: SignCheckpoint,
        clock: Clock,
        execute: Callable[[Sequence[Effect]], None],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._core = core
        self._store = store
        self._sign = sign
        self._clock = clock
        self._execute = execute
        self._spawn = spawn
        self._signing: asyncio.Task[None] | None = None
        self._signed_at = 0.0
        self._retry_at = 0.0

    async def run(self, hand_over: Callable[[], None]) -> None:
        """Until cancelled; `hand_over` looks at slow connections once a second."""
        second = 0.0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            self._execute(self._core.tick(self._clock()))
            if now - second >= SECOND:
                second = now
                hand_over()
                self.look_at_disk(now)
            if now - self._signed_at >= SECOND:
                self._checkpoint()

    def look_at_disk(self, now: float) -> None:
        """Refuse while the disk is nearly full; try again after a failed write."""
        refusing = self._core.state.refusing
        if self._store.disk_low:
            self._press("disk")
        elif refusing == "disk" or (refusing == "storage" and now >= self._retry_at):
            self._press("")

    def committed(self, backlog: int) -> None:
        """A commit is on disk and `backlog` items are not yet."""
        if self._store.entries_since_checkpoint >= CHECKPOINT_ENTRIES:
            self._checkpoint()
        refusing, limit = self._core.state.refusing, self._core.state.limits.backlog
        if not refusing and backlog > limit:
            self._press("busy")
        elif refusing == "busy" and backlog < limit // 2:
            self._press("")

    def storage_failed(self) -> None:
        """A commit could not be written: refuse, and try again in a second."""
        self._retry_at = time.monotonic() + SECOND
        self._press("storage")

    async def last_checkpoint(self) -> None:
        """Sign the log as it stands; may raise `StoreUnavailable`."""
        if self._signing is not None:
            await asyncio.wait([self._signing])
        await self._store.checkpoint(self._sign)

    def _press(self, reason: str) -> None:
        if self._core.state.refusing != reason:
            log.warning("the log can be written" if not reason else "refusing", reason=reason)
            self._execute(self._core.pressure(reason, self._clock()))

    def _checkpoint(self) -> None:
        if self._signing is None and self._store.entries_since_checkpoint:
            self._signed_at = time.monotonic()
            self._signing = self._spawn(self._sign_checkpoint())

    async def _sign_checkpoint(self) -> None:
        try:
            await self._store.checkpoint(self._sign)
        except StoreUnavailable as error:
            log.warning("no checkpoint", error=error.detail)
        finally:
            self._signing = None
