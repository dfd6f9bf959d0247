"""Every deed has exactly one binding somewhere in the client, under its own name."""

from __future__ import annotations

from tui_client.app import CrossbandApp
from tui_client.keys import DEFAULTS, WHILE_WRITING
from tui_client.screens.compose import ComposeScreen
from tui_client.screens.entry import EntryScreen
from tui_client.screens.incident import IncidentScreen
from tui_client.screens.watch import WatchScreen
from tui_client.widgets.bound import bound


def test_a_binding_has_the_deeds_key_and_name() -> None:
    made = bound("emergency", "emergency")
    assert (made.key, made.id, made.priority) == ("f8", "emergency", True)
    assert not bound("compose", "compose").priority


def test_every_deed_is_bound_once() -> None:
    homes = (CrossbandApp, ComposeScreen, EntryScreen, IncidentScreen, WatchScreen)
    names = [one.id for home in homes for one in home.BINDINGS if one.id]
    assert sorted(names) == sorted(DEFAULTS)
    assert set(DEFAULTS) > WHILE_WRITING
