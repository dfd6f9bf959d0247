"""Cutting a TAK stream into events: bytes in, whole documents out.

A TAK client streams XML events back to back, with or without an XML declaration between them. They
are cut at `</event>`, on bytes: a read may end inside a character. What is poisoned costs itself
alone: an event that does not end within the limit is skipped up to its end, and bytes that are no
XML are cut off from the event that follows them, to be refused as a document of their own.
"""

from __future__ import annotations

import re
from typing import Final

EVENT_LIMIT: Final = 256 * 1024
"""Bytes of one event, the same as the limit of every XML document here."""

_END: Final = b"</event>"
_START: Final = re.compile(rb"<\?xml[\s>]|<event[\s>]")
_BOM: Final = b"\xef\xbb\xbf"


class CotStream:
    """One connection's unread bytes. `skipped` counts the events that were too large."""

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._skipping = False
        self.skipped = 0

    @property
    def unread(self) -> int:
        """Bytes of an event that has not ended."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Add what was read; every document that is now whole, in order."""
        seen = max(len(self._buffer) - len(_END), 0)
        self._buffer += data
        found: list[bytes] = []
        while (end := self._buffer.find(_END, seen)) >= 0:
            end += len(_END)
            if end > self._limit:
                self._skip()
            if not self._skipping:
                found += _documents(bytes(self._buffer[:end]))
            self._skipping = False
            del self._buffer[:end]
            seen = 0
        if len(self._buffer) > self._limit:
            self._skip()
        if self._skipping:
            del self._buffer[: -len(_END)]
        return found

    def _skip(self) -> None:
        """Leave out the present event, up to its end; counted once."""
        self.skipped += not self._skipping
        self._skipping = True


def _documents(piece: bytes) -> list[bytes]:
    """What ends with `</event>`: one document, or bytes that are no XML and the one after them."""
    piece = piece.lstrip()
    if piece.startswith((b"<", _BOM)):
        return [piece]
    start = _START.search(piece)
    if start is None:
        return [piece]
    return [piece[: start.start()].rstrip(), piece[start.start() :]]
