"""What every test may need: the folder with other people's messages and vectors, if it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the checkout; without it the test skips, but in CI it fails."""
    if not SHARED.is_dir():
        message = "needs the folder `shared` (other people's vectors and messages) beside the checkout"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return SHARED
