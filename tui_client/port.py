"""What the terminal client asks of the engine: the part of `protocols.client.Client` that it uses.

The app takes anything of this shape; in earnest, and in the tests that send, it is a real one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from protocols.client.fates import Fate
from protocols.frames import Stage
from protocols.messages.envelope import Message


class Port(Protocol):
    """The engine as the screens see it."""

    def fates(self, channel: str | None = None) -> Sequence[Fate]:
        """What became of what was sent from here."""
        ...

    async def send(self, channel: str, message: Message) -> object:
        """Queue a message; it is on this device's disk when this returns."""
        ...

    async def mark(self, channel: str, seq: int | Sequence[int], stage: Stage) -> None:
        """Tell the senders' side that entries were shown or acknowledged here."""
        ...
