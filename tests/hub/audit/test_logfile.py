"""The auditor's file is opened for reading, and for nothing else."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from hub.audit.logfile import _TOLD, LogFile, _typed
from hub.store.items import CreateChannel
from hub.store.sqlite import SqliteStore
from protocols.errors import LogDamaged, LogVersion


def test_it_cannot_be_changed(story) -> None:
    before = story.path.read_bytes()
    with LogFile(story.path) as log:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            log._connection.execute("DELETE FROM entries")
        assert log.quick_check() == "ok"
        assert log.count() == 314
        assert not log.in_use
    assert story.path.read_bytes() == before


def test_the_first_entry_at_a_time(story) -> None:
    with LogFile(story.path) as log:
        times = [row[4] for row in log.told(0)]
        for index in (0, 1, 100, 313):
            assert log.first_at(times[index]) == index
            assert log.first_at(times[index] + 1) == index + 1
        assert log.first_at(0) == 0


def test_handshakes_use_their_own_index(story) -> None:
    with LogFile(story.path) as log:
        plan = log._connection.execute(
            "EXPLAIN QUERY PLAN SELECT idx FROM entries WHERE kind BETWEEN 2 AND 4 AND idx < 9"
        ).fetchall()
        assert "entries_of_groups" in plan[0][3]
        assert [row[0] for row in log.handshakes(6)] == [2, 5]


READ_TWICE = """
import sys
from pathlib import Path
from hub.audit.logfile import LogFile

with LogFile(Path(sys.argv[1])) as log:
    print(log.in_use, log.count(), flush=True)
    sys.stdin.readline()
    print(log.count(), flush=True)
"""


async def test_a_live_log_shows_one_moment(tmp_path: Path) -> None:
    """In a process of its own: two SQLite libraries in one would undo each other's locks."""
    path = tmp_path / "log.db"
    store = SqliteStore.open(path)
    await store.commit([CreateChannel("a", "d", b"{}", 0, b"s", b"i", 1)])
    auditor = subprocess.Popen(
        [sys.executable, "-c", READ_TWICE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert auditor.stdin is not None
    assert auditor.stdout is not None
    assert auditor.stdout.readline() == b"True 2\n"
    await store.commit([CreateChannel("b", "d", b"{}", 0, b"s", b"i", 1)])
    assert auditor.communicate(b"\n")[0] == b"2\n"
    assert store.size == 4
    store.close()


def test_values_of_another_type_are_damage(story) -> None:
    """As the file may hold them once somebody wrote it without SQLite."""
    with LogFile(story.path) as log:
        row = next(iter(log.told(0)))
    assert list(_typed(iter([row]), _TOLD)) == [row]
    for place in range(1, len(row)):
        wrong = (*row[:place], 1.5, *row[place + 1 :])
        with pytest.raises(LogDamaged, match="Entry 0 "):
            list(_typed(iter([wrong]), _TOLD))


def test_names_with_every_character(story, tmp_path: Path) -> None:
    path = tmp_path / "a log? #1 100%.db"
    path.write_bytes(story.path.read_bytes())
    with LogFile(path) as log:
        assert log.count() == 314


def test_other_files(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"")
    with pytest.raises(LogVersion):
        LogFile(path)
