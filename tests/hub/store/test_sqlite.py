"""The whole store: durable when it says so, usable after a full disk, provable, copyable."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections import namedtuple
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.store import items
from hub.store.interface import Store
from hub.store.items import AppendEvent, AppendMessage, CreateChannel
from hub.store.opening import open_reader
from hub.store.sqlite import SqliteStore
from protocols.errors import StoreClosed, StoreUnavailable
from protocols.tlog.checkpoint import CheckpointSigner, open_note
from protocols.tlog.entry import Kind
from protocols.tlog.merkle import verify_consistency, verify_inclusion

OPEN = CreateChannel("nogales", "patrol-7@uscbp", b"{}", 0, b"group", b"info", 1)


def message(number: int, body: bytes = b"x" * 512) -> AppendMessage:
    return AppendMessage("nogales", "patrol-7@uscbp", number.to_bytes(16, "big"), 0, body, 1, 2, 5)


async def test_it_is_a_store(store: SqliteStore) -> None:
    typed: Store = store
    assert typed.size == 0
    assert typed.last_checkpoint == ""


async def test_reopening_finds_everything(path: Path) -> None:
    store = SqliteStore.open(path)
    await store.commit([OPEN, *(message(n) for n in range(300))])
    await store.commit([items.Revoke("lost@gn", "clerk@gn", 7, reason="lost")])
    root = store.root
    store.close()
    store = SqliteStore.open(path)
    snapshot = store.load()
    assert (snapshot.size, snapshot.root, snapshot.last_at) == (303, root, 7)
    assert snapshot.channels[0].last_seq == 300
    assert snapshot.revoked[0].device == "lost@gn"
    (result,) = await store.commit([message(300)])
    assert result == items.Committed(303, 301, 7)
    assert (await store.commit([message(5)]))[0] == items.Duplicate(7, 6, 5)
    store.close()


async def test_batches_that_come_together_share_a_transaction(store: SqliteStore) -> None:
    await store.commit([OPEN])
    before = store.commits
    results = await asyncio.gather(*(store.commit([message(n)]) for n in range(200)))
    assert [result[0].seq for result in results if isinstance(result[0], items.Committed)] == list(
        range(1, 201)
    )
    assert store.commits - before < 100
    assert store.committed == 202


async def test_proofs_lead_to_the_signed_root(store: SqliteStore) -> None:
    await store.commit([OPEN, *(message(n) for n in range(700))])
    first_size, first_root = store.size, store.root
    await store.commit([message(n) for n in range(700, 1000)])
    leaves = store._reader.leaves(0, store.size)
    for index in (0, 255, 256, 701, 1001):
        proof = await store.inclusion_proof(index, store.size)
        verify_inclusion(leaves[index], index, store.size, proof, store.root)
    proof = await store.consistency_proof(first_size, store.size)
    verify_consistency(first_size, first_root, store.size, store.root, proof)
    with pytest.raises(ValueError, match="1002 entries"):
        await store.inclusion_proof(0, 1003)


async def test_checkpoints(path: Path, store: SqliteStore) -> None:
    signer = CheckpointSigner("crossband/hub-nogales", Ed25519PrivateKey.generate())
    empty = await store.checkpoint(signer)
    assert open_note(empty, signer.verifier_keys)[0].size == 0
    await store.commit([OPEN, message(1)])
    assert store.entries_since_checkpoint == 3
    note = await store.checkpoint(signer)
    checkpoint, _ = open_note(note, signer.verifier_keys)
    assert (checkpoint.size, checkpoint.root) == (3, store.root)
    assert store.entries_since_checkpoint == 0
    assert await store.checkpoint(signer) is note
    store.close()
    again = SqliteStore.open(path)
    assert again.last_checkpoint == note
    again.close()


async def test_a_full_disk_loses_nothing_that_was_acknowledged(path: Path) -> None:
    store = SqliteStore.open(path)
    await store.commit([OPEN, message(1)])
    size, root = store.size, store.root
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    written = max(file.stat().st_size for file in path.parent.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (written + 8192, hard))
    try:
        waiting = [store.commit([message(n, b"y" * 60_000)]) for n in (2, 3)]
        outcome = await asyncio.gather(*waiting, return_exceptions=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [type(one) for one in outcome] == [StoreUnavailable, StoreUnavailable]
    assert (store.size, store.root) == (size, root)
    (result,) = await store.commit([message(2, b"y" * 60_000)])
    assert result == items.Committed(3, 2, 5)
    store.close()
    store = SqliteStore.open(path)
    assert [row[0] for row in await store.entries("nogales", 0)] == [1, 2]
    store.close()


async def test_disk_low(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1000, 901, 99))
    assert store.check_disk() == pytest.approx(0.099)
    assert store.disk_low
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1000, 900, 100))
    assert store.disk_low, "looked at once a second only"
    store.check_disk()
    assert not store.disk_low


async def test_a_backup_is_a_whole_log_in_one_file(store: SqliteStore, tmp_path: Path) -> None:
    await store.commit([OPEN, *(message(n) for n in range(50))])
    copy = tmp_path / "copy" / "log.db"
    copy.parent.mkdir()
    await store.backup(copy)
    await store.commit([message(51)])
    assert [file.name for file in copy.parent.iterdir()] == ["log.db"]
    with sqlite3.connect(f"file:{copy}?mode=ro", uri=True) as connection:
        assert connection.execute("SELECT count(*), max(seq) FROM entries").fetchone() == (52, 50)
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    connection.close()


async def test_a_backup_into_nowhere_is_a_named_error(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await store.backup(tmp_path / "missing" / "log.db")


async def test_what_the_layout_cannot_hold_is_a_fault_of_the_caller(store: SqliteStore) -> None:
    await store.commit([OPEN])
    with pytest.raises(ValueError, match="cannot hold"):
        await store.commit([message(1, b"")])
    assert (await store.commit([message(1)]))[0].ok


async def test_a_closed_store_says_so(path: Path) -> None:
    store = SqliteStore.open(path)
    store.close()
    store.close()
    with pytest.raises(StoreClosed):
        await store.commit([OPEN])
    with pytest.raises(StoreClosed):
        await store.entries("nogales", 0)


async def test_erased_bytes_are_gone_from_the_files(path: Path) -> None:
    store = SqliteStore.open(path)
    secret = os.urandom(64)
    event = AppendEvent(Kind.LOGIN, "patrol-7@uscbp", 1, meta=b"kept " + secret[:8])
    await store.commit([OPEN, message(1, secret), message(2), event])

    def on_disk(what: bytes) -> bool:
        return any(what in file.read_bytes() for file in path.parent.iterdir())

    assert on_disk(secret)
    await store.commit([items.EraseBodies("nogales", 1, 1, "clerk@uscbp", "order 1", 9)])
    assert not on_disk(secret)
    assert on_disk(secret[:8])
    store.close()


async def test_erased_bytes_go_as_soon_as_nobody_reads_an_older_moment(path: Path) -> None:
    store = SqliteStore.open(path)
    secret = os.urandom(64)
    await store.commit([OPEN, message(1, secret)])
    auditor = open_reader(path)
    auditor.execute("BEGIN; SELECT count(*) FROM entries").fetchall()
    results = await store.commit([items.EraseBodies("nogales", 1, 1, "clerk@uscbp", "order", 9)])
    assert results[0].ok
    assert any(secret in file.read_bytes() for file in path.parent.iterdir())
    auditor.close()
    await store.commit([message(2)])
    assert not any(secret in file.read_bytes() for file in path.parent.iterdir())
    store.close()


LOAD = """
    import asyncio, os, sys
    from hub.store import items
    from hub.store.sqlite import SqliteStore

    async def run():
        store = SqliteStore.open(sys.argv[1])
        start = int(sys.argv[2])
        if not store.load().channels:
            await store.commit([items.CreateChannel("c", "d", b"{}", 0, b"g", b"i", 1)])
        async def one(worker):
            number = start + worker
            while True:
                batch = [
                    items.AppendMessage("c", "d", (number + 8 * step).to_bytes(16, "big"), 0,
                                        b"%d" % (number + 8 * step), 1, 2, 1)
                    for step in range(4)
                ]
                results = await store.commit(batch)
                lines = "".join(
                    f"{number + 8 * step} {result.seq}\\n" for step, result in enumerate(results)
                )
                os.write(1, lines.encode())
                number += 32
        await asyncio.gather(*(one(worker) for worker in range(8)))

    asyncio.run(run())
"""


async def test_ten_kills_lose_no_acknowledged_message(path: Path) -> None:
    acknowledged: dict[int, int] = {}
    for round_ in range(10):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(LOAD), str(path), str(round_ * 10**9)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        assert process.stdout is not None
        for _ in range(150 + 37 * round_):
            number, seq = process.stdout.readline().split()
            acknowledged[int(number)] = int(seq)
        process.send_signal(signal.SIGKILL)
        for line in process.stdout:
            if line.endswith(b"\n"):
                number, seq = line.split()
                acknowledged[int(number)] = int(seq)
        process.wait()
        process.stdout.close()
    store = SqliteStore.open(path)
    logged: dict[int, int] = {}
    after = 0
    while rows := await store.entries("c", after):
        assert [row[0] for row in rows] == list(range(after + 1, after + 1 + len(rows)))
        logged |= {int(row[3] or b""): row[0] for row in rows}
        after = rows[-1][0]
    assert len(logged) == after, "each message once"
    assert acknowledged.items() <= logged.items()
    assert len(acknowledged) > 1500
    store.close()
