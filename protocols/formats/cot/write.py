"""How each kind of message looks on a TAK screen: one home a kind, and what of it shows there.

A home says which CoT type an event gets, under which uid (so that a newer one replaces an older
one), how it fills `detail`, and which fields of the body a plain TAK client then shows as such.
Kinds without a home of their own are shown as a marker where there is a position, and as a chat
line where there is none, with all their fields as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from lxml import etree

from protocols.formats.codec import Settings
from protocols.formats.cot.detail import Element, child, put
from protocols.formats.cot.words import (
    ALL_CHAT_ROOMS,
    EMERGENCY_CANCEL_TYPE,
    EMERGENCY_TYPE,
    GEOFENCE,
)
from protocols.formats.text import speaker, spoken, summary
from protocols.formats.times import zulu_text
from protocols.formats.xml import legal, number_text
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    EMERGENCY,
    Alarm,
    AlarmCancel,
    Body,
    IncidentClose,
    IncidentOpen,
    IncidentUpdate,
    Medical,
    Observation,
    PatrolPlan,
    Position,
    Presence,
    Read,
    Receipt,
    Text,
)
from protocols.messages.render import title
from protocols.messages.values import Point

SAME_EVENT: Final = frozenset({"cot", "tak"})
"""The forms of a CoT event: what came in one of them keeps its uid in all."""

_ATOM: Final = re.compile(r"a-[^\s-]+(-[^\s-]+)*")
"""The types of things that are somewhere (MITRE CoT types, atoms)."""

Fill = Callable[[Element, Message, Settings], None]


class Home(NamedTuple):
    """Where a kind lives in CoT."""

    type: str
    how: str
    stale_after: int
    """Seconds, used where the message states no expiry (CoT must)."""
    fill: Fill
    in_words: bool
    """Whether all of the body is told as text, so that what has no place is at least said."""
    as_what: str
    """What a dispatcher at a TAK screen sees, for the crosswalk."""


def home_of(message: Message) -> Home:
    """The home of this message; for some kinds it depends on whether there is a position."""
    body = message.body
    if isinstance(body, Position) and body.gone:
        return GONE
    if isinstance(body, Alarm) and body.active:
        return _ALARMS.get(body.alarm_class, BELL)
    if type(body) in _ANYWHERE:
        return _ANYWHERE[type(body)]
    if not _has_place(message):
        return CHAT
    return _PLACED.get(type(body), MARKER)


def appearance(body: Position, home: Home) -> tuple[str, str]:
    """The type and the `how` of a track: its own, unless an event of that type is no track."""
    symbol = body.symbol if body.symbol and _ATOM.fullmatch(body.symbol) else home.type
    how = body.how if body.how and body.how.strip() else home.how
    by_hand = how.startswith("h") and not symbol.startswith("a-f")
    return symbol, home.how if by_hand else how


def uid_of(message: Message) -> str:
    """The uid of the event: the same for every event about the same thing."""
    body = message.body
    if message.source is not None and message.source.format in SAME_EVENT and message.source.id:
        return message.source.id
    if isinstance(body, Position):
        return body.track or f"{body.unit or message.sender.unit}@{message.sender.agency}"
    if isinstance(body, Alarm):
        return body.alarm or message.id
    if isinstance(body, AlarmCancel):
        return body.alarm
    if isinstance(body, IncidentOpen | IncidentUpdate | IncidentClose) and message.incident:
        return f"crossband.incident.{message.incident}"
    if isinstance(body, PatrolPlan) and message.patrol:
        return f"crossband.patrol.{message.patrol}"
    if home_of(message).type == CHAT.type:
        return f"GeoChat.{_station(message)}.{_room(message)}.{message.id}"
    return message.id


def _has_place(message: Message) -> bool:
    if isinstance(message.body, PatrolPlan):
        return any(leg.waypoint_north or leg.waypoint_south for leg in message.body.legs)
    return message.location is not None and message.location.point is not None


def _station(message: Message) -> str:
    """The uid of whoever speaks, in the place where TAK has a device's uid."""
    return message.sender.device


def _room(message: Message) -> str:
    body = message.body
    return body.to[0] if isinstance(body, Text) and body.to else ALL_CHAT_ROOMS


# --- homes --------------------------------------------------------------------------------------


