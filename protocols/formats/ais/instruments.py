"""Sentences of one's own instruments (IEC 61162-1): where this ship is, and everything else.

RMC, GGA, GLL and GNS with a valid fix are the position of the ship that the receiver stands on.
What the others say (satellites, depth, wind, heading, and what makers invent) is no incident
traffic: it is kept as a line of the log, value by value.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from protocols.formats.ais.sentence import Sentence
from protocols.formats.ais.words import KNOT
from protocols.messages.kinds import LogNote, Position
from protocols.messages.values import LanguageText, Location, Point

OWN_SHIP: Final = "own-ship"
_DEGREES: Final = re.compile(r"(\d{1,3})(\d{2}(?:\.\d{0,12})?)", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{2})(\d{2})(\d{2})(?:\.(\d{0,9}))?", re.ASCII)
_DATE: Final = re.compile(r"(\d{2})(\d{2})(\d{2})", re.ASCII)
_NUMBER: Final = re.compile(r"-?\d{1,12}(?:\.\d{0,12})?", re.ASCII)
_HALF_A_DAY: Final = timedelta(hours=12)
_CENTURY: Final = 80
"""Two digits of a year below this are of this century."""


class _Layout(NamedTuple):
    """Where in a sentence things stand; -1 where they do not."""

    place: int
    clock: int
    valid: int
    speed: int = -1
    course: int = -1
    date: int = -1
    altitude: int = -1
    separation: int = -1


_LAYOUTS: Final = {
    "RMC": _Layout(place=2, clock=0, valid=1, speed=6, course=7, date=8),
    "GGA": _Layout(place=1, clock=0, valid=5, altitude=8, separation=10),
    "GNS": _Layout(place=1, clock=0, valid=5, altitude=8, separation=9),
    "GLL": _Layout(place=0, clock=4, valid=5),
}
_NO_FIX: Final = frozenset({"", "0", "V", "N", "NN", "NNN", "NNNN"})
"""What the status, quality or mode of a sentence without a fix is."""


def read_sentence(
    sentence: Sentence, received: datetime | None, track: str
) -> tuple[dict[str, Any], datetime | None]:
    """(the message's fields, the moment that the sentence itself dates completely)."""
    layout = layout_of(sentence)
    point = _point(sentence.fields, layout) if layout else None
    moment = _moment(sentence)
    parts: dict[str, Any] = {}
    if layout is None or point is None:
        said = sentence.start + ",".join((sentence.address, *sentence.fields))
        parts["body"] = LogNote(text=LanguageText(text=said), activity=sentence.address)
        return parts, moment
    speed, course = _value(sentence.fields, layout.speed), _value(sentence.fields, layout.course)
    parts["body"] = Position(
        track=track,
        course=course if course is not None and 0 <= course <= 360 else None,
        speed=speed * KNOT if speed is not None and speed >= 0 else None,
    )
    parts["location"] = Location(point=point)
    seen = moment or _nearest(_of(sentence.fields, layout.clock), received)
    if seen is not None:
        parts["observed"] = seen
    return parts, moment


def layout_of(sentence: Sentence) -> _Layout | None:
    """The layout of a sentence that says where this ship is; None for all others."""
    return None if sentence.address[0] == "P" else _LAYOUTS.get(sentence.address[2:])


def is_position(sentence: Sentence) -> bool:
    """Whether the sentence has a valid fix."""
    layout = layout_of(sentence)
    return layout is not None and _point(sentence.fields, layout) is not None


def _of(fields: tuple[str, ...], index: int) -> str:
    return fields[index] if 0 <= index < len(fields) else ""


def _value(fields: tuple[str, ...], index: int) -> float | None:
    text = _of(fields, index)
    return float(text) if _NUMBER.fullmatch(text) else None


def _point(fields: tuple[str, ...], layout: _Layout) -> Point | None:
    """The position, unless there is no fix or it is not on Earth."""
    at = layout.place
    if _of(fields, layout.valid) in _NO_FIX:
        return None
    lat = _angle(_of(fields, at), _of(fields, at + 1), "N", "S")
    lon = _angle(_of(fields, at + 2), _of(fields, at + 3), "E", "W")
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    altitude, separation = _value(fields, layout.altitude), _value(fields, layout.separation)
    hae = altitude + separation if altitude is not None and separation is not None else None
    return Point(lat=lat, lon=lon, hae=hae)


def _angle(text: str, letter: str, plus: str, minus: str) -> float | None:
    """Degrees of `DDMM.mmm` or `DDDMM.mmm` with the letter of its half."""
    match = _DEGREES.fullmatch(text)
    if match is None or letter not in (plus, minus) or float(match[2]) >= 60:
        return None
    degrees = int(match[1]) + float(match[2]) / 60
    return degrees if letter == plus else -degrees


# --- times --------------------------------------------------------------------------------------


def _moment(sentence: Sentence) -> datetime | None:
    """The moment of RMC and ZDA, which have a date."""
    fields = sentence.fields
    kind = sentence.address[2:]
    if sentence.address[0] == "P":
        return None
    if kind == "RMC" and (found := _DATE.fullmatch(_of(fields, 8))):
        day, month, year = (int(part) for part in found.groups())
        return _dated(_of(fields, 0), year + (2000 if year < _CENTURY else 1900), month, day)
    if kind == "ZDA":
        parts = [_of(fields, index) for index in (3, 2, 1)]
        if all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
            return _dated(_of(fields, 0), *map(int, parts))
    return None


def _dated(clock: str, year: int, month: int, day: int) -> datetime | None:
    match = _CLOCK.fullmatch(clock)
    if match is None:
        return None
    hour, minute, second = (int(part) for part in match.groups()[:3])
    fraction = int(((match[4] or "") + "000000")[:6])
    try:
        return datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)
    except ValueError:
        return None


def _nearest(clock: str, received: datetime | None) -> datetime | None:
    """The moment of that time of day that is nearest to the receipt; None without one."""
    if received is None:
        return None
    moment = _dated(clock, received.year, received.month, received.day)
    if moment is None:
        return None
    try:
        if moment - received > _HALF_A_DAY:
            return moment - timedelta(days=1)
        if received - moment > _HALF_A_DAY:
            return moment + timedelta(days=1)
    except OverflowError:
        return None
    return moment
