"""TAK Protocol v1: one protobuf frame ↔ one message, through the same event as CoT's XML.

`to_xml` and `from_xml` turn frames into CoT 2.0 XML and back, for whoever passes events on
between clients of either form; `decode` and `encode` are the codec. Nothing is lost between the
two forms (see `tak_event`), so a message keeps what it has no home for under `cot`, whichever
form it came in.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from protocols.errors import MalformedDocument
from protocols.formats.codec import DEFAULT_SETTINGS, STRANGER, Encoded, Format, Row, Settings
from protocols.formats.cot.detail import event_leaves
from protocols.formats.cot.event import event_of
from protocols.formats.cot.losses import crosswalk as event_crosswalk
from protocols.formats.cot.pivot import Form, check, read, write
from protocols.formats.cot.restore import RESTORERS
from protocols.formats.cot.tak_event import from_event, to_event
from protocols.formats.cot.tak_frame import mesh_frame, stream_frame, unframe
from protocols.formats.cot.tak_schema import TEXTS, TIMES, parse_payload
from protocols.formats.cot.words import OPEX
from protocols.formats.xml import serialise
from protocols.messages.envelope import Loss, Message, Sender
from protocols.messages.kinds import BY_BODY

TAK: Final = Form("tak", "1", "application/x-protobuf")
STREAM: Final = "stream"
MESH: Final = "mesh"
FIELDS_OF_TIMES: Final = {"sent": "time", "effective": "start", "expires": "stale"}


class Control(NamedTuple):
    """What a `takControl` says of its sender: the protocol versions it reads (0 means 1)."""

    minimum: int
    maximum: int
    contact: str


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one frame, stream or mesh.

    Raises `MalformedDocument` (with the byte of the frame, or the field), `UnsafeDocument`, and
    `UnsupportedVersion` for XML and for other versions of the protocol.
    """
    return read(check(to_event(_tak(data))), data, TAK, sender)


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """One frame: for a stream, or for the mesh where the profile says so.

    Raises `NotRepresentable` for times before 1970, and what writing the event raises.
    """
    event, losses = write(message, settings)
    tak = from_event(event)
    frame = _framed(tak, mesh=settings.profile == MESH)
    return Encoded(frame, losses + _cut_times(message))


def to_xml(frame: bytes) -> bytes:
    """The CoT 2.0 XML event of one frame; nothing is lost. Raises as `decode` does."""
    event = to_event(_tak(frame))
    return serialise(event)


def from_xml(event: bytes, mesh: bool = False) -> bytes:
    """The frame of a CoT 2.0 XML event; nothing is lost.

    Raises what `protocols.formats.cot.event.decode` raises for its envelope, and
    `NotRepresentable` for times before 1970.
    """
    return _framed(from_event(event_of(event)), mesh=mesh)


def control(frame: bytes) -> Control | None:
    """What a frame says of the protocol versions of its sender; None if it says nothing.

    A frame that says only this has no event, and `decode` refuses it.
    """
    tak = parse_payload(unframe(frame))
    if not tak.HasField("takControl"):
        return None
    said = tak.takControl
    return Control(said.minProtoVersion, said.maxProtoVersion, said.contactUid)


def _tak(frame: bytes) -> Any:
    payload = unframe(frame)
    tak = parse_payload(payload)
    if not tak.HasField("cotEvent"):
        raise MalformedDocument(
            f"Byte {payload.start}: the frame holds no event.", byte=payload.start
        )
    return tak


def _framed(tak: Any, *, mesh: bool) -> bytes:
    payload: bytes = tak.SerializeToString()
    return mesh_frame(payload) if mesh else stream_frame(payload)


def _cut_times(message: Message) -> tuple[Loss, ...]:
    """Times that a plain TAK client sees only to the millisecond."""
    return tuple(
        Loss(
            field=field,
            value=value.isoformat(),
            reason="TAK protobuf counts whole milliseconds; a plain TAK client sees no more",
        )
        for field in FIELDS_OF_TIMES
        if (value := getattr(message, field)) is not None and value.microsecond % 1000
    )


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that a frame states; the ways to say "unknown" state nothing."""
    return event_leaves(check(to_event(_tak(data))))


def crosswalk() -> tuple[Row, ...]:
    """As that of CoT's XML, with the fields of the protobuf messages as homes."""
    homes = {f"event/@{name}": f"cotEvent.{name}" for name in TEXTS}
    homes |= {f"event/@{name}": f"cotEvent.{field}" for name, field in TIMES.items()}
    homes["event/@time, @start, @stale"] = "cotEvent.sendTime, startTime, staleTime"
    homes["event/point"] = "cotEvent.lat, lon, hae, ce, le"
    homes["event/detail"] = "cotEvent.detail"
    return tuple(
        msgspec.structs.replace(row, home=homes.get(row.home, row.home))
        for row in event_crosswalk()
    )


FORMAT = Format(
    name=TAK.name,
    title="TAK Protocol v1 (protobuf)",
    reads=(TAK.version,),
    writes=(TAK.version,),
    media_type=TAK.media_type,
    exercises=frozenset(OPEX),
    gives=tuple(BY_BODY[body].name for body in RESTORERS),
    profiles=(STREAM, MESH),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
