"""How a running gateway keeps what stopped: counted, logged, and never a reason to stop itself.

A letter about an entry of the channel holds its number, not its words.
"""

from __future__ import annotations

from typing import Any

import msgspec
import structlog

from hub.gateway.counters import Count, Counters
from hub.gateway.dead_letters import DeadLetters, Way
from protocols.errors import CrossbandError, MalformedDocument
from protocols.messages import Message

log = structlog.get_logger(__name__)


class Letterbox:
    """The dead letters of one gateway, and their counts."""

    def __init__(self, letters: DeadLetters, counters: Counters) -> None:
        self._letters = letters
        self._counters = counters

    def keep(
        self, way: Way, source: str, document: bytes, error: CrossbandError, **known: Any
    ) -> None:
        """Keep what stopped; a disk that is full must not stop the channel as well. `known` is
        what `DeadLetters.keep` takes beside these."""
        log.info("dead letter", way=way, source=source, error=error.code, detail=error.detail)
        try:
            self._letters.keep(way, source, document, error, **known)
        except OSError as fault:
            self._counters.add(Count.DEAD_LETTERS_LOST)
            log.warning("dead letter not kept", reason=str(fault), error=error.code)
        else:
            self._counters.add(Count.DEAD_LETTERS)

    def settled(self, reference: bytes, at: int) -> None:
        """An entry that came at `at` and could not be written once has been written now."""
        try:
            self._letters.settled(reference, at)
        except OSError as fault:
            log.warning("dead letter not removed", reason=str(fault))


def reference_to(message: Message, channel: str, seq: int) -> bytes:
    """The document of a letter about an entry."""
    named = {"channel": channel, "seq": seq, "message": message.id, "kind": message.kind}
    return msgspec.json.encode(named)


def entry_of(reference: bytes) -> int:
    """The number of the entry; raises `MalformedDocument` for what is no such letter."""
    try:
        named: dict[str, Any] = msgspec.json.decode(reference, type=dict[str, Any])
        return int(named["seq"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise MalformedDocument("the letter names no entry of the channel") from error
