"""TakMessage ↔ event element: which field is which attribute, and what happens to the rest.

TAK's rule for `detail`: an element goes into its typed message only if it has exactly the
attributes of that message; any other goes, whole, into `xmlDetail`. So `status/@readiness` or
`track/@slope` are never dropped. If both say the same element, the one in `xmlDetail` comes first.

What one form says and the other has no place for is in `tak_beside`.
"""

from __future__ import annotations

import math
from collections import Counter
from copy import deepcopy
from typing import Any, Final
from xml.sax.saxutils import escape

from lxml import etree

from protocols.clock import to_datetime, to_microseconds
from protocols.errors import FormatRefused, MalformedDocument, NotRepresentable, UnsafeDocument
from protocols.formats.cot.detail import UNKNOWN, Element, attributes, find
from protocols.formats.cot.tak_beside import (
    BESIDE_TAG,
    NUMBER,
    WHOLE,
    apply_beside,
    copied,
    empty_beside,
    is_number,
    note_beside,
    put_texts,
    take_beside,
)
from protocols.formats.cot.tak_schema import (
    POINT,
    TEXTS,
    TIMES,
    TYPED,
    UNKNOWN_NUMBER,
    TakMessage,
)
from protocols.formats.times import parse_time, zulu_text
from protocols.formats.xml import malformed, number_text, parse

_LAST_INSTANT: Final = 253_402_300_799_999
"""Milliseconds at the end of the year 9999."""
_HEAD: Final = "<event><detail>"
_TAIL: Final = "</detail></event>"


# --- protobuf → event ---------------------------------------------------------------------------


def to_event(tak: Any) -> Element:
    """The event element of a TakMessage that has one.

    Raises `MalformedDocument` and `UnsafeDocument`, with the field.
    """
    said = tak.cotEvent
    event, detail = _with_detail(said.detail.xmlDetail)
    beside = detail.find(BESIDE_TAG)
    for name in ("uid", "type"):
        if not getattr(said, name).strip():
            raise MalformedDocument(f"/cotEvent/{name}: it is missing.", where=f"/cotEvent/{name}")
    put_texts(event, {"version": "2.0"} | {name: getattr(said, name) for name in TEXTS}, "cotEvent")
    for name, field in TIMES.items():
        event.set(name, _time_text(getattr(said, field), field))
    numbers = {name: getattr(said, name) for name in POINT}
    point = etree.Element(
        "point",
        {
            name: UNKNOWN if number == UNKNOWN_NUMBER else _number_text(number)
            for name, number in numbers.items()
        },
    )
    event.insert(0, point)
    for tag, (field, _, allowed) in TYPED.items():
        if said.detail.HasField(field):
            _typed_element(detail, tag, getattr(said.detail, field), sorted(allowed))
    if beside is not None:
        apply_beside(beside, event, point, detail, said)
    note_beside(tak, detail)
    if not said.HasField("detail") and not len(detail):
        event.remove(detail)
    return event


def _with_detail(xml_detail: str) -> tuple[Element, Element]:
    """An event with nothing but its detail: parsed at the depth at which XML would have it."""
    try:
        event = parse(f"{_HEAD}{xml_detail}{_TAIL}".encode())
    except (MalformedDocument, UnsafeDocument) as fault:
        raise _inside_xml_detail(fault) from None
    if len(event) != 1:
        raise MalformedDocument(
            "/cotEvent/detail/xmlDetail: it closes the detail it stands in.",
            where="/cotEvent/detail/xmlDetail",
        )
    return event, event[0]


def _inside_xml_detail(fault: FormatRefused) -> FormatRefused:
    """The same refusal, with its line and column counted inside the field."""
    where = "/cotEvent/detail/xmlDetail"
    line, column = fault.facts.get("line"), fault.facts.get("column")
    if not isinstance(line, int) or not isinstance(column, int):
        return type(fault)(f"{where}: {fault.detail}", where=where)
    if line == 1:
        column = max(column - len(_HEAD), 1)
    reason = fault.detail.partition(": ")[2] or fault.detail
    return type(fault)(
        f"{where}, line {line}, column {column}: {reason}", where=where, line=line, column=column
    )


def _time_text(milliseconds: int, field: str) -> str:
    if milliseconds > _LAST_INSTANT:
        raise MalformedDocument(
            f"/cotEvent/{field}: {milliseconds} ms is after the year 9999.",
            where=f"/cotEvent/{field}",
        )
    return zulu_text(to_datetime(milliseconds * 1000))


