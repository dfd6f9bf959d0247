"""The local store keeps all or nothing, shows nothing, and forgets what it was told to forget."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from protocols.client.store import BLANK, SECRET_TABLES, Drop, Put, Store, Table
from protocols.client.vault import Vault
from protocols.errors import LocalStoreError

SECRET = b"ratchet secret of generation seven" * 3


def _everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store.sqlite")


def test_what_was_put_is_there_after_reopening(tmp_path: Path, store: Store) -> None:
    store.apply([Put(Table.GROUPS, "nogales", 0, b"state"), Put(Table.FATES, "a", 7, b"fate")])
    store.apply([Put(Table.GROUPS, "nogales", 0, b"newer")])
    store.close()
    again = Store.open(tmp_path / "store.sqlite")
    assert again.get(Table.GROUPS, "nogales") == b"newer"
    assert again.get(Table.GROUPS, "other") is None
    assert [(row.name, row.number, row.value) for row in again.rows(Table.FATES)] == [
        ("a", 7, b"fate")
    ]


def test_history_reads_in_order_from_anywhere(store: Store) -> None:
    store.apply([Put(Table.HISTORY, "x", n, b"%d" % n) for n in (3, 1, 2, 5)])
    store.apply([Put(Table.HISTORY, "y", 4, b"other")])
    assert [row.number for row in store.after(Table.HISTORY, "x", 1)] == [2, 3, 5]
    assert [row.number for row in store.after(Table.HISTORY, "x", 0, 2)] == [1, 2]
    assert [row.number for row in store.latest(Table.HISTORY, "x", 2)] == [3, 5]


def test_a_failing_change_takes_the_others_with_it(store: Store) -> None:
    store.apply([Put(Table.CHANNELS, "x", 0, b"before")])
    too_large = Put(Table.GROUPS, "x", 2**70, b"no such number")
    with pytest.raises((LocalStoreError, OverflowError)):
        store.apply([Put(Table.CHANNELS, "x", 0, b"after"), too_large])
    assert store.get(Table.CHANNELS, "x") == b"before"


def test_consumed_secrets_are_gone_from_the_files(tmp_path: Path, store: Store) -> None:
    """Neither the plaintext nor the row that held it: not in the database, not in a journal."""
    filler = [Put(Table.HISTORY, "n", n, os.urandom(200)) for n in range(40)]
    store.apply([*filler, Put(Table.GROUPS, "nogales", 0, SECRET * 200)])
    ((old,),) = store._connection.execute("SELECT value FROM groups").fetchall()
    old = old.removeprefix(BLANK)
    assert old[:64] in _everything(tmp_path)  # the search finds what is there
    store.apply([Put(Table.GROUPS, "nogales", 0, b"next epoch" * 300), filler[0]])
    held = _everything(tmp_path)
    for part in range(0, len(old) - 64, 64):
        assert old[part : part + 64] not in held
    assert SECRET not in held


def test_dropped_bundles_are_gone_from_the_files(tmp_path: Path, store: Store) -> None:
    store.apply([Put(Table.BUNDLES, f"ref{n}", 0, os.urandom(300)) for n in range(30)])
    rows = [
        bytes(v).removeprefix(BLANK)
        for (v,) in store._connection.execute("SELECT value FROM bundles")
    ]
    store.apply([Drop(Table.BUNDLES, f"ref{n}") for n in range(30)])
    held = _everything(tmp_path)
    assert not any(row[:32] in held or row[-32:] in held for row in rows)


def test_nothing_is_readable_in_the_file(tmp_path: Path, store: Store) -> None:
    store.apply([Put(Table.HISTORY, "nogales-tunnel", 1, SECRET)])
    held = _everything(tmp_path)
    assert SECRET[:20] not in held
    assert b"nogales" not in held
    assert (tmp_path / "store.sqlite").stat().st_mode & 0o077 == 0
    assert (tmp_path / "store.sqlite.key").stat().st_mode & 0o077 == 0


def test_a_passphrase_opens_it_and_another_does_not(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store.open(path, "correct horse")
    store.apply([Put(Table.CHANNELS, "x", 0, b"v")])
    store.close()
    assert not (tmp_path / "store.sqlite.key").exists()
    with pytest.raises(LocalStoreError, match="passphrase"):
        Store.open(path, "wrong")
    with pytest.raises(LocalStoreError, match="passphrase"):
        Store.open(path)
    assert Store.open(path, "correct horse").get(Table.CHANNELS, "x") == b"v"


def test_only_one_process_has_it(tmp_path: Path, store: Store) -> None:
    with pytest.raises(LocalStoreError, match="in use"):
        Store.open(tmp_path / "store.sqlite")
    store.close()
    Store.open(tmp_path / "store.sqlite").close()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path, store: Store) -> None:
    store.close()
    (tmp_path / "store.sqlite.key").chmod(0o644)
    with pytest.raises(LocalStoreError, match="0600"):
        Store.open(tmp_path / "store.sqlite")


def test_rows_cannot_change_places(tmp_path: Path, store: Store) -> None:
    store.apply([Put(Table.CHANNELS, "x", 0, b"a"), Put(Table.CHANNELS, "y", 0, b"b")])
    store._connection.execute(
        "UPDATE channels SET value = (SELECT value FROM channels c WHERE c.place != channels.place)"
    )
    with pytest.raises(LocalStoreError):
        list(store.rows(Table.CHANNELS))


@pytest.mark.parametrize(
    "damage", [b"not a database at all" * 60, b"SQLite format 3\0" + b"\xff" * 4000]
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(damage)
    with pytest.raises(LocalStoreError, match=r"store\.sqlite"):
        Store.open(path)


def test_a_later_version_is_refused(tmp_path: Path, store: Store) -> None:
    store.close()
    connection = apsw.Connection(str(tmp_path / "store.sqlite"))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LocalStoreError, match="version 99"):
        Store.open(tmp_path / "store.sqlite")


def test_no_old_secret_is_left_when_trees_are_balanced(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of all sizes come and go: SQLite moves cells between pages and must leave no copies."""
    chance = random.Random(7)
    written: list[bytes] = []
    seal = Vault.seal

    def watched(vault: Vault, value: bytes, place: bytes) -> bytes:
        written.append(seal(vault, value, place))
        return written[-1]

    monkeypatch.setattr(Vault, "seal", watched)
    live: dict[tuple[Table, str], bytes] = {}
    dead: list[bytes] = []
    for _ in range(500):
        table = chance.choice(sorted(SECRET_TABLES))
        name = f"n{chance.randint(0, 50)}"
        written.clear()
        if chance.random() < 0.35:
            store.apply([Drop(table, name)])
        else:
            size = chance.choice([20, 300, 900, 1500, 9000])
            store.apply([Put(table, name, 0, os.urandom(chance.randint(1, size)))])
        old = live.pop((table, name), None)
        dead += [] if old is None else [old]
        if written:
            live[table, name] = written[0]
    held = _everything(tmp_path)
    assert all(row[:24] in held for row in live.values())  # the search finds what is there
    assert len(dead) > 100
    pieces = [row[at : at + 24] for row in dead for at in range(0, len(row) - 23, 96)]
    assert not [piece for piece in pieces if piece in held]


