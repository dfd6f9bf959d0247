"""Reading EMSI: a message about an event to the fields of one of ours.

    ACK, CANCEL, ERROR              log.note: what it does to the message named only history knows
    EVENT.STATUS = COM              incident.close: this partner has finished
    ALERT with a category           incident.open
    any other                       incident.update

Missions and resources stay in the extension; what they ask for and do is told in words beside.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from protocols.errors import MalformedDocument
from protocols.formats.codec import UNDETERMINED, words
from protocols.formats.emsi.syntax import ROOT, number
from protocols.formats.emsi.words import (
    ALERT,
    ANSWERS,
    HEADER_STATUS,
    MODES,
    NAME,
    REQUEST,
    STATES,
    UPDATE,
    URGENCY,
    type_from,
)
from protocols.formats.json_document import Object, objects, text, texts
from protocols.formats.times import parse_time
from protocols.messages.envelope import Caveat, Handling, Originator, Reference, Source
from protocols.messages.kinds import (
    Body,
    IncidentClose,
    IncidentOpen,
    IncidentState,
    IncidentUpdate,
    LogNote,
)
from protocols.messages.values import (
    Exercise,
    LanguageText,
    Location,
    Moment,
    NativeCode,
    PersonalData,
    Point,
)

TIMES: Final = {"OCC_DATIME": "onset", "OBS_DATIME": "observed"}
"""Times of the event that have a home of their own."""
AROUND: Final = "#around"
"""In the extension: namespace and root of XML, wrapper of JSON. No element has such a name."""
_NOBODY: Final = "none"
"""What one system writes where there is no address."""


def read(tree: Object, syntax: str, around: Object) -> dict[str, Any]:
    """The fields of the message, but its id, sender and original. `tree` is not changed.

    Raises `MalformedDocument`, with the element.
    """
    if AROUND in tree:
        raise MalformedDocument(f"/{AROUND}: EMSI has no such element.", where=f"/{AROUND}")
    one_name(tree, "CONTEXT", "")
    context, event = _part(tree, "CONTEXT"), _part(tree, "EVENT")
    origin = _object(context, "ORIGIN")
    moments: dict[str, Moment] = {}
    left_context, left_event = dict(context), dict(event)
    fields: dict[str, Any] = {"sent": _sent(context, event, moments)}
    if text(context, "CREATION"):
        del left_context["CREATION"]
    for element, field in TIMES.items():
        if text(event, element):
            fields[field] = _moment(event, element, f"/EVENT/{element}", moments, f"/{field}")
            del left_event[element]
    system = text(origin, "ORG_ID")
    identifier = _need(context, "ID", "/CONTEXT/ID")
    del left_context["ID"]
    left = tree | {"CONTEXT": left_context, "EVENT": left_event}
    if around:
        left = {AROUND: around, **left}
    fields |= {
        "moments": moments,
        "language": UNDETERMINED,
        "source": Source(system=system or "unknown", id=identifier, format=NAME, version=syntax),
        "originator": _originator(origin),
        "incident": incident_of(event),
        "exercise": _exercise(context, around),
        "precedence": URGENCY.get(text(context, "URGENCY") or ""),
        "handling": handling_of(tree),
        "references": _references(context),
        "codes": tuple(NativeCode(system=NAME, code=code) for code in categories(event)),
        "location": location_of(event),
        "body": _body(tree, context, event),
        "extensions": {NAME: left},
    }
    return fields


def _part(tree: Object, name: str) -> Object:
    part = tree.get(name)
    if not isinstance(part, dict):
        raise MalformedDocument(f"/{name}: the element is missing.", where=f"/{name}")
    return part


def one_name(parent: Object, name: str, where: str) -> str:
    """The name as it stands in `parent`, however it is capitalised; `name` where it does not.

    Raises `MalformedDocument` where it stands there twice: each reader would believe another.
    """
    found = [one for one in parent if one.strip().casefold() == name.casefold()]
    if len(found) > 1:
        raise MalformedDocument(
            f"{where}/{name}: the name stands there twice, as {' and '.join(found)[:80]}.",
            where=f"{where}/{name}",
        )
    return found[0] if found else name


def _object(parent: Object, name: str) -> Object:
    part = parent.get(name)
    return part if isinstance(part, dict) else {}


def _need(parent: Object, name: str, where: str) -> str:
    found = text(parent, name)
    if found is None:
        raise MalformedDocument(f"{where}: the element is missing, empty or no text.", where=where)
    return found


def _moment(
    parent: Object, name: str, where: str, moments: dict[str, Moment], field: str
) -> datetime:
    written = str(parent[name])
    try:
        moment, offset_given = parse_time(written)
    except ValueError as fault:
        raise MalformedDocument(f"{where}: {fault}.", where=where) from None
    moments[field] = Moment(text=written, offset_given=offset_given)
    return moment


def _sent(context: Object, event: Object, moments: dict[str, Moment]) -> datetime:
    """CREATION; where it is left out, which the schema allows, when the event was declared."""
    if text(context, "CREATION"):
        return _moment(context, "CREATION", "/CONTEXT/CREATION", moments, "/sent")
    if text(event, "DECL_DATIME"):
        return _moment(event, "DECL_DATIME", "/EVENT/DECL_DATIME", {}, "")
    where = "/CONTEXT/CREATION"
    raise MalformedDocument(f"{where}: the message does not say when it was sent.", where=where)


def _references(context: Object) -> tuple[Reference, ...]:
    linked = (text(link, "ID") for link in objects(context, "LINK"))
    return tuple(Reference(id=identifier) for identifier in linked if identifier)


def _exercise(context: Object, around: Object) -> Exercise:
    """The mode. Without one nothing is stated; one that we do not know is refused.

    The hub's header, where it stands beside the message, has a status too: whichever of the two
    says that this is not real is believed. Both count however their names are capitalised.
    """
    beside = _object(around, "beside")
    one_name({**beside, ROOT: None}, ROOT, "")
    status = text(beside, one_name(beside, "status", ""))
    mode = context.get(one_name(context, "MODE", "/CONTEXT"))
    stated = Exercise.NOT_STATED
    if not (mode is None or (isinstance(mode, str) and not mode.strip())):
        if not isinstance(mode, str) or mode.strip() not in MODES:
            where = "/CONTEXT/MODE"
            raise MalformedDocument(
                f"{where}: {str(mode)[:40]!r} is not one of {', '.join(MODES)}.", where=where
            )
        stated = MODES[mode.strip()]
    if status is None or stated not in (Exercise.ACTUAL, Exercise.NOT_STATED):
        return stated
    if status.strip().lower() not in HEADER_STATUS:
        raise MalformedDocument(
            f"/status: {status[:40]!r} is not a status we know.", where="/status"
        )
    header = HEADER_STATUS[status.strip().lower()]
    return stated if header is Exercise.ACTUAL else header


def _originator(origin: Object) -> Originator | None:
    agency, unit, operator = (text(origin, name) for name in ("ORG_ID", "NAME", "USER_ID"))
    if not (agency or unit or operator):
        return None
    return Originator(agency=agency, unit=unit, operator=operator)


def handling_of(tree: Object) -> Handling:
    """The marking as it stands. Contacts are personal data and withheld with the extension."""
    context, resources = _object(tree, "CONTEXT"), objects(tree, "RESOURCE")
    if any(resource.get("CONTACTS") for resource in resources):
        return Handling(
            national_marking=text(context, "SECLASS"),
            personal=PersonalData.CONTACT,
            withheld=(Caveat(path=f"/extensions/{NAME}"),),
        )
    return Handling(national_marking=text(context, "SECLASS"))


def incident_of(event: Object) -> str:
    """The event as all partners name it, else as its sender does.

    Raises `MalformedDocument` where it has no name at all.
    """
    return text(event, "MAIN_EVENT_ID") or _need(event, "ID", "/EVENT/ID")


def categories(event: Object) -> list[str]:
    """The categories of the event."""
    return texts(_object(event, "ETYPE"), "CATEGORY")


# --- the body -----------------------------------------------------------------------------------


def _body(tree: Object, context: Object, event: Object) -> Body:
    action = (text(context, "MSGTYPE") or UPDATE).strip()
    state = STATES.get((text(event, "STATUS") or "").strip())
    said = situation_of(context, event)
    if action in ANSWERS:
        return LogNote(activity=action, text=said)
    if state is IncidentState.CLOSED:
        return IncidentClose(outcome=said)
    named = categories(event)
    if action == ALERT and named:
        return IncidentOpen(
            incident_type=type_from(named[0]),
            state=state or IncidentState.REPORTED,
            summary=words(text(event, "NAME")),
            situation=said,
            persons=persons_of(event),
        )
    return IncidentUpdate(
        incident_type=type_from(named[0]) if named else None,
        state=state,
        situation=said,
        persons=persons_of(event),
        needs=_missions(tree, requests=True),
        actions=_missions(tree, requests=False),
    )


def situation_of(context: Object, event: Object) -> LanguageText | None:
    """What the message says in free text, and then what the event does."""
    said = (text(context, "FREETEXT"), text(event, "FREETEXT"))
    return words("\n".join(part for part in said if part))


def persons_of(event: Object) -> int | None:
    """The casualties, where they are counted once; several counts are never added up."""
    counted = objects(event, "CASUALTIES")
    if len(counted) != 1:
        return None
    numbers = [number(value) for name, value in counted[0].items() if name.startswith("TRIAGE")]
    stated = [one for one in numbers if one is not None and 0 <= one <= 1000]
    if not stated or len(stated) != len(numbers):
        return None
    return int(sum(stated))


def _missions(tree: Object, *, requests: bool) -> LanguageText | None:
    """Missions that ask for help, or the others: name, type, status and text, one a line."""
    lines = []
    for mission in objects(tree, "MISSION"):
        name = text(mission, "NAME") or ""
        if name.upper().startswith(REQUEST) is requests:
            parts = (name, *(text(mission, part) for part in ("TYPE", "STATUS", "FREETEXT")))
            lines.append(", ".join(part for part in parts if part))
    return words("\n".join(line for line in lines if line))


# --- the place ----------------------------------------------------------------------------------


def location_of(event: Object) -> Location | None:
    """The first place of the event with coordinates, else the first with words.

    A circle is its centre, any other shape the mean of its points. The height is left where it is:
    EMSI does not say above what it is measured.
    """
    in_words: Location | None = None
    for position in _positions(event):
        point, said = _point(position), _words(position)
        if point is not None:
            return Location(point=point, text=said)
        if said is not None and in_words is None:
            in_words = Location(text=said)
    return in_words


def _positions(event: Object) -> Iterator[Object]:
    for place in objects(event, "EGEO"):
        yield from objects(place, "POSITION")


def _words(position: Object) -> LanguageText | None:
    said = [text(position, "NAME"), *texts(position, "ADDRESS")]
    return words("; ".join(part for part in said if part and part.lower() != _NOBODY))


def _point(position: Object) -> Point | None:
    """A position in degrees; of another system, or with a point off the Earth, none."""
    if (text(position, "COORDSYS") or "EPSG-4326").strip().upper() not in ("EPSG-4326", "WGS84"):
        return None
    pairs = [(number(c.get("LAT")), number(c.get("LONG"))) for c in objects(position, "COORD")]
    points = [(lat, lon) for lat, lon in pairs if lat is not None and lon is not None]
    if not points or len(points) != len(pairs) or not all(_on_earth(*pair) for pair in points):
        return None
    if (text(position, "TYPE") or "POINT").strip() in ("POINT", "CERCLE", "CIRCLE"):
        points = points[:1]
    elif len(points) > 1 and points[0] == points[-1]:
        points.pop()
    lat = math.fsum(pair[0] for pair in points) / len(points)
    lon = math.fsum(pair[1] for pair in points) / len(points)
    return Point(lat=lat, lon=lon)


def _on_earth(lat: float, lon: float) -> bool:
    return abs(lat) <= 90 and abs(lon) <= 180
