"""The protobuf messages of TAK Protocol v1, with the fields that TAK has added since.

The classes are built from takproto's descriptors (`atakmap.commoncommo.protobuf.v1`). TAK Server
has since given CotEvent `caveat` and `releaseableTo`, and TakMessage two times of its own; without
them markings would arrive as unknown fields. What nobody here knows stays readable: `unknown`.
"""

from __future__ import annotations

from typing import Any, Final

# Neither library says its types; messages are `Any` here and nowhere further out.
from google.protobuf import (  # type: ignore[import-untyped]  # no stubs
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no stubs
from google.protobuf.unknown_fields import (  # type: ignore[import-untyped]  # no stubs
    UnknownFieldSet,
)
from takproto.proto import takmessage_pb2  # type: ignore[import-untyped]  # no stubs

from protocols.errors import MalformedDocument
from protocols.formats.cot.tak_frame import Payload

_FIELD: Final = descriptor_pb2.FieldDescriptorProto
ADDED: Final = {
    "CotEvent": (("caveat", 16, _FIELD.TYPE_STRING), ("releaseableTo", 17, _FIELD.TYPE_STRING)),
    "TakMessage": (
        ("submissionTime", 3, _FIELD.TYPE_UINT64),
        ("creationTime", 4, _FIELD.TYPE_UINT64),
    ),
}
"""Fields of TAK Server's own schema that takproto's does not have."""

TEXTS: Final = ("uid", "type", "how", "access", "qos", "opex", "caveat", "releaseableTo")
"""Attributes of `event` that are fields of CotEvent, by the same name."""
TIMES: Final = {"time": "sendTime", "start": "startTime", "stale": "staleTime"}
POINT: Final = ("lat", "lon", "hae", "ce", "le")
UNKNOWN_NUMBER: Final = 999999.0
"""What the protobuf form writes where XML writes 9999999.0."""
TYPED: Final[dict[str, tuple[str, frozenset[str], frozenset[str]]]] = {
    "contact": ("contact", frozenset({"callsign"}), frozenset({"endpoint", "callsign"})),
    "__group": ("group", frozenset({"name", "role"}), frozenset({"name", "role"})),
    "precisionlocation": (
        "precisionLocation",
        frozenset({"geopointsrc", "altsrc"}),
        frozenset({"geopointsrc", "altsrc"}),
    ),
    "status": ("status", frozenset({"battery"}), frozenset({"battery"})),
    "takv": (
        "takv",
        frozenset({"device", "platform", "os", "version"}),
        frozenset({"device", "platform", "os", "version"}),
    ),
    "track": ("track", frozenset({"speed", "course"}), frozenset({"speed", "course"})),
}
"""Element of `detail`: field of Detail, the attributes it must have, those it may have."""
CONTROL: Final = ("minProtoVersion", "maxProtoVersion", "contactUid")
SERVER_TIMES: Final = ("submissionTime", "creationTime")

_VARINT, _FIXED64, _LENGTH, _GROUP, _GROUP_END, _FIXED32 = range(6)


def _classes() -> Any:
    """The class of TakMessage in a pool of our own, so that takproto's stays as it is."""
    pool = descriptor_pool.DescriptorPool()
    seen: set[str] = set()

    def add(file: Any) -> None:
        if file.name in seen:
            return
        seen.add(file.name)
        for needed in file.dependencies:
            add(needed)
        copy = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(copy)
        for message in copy.message_type:
            for name, number, kind in ADDED.get(message.name, ()):
                if all(field.number != number for field in message.field):
                    message.field.add(
                        name=name, number=number, type=kind, label=_FIELD.LABEL_OPTIONAL
                    )
        pool.Add(copy)

    add(takmessage_pb2.DESCRIPTOR)
    found = pool.FindMessageTypeByName(takmessage_pb2.TakMessage.DESCRIPTOR.full_name)
    return message_factory.GetMessageClass(found)


TakMessage: Final = _classes()


def parse_payload(payload: Payload) -> Any:
    """The TakMessage of a payload. Raises `MalformedDocument` with the byte of the frame."""
    message = TakMessage()
    try:
        message.ParseFromString(payload.data)
    except DecodeError:
        fault = _fault(TakMessage.DESCRIPTOR, payload.data, 0, len(payload.data))
        at = payload.start + (0 if fault is None else fault)
        raise MalformedDocument(
            f"Byte {at}: the payload is not a TAK protobuf message.", byte=at
        ) from None
    return message


def unknown(message: Any) -> bytes:
    """The fields of a message that the schema does not know, as they came."""
    if not len(UnknownFieldSet(message)):
        return b""
    copy = type(message)()
    copy.CopyFrom(message)
    for field, _ in message.ListFields():
        copy.ClearField(field.name)
    data: bytes = copy.SerializeToString()
    return data


def add_unknown(message: Any, data: bytes) -> bool:
    """Put such fields back; False, and nothing done, if they are not all unknown ones."""
    alone = type(message)()
    try:
        alone.ParseFromString(data)
    except DecodeError:
        return False
    if alone.ListFields():
        return False
    message.MergeFromString(data)
    return True


def _fault(kind: Any, data: bytes, at: int, end: int) -> int | None:
    """Where in `data` a message of this kind stops making sense; None if it makes sense."""
    depth = 0
    while at < end:
        begin = at
        tag, at = _number(data, at, end)
        wire, field = tag & 7, kind.fields_by_number.get(tag >> 3)
        if at > end or not tag >> 3 or wire > _FIXED32:
            return begin
        if wire == _VARINT:
            _, at = _number(data, at, end)
        elif wire == _LENGTH:
            length, at = _number(data, at, end)
            inner, at = at, at + length
            if at <= end and field is not None:
                fault = _inside(field, data, inner, at)
                if fault is not None:
                    return fault
        elif wire in (_GROUP, _GROUP_END):
            depth += 1 if wire == _GROUP else -1
        else:
            at += 8 if wire == _FIXED64 else 4
        if at > end or depth < 0:
            return begin
    return at if depth else None


def _inside(field: Any, data: bytes, at: int, end: int) -> int | None:
    if field.message_type is not None:
        return _fault(field.message_type, data, at, end)
    if field.type == _FIELD.TYPE_STRING:
        try:
            data[at:end].decode()
        except UnicodeDecodeError as fault:
            return at + fault.start
    return None


def _number(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A varint and where it ends; past `end` if it does not."""
    number = 0
    for index in range(10):
        if at + index >= end:
            break
        byte = data[at + index]
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number, at + index + 1
    return 1 << 3, end + 1
