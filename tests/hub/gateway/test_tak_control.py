"""A TAK client's own questions are answered, and everything else is left alone."""

from __future__ import annotations

from hub.gateway.tak_control import ANSWER, PONG, REQUEST, negotiation, only_xml, pong
from protocols.clock import to_datetime
from protocols.formats.cot import decode
from protocols.formats.xml import parse
from tests.hub.gateway.parties import NOON

ASKED = (
    b'<event version="2.0" uid="protouid" type="t-x-takp-q" how="m-g" time="2026-10-25T00:00:00Z" '
    b'start="2026-10-25T00:00:00Z" stale="2026-10-25T00:01:00Z"><point lat="0" lon="0" hae="0" '
    b'ce="9999999" le="9999999"/><detail><TakControl><TakRequest version="1"/></TakControl>'
    b"</detail></event>"
)


def test_a_request_for_protobuf_is_recognised() -> None:
    assert negotiation(ASKED) == REQUEST
    assert negotiation(ASKED.replace(b"takp-q", b"takp-v")) == "t-x-takp-v"


def test_other_documents_are_not() -> None:
    for document in (
        ASKED.replace(b"t-x-takp-q", b"t-x-c-t"),
        ASKED.replace(b'type="t-x-takp-q"', b'type="b-t-f" x="t-x-takp-q"'),
        b"t-x-takp-q",
        b"<event t-x-takp-",
    ):
        assert negotiation(document) is None


def test_the_answer_says_no() -> None:
    event = parse(only_xml(to_datetime(NOON)))
    assert event.get("type") == ANSWER
    response = event.find("detail/TakControl/TakResponse")
    assert response is not None
    assert response.get("status") == "false"
    decode(only_xml(to_datetime(NOON)))


def test_a_pong_is_an_event() -> None:
    event = parse(pong(to_datetime(NOON)))
    assert event.get("type") == PONG
    assert event.get("time", "") < event.get("stale", "")
