"""The log and its audit: verify, start of a replay, commits against a bare loop, catch-up reads.

    python -m benchmarks.audit [--entries N | --full] [--rounds N]

verify     `crossband audit verify` with a key over entries of 1 KiB, in a process of its own: time
           and peak memory. 200,000 entries unless `--full` asks for the million of the goal; for
           fewer the figure for a million is extrapolated from the cost of one, and says so.
replay     from the start of `crossband audit replay` to its first line, process start included:
           from the log's beginning, and from a moment near its end
commit     messages a second through the store (dedupe, numbers, Merkle tree, fsync), against a loop
           that only inserts the same bodies and commits the same groups, on the same disk
catch-up   deliveries a second read back in pages of 256

The log is a real one, written by the store, with a checkpoint each 256 entries.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from benchmarks.results import write_section
from hub.store import items
from hub.store.sqlite import SqliteStore
from protocols.mls.credentials import BasicValidator, basic
from protocols.mls.group import Group
from protocols.mls.signer import SoftwareSigner
from protocols.tlog.checkpoint import CheckpointSigner

FULL, SHORT = 1_000_000, 200_000
BODY = 1024
GROUP = 256
COMMITS = 60
START = 1_800_000_000_000_000
CHANNEL = "nogales"
DEVICE = "patrol-7@uscbp"
META = b'{"from":"10.0.0.7"}'

VERIFY = """
import json, sys, time
from pathlib import Path
from hub.audit.verify import verify
from protocols.tlog.checkpoint import VerifierKey

keys = [VerifierKey.parse(line) for line in Path(sys.argv[2]).read_text().splitlines()]
began = time.perf_counter()
report = verify(Path(sys.argv[1]), keys)
took = time.perf_counter() - began
# Not ru_maxrss: that begins with the memory of whoever started the process.
(peak,) = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps([took, int(peak) / 1024, report.proven, report.size, report.unsigned]))
"""


def message(number: int) -> items.AppendMessage:
    """One message of 1 KiB whose clear part is true and whose rest is noise."""
    identifier, group = number.to_bytes(16, "big"), CHANNEL.encode()
    header = b"\x01" + identifier + b"\x01\x02" + bytes(36)
    clear = b"\0\1\0\2" + bytes([len(group)]) + group + bytes(8) + b"\1"
    clear += bytes([len(header)]) + header
    body = clear + os.urandom(BODY - len(clear))
    at = START + number * 1000
    return items.AppendMessage(CHANNEL, DEVICE, identifier, 0, body, 1, 2, at, META)


async def write_log(folder: Path, entries: int) -> tuple[Path, Path]:
    """A closed log of so many entries, and the file with the hub's keys."""
    signer = CheckpointSigner(
        "crossband/bench", Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    )
    group = Group.create(
        CHANNEL.encode(), 2, SoftwareSigner.generate(), basic(DEVICE),
        validator=BasicValidator(), now=START // 1_000_000,
    )  # fmt: skip
    path, keys = folder / "log.sqlite", folder / "log.vkey"
    store = SqliteStore.open(path)
    info = group.group_info()
    await store.commit([items.CreateChannel(CHANNEL, DEVICE, b"{}", 0, b"s", info, START)])
    while (left := entries - store.size) > 0:
        size = store.size
        await store.commit([message(size + one) for one in range(min(GROUP, left))])
        await store.checkpoint(signer)
    copy = folder / "copy.sqlite"
    await store.backup(copy)
    store.close()
    path.unlink()
    keys.write_text("".join(f"{key}\n" for key in signer.verifier_keys))
    return copy, keys


def run_verify(log: Path, keys: Path) -> tuple[float, float]:
    """Seconds and MiB of one verification in a fresh process; fails unless it is proven."""
    run = subprocess.run(
        [sys.executable, "-c", VERIFY, str(log), str(keys)], check=True, capture_output=True
    )
    took, peak, proven, _, unsigned = json.loads(run.stdout)
    if not proven or unsigned:
        raise SystemExit("the log that was to be verified is not proven")
    return took, peak


