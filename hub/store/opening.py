"""Opening the log's file: made if absent, locked for one process, checked against its own tree.

`apsw` brings its own SQLite; the one in Python 3.11 has a fault in how it restarts the write-ahead
log. WAL with synchronous=FULL means that a COMMIT that returned is on disk, and that a torn tail
is discarded as a whole by SQLite before we see it.
"""

from __future__ import annotations

import fcntl
import os
from importlib.resources import files
from pathlib import Path

import apsw

from hub.store.reads import Reader
from protocols.errors import LogDamaged, LogInUse, LogVersion, StoreUnavailable
from protocols.tlog.merkle import Frontier, root_at

APPLICATION_ID = 0x78626E64
SCHEMA_VERSION = 1
CHECKPOINT_PAGES = 4000
"""Pages in the write-ahead log before SQLite copies them into the file (16 MiB)."""


def hold_lock(path: Path) -> int:
    """Take the log's lock for this process; returns the descriptor that holds it.

    Raises `LogInUse` when another process has the log open.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"The log's folder cannot be used: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise LogInUse(f"another process has the log {path.name} open") from None
    return descriptor


def open_writer(path: Path) -> apsw.Connection:
    """The one connection that writes, its schema in place; raises `LogVersion` for other files."""
    try:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = apsw.Connection(str(path))
        version, application = _identity(connection)
        if version == 0 and application == 0 and _is_empty(connection):
            connection.pragma("journal_mode", "wal")
            _create(connection)
        elif (version, application) != (SCHEMA_VERSION, APPLICATION_ID):
            raise LogVersion(f"{path.name} is not a log of layout version {SCHEMA_VERSION}.")
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        # What is erased under an order must not stay readable in free pages.
        connection.pragma("secure_delete", True)
        connection.pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        connection.pragma("cache_size", -32_000)
    except apsw.NotADBError as error:
        raise LogVersion(f"{path.name} is not a SQLite file.") from error
    except (apsw.Error, OSError) as error:
        raise StoreUnavailable(f"The log {path.name} cannot be opened: {error}.") from error
    return connection


def open_reader(path: Path) -> apsw.Connection:
    """A connection that can only read; sees whatever is committed."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    connection.pragma("query_only", True)
    connection.pragma("cache_size", -32_000)
    return connection


def check_tree(reader: Reader) -> tuple[Frontier, int]:
    """The tree's edge and the last time, once they agree with the entries that are there.

    Looks at the number of entries, at the stored subtrees and at the leaves of the last, unfinished
    one; `audit verify` recomputes everything. Raises `LogDamaged`.
    """
    size, nodes, last_at = reader.frontier()
    try:
        frontier = Frontier.from_bytes(nodes)
    except ValueError as error:
        raise LogDamaged("The edge of the log's tree cannot be read.") from error
    entries = reader.entry_count()
    if frontier.size != size or entries != size:
        raise LogDamaged(f"The log has {entries} entries, its tree {size}.")
    if root_at(reader.subtree, size) != frontier.root():
        raise LogDamaged(f"The last entries of the log do not match its tree of {size}.")
    return frontier, last_at


def _identity(connection: apsw.Connection) -> tuple[int, int]:
    return connection.pragma("user_version"), connection.pragma("application_id")


def _is_empty(connection: apsw.Connection) -> bool:
    return not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()


def _create(connection: apsw.Connection) -> None:
    schema = files("hub.store").joinpath("schema.sql").read_text(encoding="utf-8")
    with connection:
        connection.execute(schema)
        connection.execute("INSERT INTO frontier VALUES (0, 0, ?, 0)", (Frontier().to_bytes(),))
