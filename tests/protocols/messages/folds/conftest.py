"""A history that a channel's people talk into."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.messages.history import History
from protocols.messages.records import Step


class Talk:
    """`say` makes the next entry of the channel and applies it."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.history = History()

    def say(self, who: str, body: Any, at: str | None = None, **fields: Any) -> Step:
        return self.history.apply(self.channel.say(who, body, at, **fields))


@pytest.fixture
def talk(channel: Any) -> Talk:
    return Talk(channel)
