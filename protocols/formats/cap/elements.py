"""The elements of an alert, in the schema's order: what both ways of writing CAP are made of."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from lxml import etree

from protocols.errors import MalformedDocument
from protocols.formats.cap.aside import insert
from protocols.formats.cap.geometry import FEET, circle_text, ring_text, scaled
from protocols.formats.cap.read import (
    Element,
    list_text,
    read_time,
    reference_text,
)
from protocols.formats.cap.words import (
    NAMESPACE,
    STATUS_OF,
)
from protocols.formats.codec import Settings
from protocols.formats.times import offset_text
from protocols.formats.xml import from_node, legal
from protocols.messages.envelope import Message, Reference
from protocols.messages.kinds import (
    Alert,
    AlertAction,
    AlertInfo,
)
from protocols.messages.values import Area, Exercise, Moment

PREFIX: Final = f"{{{NAMESPACE}}}"
_CAP_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d", re.ASCII)
"""CAP 1.2, section 3.3.2 and schema: whole seconds and a numeric offset, never `Z`."""


def add(parent: Element, name: str, text: str | None) -> None:
    """A child with that text, unless there is none."""
    if text is not None:
        made = etree.SubElement(parent, PREFIX + name)
        made.text = text if text.isprintable() else legal(text)


def add_pair(parent: Element, name: str, key: str, value: str) -> None:
    element = etree.SubElement(parent, PREFIX + name)
    add(element, "valueName", key)
    add(element, "value", value)


def time_text(message: Message, moment: datetime | None, place: str) -> str | None:
    """A time in the sender's own words where they still say the same and CAP 1.2 allows them."""
    if moment is None:
        return None
    kept = message.moments.get(place)
    if kept is not None and _CAP_TIME.fullmatch(kept.text) and says(kept, moment):
        return kept.text
    return offset_text(moment)


def says(kept: Moment, moment: datetime) -> bool:
    """Whether the words kept of a time still say that time."""
    try:
        return read_time(kept.text)[0] == moment
    except ValueError:
        return False


def allowed(kept: Moment) -> bool:
    """Whether CAP 1.2 allows the words that were kept of a time."""
    return _CAP_TIME.fullmatch(kept.text) is not None


def _status(message: Message, settings: Settings) -> str:
    if message.exercise is Exercise.NOT_STATED:
        return STATUS_OF[settings.unstated]
    return STATUS_OF[message.exercise]


def sender_text(message: Message) -> str:
    """The device as a CAP sender: no spaces, commas, `<` or `&` (section 3.2.1)."""
    return re.sub(r"[\s,<&]+", "_", legal(message.sender.device)) or "-"


def is_foreign(message: Message) -> bool:
    """Whether the alert came from a CAP system and keeps the sender and identifier it has there."""
    source = message.source
    return (
        source is not None
        and source.format == "cap"
        and isinstance(message.body, Alert)
        and _exact(source.system)
        and (source.id is None or _exact(source.id))
    )


def _exact(text: str) -> bool:
    """Whether an element says the text exactly when it is read again."""
    return bool(text) and text == text.strip() and legal(text) == text


def reference_to(message: Message) -> Reference:
    """How CAP names this message, if it was written here."""
    sent = time_text(message, message.sent, "/sent")
    if is_foreign(message):
        assert message.source is not None
        return Reference(
            sender=message.source.system, id=message.source.id or message.id, sent=sent
        )
    return Reference(sender=sender_text(message), id=message.id, sent=sent)


def write_head(
    root: Element,
    message: Message,
    settings: Settings,
    action: AlertAction,
    references: tuple[Reference, ...],
    left: dict[str, Any],
    body: Alert,
    codes: tuple[str, ...] = (),
) -> None:
    """Everything of an alert before its infos, in the schema's order.

    `codes`: those that a profile asks for.
    """
    own = reference_to(message)
    sent = message.moments.get("/sent")
    add(root, "identifier", own.id)
    add(root, "sender", own.sender)
    if body.infos or settings.profile or sent is None or not says(sent, message.sent):
        add(root, "sent", own.sent)
    else:
        add(root, "sent", sent.text)  # no parameter could carry these words
    add(root, "status", _status(message, settings))
    add(root, "msgType", action.value.capitalize())
    add(root, "source", left_text(left.get("source")))
    add(root, "scope", body.scope.value.capitalize() if body.scope else "Restricted")
    add(root, "restriction", message.handling.restriction)
    add(root, "addresses", list_text(body.addresses) or None)
    kept = left.get("code")
    there = [left_text(code) for code in kept] if isinstance(kept, list) else []
    for code in (*there, *(code for code in codes if code not in there)):
        add(root, "code", code)
    add(root, "note", body.note)
    add(root, "references", reference_text(references) or None)
    add(root, "incidents", list_text(incidents(message, body)) or None)


def incidents(message: Message, body: Alert) -> tuple[str, ...]:
    """What the element `incidents` lists: of an alert from a CAP system, what it listed there."""
    if body.incidents or is_foreign(message) or not message.incident:
        return body.incidents
    return (message.incident,)


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
    if info.audience is not None:
        add(element, "audience", info.audience)
    for code in info.event_codes:
        add_pair(element, "eventCode", code.system, code.code)
    for name in ("effective", "onset", "expires"):
        moment = getattr(info, name)
        if moment is not None:
            add(element, name, time_text(message, moment, f"{place}/{name}"))
    for name, field in _WORDS:
        text = getattr(info, field)
        if text is not None:
            add(element, name, text)
    for parameter in info.parameters:
        add_pair(element, "parameter", parameter.name, parameter.value)


_WORDS: Final = (
    ("senderName", "sender_name"),
    ("headline", "headline"),
    ("description", "description"),
    ("instruction", "instruction"),
    ("web", "web"),
    ("contact", "contact"),
)


def write_area(parent: Element, area: Area) -> Element:
    """One area; metres become kilometres and feet again."""
    element = etree.SubElement(parent, PREFIX + "area")
    add(element, "areaDesc", area.description.text if area.description else "")
    for ring in area.polygons:
        if ring:
            add(element, "polygon", ring_text(ring))
    for circle in area.circles:
        add(element, "circle", circle_text(circle))
    for geocode in area.geocodes:
        add_pair(element, "geocode", geocode.system, geocode.code)
    for name, height in (("altitude", area.altitude), ("ceiling", area.ceiling)):
        if height is not None:
            add(element, name, scaled(height, FEET))
    return element


def append_left(element: Element, left: dict[str, Any], place: str) -> None:
    """What reading had left of this place, each where the schema's order wants it."""
    nodes = left.get(place)
    if nodes is None:
        return
    if not isinstance(nodes, list):
        raise MalformedDocument("/extensions/cap does not hold the parts of an alert.")
    for node in nodes:
        insert(element, from_node(node), PREFIX)
