"""Reading CAP: the parts of an alert as values, and whatever is left of it as the extension.

Reading is strict about what an alert is (identifier, sender, times, status, msgType, scope, the
numbers of an area) and lenient about what it says: deployed systems leave fields empty, put
elements in another order and add their own. What they add is kept, never dropped.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from datetime import datetime
from typing import Any, Final

from lxml import etree

from protocols.formats.times import offset_text, parse_time
from protocols.formats.xml import Node, malformed, to_node
from protocols.messages.envelope import Reference
from protocols.messages.kinds import AlertInfo, Resource
from protocols.messages.values import (
    Area,
    Circle,
    LanguageText,
    Moment,
    NativeCode,
    Parameter,
    Point,
)

Element = etree._Element

FEET: Final = 0.3048
"""Metres. CAP gives altitude and ceiling in feet (section 3.2.4)."""
KILOMETRE: Final = 1000.0
_TAG: Final = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_LISTED: Final = re.compile(r'"([^"]*)"|(\S+)')


class Reading:
    """What is remembered while one alert is read: how it wrote its times, and what is left."""

    def __init__(self, namespace: str) -> None:
        self._prefix = f"{{{namespace}}}"
        self._names: dict[str, str] = {}
        self.moments: dict[str, Moment] = {}
        self.left: dict[str, Any] = {}

    def keep(self, place: str, element: Element) -> None:
        """An element that has no home: it goes to the extension under its parent's place."""
        nodes: list[Node] = self.left.setdefault(place, [])
        nodes.append(to_node(element))

    def name(self, element: Element) -> str:
        """The element's name if it is CAP's own, else its full name."""
        tag = str(element.tag)
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = tag.removeprefix(self._prefix)
        return name

    def time(self, element: Element, place: str) -> datetime | None:
        """A time, with the sender's own words kept where they are not ours; None if empty."""
        text = text_of(element)
        if text is None:
            return None
        try:
            moment, offset_given = parse_time(text)
        except ValueError as fault:
            raise malformed(element, str(fault)) from fault
        if text != offset_text(moment):
            self.moments[place] = Moment(text=text, offset_given=offset_given)
        return moment


def text_of(element: Element) -> str | None:
    """The text of an element without white space around it; None for an empty one."""
    text = element.text
    return text.strip() or None if text else None


def listed(text: str) -> tuple[str, ...]:
    """A CAP list: separated by white space, a part with spaces in double quotes (section 3.2.1)."""
    return tuple(quoted or bare for quoted, bare in _LISTED.findall(text))


def list_text(parts: tuple[str, ...]) -> str:
    """The reverse of `listed`."""
    return " ".join(f'"{part}"' if " " in part or not part else part for part in parts)


def read_references(text: str) -> tuple[Reference, ...] | None:
    """`sender,identifier,sent` triples; None where the text is not such a list."""
    references = []
    for triple in text.split():
        parts = triple.split(",")
        if len(parts) != 3 or not all(parts):
            return None
        references.append(Reference(sender=parts[0], id=parts[1], sent=parts[2]))
    return tuple(references)


def reference_text(references: tuple[Reference, ...]) -> str:
    """The reverse of `read_references`; parts that are not known are written as `-`."""
    return " ".join(
        ",".join(re.sub(r"[\s,]+", "_", part or "-") for part in (item.sender, item.id, item.sent))
        for item in references
    )


# --- info ---------------------------------------------------------------------------------------

_TEXTS: Final = {
    "event": "event",
    "urgency": "urgency",
    "severity": "severity",
    "certainty": "certainty",
    "audience": "audience",
    "senderName": "sender_name",
    "headline": "headline",
    "description": "description",
    "instruction": "instruction",
    "web": "web",
    "contact": "contact",
}
_VERBATIM: Final = frozenset({"headline", "description", "instruction", "event", "audience"})
_LISTS: Final = {"category": "category", "responseType": "response"}
_TIMES: Final = ("effective", "onset", "expires")


def read_info(element: Element, index: int, reading: Reading) -> AlertInfo:
    """One info block; `index` counts from 0."""
    place = f"/body/infos/{index}"
    fields: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {}
    for child in element:
        name = reading.name(child)
        if name in _TEXTS and _TEXTS[name] not in fields and not child.attrib:
            text = text_of(child)
            if text is not None:
                fields[_TEXTS[name]] = child.text if name in _VERBATIM else text
        elif name in _LISTS:
            text = text_of(child)
            if text is not None:
                lists.setdefault(_LISTS[name], []).append(text)
        elif name in _TIMES and name not in fields:
            fields[name] = reading.time(child, f"{place}/{name}")
        elif not _read_part(child, name, index, fields, lists, reading):
            reading.keep(place, child)
    fields |= {name: tuple(values) for name, values in lists.items()}
    return AlertInfo(**fields)


