"""Every source file has a test file that carries its name, in the same place below `tests/`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("hub", "protocols", "tui_client")
NOT_TESTED_BY_NAME = {"__init__.py", "__main__.py"}


def main() -> int:
    """Print each source file without a test; 1 if there is one, otherwise 0."""
    missing = []
    for room in ROOMS:
        for source in sorted((ROOT / room).rglob("*.py")):
            if source.name in NOT_TESTED_BY_NAME:
                continue
            place = source.relative_to(ROOT).parent
            test = ROOT / "tests" / place / f"test_{source.name}"
            if not test.is_file():
                missing.append((source.relative_to(ROOT), test.relative_to(ROOT)))
    for source, test in missing:
        sys.stderr.write(f"{source} has no {test}\n")
    sys.stdout.write(f"source files without a test of their name: {len(missing)}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
