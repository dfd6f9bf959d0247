"""The SQLite store offers all that the interface promises, by the same names and parameters."""

from __future__ import annotations

import inspect

from hub.store.interface import Store
from hub.store.sqlite import SqliteStore


def test_the_sqlite_store_has_the_whole_interface() -> None:
    for name, promised in vars(Store).items():
        if name.startswith("_"):
            continue
        offered = getattr(SqliteStore, name)
        if isinstance(promised, property):
            assert isinstance(offered, property), name
            continue
        assert inspect.iscoroutinefunction(promised) == inspect.iscoroutinefunction(offered), name
        assert list(inspect.signature(promised).parameters) == list(
            inspect.signature(offered).parameters
        ), name
