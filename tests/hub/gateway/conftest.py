"""Every test here logs to its own output, whatever a command set up for its process before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
