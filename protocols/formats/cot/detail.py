"""The small moves on a CoT event: take a value out of it, put one in, know what means nothing.

Reading is subtraction: whatever a codec has taken into the message leaves the element tree, and
what remains travels as the extension. Writing is the reverse: the extension comes first, then the
message's own values are put in their places.
"""

from __future__ import annotations

import math
import re
from copy import deepcopy
from datetime import datetime
from typing import Final

from lxml import etree

from protocols.formats.times import parse_time, zulu_text
from protocols.formats.xml import leaves as xml_leaves
from protocols.formats.xml import legal, malformed, number_text
from protocols.messages.envelope import Message
from protocols.messages.values import Moment, Point

UNKNOWN: Final = "9999999.0"
"""What CoT writes where a number is not known (MITRE base event schema, `point`)."""
UNKNOWN_FROM: Final = 999999.0
"""The protobuf form writes 999999; no height or error on Earth is that large."""

_NUMBER: Final = re.compile(
    r"[ \t\r\n]*[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|nan|inf(?:inity)?)[ \t\r\n]*",
    re.ASCII | re.IGNORECASE,
)
_POINT: Final = ("lat", "lon", "hae", "ce", "le")
_TRACK: Final = ("course", "speed")

Element = etree._Element


def says_nothing(text: str) -> bool:
    """Whether a number's text is one of the ways to say "unknown"."""
    number = number_of(text)
    return number is not None and (not math.isfinite(number) or number >= UNKNOWN_FROM)


def number_of(text: str) -> float | None:
    """The number that a text is as XML writes them (XML Schema, xs:double), or None."""
    return float(text) if _NUMBER.fullmatch(text) else None


def attributes(element: Element) -> list[tuple[str, str]]:
    """The attributes of an element, in order; a list of its own, so that they may be taken out."""
    return [(str(name), str(value)) for name, value in element.items()]


def find(parent: Element | None, name: str) -> Element | None:
    """The first child of that name, in any namespace."""
    return None if parent is None else next(parent.iterchildren("{*}" + name), None)


def child(parent: Element, name: str) -> Element:
    """The first child of that name, made if there is none."""
    found = find(parent, name)
    return etree.SubElement(parent, name) if found is None else found


def take(element: Element | None, name: str) -> str | None:
    """Take an attribute out of the tree; None where it is missing or blank (blank stays)."""
    if element is None:
        return None
    value = element.get(name)
    if value is None or not value.strip():
        return None
    del element.attrib[name]
    return value


def take_number(
    element: Element | None, name: str, low: float = -math.inf, high: float = math.inf
) -> float | None:
    """Take a number out of the tree. "Unknown" goes and gives None; another text stays there."""
    if element is None:
        return None
    text = element.get(name)
    if text is None:
        return None
    number = number_of(text)
    if number is None:
        return None
    if not math.isfinite(number) or number >= UNKNOWN_FROM:
        del element.attrib[name]
        return None
    if not low <= number <= high:
        return None
    del element.attrib[name]
    return number


def take_count(element: Element | None, name: str) -> int | None:
    """Take a whole number from 0 to a million out of the tree; another text stays there."""
    text = None if element is None else element.get(name)
    if element is None or text is None or not text.isascii() or not text.isdigit():
        return None
    if len(text) > 7 or int(text) > 1_000_000 or str(int(text)) != text:
        return None
    del element.attrib[name]
    return int(text)


def take_text(element: Element | None) -> str | None:
    """Take an element's own text out of the tree; None where it is blank."""
    if element is None or element.text is None or not element.text.strip():
        return None
    text: str = element.text
    element.text = None
    return text


def take_time(event: Element, name: str, moments: dict[str, Moment], field: str) -> datetime:
    """Take one of the three times of an event (all required). Keeps a text that is not our own."""
    text = event.get(name)
    if text is None:
        raise malformed(event, "the attribute is missing", f"@{name}")
    try:
        moment, offset_given = parse_time(text)
    except ValueError as fault:
        raise malformed(event, str(fault), f"@{name}") from fault
    del event.attrib[name]
    if text != zulu_text(moment):
        moments[field] = Moment(text=text, offset_given=offset_given)
    return moment


def take_point(point: Element) -> Point | None:
    """The position of an event, or None for the ways to have none: 0,0, NaN and 9999999."""
    lat = _coordinate(point, "lat", 90)
    lon = _coordinate(point, "lon", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        for name in ("lat", "lon"):
            del point.attrib[name]
        for name in ("hae", "ce", "le"):
            if says_nothing(point.get(name, "")):
                del point.attrib[name]
        return None
    del point.attrib["lat"], point.attrib["lon"]
    return Point(
        lat=lat,
        lon=lon,
        hae=take_number(point, "hae", -1e6),
        ce=take_number(point, "ce", 0),
        le=take_number(point, "le", 0),
    )


def _coordinate(point: Element, name: str, limit: int) -> float | None:
    """A coordinate, None for "unknown"; anything else is a fault of the document."""
    text = point.get(name)
    if text is None:
        raise malformed(point, "the attribute is missing", f"@{name}")
    number = number_of(text)
    if number is None:
        raise malformed(point, f"{text[:40]!r} is not a number", f"@{name}")
    if says_nothing(text):
        return None
    if abs(number) > limit:
        raise malformed(point, f"{text[:40]} is not on Earth", f"@{name}")
    return number


def event_leaves(event: Element) -> list[tuple[str, str]]:
    """Every value that an event states; the ways to say "unknown" and "no position" state none."""
    point = find(event, "point")
    nowhere = point is not None and take_point(deepcopy(point)) is None
    if point is not None and nowhere:
        del point.attrib["lat"], point.attrib["lon"]
    for element, names in ((point, _POINT), (find(find(event, "detail"), "track"), _TRACK)):
        for name in names if element is not None else ():
            if element is not None and says_nothing(element.get(name, "")):
                del element.attrib[name]
    return list(xml_leaves(event))


def put(element: Element, name: str, value: object) -> None:
    """Set an attribute, if there is a value for it."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, float):
        value = number_text(value)
    element.set(name, legal(str(value)))


def put_time(event: Element, name: str, moment: datetime, message: Message, field: str) -> None:
    """Set a time: in the sender's own words where they still say the same moment."""
    kept = message.moments.get(field)
    event.set(name, kept.text if kept and _same(kept.text, moment) else zulu_text(moment))


def _same(text: str, moment: datetime) -> bool:
    try:
        return parse_time(text)[0] == moment
    except ValueError:
        return False


def put_point(point: Element, position: Point | None) -> None:
    """Set a position; without one the event says 0,0 and "unknown", as TAK does."""
    point.set("lat", number_text(position.lat) if position else "0.0")
    point.set("lon", number_text(position.lon) if position else "0.0")
    for name in ("hae", "ce", "le"):
        number = getattr(position, name) if position else None
        if number is not None:
            point.set(name, number_text(float(number)))
        elif name not in point.attrib:
            point.set(name, UNKNOWN)
