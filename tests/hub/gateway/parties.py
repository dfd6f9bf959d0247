"""Who speaks in the gateway tests, and how a message reaches a gateway."""

from __future__ import annotations

from typing import Any

from protocols.client.events import Received
from protocols.identity import Identity, Role
from protocols.messages import Message, compose
from protocols.messages.kinds import Body

NOON = 1_793_000_000_000_000
"""A fixed moment, UTC microseconds."""

DISPATCH = Identity("US", "uscbp", "Nogales Station", "gateway:cot@uscbp", Role.GATEWAY)
C5 = Identity("MX", "c5son", "C5 Sonora", "gateway:cap@c5son", Role.GATEWAY)
GN3 = Identity("MX", "c5son", "GN-3", "gn-3@c5son", Role.PARTICIPANT)
RCMP = Identity("CA", "rcmp", "Liaison", "observer-1@rcmp", Role.OBSERVER)


def clock() -> int:
    """Always noon."""
    return NOON


def says(who: Identity, body: Body, **fields: Any) -> Message:
    """A message of somebody's, sent at noon."""
    return compose(who, body, clock=clock, **fields)


def received(message: Message, *, seq: int = 1, **fields: Any) -> Received:
    """The message as the engine gives it to a gateway."""
    return Received(
        channel="nogales",
        seq=seq,
        time=NOON,
        sender=message.sender.identity,
        message=message,
        **fields,
    )
