"""The elements of an alert, in the schema's order: what both ways of writing CAP are made of."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from lxml import etree

from protocols.errors import MalformedDocument
from protocols.formats.cap_read import (
    FEET,
    KILOMETRE,
    Element,
    list_text,
    reference_text,
)
from protocols.formats.cap_words import (
    NAMESPACE,
    STATUS_OF,
)
from protocols.formats.codec import Settings
from protocols.formats.times import offset_text, parse_time
from protocols.formats.xml import from_node, legal, number_text
from protocols.messages.envelope import Message, Reference
from protocols.messages.kinds import (
    Alert,
    AlertAction,
    AlertInfo,
)
from protocols.messages.values import Area, Exercise


def add(parent: Element, name: str, text: str | None) -> None:
    """A child with that text, unless there is none."""
    if text is not None:
        etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = legal(text)


def add_pair(parent: Element, name: str, key: str, value: str) -> None:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    add(element, "valueName", key)
    add(element, "value", value)


def time_text(message: Message, moment: datetime | None, place: str) -> str | None:
    """A time in the sender's own words where they still say the same moment."""
    if moment is None:
        return None
    kept = message.moments.get(place)
    if kept is not None:
        try:
            if parse_time(kept.text)[0] == moment:
                return kept.text
        except ValueError:
            pass
    return offset_text(moment)


def _status(message: Message, settings: Settings) -> str:
    if message.exercise is Exercise.NOT_STATED:
        return STATUS_OF[settings.unstated]
    return STATUS_OF[message.exercise]


def sender_text(message: Message) -> str:
    """The device as a CAP sender: no spaces, commas, `<` or `&` (section 3.2.1)."""
    return re.sub(r"[\s,<&]+", "_", message.sender.device)


def reference_to(message: Message) -> Reference:
    """How CAP names this message, if it was written here."""
    source = message.source
    if source is not None and source.format == "cap" and isinstance(message.body, Alert):
        sent = time_text(message, message.sent, "/sent")
        return Reference(sender=source.system, id=source.id or message.id, sent=sent)
    sent = time_text(message, message.sent, "/sent")
    return Reference(sender=sender_text(message), id=message.id, sent=sent)


def write_head(
    root: Element,
    message: Message,
    settings: Settings,
    action: AlertAction,
    references: tuple[Reference, ...],
    left: dict[str, Any],
    body: Alert,
) -> None:
    """Everything of an alert before its infos, in the schema's order."""
    source = message.source
    foreign = source is not None and source.format == "cap" and isinstance(message.body, Alert)
    add(root, "identifier", (source.id if source and foreign else None) or message.id)
    add(root, "sender", source.system if source and foreign else sender_text(message))
    add(root, "sent", time_text(message, message.sent, "/sent"))
    add(root, "status", _status(message, settings))
    add(root, "msgType", action.value.capitalize())
    add(root, "source", left_text(left.get("source")))
    add(root, "scope", body.scope.value.capitalize() if body.scope else "Restricted")
    add(root, "restriction", message.handling.restriction)
    add(root, "addresses", list_text(body.addresses) or None)
    codes = left.get("code")
    for code in codes if isinstance(codes, list) else ():
        add(root, "code", left_text(code))
    add(root, "note", body.note)
    add(root, "references", reference_text(references) or None)
    incidents = body.incidents or ((message.incident,) if message.incident else ())
    add(root, "incidents", list_text(incidents) or None)


def left_text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise MalformedDocument("/extensions/cap does not hold the parts of an alert.")
    return value


def fill_info(element: Element, info: AlertInfo, message: Message, place: str) -> None:
    """The children of an info up to its parameters."""
    add(element, "language", info.language)
    for category in info.category:
        add(element, "category", category)
    add(element, "event", info.event)
    for response in info.response:
        add(element, "responseType", response)
    add(element, "urgency", info.urgency)
    add(element, "severity", info.severity)
    add(element, "certainty", info.certainty)
    add(element, "audience", info.audience)
    for code in info.event_codes:
        add_pair(element, "eventCode", code.system, code.code)
    for name in ("effective", "onset", "expires"):
        add(element, name, time_text(message, getattr(info, name), f"{place}/{name}"))
    add(element, "senderName", info.sender_name)
    add(element, "headline", info.headline)
    add(element, "description", info.description)
    add(element, "instruction", info.instruction)
    add(element, "web", info.web)
    add(element, "contact", info.contact)
    for parameter in info.parameters:
        add_pair(element, "parameter", parameter.name, parameter.value)


def write_area(parent: Element, area: Area) -> Element:
    """One area; metres become kilometres and feet again."""
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}area")
    add(element, "areaDesc", area.description.text if area.description else "")
    for ring in area.polygons:
        add(element, "polygon", " ".join(_position(p.lat, p.lon) for p in ring))
    for circle in area.circles:
        centre = _position(circle.centre.lat, circle.centre.lon)
        add(element, "circle", f"{centre} {_scaled(circle.radius, KILOMETRE)}")
    for geocode in area.geocodes:
        add_pair(element, "geocode", geocode.system, geocode.code)
    for name, height in (("altitude", area.altitude), ("ceiling", area.ceiling)):
        if height is not None:
            add(element, name, _scaled(height, FEET))
    return element


def _position(lat: float, lon: float) -> str:
    return f"{number_text(lat)},{number_text(lon)}"


def _scaled(number: float, unit: float) -> str:
    """A number in another unit, in the fewest digits that give the same number back."""
    for digits in range(1, 18):
        text = f"{number / unit:.{digits}g}"
        if float(text) * unit == number:
            return number_text(float(text))
    return number_text(number / unit)


def append_left(element: Element, left: dict[str, Any], place: str) -> None:
    """What reading had left of this place."""
    nodes = left.get(place)
    if nodes is None:
        return
    if not isinstance(nodes, list):
        raise MalformedDocument("/extensions/cap does not hold the parts of an alert.")
    for node in nodes:
        element.append(from_node(node))
