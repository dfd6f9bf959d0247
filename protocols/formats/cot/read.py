"""What each type of CoT event says in canonical words: one function a family, one line a family.

A function takes its values out of the event (see `cot_detail`) and returns the fields of the
message; what it leaves behind travels as the extension. Families that CoT draws but that nobody
reports with (routes, shapes, files) become notes: a drawing is not an order and not a plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from protocols.formats.codec import words
from protocols.formats.cot.detail import (
    Element,
    find,
    number_of,
    take,
    take_count,
    take_number,
    take_text,
)
from protocols.formats.cot.words import GEOFENCE
from protocols.messages.envelope import Originator
from protocols.messages.kinds import (
    EMERGENCY,
    Alarm,
    AlarmCancel,
    LogNote,
    Medical,
    NineLine,
    Observation,
    Position,
    Presence,
    Read,
    Receipt,
    Text,
)
from protocols.messages.values import Area, Circle, Point

DRAWN: Final = ("a-", "b-m-", "u-")
"""Types of what stands on a map: tracks, markers, routes, drawings."""

Fields = dict[str, Any]
Reader = Callable[[Element, Element], Fields]


def read_kind(event: Element, detail: Element, dropped: bool = False) -> Fields:
    """The fields of the message that an event of this type is; `body` is always among them.

    `dropped`: it was stale before it started, so what it draws is to be taken off the map.
    """
    kind = event.get("type", "")
    if dropped and kind.startswith(DRAWN):
        fields = _position(event, detail)
        return {"body": msgspec.structs.replace(fields["body"], gone=True)}
    emergency = find(detail, "emergency")
    if emergency is not None and emergency.get("cancel", "").lower() == "true":
        return _alarm_cancel(event, detail)
    for pattern, reader in FAMILIES:
        if pattern.match(kind):
            return reader(event, detail)
    return _note(event, detail)


def _atom(event: Element, detail: Element) -> Fields:
    """a-*: friends report themselves; anything else that a person drew is an observation."""
    friend = event.get("type", "").startswith("a-f")
    by_hand = event.get("how", "").startswith("h")
    return _marker(event, detail) if by_hand and not friend else _position(event, detail)


def _position(event: Element, detail: Element) -> Fields:
    track = find(detail, "track")
    body = Position(
        track=event.get("uid"),
        unit=take(find(detail, "contact"), "callsign"),
        symbol=take(event, "type"),
        how=take(event, "how"),
        course=take_number(track, "course", 0, 360),
        speed=take_number(track, "speed", 0),
    )
    return {"body": body}


def _gone(event: Element, detail: Element) -> Fields:
    """t-x-d-d: the track named in `link` is to be dropped."""
    return {"body": Position(track=take(find(detail, "link"), "uid"), gone=True)}


def _marker(event: Element, detail: Element) -> Fields:
    """Something that a person put on the map: who it seems to be, and remarks."""
    how = event.get("how", "")
    body = Observation(
        unit_seen=words(take(find(detail, "contact"), "callsign")),
        sensor="person" if how.startswith("h") else None,
        remarks=words(take_text(find(detail, "remarks"))),
    )
    return {"body": body, **_producer(detail)}


def _chat(event: Element, detail: Element) -> Fields:
    chat = find(detail, "__chat")
    room = take(chat, "chatroom")
    body = Text(text=words(take_text(find(detail, "remarks"))), to=() if room is None else (room,))
    return {"body": body, **_originator(take(chat, "senderCallsign"))}


def _delivered(event: Element, detail: Element) -> Fields:
    return _receipt(event, detail, lambda of: Receipt(of=of))


def _read(event: Element, detail: Element) -> Fields:
    return _receipt(event, detail, lambda of: Read(of=of))


def _receipt(event: Element, detail: Element, make: Callable[[str], Receipt | Read]) -> Fields:
    """Delivered or read, never accepted. Some clients put it into `__chat`, others do not."""
    chat = find(detail, "__chatreceipt")
    if chat is None:
        chat = find(detail, "__chat")
    of = take(chat, "messageId") or event.get("uid") or ""
    return {"body": make(of), **_originator(take(chat, "senderCallsign"))}


def _alarm(event: Element, detail: Element) -> Fields:
    emergency = find(detail, "emergency")
    body = Alarm(
        alarm_class=GEOFENCE if event.get("type", "").startswith("b-a-g") else EMERGENCY,
        alarm=event.get("uid"),
        unit=take_text(emergency),
        reason=words(take(emergency, "type")),
    )
    return {"body": body, **_producer(detail)}


def _alarm_cancel(event: Element, detail: Element) -> Fields:
    """The cancel carries the uid of the emergency that it ends."""
    body = AlarmCancel(
        alarm=event.get("uid", ""), remarks=words(take_text(find(detail, "remarks")))
    )
    return {"body": body, **_originator(take_text(find(detail, "emergency")))}


def _casevac(event: Element, detail: Element) -> Fields:
    """b-r-f-h-c: the nine-line, and the MIST of the first patient; further patients stay behind."""
    medevac = find(detail, "_medevac_")
    patients = find(medevac, "zMistsMap")
    mist = find(patients, "zMist")
    nine_line = NineLine(
        frequency=take(medevac, "freq"),
        call_sign=take(find(detail, "contact"), "callsign"),
        patients_urgent=take_count(medevac, "urgent"),
        patients_priority=take_count(medevac, "priority"),
        patients_routine=take_count(medevac, "routine"),
        special_equipment=words(take(medevac, "equipment_detail")),
        litter=take_count(medevac, "litter"),
        ambulatory=take_count(medevac, "ambulatory"),
        security=words(take(medevac, "enemy")),
        marking=words(take(medevac, "marked_by")),
        terrain=words(take(medevac, "terrain_other_detail")),
    )
    body = Medical(
        patients=None if patients is None else len(patients),
        mechanism=words(take(mist, "m")),
        injuries=words(take(mist, "i")),
        signs=words(take(mist, "s")),
        treatment=words(take(mist, "t")),
        nine_line=nine_line,
        remarks=words(take(medevac, "medline_remarks")),
    )
    return {"body": body, **_producer(detail)}


def _presence(event: Element, detail: Element) -> Fields:
    return {"body": Presence()}


def _note(event: Element, detail: Element) -> Fields:
    """A drawing, a route, a file, or a type that we do not know: shown by name, kept whole."""
    body = LogNote(
        text=words(take_text(find(detail, "remarks"))),
        activity=take(find(detail, "contact"), "callsign"),
    )
    return {"body": body, "target_area": _drawn_areas(event, detail), **_producer(detail)}


def _producer(detail: Element) -> Fields:
    """Who made it: the `link` with relation p-p names the producer's call sign."""
    link = find(detail, "link")
    if link is None or link.get("relation") != "p-p":
        return {}
    return _originator(take(link, "parent_callsign"))


