"""The queue in front of the log: what gathered while the last commit ran is the next one.

One commit is on its way at a time, and the next begins at the end of the tick that has handed on
the results of the last: so all who were answered together may send together, and the batches stay
large where there is much to do. Nothing waits for a timer: an item that comes when all is quiet is
written at the end of its tick.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from hub.relay.effects import Append
from hub.store.interface import Store
from hub.store.items import Result
from protocols.errors import StoreUnavailable

OnStored = Callable[[Sequence[Append], Sequence[Result]], None]
OnFailed = Callable[[Sequence[Append], StoreUnavailable], None]
OnFatal = Callable[[BaseException], None]


class Batches:
    """Gathers appends into batches; answers through the three callbacks, in order."""

    def __init__(
        self, store: Store, on_stored: OnStored, on_failed: OnFailed, on_fatal: OnFatal
    ) -> None:
        self._store = store
        self._on_stored = on_stored
        self._on_failed = on_failed
        self._on_fatal = on_fatal
        self._gathered: list[Append] = []
        self._writing: asyncio.Task[list[Result]] | None = None
        self._scheduled = False
        self._idle = asyncio.Event()
        self._idle.set()
        self.backlog = 0
        """Items that are not on disk yet."""

    def add(self, append: Append) -> None:
        """Put an item into the next batch."""
        self._gathered.append(append)
        self.backlog += 1
        self._schedule()

    def _schedule(self) -> None:
        """Submit at the end of this tick, unless a batch is on its way already."""
        if self._scheduled or self._writing is not None:
            return
        self._scheduled = True
        self._idle.clear()
        asyncio.get_running_loop().call_soon(self._submit)

    async def drain(self) -> None:
        """Wait until everything that was added is on disk, or has failed."""
        await self._idle.wait()

    def _submit(self) -> None:
        self._scheduled = False
        appends, self._gathered = self._gathered, []
        items = [append.item for append in appends]
        self._writing = asyncio.get_running_loop().create_task(self._store.commit(items))
        self._writing.add_done_callback(partial(self._done, appends))

    def _done(self, appends: list[Append], task: asyncio.Task[list[Result]]) -> None:
        self._writing = None
        self.backlog -= len(appends)
        if not task.cancelled():
            error = task.exception()
            if error is None:
                self._on_stored(appends, task.result())
            elif isinstance(error, StoreUnavailable):
                self._on_failed(appends, error)
            else:
                self._on_fatal(error)
        if self._gathered:
            self._schedule()
        elif not self._scheduled:
            self._idle.set()