def _fill_position(detail: Element, message: Message, settings: Settings) -> None:
    body = message.body
    assert isinstance(body, Position)
    if body.gone:
        link = child(detail, "link")
        put(link, "uid", uid_of(message))
        put(link, "relation", "none")
        put(link, "type", "none")
        return
    put(child(detail, "contact"), "callsign", body.unit)
    if body.course is not None or body.speed is not None:
        track = child(detail, "track")
        put(track, "course", body.course)
        put(track, "speed", body.speed)


def _fill_chat(detail: Element, message: Message, settings: Settings) -> None:
    """GeoChat: the room is the partner, `link` and `remarks` name the speaker."""
    body, room, station = message.body, _room(message), _station(message)
    chat = etree.SubElement(detail, "__chat")
    for name, value in (
        ("parent", "RootContactGroup"),
        ("groupOwner", "false"),
        ("chatroom", room),
        ("id", room),
        ("senderCallsign", speaker(message)),
        ("messageId", message.id),
    ):
        put(chat, name, value)
    group = etree.SubElement(chat, "chatgrp")
    for name, value in (("uid0", station), ("uid1", room), ("id", room)):
        put(group, name, value)
    link = etree.SubElement(detail, "link")
    for name, value in (("uid", station), ("type", "a-f-G-U-C"), ("relation", "p-p")):
        put(link, name, value)
    remarks = etree.SubElement(detail, "remarks")
    for name, value in (
        ("source", f"crossband.{station}"),
        ("to", room),
        ("time", zulu_text(message.sent)),
    ):
        put(remarks, name, value)
    if isinstance(body, Text):
        remarks.text = legal(spoken((body.text, *body.translations), settings.labels))
    else:
        remarks.text = legal(summary(message, settings.labels))


def _fill_receipt(detail: Element, message: Message, settings: Settings) -> None:
    body = message.body
    assert isinstance(body, Receipt | Read)
    receipt = etree.SubElement(detail, "__chatreceipt")
    for name, value in (
        ("parent", "RootContactGroup"),
        ("groupOwner", "false"),
        ("chatroom", ALL_CHAT_ROOMS),
        ("id", ALL_CHAT_ROOMS),
        ("senderCallsign", speaker(message)),
        ("messageId", body.of),
    ):
        put(receipt, name, value)
    group = etree.SubElement(receipt, "chatgrp")
    for name, value in (("uid0", _station(message)), ("uid1", ALL_CHAT_ROOMS)):
        put(group, name, value)
    put(group, "id", ALL_CHAT_ROOMS)


def _fill_alarm(detail: Element, message: Message, settings: Settings) -> None:
    body = message.body
    assert isinstance(body, Alarm)
    emergency = child(detail, "emergency")
    put(emergency, "type", spoken((body.reason,), settings.labels) or EMERGENCY_TYPE)
    emergency.text = legal(body.unit or speaker(message))
    put(child(detail, "contact"), "callsign", body.unit or speaker(message))
    child(detail, "remarks").text = legal(summary(message, settings.labels))


def _fill_alarm_cancel(detail: Element, message: Message, settings: Settings) -> None:
    emergency = child(detail, "emergency")
    put(emergency, "cancel", True)
    put(emergency, "type", EMERGENCY_CANCEL_TYPE)
    emergency.text = legal(speaker(message))
    put(child(detail, "contact"), "callsign", speaker(message))
    child(detail, "remarks").text = legal(summary(message, settings.labels))


def _fill_observation(detail: Element, message: Message, settings: Settings) -> None:
    body = message.body
    assert isinstance(body, Observation)
    name = spoken((body.unit_seen,), settings.labels) or title(message, settings.labels)
    put(child(detail, "contact"), "callsign", name)
    child(detail, "remarks").text = legal(summary(message, settings.labels))


def _fill_words(detail: Element, message: Message, settings: Settings) -> None:
    """A name and the whole message as text."""
    put(child(detail, "contact"), "callsign", title(message, settings.labels))
    child(detail, "remarks").text = legal(summary(message, settings.labels))


