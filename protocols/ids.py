"""Message ids: UUID version 7 (RFC 9562), so that ids sort by the time they were made."""

from __future__ import annotations

import secrets
import uuid

from protocols.clock import Clock, system_clock

ID_BYTES = 16


def uuid7(now_us: int) -> bytes:
    """A new 16-byte UUIDv7 for the moment `now_us` (UTC microseconds).

    48 bits of milliseconds, then 12 bits of the fraction of that millisecond (RFC 9562 section
    6.2, method 3) and 62 random bits: two ids of one device sort in the order they were made.
    """
    milliseconds, microseconds = divmod(now_us, 1000)
    fraction = microseconds * 4096 // 1000
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return value.to_bytes(ID_BYTES, "big")


def id_text(identifier: bytes) -> str:
    """The text form of 16 id bytes: lower case, with hyphens."""
    return str(uuid.UUID(bytes=identifier))


def id_bytes(text: str) -> bytes:
    """The 16 bytes of an id's text form; `ValueError` where it is not a UUID in that form."""
    identifier = uuid.UUID(text)
    if str(identifier) != text:
        raise ValueError(f"{text!r} is not the lower-case hyphenated form of a UUID")
    return identifier.bytes


def new_id(clock: Clock = system_clock) -> str:
    """A new message id in text form."""
    return id_text(uuid7(clock()))


def id_time(identifier: bytes) -> int:
    """The UTC microseconds that `uuid7` was given; exact for ids made here."""
    milliseconds = int.from_bytes(identifier[:6], "big")
    fraction = int.from_bytes(identifier[6:8], "big") & 0xFFF
    return milliseconds * 1000 + -(-fraction * 1000 // 4096)
