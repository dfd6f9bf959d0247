"""The working group's vectors, read once, with hexadecimal text turned into bytes."""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

RFC_SUITES = (1, 2, 3, 4, 5, 6, 7)


def _bytes(value: Any, key: str = "") -> Any:
    """Hexadecimal strings become bytes; labels stay text."""
    if isinstance(value, dict):
        return {name: _bytes(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_bytes(item, key) for item in value]
    return bytes.fromhex(value) if isinstance(value, str) and key != "label" else value


@lru_cache(maxsize=32)
def _read(path: Path) -> Any:
    return _bytes(json.loads(path.read_text()))


@pytest.fixture
def vectors(shared: Path) -> Callable[..., list[dict[str, Any]]]:
    """`vectors(name, suite)`: the entries of one file, those of one cipher suite if it is given."""

    def load(name: str, suite: int | None = None) -> list[dict[str, Any]]:
        entries = _read(shared / "reference" / "mls" / "vectors" / f"{name}.json")
        chosen = [one for one in entries if suite is None or one["cipher_suite"] == suite]
        assert chosen, f"no vectors of {name} for suite {suite}"
        return chosen

    return load


@pytest.fixture(params=RFC_SUITES)
def suite_id(request: pytest.FixtureRequest) -> int:
    """Each cipher suite of RFC 9420 in turn."""
    number: int = request.param
    return number
