"""AIS sentences made by hand, for tests: of stations that do not exist."""

from __future__ import annotations

from typing import Any

from protocols.formats.ais.payload import Payload
from protocols.formats.ais.sentence import tag_block
from protocols.formats.ais.sentences import sentences_of

SART = 970_123_456
MOB = 972_111_222
EPIRB = 974_333_444
BOAT = 366_000_001
NOON = 1_795_262_400


def lines(at: int | None = NOON, **fields: Any) -> list[str]:
    """The sentences of a message with these fields, received at that second."""
    sentences = sentences_of(Payload(fields={"repeat": 0, **fields}), "AIVDM", "A", "")
    stamp = "" if at is None else tag_block(f"c:{at}")
    return [stamp + sentences[0], *sentences[1:]]


def document(at: int | None = NOON, **fields: Any) -> bytes:
    """The same as a document."""
    return "".join(line + "\r\n" for line in lines(at, **fields)).encode()


def position(mmsi: int = BOAT, status: int = 0, at: int | None = NOON, **more: Any) -> bytes:
    """A position off Lake St. Clair."""
    place = {"lat": 42.5, "lon": -82.75, "second": 30, "accuracy": True, "raim": False, "radio": 0}
    return document(at, type=1, mmsi=mmsi, status=status, **(place | more))


def text(words: str, mmsi: int = BOAT, at: int | None = NOON) -> bytes:
    """A safety text to everybody."""
    return document(at, type=14, mmsi=mmsi, text=words)
