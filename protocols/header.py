"""The clear header: what the hub may read of a message, and the members verify.

It is the MLS `authenticated_data` of every PrivateMessage (RFC 9420 section 6.3), 55 bytes:

    offset  size  field
    0       1     version        1
    1       16    id             UUIDv7 of the message
    17      1     act            what kind of act it is, see `Act`
    18      1     lane           precedence on the wire, see `protocols.frames.Lane`
    19      4     expires        unix seconds, big endian; 0 = never
    23      32    franking tag   HMAC-SHA256 over the packed payload, key known to the members

`act` must match the kind inside (`protocols.messages.envelope.check_header`), or the message is
shown as refused. The tag binds the clear header to one payload: a member that complains about a
message can show the payload and the key, and nobody can make the header disagree with it.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from enum import IntEnum

import msgspec

from protocols.errors import HeaderRefused
from protocols.frames import Lane

HEADER_VERSION = 1
HEADER_BYTES = 55
FRANKING_BYTES = 32

_LAYOUT = struct.Struct(">B16sBBI32s")


class Act(IntEnum):
    """What a message does, in the clear. The hub may rule on it; it says nothing of the content."""

    NOTE = 1
    REPORT = 2
    TASK = 3
    REPLY = 4
    ACK = 5
    ALARM = 6
    RECEIPT = 7
    COMMAND = 8


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """One clear header. `id` is 16 bytes, `expires` unix seconds (0 = never), `tag` 32 bytes."""

    id: bytes
    act: Act
    lane: Lane
    expires: int = 0
    tag: bytes = bytes(FRANKING_BYTES)

    def pack(self) -> bytes:
        """The 55 bytes; `HeaderRefused` where a field does not fit its place."""
        if len(self.id) != 16 or len(self.tag) != FRANKING_BYTES:
            raise HeaderRefused("the header's id must have 16 bytes and its tag 32")
        if not 0 <= self.expires < 2**32:
            raise HeaderRefused(f"the header's expiry {self.expires} is outside 0 to 2^32 - 1")
        return _LAYOUT.pack(HEADER_VERSION, self.id, self.act, self.lane, self.expires, self.tag)

    def expired(self, now_us: int) -> bool:
        """Whether the time limit has passed at `now_us` (UTC microseconds)."""
        return self.expires != 0 and now_us >= self.expires * 1_000_000


def unpack(data: bytes) -> Header:
    """Read a header. Raises `HeaderRefused` for another length, version, act, lane or id form."""
    if len(data) != HEADER_BYTES:
        raise HeaderRefused(f"the clear header has {len(data)} bytes instead of {HEADER_BYTES}")
    version, identifier, act, lane, expires, tag = _LAYOUT.unpack(data)
    if version != HEADER_VERSION:
        raise HeaderRefused(f"header version {version} is not {HEADER_VERSION}")
    if identifier[6] >> 4 != 7 or identifier[8] >> 6 != 0b10:
        raise HeaderRefused("the header's id is not a UUID version 7")
    try:
        return Header(id=identifier, act=Act(act), lane=Lane(lane), expires=expires, tag=tag)
    except ValueError as error:
        raise HeaderRefused(f"the header cannot be read: {error}") from error


def franking_tag(key: bytes, payload: bytes) -> bytes:
    """HMAC-SHA256(key, packed payload), 32 bytes; the engine has `key` from the MLS exporter."""
    return hmac.digest(key, payload, hashlib.sha256)


def check_franking(key: bytes, payload: bytes, tag: bytes) -> bool:
    """Whether `tag` belongs to `payload` under `key`; compared in constant time."""
    return hmac.compare_digest(franking_tag(key, payload), tag)