def _read_part(
    child: Element,
    name: str,
    index: int,
    fields: dict[str, Any],
    lists: dict[str, list[Any]],
    reading: Reading,
) -> bool:
    """The structured children of an info; False for one that CAP does not know."""
    if name == "language" and "language" not in fields:
        text = text_of(child)
        if text is not None and not _TAG.fullmatch(text):
            return False
        fields["language"] = text
        return True
    if name in ("eventCode", "parameter"):
        pair = read_pair(child, reading)
        if pair is None:
            return False
        if name == "eventCode":
            lists.setdefault("event_codes", []).append(NativeCode(system=pair[0], code=pair[1]))
        else:
            lists.setdefault("parameters", []).append(Parameter(name=pair[0], value=pair[1]))
        return True
    if name == "area":
        areas = lists.setdefault("areas", [])
        areas.append(read_area(child, f"/body/infos/{index}/areas/{len(areas)}", reading))
        return True
    if name == "resource":
        resources = lists.setdefault("resources", [])
        place = f"/body/infos/{index}/resources/{len(resources)}"
        resources.append(read_resource(child, place, reading))
        return True
    return False


def read_pair(element: Element, reading: Reading) -> tuple[str, str] | None:
    """`valueName` and `value`; None where there is anything else inside."""
    found: dict[str, str] = {}
    for child in element:
        name = reading.name(child)
        if name not in ("valueName", "value") or name in found or len(child) or child.attrib:
            return None
        found[name] = child.text or ""
    if "valueName" not in found:
        return None
    return found["valueName"].strip(), found.get("value", "")


def read_resource(element: Element, place: str, reading: Reading) -> Resource:
    """A resource; its content only where it stands in the document itself (derefUri)."""
    fields: dict[str, Any] = {}
    names = {
        "resourceDesc": "description",
        "mimeType": "media_type",
        "uri": "uri",
        "digest": "digest",
    }
    for child in element:
        name, text = reading.name(child), text_of(child)
        if name in names and names[name] not in fields:
            fields[names[name]] = text
        elif name == "size" and text is not None and text.isascii() and text.isdigit():
            fields["size"] = int(text[:18])
        elif name == "derefUri" and text is not None:
            content = _base64(text)
            if content is None:
                reading.keep(place, child)
            else:
                fields["content"] = content
        elif text is not None or len(child):
            reading.keep(place, child)
    return Resource(**fields)


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


# --- area ---------------------------------------------------------------------------------------


def read_area(element: Element, place: str, reading: Reading) -> Area:
    """An area. Open polygons are closed; feet become metres; a radius of 0 is an epicentre."""
    description: str | None = None
    polygons: list[tuple[Point, ...]] = []
    circles: list[Circle] = []
    geocodes: list[NativeCode] = []
    heights: dict[str, float] = {}
    for child in element:
        name, text = reading.name(child), text_of(child)
        if name == "areaDesc" and description is None:
            description = child.text if text else None
        elif name == "polygon" and not len(child):
            polygons += [read_polygon(child, text)] if text else []
        elif name == "circle" and not len(child):
            circles += [read_circle(child, text)] if text else []
        elif name == "geocode" and (pair := read_pair(child, reading)) is not None:
            geocodes.append(NativeCode(system=pair[0], code=pair[1]))
        elif name in ("altitude", "ceiling") and name not in heights:
            if text:
                heights[name] = _number(child, text) * FEET
        else:
            reading.keep(place, child)
    return Area(
        description=LanguageText(text=description) if description else None,
        polygons=tuple(polygons),
        circles=tuple(circles),
        geocodes=tuple(geocodes),
        altitude=heights.get("altitude"),
        ceiling=heights.get("ceiling"),
    )


def read_polygon(element: Element, text: str) -> tuple[Point, ...]:
    """`lat,lon lat,lon …`, closed."""
    ring = [_pair(element, pair) for pair in text.split()]
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    return tuple(ring)


def read_circle(element: Element, text: str) -> Circle:
    """`lat,lon radius`, the radius in kilometres; in metres here."""
    parts = text.split()
    if len(parts) != 2:
        raise malformed(element, f"{text[:40]!r} is not a circle (lat,lon radius)")
    radius = _number(element, parts[1])
    if radius < 0:
        raise malformed(element, "a radius cannot be negative")
    return Circle(centre=_pair(element, parts[0]), radius=radius * KILOMETRE)


def _pair(element: Element, text: str) -> Point:
    lat, comma, lon = text.partition(",")
    if not comma:
        raise malformed(element, f"{text[:40]!r} is not a position (lat,lon)")
    latitude, longitude = _number(element, lat), _number(element, lon)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise malformed(element, f"{text[:40]!r} is not on Earth")
    return Point(lat=latitude, lon=longitude)


def _number(element: Element, text: str) -> float:
    try:
        number = float(text)
    except ValueError as fault:
        raise malformed(element, f"{text[:40]!r} is not a number") from fault
    if not math.isfinite(number):
        raise malformed(element, f"{text[:40]!r} is not a number")
    return number
