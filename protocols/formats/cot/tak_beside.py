"""What one form of an event says and the other has no place for: the detail element `__tak`.

    in a frame      event and point attributes without a field, what stands in the point, times
                    that are not whole UTC milliseconds, elements beside `point` and `detail`
    in an event     `takControl`, TAK Server's own times, protobuf fields that nobody knows (hex)

It never overrules: what it says is used only where the frame or event itself says nothing else,
and what cannot be used stays where it is.
"""

from __future__ import annotations

import math
import re
from copy import deepcopy
from typing import Any, Final

from lxml import etree

from protocols.clock import to_datetime, to_microseconds
from protocols.errors import MalformedDocument
from protocols.formats.cot.detail import Element, attributes, number_of
from protocols.formats.cot.tak_schema import (
    CONTROL,
    POINT,
    SERVER_TIMES,
    TEXTS,
    TIMES,
    TYPED,
    UNKNOWN_NUMBER,
    add_unknown,
    unknown,
)
from protocols.formats.times import parse_time, zulu_text

NAMESPACE: Final = "urn:crossband:tak:1"
BESIDE: Final = "__tak"
"""The detail element that carries what the other form has no place for."""
BESIDE_TAG: Final = f"{{{NAMESPACE}}}{BESIDE}"

_WIDTHS: Final = dict.fromkeys(CONTROL[:2], 2**32) | dict.fromkeys(SERVER_TIMES, 2**64)

NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
WHOLE: Final = re.compile(r"0|[1-9]\d{0,19}", re.ASCII)


def is_number(text: str) -> bool:
    """A decimal, or one of the ways to write a double that is none (NaN, INF, far too large)."""
    number = number_of(text)
    return number is not None and (
        not math.isfinite(number) or NUMBER.fullmatch(text.strip()) is not None
    )


def put_texts(element: Element, texts: dict[str, str], where: str) -> None:
    """Set attributes from protobuf fields, where they say anything. Raises `MalformedDocument`."""
    for name, text in texts.items():
        if text:
            try:
                element.set(name, text)
            except ValueError:
                raise MalformedDocument(
                    f"/{where}/{name}: it has a character that no CoT event may have.",
                    where=f"/{where}/{name}",
                ) from None


def empty_beside() -> Element:
    """The element with nothing in it; its prefix keeps its children out of its namespace."""
    return etree.Element(BESIDE_TAG, nsmap={"crossband": NAMESPACE})


def copied(element: Element) -> Element:
    """A copy that does not bring the text after it along."""
    alone = deepcopy(element)
    alone.tail = None
    return alone


def apply_beside(
    beside: Element, event: Element, point: Element, detail: Element, said: Any
) -> None:
    """Put back what the frame had no field for; what contradicts the frame stays where it is."""
    for part in list(beside):
        if part.tag == "event":
            _restore_attributes(part, event)
            if part.text and part.text.strip():
                event.text, part.text = part.text, None
        elif part.tag == "point":
            _restore_point(part, point, said)
        elif part.tag == "detail":
            _restore_attributes(part, detail)
        elif part.tag == "rest":
            event.extend(list(part))
        else:
            continue
        if not part.attrib and not len(part):
            beside.remove(part)
    if not len(beside) and not beside.attrib:
        detail.remove(beside)


def _restore_attributes(part: Element, target: Element) -> None:
    for name, text in attributes(part):
        exact = name in TIMES and target.tag == "event" and _same_instant(text, target.get(name))
        if exact or (name not in target.attrib and name not in TEXTS):
            target.set(name, text)
            del part.attrib[name]


def _same_instant(text: str, written: str | None) -> bool:
    """Whether an exact time says the millisecond that the frame says."""
    try:
        exact = parse_time(text)[0]
    except ValueError:
        return False
    return written == zulu_text(to_datetime(to_microseconds(exact) // 1000 * 1000))


def _restore_point(part: Element, point: Element, said: Any) -> None:
    for name, text in attributes(part):
        silent = name in POINT and getattr(said, name) == UNKNOWN_NUMBER
        if name not in POINT or (silent and not is_number(text)):
            point.set(name, text)
            del part.attrib[name]
    point.text, part.text = part.text, None
    point.extend(list(part))


def note_beside(tak: Any, detail: Element) -> None:
    """Put what only protobuf says into the event: control, server times, unknown fields."""
    parts: list[Element] = []
    control = {name: getattr(tak, name) for name in SERVER_TIMES}
    if tak.HasField("takControl"):
        control |= {name: getattr(tak.takControl, name) for name in CONTROL}
    if tak.HasField("takControl") or any(control.values()):
        element = etree.Element("message")
        texts = {n: str(v) for n, v in control.items() if v or n in CONTROL[:2]}
        put_texts(element, texts, "takControl")
        parts.append(element)
    for place, message in _places(tak):
        left = unknown(message)
        if left:
            element = etree.Element("unknown", {"in": place})
            element.text = left.hex()
            parts.append(element)
    if parts:
        found = detail.find(BESIDE_TAG)
        beside = empty_beside() if found is None else found
        if found is None:
            detail.append(beside)
        beside.extend(parts)


def _places(tak: Any) -> list[tuple[str, Any]]:
    """Every message of a TakMessage that is there, by its path."""
    places = [("/", tak)]
    if tak.HasField("takControl"):
        places.append(("/takControl", tak.takControl))
    if tak.HasField("cotEvent"):
        places.append(("/cotEvent", tak.cotEvent))
        if tak.cotEvent.HasField("detail"):
            detail = tak.cotEvent.detail
            places.append(("/cotEvent/detail", detail))
            places += [
                (f"/cotEvent/detail/{field}", getattr(detail, field))
                for field, _, _ in TYPED.values()
                if detail.HasField(field)
            ]
    return places


def take_beside(beside: Element, tak: Any) -> str:
    """Take what only protobuf says out of the event; what is left of the element is text again."""
    left = copied(beside)
    places = dict(_places(tak))
    for part in list(left):
        if part.tag == "message":
            done = _set_control(part, tak)
            places = dict(_places(tak))
        elif part.tag == "unknown":
            done = _set_unknown(part, places)
        else:
            continue
        if done:
            left.remove(part)
    return etree.tostring(left, encoding="unicode") if len(left) or left.attrib else ""


def _set_control(part: Element, tak: Any) -> bool:
    values: dict[str, int | str] = {}
    for name, text in attributes(part):
        if name == CONTROL[2]:
            values[name] = text
            continue
        if name not in _WIDTHS or not WHOLE.fullmatch(text) or int(text) >= _WIDTHS[name]:
            return False
        values[name] = int(text)
    if any(name in values for name in CONTROL):
        tak.takControl.SetInParent()
    for name, value in values.items():
        setattr(tak if name in SERVER_TIMES else tak.takControl, name, value)
    return True


def _set_unknown(part: Element, places: dict[str, Any]) -> bool:
    message = places.get(part.get("in", ""))
    if message is None:
        return False
    try:
        return add_unknown(message, bytes.fromhex(part.text or ""))
    except ValueError:
        return False
