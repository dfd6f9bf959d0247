"""An agency in a folder, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.agency.authority import Authority

NOW = 1_800_000_000


@pytest.fixture
def now() -> int:
    return NOW


@pytest.fixture
def make_authority(tmp_path: Path) -> Callable[..., Authority]:
    def make(agency: str = "uscbp", country: str = "US", **more: object) -> Authority:
        return Authority.create(
            tmp_path / agency, agency=agency, country=country, **{"now": NOW, **more}
        )

    return make


@pytest.fixture
def authority(make_authority: Callable[..., Authority]) -> Authority:
    return make_authority()
