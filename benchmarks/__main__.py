"""Run every benchmark that stands in this folder, one after another, and write RESULTS.md."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = ("mls", "formats", "hub", "terminal", "audit")


def main() -> int:
    """Run each in a process of its own, so that none warms or loads another; 1 if one failed."""
    failed = [
        name
        for name in BENCHMARKS
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    ]
    for name in failed:
        print(f"benchmarks.{name} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
