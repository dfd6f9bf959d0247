"""The questions that every fold asks."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.errors import IllegalTransition, MalformedMessage
from protocols.messages.folds import FOLDS
from protocols.messages.folds.state import State, addressed, find, need
from protocols.messages.kinds import KINDS, Text


def test_what_is_not_there_is_said_to_be_missing() -> None:
    assert find({"a": 1}, "a", "thing") == 1
    with pytest.raises(IllegalTransition, match="there is no thing b in this channel"):
        find({"a": 1}, "b", "thing")
    with pytest.raises(IllegalTransition, match="there is no thing named"):
        find({"a": 1}, None, "thing")
    with pytest.raises(MalformedMessage, match="/patrol: "):
        need(None, "/patrol")


def test_a_desk_is_a_country_an_agency_a_device_or_anybody_else(channel: Any, party: Any) -> None:
    entry = channel.say("c5", Text())
    assert all(
        addressed(entry, to, party["usbp"]) for to in ("MX", "c5sonora", "mesa@c5sonora", None)
    )
    assert not addressed(entry, "CA", party["usbp"])
    assert not addressed(entry, None, party["gn"])


def test_two_states_share_nothing() -> None:
    one, other = State(), State()
    one.timelines["a"] = [1]
    assert other.timelines == {}


def test_only_what_is_said_and_shown_has_no_fold() -> None:
    without = {name for name, entry in KINDS.items() if entry.body not in FOLDS}
    assert without == {
        "observation", "deconflict", "medical", "consular.notice", "text", "log.note", "alert",
        "equipment.notice", "presence",
    }  # fmt: skip
