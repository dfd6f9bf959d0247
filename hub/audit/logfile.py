"""A copy of the log, opened so that it cannot be changed and cannot lie about its own layout.

The SQLite of the standard library is fine here: nothing is written, and everything is read in one
transaction, so even a log that is still being written shows one moment. The file itself is the
suspect: a view in the place of a table could answer anything, or for ever, so the tables that are
asked must be those of the hub's schema, to the word; values larger than any entry are not loaded.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from hub.audit.printable import safe
from protocols.errors import LogDamaged, LogVersion

APPLICATION_ID = 0x78626E64
SCHEMA_VERSION = 1
LARGEST_VALUE = 16 * 1024 * 1024
"""Bytes of one value at most; the largest that a hub writes is a group's state."""

_ASKED = frozenset({"entries", "checkpoints", "tiles", "frontier", "channels", "entries_of_groups"})
_STRANGE = 20
_BROKEN = (sqlite3.Error, UnicodeDecodeError)
"""What a damaged file makes the standard library raise; the second where a name is torn."""

Row = tuple[Any, ...]


class LogFile:
    """Questions to a copy of the log. Left by a `with` in which SQLite failed: `LogDamaged`."""

    def __init__(self, path: Path) -> None:
        """Open `path`; raises `LogVersion` when it is not a log of this layout."""
        self.path = path.resolve()
        self.strange: list[str] = []
        """What stands in the file and in no log: tables, views, triggers, by kind and name."""
        try:
            self._connection = sqlite3.connect(self._address(), uri=True, isolation_level=None)
        except _BROKEN as error:
            raise LogVersion(f"{path.name} cannot be opened: {safe(str(error))}.") from error
        try:
            self._prepare(path.name)
        except _BROKEN as error:
            self._connection.close()
            raise LogVersion(
                f"{path.name} is not a readable SQLite file: {safe(str(error))}."
            ) from error
        except LogVersion:
            self._connection.close()
            raise

    def _address(self) -> str:
        """Read only; where nobody can have it open, not even SQLite's side files are made."""
        still = not any(self._beside(end).exists() for end in ("-wal", "-shm", "-journal"))
        return f"file:{quote(os.fsencode(self.path))}?mode=ro" + ("&immutable=1" if still else "")

    def _beside(self, end: str) -> Path:
        return self.path.with_name(self.path.name + end)

    def _prepare(self, name: str) -> None:
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        self._connection.execute("PRAGMA trusted_schema = OFF")
        self._connection.execute("PRAGMA cell_size_check = ON")
        self._connection.execute("BEGIN")
        version, application = self._pragma("user_version"), self._pragma("application_id")
        if (version, application) != (SCHEMA_VERSION, APPLICATION_ID):
            raise LogVersion(f"{name} is not a log of layout version {SCHEMA_VERSION}.")
        found, expected = _schema(self._connection), _expected()
        for known in _ASKED:
            if found.get(known) != expected[known]:
                raise LogVersion(f"{name} does not have the table or index {known} of a log.")
        strange = [key for key, made in found.items() if expected.get(key) != made]
        self.strange = [f"{found[key][0]} {key}" for key in sorted(strange)[:_STRANGE]]

    def __enter__(self) -> LogFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        if isinstance(error, _BROKEN):
            raise LogDamaged(f"{self.path.name} cannot be read: {safe(str(error))}.") from error

    @property
    def in_use(self) -> bool:
        """Whether a write-ahead log lies beside it: a live log, or one that was not closed."""
        beside = self._beside("-wal")
        return beside.exists() and beside.stat().st_size > 0

    def quick_check(self) -> str:
        """SQLite's own check of the file's pages: 'ok' or the first fault."""
        return str(self._connection.execute("PRAGMA quick_check(1)").fetchone()[0])

    def entries(self) -> Iterator[Row]:
        """Every entry with all its columns, by index."""
        return self._connection.execute(
            "SELECT idx, channel, seq, kind, at, device, message_id, act, lane, epoch, body_hash, "
            "meta_hash, leaf, salt, metadata, body FROM entries ORDER BY idx"
        )

    def told(self, start: int) -> Iterator[Row]:
        """What a replay tells, from this index on; `LogDamaged` at a value of a wrong type."""
        rows = self._connection.execute(
            "SELECT idx, channel, seq, kind, at, device, message_id, act, lane, epoch, body_hash, "
            "metadata, body FROM entries WHERE idx >= ? ORDER BY idx",
            (start,),
        )
        return _typed(rows, _TOLD)

    def handshakes(self, before: int) -> Iterator[Row]:
        """What decides who can read: channels, proposals and commits up to this index."""
        rows = self._connection.execute(
            "SELECT idx, channel, seq, kind, at, epoch, body FROM entries "
            "WHERE kind BETWEEN 2 AND 4 AND idx < ? ORDER BY idx",
            (before,),
        )
        return _typed(rows, _HANDSHAKE)

    def indexed_handshakes(self) -> Iterator[Row]:
        """The indices of those by the side index that a replay relies on, which may lie."""
        return self._connection.execute(
            "SELECT idx FROM entries INDEXED BY entries_of_groups "
            "WHERE kind BETWEEN 2 AND 4 ORDER BY idx"
        )

    def first_at(self, moment: int) -> int:
        """The index of the first entry at or after this time (UTC microseconds); times ascend."""
        low, high = 0, self.count()
        while low < high:
            middle = (low + high) // 2
            row = self._connection.execute(
                "SELECT at FROM entries WHERE idx = ?", (middle,)
            ).fetchone()
            if row is not None and isinstance(row[0], int) and row[0] < moment:
                low = middle + 1
            else:
                high = middle
        return low

    def count(self) -> int:
        """The highest index plus one."""
        return int(
            self._connection.execute("SELECT ifnull(max(idx) + 1, 0) FROM entries").fetchone()[0]
        )

    def senders(self) -> Iterator[Row]:
        """Index, channel, device and message id of every entry that has an id, by index."""
        return self._connection.execute(
            "SELECT idx, channel, device, message_id FROM entries "
            "WHERE message_id IS NOT NULL ORDER BY idx"
        )

    def checkpoints(self) -> Iterator[Row]:
        """Size and note of every stored checkpoint, by size."""
        return self._connection.execute("SELECT size, note FROM checkpoints ORDER BY size")

    def tiles(self) -> Iterator[Row]:
        """Number and hash of every stored subtree of 256 entries."""
        return self._connection.execute("SELECT idx, hash FROM tiles ORDER BY idx")

    def frontier(self) -> Row | None:
        """Size and nodes of the tree's edge as stored."""
        row: Row | None = self._connection.execute("SELECT size, nodes FROM frontier").fetchone()
        return row

    def channels(self) -> Iterator[Row]:
        """Name and epoch of every channel as the hub follows it."""
        return self._connection.execute("SELECT channel, epoch FROM channels ORDER BY channel")

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])


