"""Cursor on Target 2.0 as XML: the bytes of one event ↔ its element; the rest is in `pivot`.

After the MITRE base event schema and the TAK detail schemas. Protobuf frames of the same events
are read by `protocols.formats.cot.tak_message`.
"""

from __future__ import annotations

from typing import Final

from protocols.errors import UnsupportedVersion
from protocols.formats.codec import DEFAULT_SETTINGS, STRANGER, Encoded, Format, Settings
from protocols.formats.cot.detail import Element, event_leaves
from protocols.formats.cot.losses import crosswalk
from protocols.formats.cot.pivot import EVENT_VERSION, Form, check, read, write
from protocols.formats.cot.restore import RESTORERS
from protocols.formats.cot.words import OPEX
from protocols.formats.xml import parse, serialise
from protocols.messages.envelope import Message, Sender
from protocols.messages.kinds import BY_BODY

XML: Final = Form("cot", EVENT_VERSION, "application/cot+xml")
FRAME_START: Final = b"\xbf"
"""First byte of a TAK Protocol v1 frame, mesh and stream alike."""


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one event.

    Raises `UnsafeDocument` and `MalformedDocument` (with line and path), and `UnsupportedVersion`
    for TAK protobuf frames, other roots and other versions than 2.0.
    """
    return read(event_of(data), data, XML, sender)


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """One event; what a plain TAK client would not show of the message is in the losses."""
    event, losses = write(message, settings)
    return Encoded(serialise(event), losses)


def event_of(data: bytes) -> Element:
    """The element of an XML event, checked for what every event must have; raises as `decode`."""
    if data.startswith(FRAME_START):
        raise UnsupportedVersion(
            "Byte 0: this is a TAK Protocol v1 (protobuf) frame, not a CoT 2.0 XML event."
        )
    return check(parse(data))


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that an event states; the ways to say "unknown" state nothing."""
    return event_leaves(event_of(data))


FORMAT = Format(
    name=XML.name,
    title="Cursor on Target",
    reads=(XML.version,),
    writes=(XML.version,),
    media_type=XML.media_type,
    exercises=frozenset(OPEX),
    gives=tuple(BY_BODY[body].name for body in RESTORERS),
    roots=("event",),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
