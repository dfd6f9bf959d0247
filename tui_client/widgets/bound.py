"""From a deed to the toolkit's binding: its usual key, and the name by which a file changes it."""

from __future__ import annotations

from textual.binding import Binding

from tui_client.keys import DEFAULTS, WHILE_WRITING


def bound(deed: str, action: str) -> Binding:
    """The binding of a deed; keys that must work while somebody writes go before the input."""
    return Binding(DEFAULTS[deed], action, show=False, priority=deed in WHILE_WRITING, id=deed)
