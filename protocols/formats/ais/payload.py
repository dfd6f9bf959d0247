"""The bits of one AIS message ↔ its fields by name, with nothing left over and nothing made up.

Three things beside the fields make the way back exact: `bits`, the length where it is not the
layout's own; `rest`, bits beyond the layout; `raw`, a text as it was filled up where that was not
with `@` alone.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from protocols.formats.ais.layouts import NATURAL, SHORTEST, Field, Kind, Layout, layout_of
from protocols.formats.ais.sixbit import END, from_text, to_text

LONGEST: Final = 6 * 1024
"""Bits of a message; five slots of the radio hold 1,064."""
FREE_TEXT: Final = "text"
"""The field that people write; in the others `@` ends the text."""

Fields = dict[str, Any]


class Payload(msgspec.Struct, frozen=True):
    """What a message says. `fields` has only what is stated, in the order of the bits."""

    fields: Fields
    raw: dict[str, str] = {}
    bits: int | None = None
    rest: str = ""
    """Bits beyond the layout, `count:hexadecimal`; none where all of them are 0."""


# --- reading ------------------------------------------------------------------------------------


def read(bits: int, length: int) -> Payload:
    """The message that these bits are. Raises `ValueError`, which says what is wrong with them."""
    if not 40 <= length <= LONGEST:
        raise ValueError(f"a message has 40 to {LONGEST} bits, not {length}")
    number = bits >> (length - 6)
    if number not in SHORTEST:
        raise ValueError(f"ITU-R M.1371 has no message of type {number}")
    if length < SHORTEST[number]:
        raise ValueError(
            f"a message of type {number} has at least {SHORTEST[number]} bits, not {length}"
        )
    fields: Fields = {}
    raw: dict[str, str] = {}
    left = length
    layout = layout_of(bits, length)
    natural = NATURAL.get(number) or _natural(layout)
    unsigned, text, data = Kind.UNSIGNED, Kind.TEXT, Kind.DATA
    for name, width, kind, scale, absent in layout:
        if width > left or not width:
            if kind is data and left:
                fields[name] = _hex(bits & (1 << left) - 1, left)
                left = 0
            if kind is not text:
                break
            width = left - left % 6
        left -= width
        value = bits >> left & (1 << width) - 1
        if kind is text:
            _read_text(name, value, width // 6, fields, raw)
        elif value == absent:
            continue
        elif kind is unsigned:
            fields[name] = value
        elif kind is Kind.FLAG:
            fields[name] = value == 1
        elif kind is Kind.FRACTION:
            fields[name] = value / scale
        else:
            if value >> (width - 1):
                value -= 1 << width
            fields[name] = value / scale if kind is Kind.SCALED else value
    rest = bits & (1 << left) - 1
    return Payload(
        fields=fields,
        raw=raw,
        bits=None if length == natural else length,
        rest=_hex(rest, left) if rest else "",
    )


def _read_text(name: str, value: int, characters: int, fields: Fields, raw: dict[str, str]) -> None:
    if not value:
        return
    whole = to_text(value, characters)
    text = trimmed(name, whole)
    if text:
        fields[name] = text
    kept = whole if name == FREE_TEXT else whole.rstrip(END)
    if kept != text:
        raw[name] = kept


def trimmed(name: str, whole: str) -> str:
    """A text without what fills it up."""
    return (whole if name == FREE_TEXT else whole.partition(END)[0]).rstrip(" " + END)


def _hex(bits: int, length: int) -> str:
    """`count:hexadecimal`, the bits from the left, the last digit filled up with 0."""
    digits = -(-length // 4)
    return f"{length}:{bits << (4 * digits - length):0{digits}x}"


def _natural(layout: Layout) -> int:
    """How many bits a message of this layout has; -1 where only the message can say it."""
    return sum(field.width for field in layout) if layout[-1].width else -1


# --- writing ------------------------------------------------------------------------------------


def write(payload: Payload) -> tuple[int, int]:
    """(the bits, how many). Raises `ValueError` for fields that no message can have."""
    fields = payload.fields
    layout = _layout_for(fields)
    natural = _natural(layout)
    length = payload.bits if payload.bits is not None else natural
    if length == -1:
        length = _length_of(layout, payload)
    if not 40 <= length <= LONGEST:
        raise ValueError(f"a message has 40 to {LONGEST} bits, not {length}")
    bits = 0
    left = length
    for field in layout:
        if field.kind is Kind.DATA:
            data, width = _unhex(fields.get(field.name, "0:"))
        else:
            width = field.width
            if width > left or not width:
                if field.kind is not Kind.TEXT:
                    break
                width = left - left % 6
            data = _bits(field, width, payload)
        if width > left:
            raise ValueError(f"{field.name} does not fit into {length} bits")
        left -= width
        bits = bits << width | data
    if payload.rest:
        data, width = _unhex(payload.rest)
        if width != left:
            raise ValueError(f"{width} bits beyond the layout, where there is room for {left}")
        return bits << left | data, length
    return bits << left, length


def _layout_for(fields: Fields) -> Layout:
    """The layout, found by the fields that decide it."""
    head = whole_number(fields, "type", 6) << 32 | whole_number(fields, "mmsi", 30)
    number = head >> 32
    bits = head << 130
    if number not in SHORTEST:
        raise ValueError(f"ITU-R M.1371 has no message of type {number}")
    if number == 24:
        bits |= whole_number(fields, "partno", 2) << 128
    elif number == 22:
        bits |= bool(fields.get("addressed")) << 28
    elif number in (25, 26):
        bits |= bool(fields.get("addressed")) << 129 | bool(fields.get("structured")) << 128
    return layout_of(bits, 168)


def whole_number(fields: Fields, name: str, width: int) -> int:
    """A field without a sign; 0 where it is not stated. Raises `ValueError` for anything else."""
    value = fields.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << width:
        raise ValueError(f"{name} is a number of {width} bits, not {str(value)[:20]!r}")
    return value


def _length_of(layout: Layout, payload: Payload) -> int:
    """The length of a message that ends with data or with a text."""
    length = sum(field.width for field in layout)
    last = layout[-1]
    if last.kind is Kind.DATA:
        return length + _unhex(payload.fields.get(last.name, "0:"))[1]
    text = payload.raw.get(last.name) or payload.fields.get(last.name, "")
    return length + 6 * len(str(text))


def _bits(field: Field, width: int, payload: Payload) -> int:
    """The bits of one field, or those that say that it is not available."""
    value = payload.fields.get(field.name)
    if field.kind is Kind.TEXT:
        return _text_bits(field.name, width // 6, payload)
    if value is None:
        return field.absent or 0
    if field.kind is Kind.FLAG:
        if not isinstance(value, bool):
            raise ValueError(f"{field.name} is true or false, not {str(value)[:20]!r}")
        return int(value)
    if field.kind is Kind.UNSIGNED:
        return whole_number(payload.fields, field.name, width)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e9:
        raise ValueError(f"{field.name} is not a number: {str(value)[:20]!r}")
    signed = field.kind is not Kind.FRACTION
    number = round(value * field.scale)
    low, high = (-(1 << width - 1), 1 << width - 1) if signed else (0, 1 << width)
    if not low <= number < high:
        raise ValueError(f"{field.name} {value} does not fit into {width} bits")
    return number & (1 << width) - 1


def _text_bits(name: str, characters: int, payload: Payload) -> int:
    text = payload.fields.get(name, "")
    if not isinstance(text, str):
        raise ValueError(f"{name} is not a text: {str(text)[:20]!r}")  # noqa: TRY004 - as the rest
    raw = payload.raw.get(name)
    if raw is not None:
        text = raw if trimmed(name, raw) == text else text
    if len(text) > characters:
        raise ValueError(f"{name} has {len(text)} characters; {characters} are allowed")
    return from_text(text.ljust(characters, END))


def _unhex(text: object) -> tuple[int, int]:
    """(bits, length) of `count:hexadecimal`."""
    count, colon, digits = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not colon or not count.isascii() or not count.isdigit() or len(count) > 5:
        raise ValueError(f"{str(text)[:20]!r} does not count bits")
    length = int(count)
    if len(digits) != -(-length // 4):
        raise ValueError(f"{length} bits are not {len(digits)} hexadecimal digits")
    try:
        number = int(digits or "0", 16)
    except ValueError as error:
        raise ValueError(f"{digits[:20]!r} is not hexadecimal") from error
    return number >> (4 * len(digits) - length), length