def _typed(rows: Iterator[Row], shape: str) -> Iterator[Row]:
    """The rows, as long as their values have the types that the layout promises.

    In `shape` i is a number, t text, b bytes, n bytes or none. STRICT tables bind who writes
    through SQLite, not who writes the file.
    """
    allowed: set[tuple[type, ...]] = {()}
    for letter in shape:
        allowed = {(*before, one) for before in allowed for one in _TYPES[letter]}
    for row in rows:
        if tuple(map(type, row)) not in allowed:
            raise LogDamaged(f"Entry {row[0]} holds a value that no entry can hold.")
        yield row


_TYPES: dict[str, tuple[type, ...]] = {
    "i": (int,),
    "t": (str,),
    "b": (bytes,),
    "n": (bytes, type(None)),
}
_TOLD = "itiiitniiibnn"
_HANDSHAKE = "itiiiin"


def _schema(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Kind and definition of everything in a file, by name; SQLite's own tables left out."""
    rows = connection.execute("SELECT name, type, ifnull(sql, '') FROM sqlite_schema")
    return {
        str(name): (str(kind), " ".join(str(sql).split()))
        for name, kind, sql in rows
        if not str(name).startswith("sqlite_")
    }


@cache
def _expected() -> dict[str, tuple[str, str]]:
    """What a hub's own schema makes."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(
            files("hub.store").joinpath("schema.sql").read_text(encoding="utf-8")
        )
        return _schema(connection)
    finally:
        connection.close()
