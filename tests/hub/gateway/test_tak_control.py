"""What TAK servers and clients say about the stream is understood; all else is left alone."""

from __future__ import annotations

import pytest

from hub.gateway.tak_control import (
    ANSWER,
    OFFER,
    PING,
    PONG,
    REQUEST,
    Control,
    answer,
    control,
    offer,
    ping,
    pong,
    request,
)
from protocols.clock import to_datetime
from protocols.formats.cot.event import decode
from protocols.formats.xml import parse
from protocols.messages.kinds import Presence
from tests.hub.gateway.parties import NOON

NOW = to_datetime(NOON)
ASKED = (
    b"<?xml version='1.0'?><event version='2.0' uid='protouid' type='t-x-takp-q' how='m-g' "
    b"time='2026-10-25T00:00:00Z' start='2026-10-25T00:00:00Z' stale='2026-10-25T00:01:00Z'>"
    b"<point lat='0' lon='0' hae='0' ce='9999999' le='9999999'/>"
    b"<detail><TakControl><TakRequest version='1'/></TakControl></detail></event>"
)


def test_a_request_for_protobuf_is_recognised() -> None:
    assert control(ASKED) == Control(REQUEST, "protouid", version="1")
    assert control(ASKED.replace(b"version='1'/>", b"version='2'/>")) == Control(
        REQUEST, "protouid", version="2"
    )
    assert control(ASKED.replace(b" version='1'/>", b"/>")) == Control(REQUEST, "protouid")


@pytest.mark.parametrize(
    "document",
    [
        ASKED.replace(b"t-x-takp-q", b"t-x-c-t"),
        ASKED.replace(b"type='t-x-takp-q'", b"type='b-t-f' x='t-x-takp-q'"),
        ASKED.replace(b"event", b"tneve"),
        b"t-x-takp-q",
        b"<event t-x-takp-",
    ],
)
def test_other_documents_are_not(document: bytes) -> None:
    assert control(document) is None


def test_what_is_said_is_what_is_understood() -> None:
    assert control(offer("u", NOW)) == Control(OFFER, "u", version="1")
    assert control(request("u", NOW)) == Control(REQUEST, "u", version="1")
    assert control(answer("u", NOW, agreed=True)) == Control(ANSWER, "u", agreed=True)
    assert control(answer("u", NOW, agreed=False)) == Control(ANSWER, "u")
    assert control(pong(NOW)) == Control(PONG, "takPong")


def test_an_offer_is_laid_out_as_tak_lays_it_out() -> None:
    event = parse(offer("protouid", NOW))
    assert (event.get("type"), event.get("how")) == (OFFER, "m-g")
    support = event.find("detail/TakControl/TakProtocolSupport")
    assert support is not None
    assert dict(support.attrib) == {"version": "1"}
    assert event.get("time", "") < event.get("stale", "")
    decode(offer("protouid", NOW))


def test_of_several_versions_ours_is_found() -> None:
    both = b'<TakProtocolSupport version="2"/><TakProtocolSupport version="1"/>'
    said = control(offer("u", NOW).replace(b'<TakProtocolSupport version="1"/>', both))
    assert said == Control(OFFER, "u", version="1")
    said = control(offer("u", NOW).replace(b'version="1"', b'version="0"'))
    assert said == Control(OFFER, "u", version="0")


def test_a_ping_is_a_presence_and_no_control() -> None:
    assert control(ping("gateway", NOW)) is None
    event = parse(ping("gateway", NOW))
    assert (event.get("type"), event.get("uid")) == (PING, "gateway-ping")
    assert isinstance(decode(ping("gateway", NOW)).body, Presence)