def _fill_casevac(detail: Element, message: Message, settings: Settings) -> None:
    body = message.body
    assert isinstance(body, Medical)
    language, nine = settings.labels, body.nine_line
    medevac = child(detail, "_medevac_")
    if nine is not None:
        put(child(detail, "contact"), "callsign", nine.call_sign)
        for name, value in (
            ("freq", nine.frequency),
            ("urgent", nine.patients_urgent),
            ("priority", nine.patients_priority),
            ("routine", nine.patients_routine),
            ("litter", nine.litter),
            ("ambulatory", nine.ambulatory),
            ("equipment_detail", spoken((nine.special_equipment,), language)),
            ("enemy", spoken((nine.security,), language)),
            ("marked_by", spoken((nine.marking,), language)),
            ("terrain_other_detail", spoken((nine.terrain,), language)),
        ):
            put(medevac, name, value)
    put(medevac, "medline_remarks", spoken((body.remarks,), language))
    mist = (
        ("m", body.mechanism),
        ("i", body.injuries),
        ("s", body.signs),
        ("t", body.treatment),
    )
    if any(value for _, value in mist):
        patient = child(child(medevac, "zMistsMap"), "zMist")
        for name, text in mist:
            put(patient, name, spoken((text,), language))
    put(medevac, "casevac", True)
    child(detail, "remarks").text = legal(summary(message, language))


def _fill_route(detail: Element, message: Message, settings: Settings) -> None:
    """A patrol plan as a TAK route: a checkpoint for each half of each leg."""
    body = message.body
    assert isinstance(body, PatrolPlan)
    for leg in body.legs:
        for half, point in (("N", leg.waypoint_north), ("S", leg.waypoint_south)):
            if point is None:
                continue
            link = etree.SubElement(detail, "link")
            put(link, "uid", f"{uid_of(message)}.{leg.name}.{half}")
            put(link, "callsign", f"{leg.name} {half}")
            put(link, "type", "b-m-p-w")
            put(link, "point", _link_point(point))
            put(link, "relation", "c")
    _fill_words(detail, message, settings)


def _link_point(point: Point) -> str:
    numbers = [point.lat, point.lon] + ([] if point.hae is None else [point.hae])
    return ",".join(number_text(number) for number in numbers)


def _fill_nothing(detail: Element, message: Message, settings: Settings) -> None:
    """A ping has no detail."""


DAY: Final = 86_400
GONE: Final = Home("t-x-d-d", "m-g", 60, _fill_position, False, "track dropped")
TRACK: Final = Home(
    "a-f-G-U-C",
    "m-g",
    300,
    _fill_position,
    False,
    "track",
)
CHAT: Final = Home("b-t-f", "h-g-i-g-o", DAY, _fill_chat, True, "chat line")
TEXT: Final = CHAT._replace(in_words=False)
MARKER: Final = Home("b-m-p-s-m", "h-g-i-g-o", DAY, _fill_words, True, "marker")

EMERGENCY_ALERT: Final = Home("b-a-o-tbl", "h-e", DAY, _fill_alarm, True, "911 alert")
BELL: Final = EMERGENCY_ALERT._replace(type="b-a-o-pan", as_what="ring-the-bell alert")
_ALARMS: Final = {
    EMERGENCY: EMERGENCY_ALERT,
    "OFFICER_DOWN": EMERGENCY_ALERT,
    "DURESS": EMERGENCY_ALERT,
    GEOFENCE: EMERGENCY_ALERT._replace(type="b-a-g", as_what="geo-fence alert"),
}
_ANYWHERE: Final[dict[type[Body], Home]] = {
    Position: TRACK,
    Text: TEXT,
    Receipt: Home("b-t-f-d", "h-g-i-g-o", DAY, _fill_receipt, False, "delivered"),
    Read: Home("b-t-f-r", "h-g-i-g-o", DAY, _fill_receipt, False, "read"),
    AlarmCancel: Home("b-a-o-can", "h-e", DAY, _fill_alarm_cancel, True, "alert cancelled"),
    Presence: Home("t-x-c-t", "m-g", 60, _fill_nothing, False, "ping"),
}
_PLACED: Final[dict[type[Body], Home]] = {
    Observation: Home("a-u-G", "h-g-i-g-o", DAY, _fill_observation, True, "marker"),
    Medical: Home("b-r-f-h-c", "h-g-i-g-o", DAY, _fill_casevac, True, "casualty evacuation"),
    PatrolPlan: Home("b-m-r", "h-e", DAY, _fill_route, True, "route"),
}


def homes(body: type[Body]) -> tuple[Home, ...]:
    """Every home that a kind may get, for the crosswalk."""
    if body is Alarm:
        return (EMERGENCY_ALERT, BELL, CHAT)
    if body is Position:
        return (TRACK, GONE)
    if body in _ANYWHERE:
        return (_ANYWHERE[body],)
    return (_PLACED.get(body, MARKER), CHAT)
