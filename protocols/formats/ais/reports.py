"""What an AIS message means: its fields as the parts of a message, and what of them is left over.

An emergency device (AIS-SART, MOB, EPIRB) that is set off raises an emergency, one that is tried
out is a test and never an emergency. While a device goes on, its later positions say where the one
emergency is now: eight of them come a minute, and eight alarms a minute nobody acknowledges.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from protocols.formats.ais.document import Report
from protocols.formats.ais.payload import Fields
from protocols.formats.ais.words import (
    ACTIVE,
    KNOT,
    NAMING,
    POSITIONS,
    SYMBOLS,
    TEXTS,
    TITLES,
    UNDER_TEST,
    country_of,
    device_of,
    exercise_in,
    number_text,
)
from protocols.messages.envelope import Originator
from protocols.messages.kinds import Alarm, LogNote, Position, Text
from protocols.messages.kinds.alarm import EMERGENCY
from protocols.messages.values import Exercise, LanguageText, Location, Point

_MINUTE = timedelta(minutes=1)
_FAST = timedelta(seconds=10)
"""How far a receiver's clock may be behind that of the station, which has it from satellites."""
_FIRST = ("shipname", "name", "callsign", "imo", "destination")
"""Values that people look for first."""
_NOT_SHOWN = frozenset(
    {
        "type",
        "repeat",
        "mmsi",
        "radio",
        "spare",
        "spare2",
        "spare3",
        "spare4",
        "ais_version",
        "epfd",
    }
    | {"dte", "raim", "partno", "seqno", "retransmit"}
)
_SHOWN_MOST = 200


def read_report(
    report: Report, context: tuple[Report, ...], received: datetime | None
) -> tuple[dict[str, Any], Fields]:
    """(the message's fields, the report's fields that have no place among them)."""
    fields = dict(report.payload.fields)
    number = report.number
    name = name_of(report) or next(filter(None, map(name_of, reversed(context))), None)
    point = _take_point(fields) if number in POSITIONS else None
    if number in TEXTS:
        parts = _text(fields, report.mmsi, name, context)
        point = next(filter(None, map(_point_of, reversed(context))), None)
    elif number in POSITIONS:
        parts = _position(fields, report, context, name)
    else:
        parts = {"body": _note(fields, number)}
    if point is not None:
        parts["location"] = Location(point=point)
    seen = _observed(report.payload.fields, received)
    if seen is not None:
        parts["observed"] = seen
    parts["originator"] = Originator(
        country=country_of(report.mmsi), unit=name or number_text(report.mmsi)
    )
    return parts, fields


def name_of(report: Report) -> str | None:
    """How the station is called, where this message says it."""
    field = NAMING.get(report.number)
    if field is None:
        return None
    said = report.payload.fields
    name = said.get(field, "") + said.get("name_extension", "")
    return name or None


def is_distress(fields: Fields) -> bool:
    """Whether a position comes from an emergency device that is set off.

    Status 14 says so, whoever sends it. A device that says nothing of a test is no test.
    """
    status = fields.get("status")
    return status == ACTIVE or (_is_device(fields) and status != UNDER_TEST)


def is_test(fields: Fields) -> bool:
    """Whether a position comes from an emergency device that is tried out."""
    return _is_device(fields) and fields.get("status") == UNDER_TEST


def _is_device(fields: Fields) -> bool:
    return device_of(fields["mmsi"]) is not None


# --- places and times ---------------------------------------------------------------------------


def _take_point(fields: Fields) -> Point | None:
    """Latitude and longitude, out of the fields; 0,0 is what a receiver without a fix says."""
    lat, lon = fields.get("lat"), fields.get("lon")
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or lat == lon == 0:
        return None
    del fields["lat"], fields["lon"]
    return Point(lat=lat, lon=lon)


def _point_of(report: Report) -> Point | None:
    return _take_point(dict(report.payload.fields)) if report.number in POSITIONS else None


def _observed(fields: Fields, received: datetime | None) -> datetime | None:
    """When the position was taken: a base station's clock, or the second near the receipt."""
    moment = stated_moment(fields)
    second = fields.get("second", 60)
    if moment is not None or received is None or second > 59 or fields["type"] in (4, 11):
        return moment
    seen = received.replace(second=second, microsecond=0)
    try:
        if seen - received > _FAST:
            return seen - _MINUTE
        return seen + _MINUTE if received - seen > _MINUTE - _FAST else seen
    except OverflowError:
        return seen


def stated_moment(fields: Fields) -> datetime | None:
    """The complete date and time of messages 4 and 11."""
    if fields["type"] not in (4, 11):
        return None
    try:
        date = (fields["year"], fields["month"], fields["day"])
        clock = (fields["hour"], fields["minute"], fields["second"])
        return datetime(*date, *clock, tzinfo=UTC)
    except (KeyError, ValueError):
        return None


# --- kinds --------------------------------------------------------------------------------------


def _position(
    fields: Fields, report: Report, context: Iterable[Report], name: str | None
) -> dict[str, Any]:
    mmsi = number_text(report.mmsi)
    said = report.payload.fields
    if is_distress(said) and not any(_stands(one) for one in context):
        device = device_of(report.mmsi) or "AIS-SART"
        reason = f"{device} {mmsi} ACTIVE" + (f" ({name})" if name else "")
        alarm = Alarm(
            alarm_class=EMERGENCY, alarm=mmsi, unit=name or mmsi, reason=LanguageText(text=reason)
        )
        return {"body": alarm}
    course, speed = said.get("course"), said.get("speed")
    if course is not None and course <= 360:
        del fields["course"]
    else:
        course = None
    body = Position(
        track=mmsi,
        unit=name,
        symbol=SYMBOLS.get(report.number),
        course=course,
        speed=None if speed is None else speed * KNOT,
    )
    return {"body": body} | ({"exercise": Exercise.TEST} if is_test(said) else {})


def _stands(earlier: Report) -> bool:
    """Whether this earlier message has raised the emergency already."""
    return earlier.number in POSITIONS and is_distress(earlier.payload.fields)


def _text(
    fields: Fields, mmsi: int, name: str | None, context: tuple[Report, ...]
) -> dict[str, Any]:
    """A text; of an emergency device the emergency itself, unless it or its position is a test."""
    said = fields.pop("text", None)
    words = LanguageText(text=said) if said else None
    exercise = exercise_in(said) if said else Exercise.NOT_STATED
    if exercise is Exercise.NOT_STATED and any(is_test(one.payload.fields) for one in context):
        exercise = Exercise.TEST
    parts: dict[str, Any] = {"exercise": exercise}
    if fields["type"] == 14 and device_of(mmsi) and exercise is Exercise.NOT_STATED:
        number = number_text(mmsi)
        parts["body"] = Alarm(
            alarm_class=EMERGENCY, alarm=number, unit=name or number, reason=words
        )
        return parts
    to = (number_text(fields["dest_mmsi"]),) if fields["type"] == 12 else ()
    parts["body"] = Text(text=words, to=to)
    return parts


def _note(fields: Fields, number: int) -> LogNote:
    """What is no position and no text: a line of the log with the values that people read."""
    order = dict.fromkeys((*(name for name in _FIRST if name in fields), *fields))
    said = ", ".join(f"{name} {fields[name]}" for name in order if name not in _NOT_SHOWN)
    if len(said) > _SHOWN_MOST:
        said = said[: _SHOWN_MOST - 1] + "…"
    return LogNote(
        text=LanguageText(text=said) if said else None,
        activity=f"AIS {number} {TITLES[number]}",
    )
