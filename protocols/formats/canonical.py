"""The canonical message as a document of its own: JSON, nothing lost in either direction.

This is what a dispatch centre's own program speaks over a websocket, and what
`crossband convert --to canonical` prints.
"""

from __future__ import annotations

import msgspec

from protocols.errors import MalformedDocument, MalformedMessage, UnsafeDocument
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    Encoded,
    Format,
    Row,
    Settings,
)
from protocols.formats.losses import leaf_paths
from protocols.messages.envelope import JSON_LIMIT, Message, Sender, from_json, to_json
from protocols.messages.kinds import KINDS
from protocols.messages.values import Exercise


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of a canonical JSON document.

    A canonical document names its own sender and keeps its own original, so `sender` is not used
    here; a gateway that passes the message on puts itself in that place.
    Raises `UnsafeDocument` for more than the size limit and `MalformedDocument`, with the path.
    """
    if len(data) > JSON_LIMIT:
        raise UnsafeDocument(f"The document has {len(data)} bytes; {JSON_LIMIT} are allowed.")
    try:
        return from_json(data)
    except MalformedMessage as fault:
        where = fault.detail.partition(":")[0]
        raise MalformedDocument(fault.detail, where=where) from fault


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """The canonical JSON of a message with a line end; there is nothing to lose."""
    try:
        return Encoded(to_json(message) + b"\n")
    except MalformedMessage as fault:
        raise MalformedDocument(fault.detail) from fault


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value of the document, by its path."""
    built = msgspec.to_builtins(decode(data))
    return [(path, str(value)) for path, value in leaf_paths(built)]


def crosswalk() -> tuple[Row, ...]:
    """Every field and every kind has its home."""
    fields = tuple(Row(field=name, home=f"/{name}") for name in Message.__struct_fields__)
    kinds = tuple(Row(field=f"kind {name}", home="/body") for name in KINDS)
    return fields + kinds


FORMAT = Format(
    name="canonical",
    title="Crossband canonical message (JSON)",
    reads=("1",),
    writes=("1",),
    exercises=frozenset(Exercise),
    gives=tuple(KINDS),
    media_type="application/vnd.crossband.message+json",
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
