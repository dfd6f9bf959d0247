"""Effects are values: equal by content, never changed, each one executable by the server."""

from __future__ import annotations

import pytest

from hub.relay import effects
from hub.relay.effects import Effect, Follow, Outgoing
from hub.relay.server import Relay
from protocols.frames import EntryKind


def test_they_are_values() -> None:
    assert Follow(1, "ch", 0) == Follow(1, "ch", 0) != Follow(1, "ch", 1)
    with pytest.raises(AttributeError):
        Follow(1, "ch", 0).after = 2  # type: ignore[misc]  # that it cannot is the point
    assert Outgoing(1, 2, EntryKind.COMMIT, b"", "").kind is EntryKind.COMMIT


def test_the_server_executes_every_one() -> None:
    known = {kind for kind in vars(effects).values() if isinstance(kind, type)}
    kinds = {kind.__name__ for kind in known if issubclass(kind, Effect) and kind is not Effect}
    named = Relay.__init__.__code__.co_names
    assert kinds <= set(named)
