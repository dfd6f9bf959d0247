"""What TAK servers and clients say to each other about the stream itself, never about the world.

    server → client   t-x-takp-v   TakProtocolSupport version="1": protobuf is spoken here too
    client → server   t-x-takp-q   TakRequest version="1": let us; then nothing until the answer
    server → client   t-x-takp-r   TakResponse status="true": both from the next byte on
                                   (status="false": both stay with XML)
    client → server   t-x-c-t      a ping
    server → client   t-x-c-t-r    its answer

All three of a negotiation bear the uid that the server chose, and are XML (TAK Protocol v1,
"Streaming connections").
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec
from lxml import etree

from protocols.errors import FormatRefused
from protocols.formats.times import zulu_text
from protocols.formats.xml import parse

OFFER: Final = "t-x-takp-v"
REQUEST: Final = "t-x-takp-q"
ANSWER: Final = "t-x-takp-r"
PING: Final = "t-x-c-t"
PONG: Final = "t-x-c-t-r"
TYPES: Final = frozenset({OFFER, REQUEST, ANSWER, PONG})
"""What never reaches a channel. A ping does, as a sign of presence that stays at the edge."""

PROTOBUF: Final = "1"
"""TAK Protocol v1."""

MARK: Final = b"t-x-"
"""In every document that is one of these, XML or protobuf."""
_STALE: Final = timedelta(seconds=60)
_PING_STALE: Final = timedelta(seconds=20)
_UNKNOWN: Final = "9999999.0"


class Control(msgspec.Struct, frozen=True):
    """One of `TYPES`. `version` is what is offered or asked for, `agreed` what was answered."""

    type: str
    uid: str
    version: str = ""
    agreed: bool = False


def control(document: bytes) -> Control | None:
    """What an XML event says about the stream; None for any other document."""
    if MARK not in document:
        return None
    try:
        event = parse(document)
    except FormatRefused:
        return None
    kind: str = event.get("type", "")
    if event.tag != "event" or kind not in TYPES:
        return None
    versions = _said(event, "TakRequest" if kind == REQUEST else "TakProtocolSupport", "version")
    return Control(
        type=kind,
        uid=event.get("uid", ""),
        version=PROTOBUF if PROTOBUF in versions else "".join(versions[:1]),
        agreed=[status.lower() for status in _said(event, "TakResponse", "status")] == ["true"],
    )


def offer(uid: str, now: datetime) -> bytes:
    """Protobuf is spoken here too."""
    return _negotiation(OFFER, uid, now, "TakProtocolSupport", version=PROTOBUF)


def request(uid: str, now: datetime) -> bytes:
    """A client asks for protobuf; `uid` is that of the offer."""
    return _negotiation(REQUEST, uid, now, "TakRequest", version=PROTOBUF)


def answer(uid: str, now: datetime, *, agreed: bool) -> bytes:
    """What becomes of a request with this uid."""
    return _negotiation(ANSWER, uid, now, "TakResponse", status="true" if agreed else "false")


def ping(uid: str, now: datetime) -> bytes:
    """A client asks whether anybody is there."""
    return etree.tostring(_event(f"{uid}-ping", PING, "m-g", now, _PING_STALE))


def pong(now: datetime) -> bytes:
    """The answer to a ping."""
    return etree.tostring(_event("takPong", PONG, "h-g-i-g-o", now, _PING_STALE))


def _negotiation(kind: str, uid: str, now: datetime, said: str, **values: str) -> bytes:
    event = _event(uid, kind, "m-g", now, _STALE)
    etree.SubElement(etree.SubElement(event[1], "TakControl"), said, values)
    return etree.tostring(event)


def _event(uid: str, kind: str, how: str, now: datetime, stale: timedelta) -> etree._Element:
    event = etree.Element("event", version="2.0", uid=uid, type=kind, how=how)
    for name, moment in (("time", now), ("start", now), ("stale", now + stale)):
        event.set(name, zulu_text(moment))
    etree.SubElement(event, "point", lat="0.0", lon="0.0", hae="0.0", ce=_UNKNOWN, le=_UNKNOWN)
    etree.SubElement(event, "detail")
    return event


def _said(event: etree._Element, name: str, attribute: str) -> list[str]:
    """A server may support several versions."""
    found = event.findall(f"detail/TakControl/{name}")
    return [str(element.get(attribute, "")) for element in found]
