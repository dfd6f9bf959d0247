"""The protobuf messages: TAK's later fields, fields that nobody knows, and where a fault is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import MalformedDocument
from protocols.formats.cot.tak_frame import Payload
from protocols.formats.cot.tak_schema import TakMessage, add_unknown, parse_payload, unknown

EVENT = b"\x12\x07\x0a\x05a-f-G"


def test_the_markings_that_tak_server_added_are_fields() -> None:
    payload = b"\x12\x0a\x82\x01\x04FOUO\x8a\x01\x00"
    event = parse_payload(Payload(payload, 3)).cotEvent
    assert (event.caveat, event.releaseableTo) == ("FOUO", "")
    assert unknown(event) == b""
    message = parse_payload(Payload(b"\x18\x07\x20\x08", 3))
    assert (message.submissionTime, message.creationTime) == (7, 8)


def test_takprotos_own_class_stays_as_it_is() -> None:
    from takproto.proto import TakMessage as Theirs

    assert not hasattr(Theirs().cotEvent, "caveat")
    assert TakMessage.DESCRIPTOR.full_name == Theirs.DESCRIPTOR.full_name


def test_unknown_fields_are_kept_as_they_came_and_put_back() -> None:
    strange = b"\xb2\x0c\x02hi\xb8\x0c\x05"
    message = parse_payload(Payload(b"\x18\x07" + strange, 3))
    assert unknown(message) == strange
    other = TakMessage()
    assert add_unknown(other, strange)
    assert other.SerializeToString() == strange


def test_nothing_known_enters_as_unknown() -> None:
    for data in (EVENT, b"\x12\xff", b"\x18\x07"):
        message = TakMessage()
        assert not add_unknown(message, data)
        assert message.SerializeToString() == b""


@pytest.mark.parametrize(
    ("payload", "byte"),
    [
        (b"\x12\x07\x0a\x05a-f-", 3),
        (b"\x12\x07\x0a\x06a-f-G", 5),
        (EVENT + b"\x12\x03\x0a\x01\xff", 16),
        (EVENT + b"\x0f", 12),
        (EVENT + b"\x00", 12),
        (EVENT + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12),
        (EVENT + b"\x12\x05\x51\x00\x00\x00\x00", 14),
        (EVENT + b"\x9b\x06", 14),
    ],
)
def test_a_fault_has_its_byte(payload: bytes, byte: int) -> None:
    with pytest.raises(MalformedDocument, match=f"Byte {byte}:") as refusal:
        parse_payload(Payload(payload, 3))
    assert refusal.value.facts["byte"] == byte


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused_by_name(data: bytes) -> None:
    try:
        message = parse_payload(Payload(EVENT + data, 0))
    except MalformedDocument as refusal:
        at = refusal.facts["byte"]
        assert isinstance(at, int)
        assert at <= len(EVENT + data)
    else:
        again = parse_payload(Payload(message.SerializeToString(), 0))
        assert again.SerializeToString(deterministic=True) == message.SerializeToString(
            deterministic=True
        )
