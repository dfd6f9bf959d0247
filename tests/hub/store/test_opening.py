"""Opening: the right file, one process, and a tree that fits the entries."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hub.store.items import AppendMessage, CreateChannel
from hub.store.opening import open_reader, open_writer
from hub.store.sqlite import SqliteStore
from protocols.errors import LogDamaged, LogInUse, LogVersion, StoreUnavailable


@pytest.fixture
async def filled(path: Path) -> Path:
    store = SqliteStore.open(path)
    await store.commit([CreateChannel("c", "d", b"{}", 0, b"g", b"i", 1)])
    await store.commit(
        [AppendMessage("c", "d", n.to_bytes(16, "big"), 0, b"body", 1, 2, 3) for n in range(600)]
    )
    store.close()
    return path


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_new_log_is_private_and_durable(path: Path) -> None:
    SqliteStore.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    connection = open_writer(path)
    assert connection.pragma("journal_mode") == "wal"
    assert connection.pragma("synchronous") == 2
    assert connection.pragma("secure_delete") == 1
    connection.close()


def test_the_reader_cannot_write(path: Path) -> None:
    SqliteStore.open(path).close()
    connection = open_reader(path)
    with pytest.raises(Exception, match="readonly"):
        connection.execute("DELETE FROM entries")
    connection.close()


def test_one_process_at_a_time(path: Path) -> None:
    store = SqliteStore.open(path)
    with pytest.raises(LogInUse, match="another process"):
        SqliteStore.open(path)
    script = f"from hub.store.sqlite import SqliteStore as S; S.open({str(path)!r})"
    other = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert b"another process" in other.stderr
    store.close()
    SqliteStore.open(path).close()


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"this is not a database, it is a letter" * 50, LogVersion), (b"", None)],
)
def test_other_files(path: Path, content: bytes, error: type[Exception] | None) -> None:
    path.write_bytes(content)
    if error is None:
        SqliteStore.open(path).close()
    else:
        with pytest.raises(error):
            SqliteStore.open(path)
        assert path.read_bytes() == content


def test_another_database_is_left_alone(path: Path) -> None:
    change(path, "CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(LogVersion, match="layout version"):
        SqliteStore.open(path)
    assert path.read_bytes() == before


def test_another_layout_version_is_refused(filled: Path) -> None:
    change(filled, "PRAGMA user_version = 2")
    with pytest.raises(LogVersion):
        SqliteStore.open(filled)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        SqliteStore.open(tmp_path / "missing" / "log.db")


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM entries WHERE idx = 601",
        "INSERT INTO entries SELECT 602, 'c', 601, kind, at, device, NULL, act, lane, epoch, "
        "body_hash, meta_hash, leaf, salt, metadata, body FROM entries WHERE idx = 601",
        "UPDATE entries SET at = at - 1 WHERE idx = 600",
        "DELETE FROM entries WHERE idx = 520",
        "UPDATE tiles SET hash = zeroblob(32) WHERE idx = 1",
        "DELETE FROM tiles WHERE idx = 0",
        "UPDATE frontier SET nodes = x'00'",
        "UPDATE frontier SET size = 5",
        "DELETE FROM frontier",
    ],
)
def test_entries_and_tree_that_disagree(filled: Path, damage: str) -> None:
    change(filled, damage)
    with pytest.raises(LogDamaged):
        SqliteStore.open(filled)


def test_a_torn_write_ahead_log_is_discarded_whole(filled: Path) -> None:
    filled.with_name("log.db-wal").write_bytes(b"\x37\x7f\x06\x82" + b"half a frame" * 700)
    store = SqliteStore.open(filled)
    assert store.size == 602
    store.close()