def _originator(unit: str | None) -> Fields:
    return {"originator": Originator(unit=unit)} if unit else {}


# --- shapes -------------------------------------------------------------------------------------


def _drawn_areas(event: Element, detail: Element) -> tuple[Area, ...]:
    """What a drawing encloses, read and left in place: the drawing itself is the extension's."""
    kind = event.get("type", "")
    if kind.startswith(("u-d-c", "u-r-b-c")):
        return _drawn_circle(event, detail)
    if kind.startswith(("u-d-r", "u-d-f")):
        return _drawn_polygon(detail, close=kind.startswith("u-d-r"))
    return ()


def _drawn_circle(event: Element, detail: Element) -> tuple[Area, ...]:
    ellipse = detail.find("shape/ellipse")
    centre = find(event, "point")
    if ellipse is None or centre is None or ellipse.get("major") != ellipse.get("minor"):
        return ()
    radius = _plain(ellipse.get("major", ""), 40_000_000)
    lat, lon = _plain(centre.get("lat", ""), 90), _plain(centre.get("lon", ""), 180)
    if radius is None or radius < 0 or lat is None or lon is None or (lat == 0 and lon == 0):
        return ()
    return (Area(circles=(Circle(centre=Point(lat=lat, lon=lon), radius=radius),)),)


def _drawn_polygon(detail: Element, close: bool) -> tuple[Area, ...]:
    ring: list[Point] = []
    for link in detail.iterchildren("link"):
        numbers = [
            _plain(part, limit) for part, limit in zip(_parts(link), (90, 180), strict=False)
        ]
        if len(numbers) == 2 and numbers[0] is not None and numbers[1] is not None:
            ring.append(Point(lat=numbers[0], lon=numbers[1]))
    if close and ring and ring[0] != ring[-1]:
        ring.append(ring[0])
    if len(ring) < 4 or ring[0] != ring[-1]:
        return ()
    return (Area(polygons=(tuple(ring),)),)


def _parts(link: Element) -> list[str]:
    return str(link.get("point", "")).split(",")


def _plain(text: str, limit: float) -> float | None:
    number = number_of(text)
    return number if number is not None and abs(number) <= limit else None


def _types(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})(?:-|$)" for pattern in patterns))


FAMILIES: Final[tuple[tuple[re.Pattern[str], Reader], ...]] = (
    (_types("t-x-d-d"), _gone),
    (_types("t-x-c-t"), _presence),
    (_types("b-t-f-d"), _delivered),
    (_types("b-t-f-r"), _read),
    (_types("b-t-f"), _chat),
    (_types("b-a-o-can"), _alarm_cancel),
    (_types("b-a"), _alarm),
    (_types("b-r-f-h-c"), _casevac),
    (_types("a"), _atom),
    (re.compile("b-m-p-s-"), _marker),
)
"""The first match wins; what matches none is a note."""
