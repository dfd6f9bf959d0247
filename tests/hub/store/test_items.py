"""Items and results are values: frozen, comparable, and honest about whether they took effect."""

from __future__ import annotations

import msgspec
import pytest

from hub.store import items
from hub.store.items import Item, Result


def test_items_are_frozen_and_comparable() -> None:
    one = items.AppendEvent(items.Kind.LOGIN, "d", 1)
    assert one == items.AppendEvent(items.Kind.LOGIN, "d", 1)
    with pytest.raises(AttributeError):
        one.at = 2  # the point of the test


def test_which_results_took_effect() -> None:
    good = {kind.__name__ for kind in Result.__subclasses__() if kind.ok}
    bad = {kind.__name__ for kind in Result.__subclasses__() if not kind.ok}
    assert good == {"Committed", "Duplicate", "Claimed", "Done", "CodeUsed", "Erased"}
    assert bad == {
        "Conflict",
        "EpochConflict",
        "StaleEpoch",
        "UnknownChannel",
        "ChannelExists",
        "NoKeyPackage",
        "NotFound",
        "CodeRefused",
    }


def test_every_item_says_what_it_is() -> None:
    for kind in Item.__subclasses__():
        assert issubclass(kind, msgspec.Struct)
        assert kind.__doc__
        assert kind.__struct_config__.frozen
