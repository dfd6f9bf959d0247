"""What every test may need: the folder with other people's messages and vectors, if it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Everywhere else property tests look at new examples each time; what decides whether a change may
# land looks at the same ones each time.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")

SHARED = Path(__file__).resolve().parents[2] / "shared"
ABSENT = "needs the folder `shared` (other people's material) beside the checkout"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the checkout; without it the test skips, but in CI it fails."""
    if not SHARED.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)
    return SHARED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line says how many tests were skipped for want of the folder."""
    skipped = terminalreporter.stats.get("skipped", [])
    absent = [report for report in skipped if ABSENT in str(report.longrepr)]
    if absent:
        terminalreporter.write_line(f"{len(absent)} tests skipped, because each {ABSENT}")