WRITER = """
import os, sys
from pathlib import Path
from protocols.client.store import Put, Store, Table
from protocols.client.vault import Vault
seal = Vault.seal
def watched(vault, value, place):
    sealed = seal(vault, value, place)
    print(sealed[:24].hex(), flush=True)
    return sealed
Vault.seal = watched
store = Store.open(Path(sys.argv[1]))
while True:
    store.apply([Put(Table.GROUPS, "nogales", 0, os.urandom(20_000))])
"""


@pytest.mark.parametrize("lines", [20, 33, 47])
def test_killed_in_the_middle_only_the_last_state_is_in_the_files(
    tmp_path: Path, lines: int
) -> None:
    path = tmp_path / "killed" / "store.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline().strip() for _ in range(lines)]
        process.kill()
        printed += process.stdout.read().split()
    held = _everything(path.parent)  # as a thief finds it, journal and all
    states = [bytes.fromhex(line) for line in printed[1:]]  # the first seals the check
    assert not [at for at, state in enumerate(states[:-2]) if state in held]
    store = Store.open(path)  # and it opens, rolled back or forward
    assert len(store.get(Table.GROUPS, "nogales") or b"") == 20_000


def test_a_full_disk_is_named_and_nothing_is_half_written(store: Store) -> None:
    store.apply([Put(Table.CHANNELS, "x", 0, b"before")])
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(LocalStoreError, match="full"):
        store.apply([Put(Table.CHANNELS, "x", 0, b"after"), Put(Table.GROUPS, "x", 0, bytes(9**6))])
    assert store.get(Table.CHANNELS, "x") == b"before"


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    store = Store.open(folder / "store.sqlite")
    store.apply([Put(Table.CHANNELS, "x", 0, b"value")])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    store.close()
    (folder / "store.sqlite").chmod(0o644)
    with pytest.raises(LocalStoreError, match="0600"):
        Store.open(folder / "store.sqlite")
