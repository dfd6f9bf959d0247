"""Reading CAP: the parts of an alert as values, and whatever is left of it as the extension.

Reading is strict about what an alert is (identifier, sender, sent, status, msgType, scope) and
lenient about what it says: deployed systems leave fields empty, put elements in another order, add
their own, and write times and positions that are none. What they add is kept, never dropped; what
cannot be read is kept as it was, with a loss that says so, because a wrong corner of a polygon must
not cost the warning.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from lxml import etree

from protocols.formats.cap.aside import in_order
from protocols.formats.cap.geometry import FEET, read_circle, read_number, read_ring
from protocols.formats.losses import Losses
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
Value = TypeVar("Value")

KEPT: Final = "it is kept as it was written"
_TAG: Final = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_LISTED: Final = re.compile(r'"([^"]*)"|(\S+)')
_SPACE: Final = re.compile(r"\s")
_AFTER_COMMA: Final = re.compile(r",\s+")
_LOOSE_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt\s]\s*(\d\d:\d\d)(:\d\d(?:\.\d{1,32})?)?\s*([Zz]|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


class Reading:
    """What is remembered while one alert is read: how it wrote its times, what is left, losses."""

    def __init__(self, namespace: str) -> None:
        self.prefix = f"{{{namespace}}}"
        self._names: dict[str, str] = {}
        self.moments: dict[str, Moment] = {}
        self.references: tuple[Reference, ...] = ()
        self.left: dict[str, Any] = {}
        self.losses = Losses()

    def keep(self, place: str, element: Element) -> None:
        """An element that has no home: it goes to the extension under its parent's place."""
        nodes: list[Node] = self.left.setdefault(place, [])
        nodes.append(to_node(element))

    def attempt(self, place: str, element: Element, read: Callable[[str], Value]) -> Value | None:
        """What `read` makes of an optional element's text, or None: then the element is kept."""
        text = text_of(element)
        if text is None:
            self.empty(place, element)
            return None
        try:
            return read(text)
        except ValueError as fault:
            self._unread(place, element, text, fault)
            self.keep(place, element)
            return None

    def again(self, place: str, element: Element, read: Callable[[str], object]) -> None:
        """A second one of what may stand once: it is kept, and said if it could not be read."""
        text = text_of(element)
        try:
            if text is not None:
                read(text)
        except ValueError as fault:
            self._unread(place, element, text or "", fault)
        self.keep(place, element)

    def _unread(self, place: str, element: Element, text: str, fault: ValueError) -> None:
        field = f"{place}/{self.name(element)}".strip("/").replace("/", ".")
        self.losses.add(field, text, f"{fault}; {KEPT}")

    def empty(self, place: str, element: Element) -> None:
        """An element that says nothing; only its attributes, if it has any, are worth keeping."""
        if element.attrib:
            self.keep(place, element)

    def name(self, element: Element) -> str:
        """The element's name if it is CAP's own, else its full name."""
        tag = str(element.tag)
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = tag.removeprefix(self.prefix)
        return name

    def time(self, element: Element, place: str) -> datetime:
        """A time that must be there; raises `MalformedDocument` with line and path."""
        try:
            return self._time(text_of(element) or "", place)
        except ValueError as fault:
            raise malformed(element, str(fault)) from fault

    def optional_time(self, element: Element, place: str) -> datetime | None:
        """A time, with the sender's own words kept where they are not ours; None if it is none."""
        field = f"{place}/{self.name(element)}"
        return self.attempt(place, element, lambda text: self._time(text, field))

    def _time(self, text: str, field: str) -> datetime:
        moment, offset_given = read_time(text)
        if text != offset_text(moment):
            self.moments[field] = Moment(text=text, offset_given=offset_given)
        return moment

    def finish(self) -> None:
        """Everything is read: what is left of each place stands in the order of the schema."""
        for place, nodes in self.left.items():
            steps = place.split("/")
            if len(nodes) > 1 and steps[0] == "" and steps[1:2] == ["body"]:
                self.left[place] = in_order(nodes, _PARENT[len(steps), steps[-2]], self.prefix)


_PARENT: Final = {
    (2, ""): "alert",
    (4, "infos"): "info",
    (6, "areas"): "area",
    (6, "resources"): "resource",
}
"""What stands at a place, by the number of its steps and the last but one."""


def read_time(text: str) -> tuple[datetime, bool]:
    """(moment, whether an offset was given) of a time as deployed systems write it.

    Beyond `parse_time` these are read: an offset without a colon, a space for the `T`, small
    letters, no seconds. Raises `ValueError`.
    """
    try:
        return parse_time(text)
    except ValueError:
        match = _LOOSE_TIME.fullmatch(text.strip())
        if match is None:
            raise
        date, clock, seconds, offset = match.groups()
        offset = (offset or "").upper()
        if len(offset) == 5:
            offset = f"{offset[:3]}:{offset[3:]}"
        return parse_time(f"{date}T{clock}{seconds or ':00'}{offset}")


def text_of(element: Element) -> str | None:
    """The text of an element without white space around it; None for an empty one."""
    text = element.text
    return text.strip() or None if text else None


def listed(text: str) -> tuple[str, ...]:
    """A CAP list: separated by white space, a part with spaces in double quotes (section 3.2.1)."""
    return tuple(quoted or bare for quoted, bare in _LISTED.findall(text))


def list_text(parts: tuple[str, ...]) -> str:
    """The reverse of `listed`."""
    return " ".join(f'"{part}"' if not part or _SPACE.search(part) else part for part in parts)


