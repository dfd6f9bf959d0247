"""The routing head of a message, read without decoding the rest: what a relay needs to place it."""

from dataclasses import dataclass

from protocols.mls.codec import Reader
from protocols.mls.errors import UnknownValue, UnknownWireFormat
from protocols.mls.wire import PRIVATE_MESSAGE, PUBLIC_MESSAGE, SENDER, Sender


@dataclass(frozen=True, slots=True)
class PrivateHeader:
    """The clear head of a PrivateMessage; `authenticated_data` is the product's clear header."""

    group_id: bytes
    epoch: int
    content_type: int
    authenticated_data: bytes


@dataclass(frozen=True, slots=True)
class PublicHeader:
    """The head of a PublicMessage; nothing of it is verified yet."""

    group_id: bytes
    epoch: int
    sender: Sender
    content_type: int
    authenticated_data: bytes


def peek(message: bytes) -> PrivateHeader | PublicHeader:
    """Read the head of an MLSMessage; raises a MalformedMLS, UnknownWireFormat for other kinds.

    No signature, tag or ciphertext is looked at: route by it, trust nothing of it.
    """
    reader = Reader(message)
    version, wire_format = reader.uint(2), reader.uint(2)
    if version != 1 or wire_format not in (PUBLIC_MESSAGE, PRIVATE_MESSAGE):
        raise UnknownWireFormat("Only public and private messages of mls10 have a routing head.")
    group_id, epoch = reader.opaque(), reader.uint(8)
    if wire_format == PUBLIC_MESSAGE:
        sender = SENDER.read(reader)
        data = reader.opaque()
        return PublicHeader(group_id, epoch, sender, _content_type(reader), data)
    kind = _content_type(reader)
    return PrivateHeader(group_id, epoch, kind, reader.opaque())


def _content_type(reader: Reader) -> int:
    kind = reader.uint(1)
    if kind not in (1, 2, 3):
        raise UnknownValue(f"The content type {kind} is not defined.")
    return kind
