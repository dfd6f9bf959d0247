"""Receipts: it arrived, it was read, somebody is here. None of them ever means acceptance."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import Body


class PresenceState(StrEnum):
    """Whether somebody sits at the device."""

    HERE = "here"
    AWAY = "away"
    LEAVING = "leaving"


class Receipt(Body, frozen=True, tag="receipt"):
    """A message reached the sender's device or system (`of` is its id)."""

    of: str
    stage: Annotated[str, Meta(extra={"codes": "stages"})] = "fetched"
    reason: Annotated[str, Meta(extra={"codes": "fates"})] | None = None


class Read(Body, frozen=True, tag="read"):
    """A person has had the message (`of`) on the screen."""

    of: str


class Presence(Body, frozen=True, tag="presence"):
    """Somebody is at the device, or not."""

    state: PresenceState = PresenceState.HERE
    unit: str | None = None