def first_line(log: Path, *words: str) -> float:
    """Seconds until a replay has said its first line; the rest is not waited for."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "hub", "audit", "replay", str(log), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    took = time.perf_counter() - began
    process.kill()
    process.wait()
    process.stdout.close()
    if CHANNEL.encode() not in line:
        raise SystemExit("the replay did not begin with an entry")
    return took


async def store_commits(folder: Path, first: int) -> float:
    """Messages a second through the store, in groups."""
    store = SqliteStore.open(folder / "store.sqlite")
    await store.commit([items.CreateChannel(CHANNEL, DEVICE, b"{}", 0, b"s", b"i", START)])
    batches = [[message(first + n * GROUP + one) for one in range(GROUP)] for n in range(COMMITS)]
    began = time.perf_counter()
    for batch in batches:
        await store.commit(batch)
    took = time.perf_counter() - began
    store.close()
    return COMMITS * GROUP / took


def bare_commits(folder: Path, first: int) -> float:
    """Rows a second of a loop that inserts and commits, and does nothing else."""
    connection = apsw.Connection(str(folder / "bare.sqlite"))
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.execute(
        "CREATE TABLE log (channel TEXT, seq INTEGER, at INTEGER, body BLOB, "
        "PRIMARY KEY (channel, seq))"
    )
    groups = [
        [(CHANNEL, (number := n * GROUP + one), START, message(first + number).body)
         for one in range(GROUP)]
        for n in range(COMMITS)
    ]  # fmt: skip
    began = time.perf_counter()
    for rows in groups:
        with connection:
            connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", rows)
    took = time.perf_counter() - began
    connection.close()
    return COMMITS * GROUP / took


async def catch_up(folder: Path) -> float:
    """Deliveries a second, read back as a replay to a client reads them."""
    store = SqliteStore.open(folder / "store.sqlite")
    began = time.perf_counter()
    after = count = 0
    while page := await store.entries(CHANNEL, after, GROUP):
        after = page[-1][0]
        count += len(page)
    took = time.perf_counter() - began
    store.close()
    return count / took


def in_new_folder(measure: Callable[[Path], float]) -> float:
    """Run a measurement in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="crossband-bench-") as folder:
        return measure(Path(folder))


def store_rows(rounds: int) -> list[tuple[str, ...]]:
    """Interleaved rounds of the store and the bare loop, then what was written is read back."""
    stored, bare, read = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="crossband-bench-") as name:
            folder = Path(name)
            stored.append(asyncio.run(store_commits(folder, 0)))
            read.append(asyncio.run(catch_up(folder)))
        bare.append(in_new_folder(lambda folder: bare_commits(folder, 0)))
    ratio = statistics.median(one / other for one, other in zip(stored, bare, strict=True))
    return [
        ("commit in groups of 256, store", f"{statistics.median(stored):,.0f} messages/s", ""),
        ("the same, bare inserts", f"{statistics.median(bare):,.0f} messages/s", ""),
        ("store / bare", f"{ratio:.2f}", ""),
        ("catch-up read, pages of 256", f"{statistics.median(read):,.0f} messages/s", ""),
    ]


def audit_rows(log: Path, keys: Path, entries: int, rounds: int) -> list[tuple[str, ...]]:
    """Verification and the start of a replay."""
    runs = [run_verify(log, keys) for _ in range(rounds)]
    took = statistics.median(run[0] for run in runs)
    peak = max(run[1] for run in runs)
    late = datetime.fromtimestamp((START + (entries - 100) * 1000) / 1e6, UTC).isoformat()
    begins = statistics.median(first_line(log) for _ in range(rounds))
    spans = statistics.median(first_line(log, "--from", late) for _ in range(rounds))
    full = entries >= FULL
    rows: list[tuple[str, ...]] = [
        (f"verify {entries:,} entries", f"{took:.1f} s", "≤ 20 s" if full else ""),
        ("one entry", f"{took / entries * 1e6:.1f} µs", "≤ 20 µs"),
        ("peak memory", f"{peak:.0f} MiB", "≤ 300 MiB" if full else ""),
    ]
    if not full:
        seconds = took / entries * FULL
        rows.append(("verify 1,000,000, extrapolated", f"{seconds:.1f} s", "≤ 20 s"))
    return [
        *rows,
        ("replay from the beginning, first line", f"{begins:.2f} s", "≤ 1 s"),
        ("replay of the last 100, first line", f"{spans:.2f} s", "≤ 1 s"),
    ]


def main() -> int:
    """Write a log, measure, print the rows and write the section."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=SHORT)
    parser.add_argument("--full", action="store_true", help="a million entries, as the goal says")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    entries = FULL if options.full else options.entries
    with tempfile.TemporaryDirectory(prefix="crossband-bench-") as folder:
        log, keys = asyncio.run(write_log(Path(folder), entries))
        size = log.stat().st_size / 2**20
        rows = audit_rows(log, keys, entries, options.rounds)
    rows += store_rows(options.rounds)
    for row in rows:
        print("  ".join(cell.ljust(40) for cell in row))
    note = (
        f"Entries of 1 KiB, {size:.0f} MiB in all, a checkpoint with both signatures each "
        f"{GROUP}; medians of {options.rounds} rounds, memory the highest."
    )
    write_section("Log and audit", [("what", "measured", "goal"), *rows], note)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
