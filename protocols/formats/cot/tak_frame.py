"""The framing of TAK Protocol v1: one frame ↔ its payload, and where a bad one goes wrong.

    stream   0xBF  <payload length, varint>  <payload>
    mesh     0xBF  <protocol version, varint>  0xBF  <payload to the end of the datagram>

A payload is a protobuf message, which never begins with 0xBF (that would be a field of wire type
7, which does not exist), so the two are never confused.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from protocols.errors import MalformedDocument, UnsafeDocument, UnsupportedVersion
from protocols.formats.xml import MAX_BYTES

MAGIC: Final = 0xBF
PROTOCOL: Final = 1
_MESH_HEAD: Final = bytes([MAGIC, PROTOCOL, MAGIC])
_LONGEST_LENGTH: Final = 5
"""Bytes of a varint that can say the length of anything we would read."""


class Payload(NamedTuple):
    """What a frame carries, and at which byte of the frame it begins."""

    data: bytes
    start: int


def unframe(frame: bytes) -> Payload:
    """The payload of one whole frame.

    Raises `MalformedDocument` with the byte, `UnsupportedVersion` for XML and for mesh frames of
    another protocol version than 1, `UnsafeDocument` for more than 256 KiB.
    """
    if len(frame) > MAX_BYTES:
        raise UnsafeDocument(f"The frame has {len(frame)} bytes; {MAX_BYTES} are allowed.")
    if frame.startswith(_MESH_HEAD):
        return Payload(frame[3:], 3)
    if not frame:
        raise MalformedDocument("Byte 0: the frame is empty.", byte=0)
    if frame[0] != MAGIC:
        if frame.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            raise UnsupportedVersion("Byte 0: this is XML, not a TAK Protocol v1 frame.")
        raise MalformedDocument("Byte 0: a TAK Protocol frame begins with 0xBF.", byte=0)
    number, start = _varint(frame)
    if frame[start : start + 1] == bytes([MAGIC]):
        raise UnsupportedVersion(f"Byte 1: TAK Protocol version {number} is not read, only 1.")
    have = len(frame) - start
    if number > have:
        raise MalformedDocument(
            f"Byte {len(frame)}: the frame ends after {have} of {number} bytes of its payload.",
            byte=len(frame),
        )
    if number < have:
        raise MalformedDocument(
            f"Byte {start + number}: {have - number} bytes follow the end of the frame.",
            byte=start + number,
        )
    return Payload(frame[start:], start)


def _varint(frame: bytes) -> tuple[int, int]:
    """The varint at byte 1 and where it ends (Protocol Buffers, "Base 128 Varints")."""
    number = 0
    for index, byte in enumerate(frame[1 : 1 + _LONGEST_LENGTH]):
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number, index + 2
    at = min(len(frame), 1 + _LONGEST_LENGTH)
    raise MalformedDocument(f"Byte {at}: the length of the payload does not end.", byte=at)


def stream_frame(payload: bytes) -> bytes:
    """A frame for a connection to a TAK server."""
    length, head = len(payload), bytearray([MAGIC])
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + payload


def mesh_frame(payload: bytes) -> bytes:
    """A frame for a datagram among TAK clients."""
    return _MESH_HEAD + payload
