"""A log entry: the fixed fields of one event and the one way to write them as bytes.

The leaf of an entry is SHA-256(0x00 ‖ canonical bytes) (RFC 9162 section 2.1.1). The body and the
metadata are not among the fixed fields; only their hashes are, so both can be erased later while
every proof over the leaf still verifies. Metadata is guessable (names, addresses), so its hash is
salted; a body is ciphertext or signed and is not.

Canonical bytes, version 1, integers big-endian:

    offset size  field
    0      1     layout version, 1
    1      1     kind
    2      1     act        from the clear header, 0 where none
    3      1     lane       from the clear header, 0 where none
    4      8     index      of the entry in the log, from 0
    12     8     seq        of the entry in its channel, from 1; 0 where none
    20     8     epoch      MLS epoch the entry was accepted in, 0 where none
    28     8     at         UTC microseconds since 1970
    36     1     length of the message id, 0 or 16
    37     2     length of the channel name in bytes
    39     2     length of the device name in bytes
    41     32    body hash, zeros where there is no body
    73     32    metadata hash, zeros where there is no metadata
    105    ...   message id, channel (UTF-8), device (UTF-8)

Every length stands before what it measures and nothing follows the device, so two different
entries never share their bytes. The fields are those that CJIS AU-3 asks for: what (kind, act),
when (at), where (channel), source (metadata), outcome (kind), who (device).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

NOTHING = bytes(32)
"""Stands in place of the hash where an entry has no body or no metadata."""

SALT_SIZE = 16
LAYOUT_VERSION = 1

_FIXED = struct.Struct(">BBBBQQQQBHH32s32s")
_pack = _FIXED.pack


class Kind(IntEnum):
    """What an entry records."""

    APPLICATION = 1
    PROPOSAL = 2
    COMMIT = 3
    CHANNEL = 4
    POLICY = 5
    LOGIN = 6
    REFUSAL = 7
    ENROLMENT = 8
    REVOCATION = 9
    KEY_PACKAGE = 10
    VIEW = 11
    FLAG = 12
    ERASURE = 13
    START = 14


SEQUENCED = frozenset({Kind.APPLICATION, Kind.PROPOSAL, Kind.COMMIT})
"""The kinds that carry a sequence number and are delivered to members."""


def body_hash(body: bytes) -> bytes:
    """SHA-256 of a body, or `NOTHING` for an empty one."""
    return sha256(body).digest() if body else NOTHING


def metadata_hash(salt: bytes, metadata: bytes) -> bytes:
    """SHA-256(salt ‖ metadata), or `NOTHING` where there is no metadata; the salt is 16 bytes.

    `ValueError` for a salt of another length: bytes could move between the two and still fit.
    """
    if not metadata:
        return NOTHING
    if len(salt) != SALT_SIZE:
        raise ValueError(f"a salt has {SALT_SIZE} bytes")
    return sha256(salt + metadata).digest()


def canonical(
    index: int,
    channel: str,
    seq: int,
    kind: int,
    at: int,
    device: str,
    message_id: bytes,
    act: int,
    lane: int,
    epoch: int,
    body_digest: bytes,
    metadata_digest: bytes,
) -> bytes:
    """The canonical bytes of an entry's fixed fields, as laid out above.

    Raises `struct.error` when a number does not fit its field and `ValueError` when a message id
    or a hash has another length; callers check their input before it comes here.
    """
    if len(message_id) not in (0, 16) or len(body_digest) != 32 or len(metadata_digest) != 32:
        raise ValueError("a message id has 0 or 16 bytes and a hash 32")
    place = channel.encode()
    who = device.encode()
    return (
        _pack(
            LAYOUT_VERSION,
            kind,
            act,
            lane,
            index,
            seq,
            epoch,
            at,
            len(message_id),
            len(place),
            len(who),
            body_digest,
            metadata_digest,
        )
        + message_id
        + place
        + who
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """The fixed fields of one entry; `at` is UTC microseconds."""

    index: int
    channel: str
    seq: int
    kind: Kind
    at: int
    device: str
    message_id: bytes = b""
    act: int = 0
    lane: int = 0
    epoch: int = 0
    body_hash: bytes = NOTHING
    meta_hash: bytes = NOTHING

    def canonical(self) -> bytes:
        """The canonical bytes; see the module's docstring for the layout and the errors."""
        return canonical(
            self.index,
            self.channel,
            self.seq,
            self.kind,
            self.at,
            self.device,
            self.message_id,
            self.act,
            self.lane,
            self.epoch,
            self.body_hash,
            self.meta_hash,
        )

    def leaf_hash(self) -> bytes:
        """SHA-256(0x00 ‖ canonical bytes), RFC 9162 section 2.1.1."""
        return sha256(b"\x00" + self.canonical()).digest()

    @classmethod
    def from_canonical(cls, data: bytes) -> Entry:
        """The entry whose canonical bytes these are; raises `ValueError` for any others."""
        if len(data) < _FIXED.size:
            raise ValueError("too short for an entry")
        (version, kind, act, lane, index, seq, epoch, at, ids, places, whos, body, meta) = (
            _FIXED.unpack_from(data)
        )
        if version != LAYOUT_VERSION or ids not in (0, 16):
            raise ValueError("not an entry of layout version 1")
        if len(data) != _FIXED.size + ids + places + whos:
            raise ValueError("the lengths do not add up")
        rest = data[_FIXED.size :]
        return cls(
            index,
            rest[ids : ids + places].decode(),
            seq,
            Kind(kind),
            at,
            rest[ids + places :].decode(),
            rest[:ids],
            act,
            lane,
            epoch,
            body,
            meta,
        )
