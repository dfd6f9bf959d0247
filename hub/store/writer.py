"""Group commit: the batches that gathered while the last transaction ran are the next one.

A queue and a thread. There is no timer and no added wait: an idle writer takes a batch the moment
it comes, a busy one takes all that is there. The event loop is woken once per transaction,
however many batches were in it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from protocols.errors import StoreClosed, StoreUnavailable

BatchT = TypeVar("BatchT")
AnswerT = TypeVar("AnswerT")

MAX_GROUP = 4096
"""Batches in one transaction at most, so that a flood cannot grow one without bound."""


class Writer(Generic[BatchT, AnswerT]):
    """Runs `transact` on its own thread, once per group of batches.

    `transact` gets the batches in the order they came and returns one answer each. When it raises
    `StoreUnavailable` every batch of the group fails with it and the writer carries on; any other
    exception is a fault of ours: all fails, and the writer stops rather than guess.
    """

    def __init__(self, transact: Callable[[Sequence[BatchT]], Sequence[AnswerT]]) -> None:
        self._transact = transact
        self._queue: SimpleQueue[tuple[BatchT, asyncio.Future[AnswerT]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def submit(self, batch: BatchT) -> asyncio.Future[AnswerT]:
        """Queue a batch; the future is done once its transaction has ended either way."""
        future: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._closed:
                raise StoreClosed
            self._queue.put((batch, future))
        return future

    def close(self) -> None:
        """Write what is queued, then stop the thread; safe to call twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            group, stopping = self._gather()
            if group:
                self._write(group)

    def _gather(self) -> tuple[list[tuple[BatchT, asyncio.Future[AnswerT]]], bool]:
        """Wait for one batch, then take all the others that are there; True: stop afterwards."""
        group: list[tuple[BatchT, asyncio.Future[AnswerT]]] = []
        taken = self._queue.get()
        while taken is not None:
            group.append(taken)
            if len(group) == MAX_GROUP:
                return group, False
            try:
                taken = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _write(self, group: list[tuple[BatchT, asyncio.Future[AnswerT]]]) -> None:
        futures = [future for _, future in group]
        try:
            answers = self._transact([batch for batch, _ in group])
        except StoreUnavailable as error:
            _report(futures, [error] * len(futures))
        except BaseException as error:
            self._give_up(futures, error)
            raise
        else:
            _report(futures, answers)

    def _give_up(self, futures: list[asyncio.Future[AnswerT]], error: BaseException) -> None:
        """Nobody may wait for a thread that is gone."""
        reason = StoreUnavailable(f"The log's writer stopped: {type(error).__name__}: {error}")
        with self._lock:
            self._closed = True
        while True:
            try:
                left = self._queue.get_nowait()
            except Empty:
                break
            if left is not None:
                futures.append(left[1])
        _report(futures, [reason] * len(futures))


def _report(
    futures: Sequence[asyncio.Future[AnswerT]], answers: Sequence[AnswerT | StoreUnavailable]
) -> None:
    """Hand each future its answer on its own event loop, waking each loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[int]] = {}
    for position, future in enumerate(futures):
        loops.setdefault(future.get_loop(), []).append(position)
    for loop, positions in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, futures, answers, positions)


def _settle(
    futures: Sequence[asyncio.Future[AnswerT]],
    answers: Sequence[AnswerT | StoreUnavailable],
    positions: list[int],
) -> None:
    for position in positions:
        future, answer = futures[position], answers[position]
        if future.done():  # its caller was cancelled; the entries are in the log all the same
            continue
        if isinstance(answer, StoreUnavailable):
            future.set_exception(answer)
        else:
            future.set_result(answer)
