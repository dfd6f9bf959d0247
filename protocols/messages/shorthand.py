"""Shorter forms of numbers and times that still come back exactly, as MessagePack extensions.

    1   a time, as seconds after (or before) the message's `sent`
    2   a time, as microseconds after (or before) `sent`
    3   a number, as the decimal it is written as: one byte of decimal places, then the digits
        as an integer (31.33275 = 5, 3133275)

Integers are signed, big endian, padded to the sizes that MessagePack has short headers for.
A form is used only where it is exact; each value has one form, and another is refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.msgpack import Ext

from protocols.errors import MalformedMessage

_SECONDS, _MICROSECONDS, _DECIMAL = 1, 2, 3
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
_PLACES = 15
_encode = msgspec.msgpack.Encoder().encode


def short_float(value: float) -> float | Ext:
    """The shortest form of a finite number: itself, or its decimal."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, places = mantissa.partition(".")
    if exponent or len(whole) + len(places) > _PLACES or value == 0:
        return value
    places = places.rstrip("0")
    digits = int(whole + places)
    short = Ext(_DECIMAL, bytes([len(places)]) + _integer(digits, (1, 3, 7)))
    return short if digits / 10 ** len(places) == value else value


def short_time(moment: datetime, sent: datetime) -> Ext:
    """A time as its distance from `sent`."""
    distance = moment - sent
    if distance % _SECOND == timedelta(0):
        return Ext(_SECONDS, _integer(distance // _SECOND, (1, 2, 4, 8)))
    return Ext(_MICROSECONDS, _integer(distance // _MICROSECOND, (1, 2, 4, 8)))


def long_form(short: Ext, sent: datetime) -> float | datetime:
    """The value of a short form. Raises `MalformedMessage` for one that would not be written."""
    data = bytes(short.data)
    value: float | datetime
    again: float | Ext
    try:
        if short.code == _DECIMAL:
            number = int.from_bytes(data[1:], "big", signed=True) / 10 ** data[0]
            value, again = number, short_float(number)
        elif short.code in (_SECONDS, _MICROSECONDS):
            unit = _SECOND if short.code == _SECONDS else _MICROSECOND
            moment = sent + int.from_bytes(data, "big", signed=True) * unit
            value, again = moment, short_time(moment, sent)
        else:
            raise MalformedMessage(f"/: there is no short form {short.code}")
    except (IndexError, OverflowError) as error:
        raise MalformedMessage(f"/: a short form that means nothing: {error}") from error
    if not isinstance(again, Ext) or _encode(again) != _encode(short):
        raise MalformedMessage("/: a short form that is not the shortest")
    return value


def _integer(value: int, sizes: tuple[int, ...]) -> bytes:
    needed = (value if value >= 0 else ~value).bit_length() // 8 + 1
    size = next((size for size in sizes if size >= needed), sizes[-1])
    return value.to_bytes(size, "big", signed=True)
