"""What a TAK server itself says on a stream: the answer to a ping, and which protocol it speaks.

A client may ask for TAK Protocol v1 (protobuf) with `t-x-takp-q`. XML is spoken here, so the
request is answered with status "false" (`t-x-takp-r`), upon which the client stays with XML.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from protocols.errors import FormatRefused
from protocols.formats.times import zulu_text
from protocols.formats.xml import parse

NEGOTIATION: Final = "t-x-takp-"
REQUEST: Final = "t-x-takp-q"
ANSWER: Final = "t-x-takp-r"
PONG: Final = "t-x-c-t-r"
_STALE: Final = timedelta(seconds=20)
_UNKNOWN: Final = "9999999.0"


def negotiation(document: bytes) -> str | None:
    """The type of an event that negotiates the protocol; None for any other document."""
    if NEGOTIATION.encode() not in document:
        return None
    try:
        event = parse(document)
    except FormatRefused:
        return None
    kind: str = event.get("type", "")
    return kind if event.tag == "event" and kind.startswith(NEGOTIATION) else None


def pong(now: datetime) -> bytes:
    """The answer to a ping (t-x-c-t)."""
    return etree.tostring(_event("takPong", PONG, "h-g-i-g-o", now))


def only_xml(now: datetime) -> bytes:
    """The answer to a request for another protocol: not here."""
    event = _event("protouid", ANSWER, "m-g", now)
    control = etree.SubElement(event[1], "TakControl")
    etree.SubElement(control, "TakResponse", status="false")
    return etree.tostring(event)


def _event(uid: str, kind: str, how: str, now: datetime) -> etree._Element:
    event = etree.Element("event", version="2.0", uid=uid, type=kind, how=how)
    for name, moment in (("time", now), ("start", now), ("stale", now + _STALE)):
        event.set(name, zulu_text(moment))
    etree.SubElement(event, "point", lat="0.0", lon="0.0", hae="0.0", ce=_UNKNOWN, le=_UNKNOWN)
    etree.SubElement(event, "detail")
    return event