def read_references(text: str) -> tuple[Reference, ...]:
    """`sender,identifier,sent` triples, also with a comma and a space between or in them.

    Raises `ValueError`.
    """
    references = []
    for group in _AFTER_COMMA.sub(",", text).split():
        parts = group.split(",")
        if len(parts) % 3 or not all(parts):
            raise ValueError("references are triples sender,identifier,sent")
        for sender, identifier, sent in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            references.append(Reference(sender=sender, id=identifier, sent=sent))
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
_PARTS: Final = frozenset({"eventCode", "parameter", "resource", "area"})
"""Elements of an info that have elements of their own."""


def read_info(element: Element, index: int, reading: Reading) -> AlertInfo:
    """One info block; `index` counts from 0."""
    place = f"/body/infos/{index}"
    fields: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {}
    for child in element:
        name = reading.name(child)
        if name in _PARTS:
            _read_part(child, name, place, lists, reading)
        elif len(child):
            reading.keep(place, child)
        elif name in _TEXTS and _TEXTS[name] not in fields:
            text = text_of(child)
            if text is None:
                reading.empty(place, child)
            else:
                fields[_TEXTS[name]] = child.text if name in _VERBATIM else text
        elif name in _LISTS:
            text = text_of(child)
            if text is None:
                reading.empty(place, child)
            else:
                lists.setdefault(_LISTS[name], []).append(text)
        elif name in _TIMES and name in fields:
            reading.again(place, child, read_time)
        elif name in _TIMES:
            if (moment := reading.optional_time(child, place)) is not None:
                fields[name] = moment
        elif name == "language" and "language" not in fields:
            if (tag := reading.attempt(place, child, read_language)) is not None:
                fields["language"] = tag
        else:
            reading.keep(place, child)
    fields |= {name: tuple(values) for name, values in lists.items()}
    return AlertInfo(**fields)


def read_language(text: str) -> str:
    """A language tag (RFC 3066 and its successors); an underscore is read as the hyphen it means.

    Raises `ValueError`.
    """
    tag = text.replace("_", "-")
    if not _TAG.fullmatch(tag):
        raise ValueError(f"{text[:40]!r} is not a language tag")
    return tag


def _read_part(
    child: Element, name: str, place: str, lists: dict[str, list[Any]], reading: Reading
) -> None:
    """The structured children of an info."""
    if name == "area":
        areas = lists.setdefault("areas", [])
        areas.append(read_area(child, f"{place}/areas/{len(areas)}", reading))
    elif name == "resource":
        resources = lists.setdefault("resources", [])
        resources.append(read_resource(child, f"{place}/resources/{len(resources)}", reading))
    elif (pair := read_pair(child, reading)) is None:
        reading.keep(place, child)
    elif name == "eventCode":
        lists.setdefault("event_codes", []).append(NativeCode(system=pair[0], code=pair[1]))
    else:
        lists.setdefault("parameters", []).append(Parameter(name=pair[0], value=pair[1]))


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


_RESOURCE: Final = {
    "resourceDesc": "description",
    "mimeType": "media_type",
    "uri": "uri",
    "digest": "digest",
    "size": "size",
    "derefUri": "content",
}


def read_resource(element: Element, place: str, reading: Reading) -> Resource:
    """A resource; its content only where it stands in the document itself (derefUri)."""
    fields: dict[str, Any] = {}
    for child in element:
        name = reading.name(child)
        field = _RESOURCE.get(name)
        if field is None or field in fields or len(child):
            reading.keep(place, child)
        elif name in _READ:
            if (value := reading.attempt(place, child, _READ[name])) is not None:
                fields[field] = value
        elif (text := text_of(child)) is None:
            reading.empty(place, child)
        else:
            fields[field] = text
    return Resource(**fields)


def read_size(text: str) -> int:
    """Bytes; raises `ValueError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(f"{text[:40]!r} is not a number of bytes")
    return int(text)


def read_content(text: str) -> bytes:
    """What a derefUri holds; raises `ValueError` for what is not exactly base64."""
    joined = "".join(text.split())
    try:
        content = base64.b64decode(joined, validate=True)
    except binascii.Error as fault:
        raise ValueError(f"the content is not base64: {fault}") from None
    if base64.b64encode(content).decode() != joined:
        raise ValueError("the content is not base64: its last bits are not zero")
    return content


_READ: Final[dict[str, Callable[[str], object]]] = {"size": read_size, "derefUri": read_content}


# --- area ---------------------------------------------------------------------------------------


def read_area(element: Element, place: str, reading: Reading) -> Area:
    """An area. Open polygons are closed; feet become metres; a radius of 0 is an epicentre."""
    description: str | None = None
    polygons: list[tuple[Point, ...]] = []
    circles: list[Circle] = []
    geocodes: list[NativeCode] = []
    heights: dict[str, float] = {}
    for child in element:
        name = reading.name(child)
        if name == "geocode" and (pair := read_pair(child, reading)) is not None:
            geocodes.append(NativeCode(system=pair[0], code=pair[1]))
        elif len(child):
            reading.keep(place, child)
        elif name == "areaDesc" and description is None:
            description = child.text if text_of(child) else None
            if description is None:
                reading.empty(place, child)
        elif name == "polygon":
            if (ring := reading.attempt(place, child, read_ring)) is not None:
                polygons.append(ring)
        elif name == "circle":
            if (circle := reading.attempt(place, child, read_circle)) is not None:
                circles.append(circle)
        elif name in ("altitude", "ceiling") and name not in heights:
            if (height := reading.attempt(place, child, read_number)) is not None:
                heights[name] = height * FEET
        elif name in heights:
            reading.again(place, child, read_number)
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