def _number_text(number: float) -> str:
    """A double as XML Schema writes it."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "INF" if number > 0 else "-INF"
    return number_text(number)


def _typed_element(detail: Element, tag: str, message: Any, names: list[str]) -> None:
    """An element of a typed message; empty text says nothing, a number always says something."""
    values = {name: getattr(message, name) for name in names}
    texts = {
        name: _number_text(value) if isinstance(value, float) else str(value)
        for name, value in values.items()
    }
    put_texts(etree.SubElement(detail, tag), texts, f"cotEvent/detail/{tag}")


# --- event → protobuf ---------------------------------------------------------------------------


def from_event(event: Element) -> Any:
    """The TakMessage of an event element; the element stays as it is.

    Raises `MalformedDocument` for an event without its times or its point, `NotRepresentable` for
    a time before 1970.
    """
    tak = TakMessage()
    said = tak.cotEvent
    beside = empty_beside()
    _texts_and_times(event, said, beside)
    point = find(event, "point")
    if point is None:
        raise malformed(event, "the element is missing", "point")
    _numbers(point, said, beside)
    detail = find(event, "detail")
    rest = [part for part in event if part is not point and part is not detail]
    if rest:
        holder = etree.SubElement(beside, "rest")
        holder.extend([copied(part) for part in rest])
    if detail is not None:
        said.detail.SetInParent()
        if detail.attrib:
            etree.SubElement(beside, "detail", dict(attributes(detail)))
        said.detail.xmlDetail = _detail(detail, tak)
    if len(beside):
        said.detail.xmlDetail += etree.tostring(beside, encoding="unicode")
    return tak


def _texts_and_times(event: Element, said: Any, beside: Element) -> None:
    left: dict[str, str] = {}
    for name, text in attributes(event):
        if name in TEXTS:
            setattr(said, name, text)
        elif name in TIMES:
            if not _set_time(event, name, said):
                left[name] = text
        elif name != "version":
            left[name] = text
    for name in TIMES:
        if name not in event.attrib:
            raise malformed(event, "the attribute is missing", f"@{name}")
    words = event.text if event.text and event.text.strip() else None
    if left or words:
        etree.SubElement(beside, "event", left).text = words


def _set_time(event: Element, name: str, said: Any) -> bool:
    """Set a time; False if its text says more than UTC milliseconds can."""
    text = event.get(name, "")
    try:
        moment, _ = parse_time(text)
    except ValueError as fault:
        raise malformed(event, str(fault), f"@{name}") from fault
    milliseconds = to_microseconds(moment) // 1000
    if milliseconds < 0:
        raise NotRepresentable(f"/event/@{name}: TAK protobuf has no times before 1970.")
    setattr(said, TIMES[name], milliseconds)
    clock, zulu, after = text.partition("Z")
    return bool(zulu) and not after and len(clock.partition(".")[2].rstrip("0")) <= 3


def _numbers(point: Element, said: Any, beside: Element) -> None:
    left: dict[str, str] = {}
    for name in ("lat", "lon"):
        if name not in point.attrib:
            raise malformed(point, "the attribute is missing", f"@{name}")
    for name in POINT:
        text = point.get(name)
        number = UNKNOWN_NUMBER
        if text is not None and is_number(text):
            number = float(text)
        elif text is not None:
            if name in ("lat", "lon"):
                raise malformed(point, f"{text[:40]!r} is not a number", f"@{name}")
            left[name] = text
        setattr(said, name, UNKNOWN_NUMBER if number == float(UNKNOWN) else number)
    left |= {name: text for name, text in attributes(point) if name not in POINT}
    words = point.text if point.text and point.text.strip() else None
    if left or words or len(point):
        holder = etree.SubElement(beside, "point", left)
        holder.text = words
        holder.extend(list(deepcopy(point)))  # with the text after each


def _detail(detail: Element, tak: Any) -> str:
    """Fill the typed messages; what they cannot hold exactly is the `xmlDetail` returned."""
    parts = [(str(part.tag), part) for part in detail]
    mixed = any(text and text.strip() for text in (detail.text, *(part.tail for _, part in parts)))
    seen = Counter(tag for tag, _ in parts if tag in TYPED)
    left = [_escaped(detail.text)] if mixed else []
    besides: list[Element] = []
    for tag, part in parts:
        typed = not mixed and seen[tag] == 1 and _fill_typed(tag, part, tak.cotEvent.detail)
        if tag == BESIDE_TAG:
            besides.append(part)
        elif not typed:
            left.append(etree.tostring(part, encoding="unicode", with_tail=False))
        if mixed:
            left.append(_escaped(part.tail))
    left += [take_beside(part, tak) for part in besides]
    return "".join(left)


def _escaped(text: str | None) -> str:
    return escape(text or "", {"\r": "&#13;"})


def _fill_typed(tag: str, part: Element, detail: Any) -> bool:
    """Fill the typed message of an element; False, and nothing done, if it cannot hold it."""
    field, required, allowed = TYPED[tag]
    texts = dict(attributes(part))
    if not required <= texts.keys() <= allowed or len(part) or (part.text and part.text.strip()):
        return False
    values = {name: _typed_value(field, text) for name, text in texts.items()}
    if None in values.values():
        return False
    message = getattr(detail, field)
    message.SetInParent()
    for name, value in values.items():
        setattr(message, name, value)
    return True


def _typed_value(field: str, text: str) -> str | int | float | None:
    """A text as the typed message holds it; None if it cannot say exactly this."""
    if field == "status":
        return int(text) if WHOLE.fullmatch(text) and int(text) < 2**32 else None
    if field == "track":
        number = float(text) if NUMBER.fullmatch(text) else math.nan
        return number if math.isfinite(number) else None
    return text or None
