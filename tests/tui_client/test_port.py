"""The real client has the shape that the app asks for."""

from __future__ import annotations

import inspect

from protocols.client.client import Client
from tui_client.port import Port


def test_the_client_has_everything_the_app_uses() -> None:
    for name, asked in inspect.getmembers(Port, inspect.isfunction):
        if name.startswith("_"):
            continue
        given = getattr(Client, name)
        assert list(inspect.signature(given).parameters) == list(
            inspect.signature(asked).parameters
        )
        assert inspect.iscoroutinefunction(given) == inspect.iscoroutinefunction(asked)
