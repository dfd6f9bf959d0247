"""Fuzz the reader of a format: `python -m tests.fuzz FORMAT [--inputs N] [--seed N] [--jobs N]`.

One line says what became of the inputs. Findings are made shorter, kept in `tests/fuzz/found/` and
run as tests from then on; `--replay FILE` shows one again with its trace. A format that is not in
the registry yet is named by its module: `--module protocols.formats.geojson`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import multiprocessing
import sys
import time
from pathlib import Path

from protocols.formats.codec import Format
from protocols.formats.registry import FORMATS
from tests.fuzz.mutation import Mutator
from tests.fuzz.seeds import corpus_seeds, own_messages, own_seeds
from tests.fuzz.verdicts import Finding, Judge, Tally, watch_for_hanging

FOUND = Path(__file__).parent / "found"
SHARED = Path(__file__).resolve().parents[3] / "shared"


def run(name: str, inputs: int, seed: int, of_each_kind: int = 6) -> Tally:
    """That many inputs for one reader, the same for the same `seed`."""
    watch_for_hanging()
    entry = FORMATS[name]
    seeds = corpus_seeds(entry, SHARED) + own_seeds(entry, own_messages(of_each_kind))
    if not seeds:
        raise SystemExit(f"{name}: there is nothing to start from")
    judge = Judge(entry)
    for data in seeds:
        judge.judge(data)
    mutator = Mutator(seeds, seed, sentences=name == "ais")
    while judge.tally.inputs < inputs:
        judge.judge(mutator.next())
    return judge.tally


def shortened(name: str, finding: Finding, tries: int = 300) -> bytes:
    """A shorter input with the same finding, where cutting pieces out gives one."""
    data, piece = finding.data, len(finding.data) // 2
    while piece and tries and "slow" not in finding.where:
        at = 0
        while at < len(data) and tries:
            tries -= 1
            candidate = data[:at] + data[at + piece :]
            judge = Judge(FORMATS[name], rewrite_every=1)
            judge.judge(candidate)
            if any(found.where == finding.where for found in judge.tally.findings):
                data = candidate
            else:
                at += piece
        piece //= 2
    return data


def keep(name: str, finding: Finding) -> Path:
    """Save the input of a finding, shortened."""
    finding = Finding(finding.what, finding.where, shortened(name, finding))
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{name}-{hashlib.sha256(finding.data).hexdigest()[:12]}.bin"
    path.write_bytes(finding.data)
    return path


def replay(name: str, path: Path) -> int:
    """Judge one kept input, rewriting whatever is accepted."""
    judge = Judge(FORMATS[name], rewrite_every=1)
    judge.judge(path.read_bytes())
    for finding in judge.tally.findings:
        print(finding.trace or finding.what)
    print(summary(name, judge.tally, 0))
    return 1 if judge.tally.findings else 0


def summary(name: str, tally: Tally, seconds: float) -> str:
    """The counts as one line."""
    refused = ", ".join(f"{code} {count}" for code, count in tally.refused.most_common())
    pace = f", {tally.inputs / seconds:.0f}/s" if seconds else ""
    return (
        f"{name}: {tally.inputs} inputs{pace}; {tally.accepted} accepted, {tally.rewritten} written"
        f" again; refused: {refused or 'none'}; {sum(tally.findings_seen.values())} unhandled;"
        f" slowest {tally.slowest * 1000:.1f} ms"
    )


def main() -> int:
    """Run as the arguments say; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("format", nargs="?", help="a format of the registry")
    parser.add_argument("--module", help="the module of a format that is not in the registry yet")
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--replay", type=Path)
    parser.add_argument("--json", action="store_true", help="the counts as JSON")
    given = parser.parse_args()
    if given.module:
        entry: Format = importlib.import_module(given.module).FORMAT
        FORMATS.setdefault(entry.name, entry)
        given.format = entry.name
    if given.format not in FORMATS or not FORMATS[given.format].reads:
        parser.error(f"choose one of {', '.join(n for n, entry in FORMATS.items() if entry.reads)}")
    watch_for_hanging()
    if given.replay is not None:
        return replay(given.format, given.replay)
    start = time.perf_counter()
    share = -(-given.inputs // given.jobs)
    runs = [(given.format, share, given.seed + number) for number in range(given.jobs)]
    tally = Tally()
    if given.jobs == 1:
        tally.add(run(*runs[0]))
    else:
        with multiprocessing.Pool(given.jobs) as pool:
            for part in pool.starmap(run, runs):
                tally.add(part)
    for finding in tally.findings:
        path = keep(given.format, finding)
        print(f"FOUND {finding.what}\n  at {finding.where or '?'}")
        print(
            f"  replay: python -m tests.fuzz {given.format} --replay {path.relative_to(Path.cwd())}"
        )
    for kind, count in tally.findings_seen.most_common():
        print(f"  {count} times: {kind}")
    print(summary(given.format, tally, time.perf_counter() - start))
    if given.json:
        counts = {
            "format": given.format, "inputs": tally.inputs, "accepted": tally.accepted,
            "refused": dict(tally.refused), "unhandled": sum(tally.findings_seen.values()),
            "slowest_ms": round(tally.slowest * 1000, 2),
        }  # fmt: skip
        print(json.dumps(counts))
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
