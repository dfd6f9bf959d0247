"""From the canonical message to the encrypted payload and back, with every check on the way.

    payload, nothing withheld   0x01 ‖ packed message
    payload with sealed parts   0x02 ‖ msgpack [packed message, [part, …]]
    part                        [[[leaf, KEM output, sealed key], …], nonce ‖ AES-256-GCM(values)]

What some members may not see is taken out of the message, replaced by stubs, and travels as parts:
the values once under a fresh key, that key sealed (HPKE, to the MLS leaf) for each permitted
reader. The clear header goes along as authenticated data and carries a franking tag over the
payload.

What is checked when one arrives, in this order; the first three refuse the message as unreadable,
the others let it be shown, marked as refused:
1  the clear header can be read, and its tag belongs to this payload
2  the payload has one of the two layouts, and its message follows the schema
3  the sender is the MLS leaf's identity: what the payload claims beside it is replaced
4  the act in the header is that of the kind inside
5  the sender's role allows this message
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protocols.errors import HeaderRefused, MalformedMessage, MessageRefused, MLSError, RoleRefused
from protocols.header import check_franking, franking_tag, unpack
from protocols.identity import Identity
from protocols.ids import id_bytes, id_text
from protocols.messages import compact, release
from protocols.messages.envelope import Message, check_header

PAYLOAD_KINDS = _PLAIN, _PARTED = b"\x01", b"\x02"
_CONTEXT = b"crossband part "
_NONCE_BYTES = 12

_Reader = tuple[int, bytes, bytes]
_Part = tuple[tuple[_Reader, ...], bytes]
_Layout = tuple[bytes, tuple[_Part, ...]]


class Keys(Protocol):
    """What sealing needs of a group; `groups.MemberGroup` is one."""

    @property
    def epoch(self) -> int: ...
    @property
    def own_leaf(self) -> int: ...
    def seal(
        self, devices: Sequence[str], value: bytes, context: bytes
    ) -> list[tuple[int, bytes, bytes]]: ...
    def open_sealed(self, epoch: int, output: bytes, sealed: bytes, context: bytes) -> bytes: ...
    def franking_key(self, epoch: int, message_id: bytes) -> bytes: ...


class Unsealed(msgspec.Struct, frozen=True):
    """A message as this device may see it; `refused` is an error code when it must not count."""

    message: Message
    refused: str | None = None
    detail: str = ""


def seal(message: Message, roster: Sequence[Identity], keys: Keys) -> tuple[bytes, bytes]:
    """The payload and the clear header of a message for these members."""
    identifier = id_bytes(message.id)
    split = release.split(message, roster)
    packed = compact.pack(split.open)
    if split.parts:
        parts = tuple(
            _seal_part(
                part.values, part.readers, keys, _context(identifier, index, message.sender.device)
            )
            for index, part in enumerate(split.parts)
        )
        payload = _PARTED + msgspec.msgpack.encode((packed, parts))
    else:
        payload = _PLAIN + packed
    tag = franking_tag(keys.franking_key(keys.epoch, identifier), payload)
    return payload, message.header(tag).pack()


def unseal(payload: bytes, head: bytes, sender: Identity, epoch: int, keys: Keys) -> Unsealed:
    """The message of a payload. `sender` is the identity of the MLS leaf that signed it.

    Raises `HeaderRefused` or `MalformedMessage` for what cannot be shown at all.
    """
    header = unpack(head)  # 1
    if not check_franking(keys.franking_key(epoch, header.id), payload, header.tag):
        raise HeaderRefused("the franking tag in the clear header is not one of this payload")
    packed, parts = _layout(payload)  # 2
    message = compact.unpack(packed, id=id_text(header.id), sender=sender)  # 2, 3
    values = [
        value
        for index, part in enumerate(parts)
        if (value := _open_part(part, epoch, keys, _context(header.id, index, sender.device)))
        is not None
    ]
    try:
        message = release.merge(message, *values)
        check_header(header, message)  # 4
        release.check_sender(sender, message)  # 5
    except (MessageRefused, RoleRefused, HeaderRefused) as error:
        return Unsealed(message, error.code, error.detail)
    return Unsealed(message)


def payload_message(payload: bytes, head: bytes, sender: Identity) -> Message:
    """What everybody in the channel could read of a payload: for auditors, without any secret.

    The franking tag is not looked at. Raises `HeaderRefused` or `MalformedMessage`.
    """
    packed, _ = _layout(payload)
    return compact.unpack(packed, id=id_text(unpack(head).id), sender=sender)


def _layout(payload: bytes) -> tuple[bytes, tuple[_Part, ...]]:
    kind, rest = payload[:1], payload[1:]
    if kind == _PLAIN:
        return rest, ()
    if kind != _PARTED:
        raise MalformedMessage(f"the payload begins with {kind.hex() or 'nothing'}, not 01 or 02")
    try:
        layout: _Layout = msgspec.msgpack.decode(rest, type=_Layout)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"the payload's parts cannot be read: {error}") from error
    return layout


def _seal_part(values: bytes, readers: Sequence[str], keys: Keys, context: bytes) -> _Part:
    key, nonce = AESGCM.generate_key(256), os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, values, context)
    return tuple(keys.seal(readers, key, context)), nonce + sealed


def _open_part(part: _Part, epoch: int, keys: Keys, context: bytes) -> bytes | None:
    """The values of a part that is meant for this device; None for others' and for broken ones.

    A part that does not open stays the stub that stands in its place: silence it is not.
    """
    readers, sealed = part
    for leaf, output, sealed_key in readers:
        if leaf == keys.own_leaf:
            try:
                key = keys.open_sealed(epoch, output, sealed_key, context)
                return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
            except (MLSError, InvalidTag, ValueError):
                return None
    return None


def _context(identifier: bytes, index: int, sender: str) -> bytes:
    """A part belongs to one place in one message of one sender; `Keys` adds channel and epoch."""
    return _CONTEXT + identifier + index.to_bytes(2, "big") + sender.encode()
