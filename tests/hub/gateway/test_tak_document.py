"""A document is put into its other form once, for however many readers."""

from __future__ import annotations

from pathlib import Path

import pytest
import takproto

from hub.gateway.tak_control import REQUEST, Control, request
from hub.gateway.tak_document import TAK, TakDocument
from protocols.clock import to_datetime
from protocols.errors import FormatRefused
from protocols.formats.cot.event import decode
from tests.hub.gateway.parties import NOON

EVENT = (
    b'<event version="2.0" uid="A" type="a-f-G-U-C" how="m-g" time="2026-10-25T00:00:00Z" '
    b'start="2026-10-25T00:00:00Z" stale="2026-10-25T00:05:00Z"><point lat="31.3" lon="-110.9" '
    b'hae="0" ce="10" le="10"/><detail><contact callsign="NOGALES 7"/></detail></event>'
)


def test_each_form_is_made_once() -> None:
    document = TakDocument(EVENT)
    assert not document.is_frame
    assert document.form(protobuf=False) is EVENT
    frame = document.form(protobuf=True)
    assert document.form(protobuf=True) is frame
    assert takproto.parse_stream(frame).cotEvent.uid == "A"


def test_a_frame_becomes_the_same_event() -> None:
    frame = TakDocument(EVENT).frame
    document = TakDocument(frame)
    assert document.is_frame
    assert document.form(protobuf=True) is frame
    assert decode(document.xml).body == decode(EVENT).body == TAK.decode(frame).body


def test_what_has_no_other_form_is_refused_by_name() -> None:
    for document in (TakDocument(b"<event"), TakDocument(b"\xbf\x03\xff\xff\xff")):
        with pytest.raises(FormatRefused):
            _ = document.frame if not document.is_frame else document.xml


def test_what_it_says_about_the_stream_is_understood_in_both_forms() -> None:
    asked = TakDocument(request("protouid", to_datetime(NOON)))
    assert asked.control() == Control(REQUEST, "protouid", version="1")
    assert TakDocument(asked.frame).control() == asked.control()
    for other in (EVENT, TakDocument(EVENT).frame, b"\xbf\x05t-x-?", b"<event t-x-"):
        assert TakDocument(other).control() is None


def test_a_real_frame(shared: Path) -> None:
    captured = TakDocument((shared / "corpus/cot/takv1/pli_stream.bin").read_bytes())
    assert captured.is_frame
    assert decode(captured.xml).source == decode(captured.xml).source
    assert b'uid="aa0b0312-b5cd-4c2c-bbbc-9c4c70216261"' in captured.xml
