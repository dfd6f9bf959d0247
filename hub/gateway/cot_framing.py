"""Cutting a TAK stream into documents: bytes in, whole events and frames out.

    XML event        ... </event>                        cut on bytes: a read may end in a character
    protobuf frame   bf, length (varint), TakMessage     TAK Protocol v1, stream framing

The first byte of each message says which it is, so a stream may change over at any message. What is
poisoned costs itself alone, where that is possible: a document that is larger than the limit is
skipped up to its end, of which a beginning and the hash are kept; bytes that are neither are cut
off from the event that follows them, to be refused as a document of their own. A frame whose length
cannot be read, or bytes between frames, leave nothing to go by: the stream is then broken.

An `<auth>` element, which some clients send first, is taken out unread: certificates say who a
client is, and a password is nothing to keep among the dead letters.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, TypeAlias

import msgspec

from protocols.errors import CrossbandError, MalformedDocument, UnsafeDocument

EVENT_LIMIT: Final = 256 * 1024
"""Bytes of one event or frame, the same as the limit of every XML document here."""
KEPT: Final = 64 * 1024
"""Bytes that are kept of what is too large or broken."""
SKIPPED_MOST: Final = 16 * 1024 * 1024
"""Bytes that are skipped in search of an end; a document beyond that is no accident."""

FRAME: Final = 0xBF
"""The first byte of a protobuf frame; no UTF-8 text begins with it."""
_LENGTH_BYTES: Final = 4
"""Of a varint: 28 bits are more than is skipped."""

_END: Final = re.compile(rb"</event>")
_GARBAGE_END: Final = re.compile(rb"</event>|(?=<\?xml[\s>]|<event[\s>])")
_AUTH: Final = b"<auth"
_AUTH_END: Final = re.compile(rb"</auth>")
_TAIL: Final = len(b"</event>") - 1
"""Bytes at the end of what was searched in which an end may have begun."""
_BOM: Final = b"\xef\xbb\xbf"


class TooLarge(msgspec.Struct, frozen=True):
    """A document above the limit: what is kept of it, how large it was, and its hash."""

    beginning: bytes
    size: int
    sha256: str

    def error(self) -> CrossbandError:
        """Why it was not read."""
        return UnsafeDocument(
            f"a document of {self.size} bytes; {EVENT_LIMIT} are allowed. Its SHA-256 is "
            f"{self.sha256}, and its first {len(self.beginning)} bytes are kept."
        )


class Broken(msgspec.Struct, frozen=True):
    """Where a stream cannot be cut any further; nothing follows."""

    beginning: bytes
    why: str

    @property
    def size(self) -> int:
        """Bytes that are known of it."""
        return len(self.beginning)

    def error(self) -> CrossbandError:
        """Why the connection has to end."""
        return MalformedDocument(f"{self.why}; the stream cannot be read any further.")


Piece: TypeAlias = bytes | TooLarge | Broken


class CotStream:
    """One connection's unread bytes. `skipped` counts the documents that were too large."""

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0
        self._skipping: _Skipping | None = None
        self._frames = False
        self.skipped = 0
        self.broken = False

    @property
    def unread(self) -> int:
        """Bytes of a document that has not ended."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Piece]:
        """Add what was read; everything that is now whole, in order."""
        found: list[Piece] = []
        if self.broken:
            return found
        self._buffer += data
        while (piece := self._next()) is not None:
            if piece:  # an empty one was taken out unread
                found.append(piece)
        return found

    def close(self) -> list[Piece]:
        """The stream has ended: what was being skipped. Half a document is nobody's message."""
        skipping, self._skipping = self._skipping, None
        if skipping is None:
            return []
        skipping.add(self._take(len(self._buffer)))
        return [skipping.piece()]

    def _next(self) -> Piece | None:
        if self._skipping is not None:
            return self._skip(self._skipping)
        if self._buffer[:1].isspace():
            self._take(len(self._buffer) - len(self._buffer.lstrip()))
        start = bytes(self._buffer[: len(_AUTH)])
        if not start or self.broken:
            return None
        if start[0] == FRAME:
            return self._frame()
        if start.startswith(_AUTH):
            return self._auth()
        if start.startswith((b"<", _BOM)) or _BOM.startswith(start):
            return self._until(_END)
        if self._frames:
            return self._break(f"0x{start[0]:02x} where a frame should begin")
        return self._until(_GARBAGE_END)

    # --- XML, and what is neither ---------------------------------------------------------------

    def _until(self, end: re.Pattern[bytes]) -> Piece | None:
        found = end.search(self._buffer, self._searched)
        if found is not None:
            data = self._take(found.end())
            return self._whole(data) if len(data) > self._limit else data.rstrip()
        self._searched = max(len(self._buffer) - _TAIL, 0)
        if self._searched <= self._limit:
            return None
        return self._start_skipping(_Skipping(end, None))

    def _auth(self) -> Piece | None:
        found = _AUTH_END.search(self._buffer)
        if found is not None:
            self._take(found.end())
            return b""
        if len(self._buffer) <= KEPT:
            return None
        self._buffer.clear()  # a password is not kept
        return self._break("an authentication that does not end")

    # --- protobuf -------------------------------------------------------------------------------

    def _frame(self) -> Piece | None:
        length = 0
        for place in range(_LENGTH_BYTES):
            if len(self._buffer) < place + 2:
                return None
            byte = self._buffer[place + 1]
            length |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return self._framed(place + 2 + length)
        return self._break("a frame whose length is no varint that a frame may have")

    def _framed(self, size: int) -> Piece | None:
        if size > SKIPPED_MOST:
            return self._break(f"a frame of {size} bytes")
        self._frames = True
        if size > self._limit:
            return self._start_skipping(_Skipping(None, size))
        return self._take(size) if len(self._buffer) >= size else None

    # --- what is too large, or broken -----------------------------------------------------------

    def _whole(self, data: bytes) -> TooLarge:
        skipping = _Skipping(None, 0)
        skipping.add(data)
        self.skipped += 1
        return skipping.piece()

    def _start_skipping(self, skipping: _Skipping) -> Piece | None:
        """Leave out the present document, up to its end; counted once."""
        self.skipped += 1
        self._skipping = skipping
        return self._skip(skipping)

    def _skip(self, skipping: _Skipping) -> Piece | None:
        if skipping.size > SKIPPED_MOST:
            self._skipping = None
            return self._break("a document that does not end", skipping.beginning)
        ended, size = skipping.find(self._buffer)
        skipping.add(self._take(size))
        if not ended:
            return None
        self._skipping = None
        return skipping.piece()

    def _break(self, why: str, beginning: bytes | None = None) -> Broken:
        self.broken = True
        kept = bytes(self._buffer[:KEPT]) if beginning is None else beginning
        self._buffer.clear()
        return Broken(kept, why)

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._searched = 0
        return data


class _Skipping:
    """A document that is too large: its beginning, and the hash of all of it.

    It ends where `end` matches, or when it has its `whole` size.
    """

    def __init__(self, end: re.Pattern[bytes] | None, whole: int | None) -> None:
        self._end = end
        self._whole = whole
        self._hash = hashlib.sha256()
        self.beginning = b""
        self.size = 0

    def find(self, buffer: bytearray) -> tuple[bool, int]:
        """Whether the buffer has its end, and how many bytes of the buffer belong to it."""
        if self._whole is not None:
            left = self._whole - self.size
            return left <= len(buffer), min(left, len(buffer))
        assert self._end is not None
        found = self._end.search(buffer)
        return (True, found.end()) if found else (False, max(len(buffer) - _TAIL, 0))

    def add(self, data: bytes) -> None:
        """More of it."""
        self._hash.update(data)
        self.size += len(data)
        self.beginning += data[: KEPT - len(self.beginning)]

    def piece(self) -> TooLarge:
        """What is kept of it."""
        return TooLarge(self.beginning, self.size, self._hash.hexdigest())
