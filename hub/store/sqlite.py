"""The log in one SQLite file: one thread that writes, the caller's thread that reads.

    commit(batch) ─► queue ─► writer thread: BEGIN, decide, insert, COMMIT (fsync) ─► results
                               ▲ whatever queued meanwhile is the next transaction

Durability is SQLite's: WAL and synchronous=FULL. Order, sequence numbers and the Merkle tree are
decided in the transaction (`hub.store.transaction`), so what a result says is what is on disk.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

import apsw

from hub.store.checks import check
from hub.store.interface import (
    Delivery,
    PackageHolder,
    Receipt,
    SignCheckpoint,
    Snapshot,
    WaitingWelcome,
)
from hub.store.items import Item, PutCheckpoint, Result
from hub.store.opening import check_tree, hold_lock, open_reader, open_writer
from hub.store.reads import Reader
from hub.store.transaction import Head, LogState, Transaction
from hub.store.writer import Writer
from protocols.errors import LogDamaged, StoreClosed, StoreUnavailable
from protocols.tlog.merkle import consistency_proof, inclusion_proof

DISK_RESERVE = 0.10
"""Below this free share of the disk the hub stops acknowledging."""

P = ParamSpec("P")
T = TypeVar("T")


class SqliteStore:
    """`hub.store.interface.Store` over one file; make it with `open`."""

    def __init__(
        self,
        path: Path,
        lock: int,
        connections: tuple[apsw.Connection, apsw.Connection],
        state: LogState,
    ) -> None:
        self._path = path
        self._lock = lock
        self._writing, self._reading = connections
        self._reader = Reader(self._reading)
        self._state = state
        self._checkpoint_size, self._last_checkpoint = self._reader.last_checkpoint()
        self._edge = state.frontier
        """The tree's edge as it is on disk: replaced as a whole by each commit, never changed."""
        self._disk: tuple[float, float] = (float("-inf"), 1.0)
        self._closed = False
        self._scrub = False
        self._commits = 0
        self._committed = 0
        self._writer: Writer[Sequence[Item], list[Result]] = Writer(self._transact)

    @classmethod
    def open(cls, path: Path | str) -> SqliteStore:
        """Open the log at `path`, making it when absent, and check that it fits its own tree.

        Raises `LogVersion` for another kind of file, `LogDamaged` when entries and tree disagree,
        `StoreUnavailable` when it cannot be opened or another process has it.
        """
        path = Path(path)
        lock = hold_lock(path)
        try:
            writing = open_writer(path)
            try:
                reading = open_reader(path)
                state = _load_state(Reader(reading))
                return cls(path, lock, (writing, reading), state)
            except apsw.Error as error:
                writing.close()
                raise _damaged_or_unavailable(error) from error
            except LogDamaged:
                writing.close()
                raise
        except BaseException:
            os.close(lock)
            raise

    def close(self) -> None:
        """Finish the running transaction, fold the write-ahead log in, release the file."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        self._reading.close()
        self._writing.close()
        os.close(self._lock)

    # --- writing --------------------------------------------------------------------------------

    async def commit(self, batch: Sequence[Item]) -> list[Result]:
        """See `Store.commit`. Raises `ValueError` for an item the layout cannot hold."""
        check(batch)
        return await self._writer.submit(batch)

    def _transact(self, batches: Sequence[Sequence[Item]]) -> list[list[Result]]:
        """One transaction; runs on the writer's thread."""
        connection = self._writing
        transaction = Transaction(connection, self._state)
        try:
            connection.execute("BEGIN IMMEDIATE")
            results = transaction.apply(batches)
            transaction.finish()
            connection.execute("COMMIT")
        except (apsw.Error, MemoryError) as error:
            self._roll_back()
            raise StoreUnavailable(f"The log cannot be written: {error}.") from error
        except BaseException:
            self._roll_back()
            raise
        self._commits += 1
        self._committed += transaction.appended
        if transaction.appended:
            transaction.merge()
            self._edge = self._state.frontier
        self._scrub = self._scrub or transaction.erased
        if self._scrub:
            self._empty_write_ahead_log()
        return results

    def _empty_write_ahead_log(self) -> None:
        """Old page images in the write-ahead log would still show what was erased.

        While somebody reads an older moment (a backup) it cannot be emptied; then the next
        transaction tries again.
        """
        try:
            self._writing.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error:
            return
        self._scrub = False

    def _roll_back(self) -> None:
        # SQLite has often rolled back by itself by the time it reports a full disk.
        if self._writing.in_transaction:
            try:
                self._writing.execute("ROLLBACK")
            except apsw.Error as error:
                raise StoreUnavailable(f"The log cannot be rolled back: {error}.") from error

    async def checkpoint(self, sign: SignCheckpoint) -> str:
        """See `Store.checkpoint`; signs in the caller's thread."""
        edge = self._edge
        size = edge.size
        if size != self._checkpoint_size:
            note = sign(size, edge.root())
            await self.commit([PutCheckpoint(size, note)])
            if size > self._checkpoint_size:
                self._checkpoint_size, self._last_checkpoint = size, note
        return self._last_checkpoint

    # --- reading --------------------------------------------------------------------------------

    def load(self) -> Snapshot:
        """See `Store.load`."""
        edge = self._edge
        return Snapshot(
            tuple(self._ask(self._reader.channels)),
            tuple(self._ask(self._reader.revoked)),
            edge.size,
            edge.root(),
            self._state.last_at,
        )

    async def entries(self, channel: str, after_seq: int, limit: int = 256) -> list[Delivery]:
        """See `Store.entries`."""
        return self._ask(self._reader.entries, channel, after_seq, limit)

    async def first_available(self, channel: str) -> int:
        """See `Store.first_available`."""
        return self._ask(self._reader.first_available, channel)

    async def last_seq(self, channel: str) -> int:
        """See `Store.last_seq`."""
        return self._ask(self._reader.last_seq, channel)

    async def ledger(self, channel: str, seq: int) -> list[Receipt]:
        """See `Store.ledger`."""
        return self._ask(self._reader.ledger, channel, seq)

    async def welcomes(self, device: str) -> list[WaitingWelcome]:
        """See `Store.welcomes`."""
        return self._ask(self._reader.welcomes, device)

    async def key_package_count(self, device: str, at: int) -> int:
        """See `Store.key_package_count`."""
        return self._ask(self._reader.key_package_count, device, at)

    async def key_package_holders(self, at: int) -> list[PackageHolder]:
        """See `Store.key_package_holders`."""
        return self._ask(self._reader.key_package_holders, at)

    async def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """See `Store.inclusion_proof`."""
        self._check_size(size)
        return self._ask(inclusion_proof, self._reader.subtree, index, size)

    async def consistency_proof(self, first: int, second: int) -> list[bytes]:
        """See `Store.consistency_proof`."""
        self._check_size(second)
        return self._ask(consistency_proof, self._reader.subtree, first, second)

    async def backup(self, path: Path) -> None:
        """See `Store.backup`; runs in a thread of its own on connections of its own."""
        await asyncio.to_thread(self._ask, copy_log, self._path, Path(path))

    def _ask(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed:
            raise StoreClosed
        try:
            return question(*args, **kwargs)
        except apsw.Error as error:
            raise _damaged_or_unavailable(error) from error

    def _check_size(self, size: int) -> None:
        if size > self.size:
            raise ValueError(f"the log has {self.size} entries, not {size}")

    # --- state ----------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Entries in the log."""
        return self._edge.size

    @property
    def commits(self) -> int:
        """See `Store.commits`."""
        return self._commits

    @property
    def committed(self) -> int:
        """See `Store.committed`."""
        return self._committed

    @property
    def root(self) -> bytes:
        """The root of the log's tree at `size`."""
        return self._edge.root()

    @property
    def last_checkpoint(self) -> str:
        """The newest signed note, '' before the first."""
        return self._last_checkpoint

    @property
    def entries_since_checkpoint(self) -> int:
        """Entries that the newest checkpoint does not cover."""
        return self.size - max(self._checkpoint_size, 0)

    @property
    def disk_low(self) -> bool:
        """Whether the disk is nearly full, by a look not older than a second."""
        looked, free = self._disk
        if time.monotonic() - looked > 1.0:
            free = self.check_disk()
        return free < DISK_RESERVE

    def check_disk(self) -> float:
        """The free share of the disk now; 0 where it cannot be told."""
        try:
            usage = shutil.disk_usage(self._path.parent)
            free = usage.free / usage.total
        except OSError:
            free = 0.0
        self._disk = (time.monotonic(), free)
        return free


def _load_state(reader: Reader) -> LogState:
    frontier, last_at = check_tree(reader)
    heads = {
        channel.channel: Head(
            channel.last_seq,
            channel.first_available,
            channel.epoch,
            channel.epoch_seq,
            channel.handshake_seq,
        )
        for channel in reader.channels()
    }
    return LogState(heads, frontier, last_at)


def copy_log(source: Path, target: Path) -> None:
    """Copy the log at `source`, of a running hub too, into one file that any SQLite reads.

    `target` is replaced once the copy is whole. Raises `apsw.Error` or `OSError`.
    """
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    reading = open_reader(source)
    writing = apsw.Connection(str(partial))
    try:
        # One step over all pages holds one snapshot; the writer goes on meanwhile.
        with writing.backup("main", reading, "main") as backup:
            backup.step(-1)
        writing.pragma("journal_mode", "delete")
    finally:
        writing.close()
        reading.close()
    partial.replace(target)


def _damaged_or_unavailable(error: apsw.Error) -> LogDamaged | StoreUnavailable:
    if isinstance(error, apsw.CorruptError | apsw.NotADBError | apsw.SQLError):
        return LogDamaged(f"The log's file is damaged: {error}.")
    return StoreUnavailable(f"The log cannot be read: {error}.")
