"""What a body says of itself in the clear, held against what the log says of it.

Members never see the log's columns and the auditor never sees inside a message, so a hub could log
an alarm as a note, or one channel's message under another, and no hash would show it. But every
body carries its group, its epoch and its clear header openly: RFC 9420 section 6 (MLSMessage, then
PrivateMessage or PublicMessage) and `protocols.header`. Standard library alone.
"""

from __future__ import annotations

from protocols.tlog.entry import SEQUENCED, Kind

_MLS10 = b"\x00\x01"
_PUBLIC, _PRIVATE = b"\x00\x01", b"\x00\x02"
_APPLICATION = 1
_VARINT_SIZE = (1, 2, 4, 0)
_EPOCH_SIZE = 8


def disagreement(
    channel: str, kind: int, message_id: bytes, act: int, lane: int, epoch: int, body: bytes
) -> str:
    """The first of these that the body contradicts: body, channel, epoch, id, act, lane; or ''.

    Kinds without an MLS message in their body always agree; `body` means that it is none.
    """
    if kind not in SEQUENCED:
        return ""
    private = kind == Kind.APPLICATION
    if body[:2] != _MLS10 or body[2:4] != (_PRIVATE if private else _PUBLIC):
        return "body"
    group, at = _vector(body, 4)
    if group is None or len(body) <= at + _EPOCH_SIZE:
        return "body"
    if group != channel.encode():
        return "channel"
    if int.from_bytes(body[at : at + _EPOCH_SIZE], "big") != epoch:
        return "epoch"
    return _header(body, at + _EPOCH_SIZE, message_id, act, lane) if private else ""


def _header(body: bytes, at: int, message_id: bytes, act: int, lane: int) -> str:
    """A PrivateMessage goes on with its content type and the clear header."""
    header, _ = _vector(body, at + 1)
    if body[at] != _APPLICATION or header is None or len(header) < 19:
        return "body"
    if header[1:17] != message_id:
        return "id"
    if header[17] != act:
        return "act"
    return "" if header[18] == lane else "lane"


def _vector(data: bytes, at: int) -> tuple[bytes | None, int]:
    """A variable-size vector (RFC 9420 section 2.1.2) and its end; None if it is not whole."""
    if at >= len(data):
        return None, at
    size = _VARINT_SIZE[data[at] >> 6]
    if not size:
        return None, at
    length = int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1)
    end = at + size + length
    return (data[at + size : end], end) if end <= len(data) else (None, at)
