"""A core to play against, and a house to knock at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.relay.playbook import Play
from tests.scenario.house import House


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """A core over an empty log."""
    stage = Play(tmp_path)
    yield stage
    stage.store.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running hub that the tests of one file share."""
    with House(tmp_path_factory.mktemp("house")) as running:
        yield running
