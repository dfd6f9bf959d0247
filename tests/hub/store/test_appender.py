"""Entries on their way in: numbers, times, salts, tree."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import apsw
import pytest

from hub.store import items
from hub.store.appender import Appender
from hub.store.opening import open_writer
from protocols.tlog.entry import NOTHING, Entry, Kind
from protocols.tlog.merkle import Frontier, subtree_root


@pytest.fixture
def connection(path: Path) -> apsw.Connection:
    return open_writer(path)


def test_numbers_times_and_tree(connection: apsw.Connection) -> None:
    log = Appender(connection, Frontier(), 50)
    first = log.append(Kind.LOGIN, "d", 10)
    second = log.append(Kind.APPLICATION, "d", 60, channel="c", seq=1, body=b"body")
    assert (first, second) == (items.Committed(0, 0, 50), items.Committed(1, 1, 60))
    log.finish()
    entries = [
        Entry(0, "", 0, Kind.LOGIN, 50, "d"),
        Entry(1, "c", 1, Kind.APPLICATION, 60, "d", body_hash=sha256(b"body").digest()),
    ]
    leaves = [entry.leaf_hash() for entry in entries]
    assert log.frontier.root() == subtree_root(leaves)
    stored = connection.execute("SELECT leaf FROM entries ORDER BY idx").fetchall()
    assert [row[0] for row in stored] == leaves
    ((size, nodes, last_at),) = connection.execute("SELECT size, nodes, last_at FROM frontier")
    assert Frontier.from_bytes(nodes).root() == subtree_root(leaves)
    assert (size, last_at) == (2, 60)


def test_equal_metadata_has_different_hashes(connection: apsw.Connection) -> None:
    log = Appender(connection, Frontier(), 0)
    for _ in range(2):
        log.append(Kind.LOGIN, "d", 1, meta=b'{"from":"::1"}')
    log.append(Kind.LOGIN, "d", 1)
    log.finish()
    rows = connection.execute("SELECT meta_hash, salt, metadata FROM entries").fetchall()
    assert rows[0][0] != rows[1][0]
    assert rows[0][0] == sha256(rows[0][1] + rows[0][2]).digest()
    assert rows[2] == (NOTHING, None, None)


def test_complete_subtrees_are_kept(connection: apsw.Connection) -> None:
    log = Appender(connection, Frontier(), 0)
    for _ in range(600):
        log.append(Kind.LOGIN, "d", 1)
        log.flush()
    log.finish()
    leaves = [row[0] for row in connection.execute("SELECT leaf FROM entries ORDER BY idx")]
    assert connection.execute("SELECT idx, hash FROM tiles ORDER BY idx").fetchall() == [
        (0, subtree_root(leaves[:256])),
        (1, subtree_root(leaves[256:512])),
    ]


def test_nothing_appended_writes_nothing(connection: apsw.Connection) -> None:
    before = connection.total_changes()
    Appender(connection, Frontier(), 0).finish()
    assert connection.total_changes() == before


def test_a_message_of_the_same_transaction_is_known(connection: apsw.Connection) -> None:
    log = Appender(connection, Frontier(), 0)
    key = ("c", "d", b"i" * 16)
    log.look_up([b"i" * 16])
    assert log.repeated(key, b"1" * 32) is None
    log.remember(key, items.Committed(4, 2, 9), b"1" * 32)
    assert log.repeated(key, b"1" * 32) == items.Duplicate(4, 2, 9)
    assert log.repeated(key, b"2" * 32) == items.Conflict(4, 2)
