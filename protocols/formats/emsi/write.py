"""Writing EMSI: the message that ours came from, or a new one about its event.

Incidents are written as the event, unit states as resources; every other kind as free text, in the
reader's language, to the event that it names. A message that names none is refused: a reader would
open an event for it. What is lost is found by reading the document back.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from protocols.codes import label
from protocols.errors import MalformedDocument, NotRepresentable
from protocols.formats.codec import Settings
from protocols.formats.emsi.read import AROUND, TIMES, location_of, one_name, read
from protocols.formats.emsi.words import (
    ALERT,
    JSON,
    MODE_IN_XML,
    MODE_OF,
    NAME,
    NEVER,
    NO_EVENT,
    PROGRESS,
    SECLASS,
    STATUS_OF,
    UNIT_CLASS,
    UNIT_STATUS,
    UNSTATED,
    UPDATE,
    URGENCY_OF,
    XML,
)
from protocols.formats.json_document import Object, objects, text
from protocols.formats.text import summary
from protocols.formats.times import parse_time
from protocols.messages.envelope import Message, Originator, Sender
from protocols.messages.kinds import (
    Alarm,
    AssistDeployed,
    IncidentClose,
    IncidentOpen,
    IncidentSitrep,
    IncidentUpdate,
    LogNote,
    UnitState,
    UnitStatus,
)
from protocols.messages.values import Exercise, LanguageText, Location

INCIDENTS: Final = (IncidentOpen, IncidentUpdate, IncidentSitrep, IncidentClose)
_ONLY_WORDS: Final = (
    "summary", "actions", "needs", "forecast", "persons", "injured", "hazards", "lead", "number",
    "priority", "disposition", "duplicate_of", "incident_type",
)  # fmt: skip
"""Fields of incidents that only words can tell."""


def tree_of(message: Message, settings: Settings) -> tuple[Object, str, Object, bool]:
    """(the tree, its syntax, what stands around it, whether it is the one the message came from).

    Raises `NotRepresentable` for what EMSI has no honest way to say.
    """
    refusal = NEVER.get(type(message.body))
    if refusal is not None:
        raise NotRepresentable(f"{message.kind}: {refusal}.")
    incident = _incident_of(message)
    if incident is None:
        raise NotRepresentable(f"{message.kind}: {NO_EVENT}.")
    kept = message.extensions.get(NAME)
    source = message.source
    if isinstance(kept, dict) and source is not None and source.format == NAME:
        around = kept.get(AROUND)
        around = around if isinstance(around, dict) else {"wrapped": False}
        tree = {name: part for name, part in kept.items() if name != AROUND}
        syntax = settings.version or (XML if "namespace" in around else JSON)
        if _restored(tree, message, incident, syntax, around if syntax == JSON else {}):
            return tree, syntax, around, True
    syntax = settings.version or JSON
    return _new(message, incident, settings, syntax), syntax, {}, False


def _incident_of(message: Message) -> str | None:
    """The event that a message is about; what begins one is named by its own id."""
    body = message.body
    if message.incident and message.incident.strip():
        return message.incident
    if isinstance(body, IncidentOpen):
        return message.id
    if isinstance(body, Alarm) and message.emergency:
        return body.alarm or message.id
    return None


# --- a document that was read -------------------------------------------------------------------


def _restored(tree: Object, message: Message, incident: str, syntax: str, around: Object) -> bool:
    """Put the message back into `tree`; False where it was read as another kind or event."""
    context, event = tree.get("CONTEXT"), tree.get("EVENT")
    if not isinstance(context, dict) or not isinstance(event, dict):
        return False
    context, event = dict(context), dict(event)
    tree |= {"CONTEXT": context, "EVENT": event}
    source = message.source
    named = source.id if source is not None else None
    context = {"ID": named or message.id, **context}
    for element, field in TIMES.items():
        _put_time(event, element, message, field)
    declared = text(event, "DECL_DATIME")
    if "/sent" in message.moments or not declared or _differs(declared, message.sent):
        _put_time(context, "CREATION", message, "sent")
    tree |= {"CONTEXT": context, "EVENT": event}
    try:
        before = read(tree, syntax, around)
    except MalformedDocument:
        return False
    if type(before["body"]) is not type(message.body) or before["incident"] != incident:
        return False
    _change(context, event, message, before, syntax)
    return True


def _differs(written: str, when: datetime) -> bool:
    try:
        return parse_time(written)[0] != when
    except ValueError:
        return True


def _change(
    context: Object, event: Object, message: Message, before: dict[str, Any], syntax: str
) -> None:
    """Write what the message says otherwise than the document it came from."""
    if message.exercise != before["exercise"]:
        mode = one_name(context, "MODE", "/CONTEXT")
        context[mode] = _mode(message.exercise, Settings(), syntax)
    if message.handling.national_marking != before["handling"].national_marking:
        context.pop("SECLASS", None)
        context |= _marking(message)
    if message.precedence != before["precedence"]:
        context.pop("URGENCY", None)
        if message.precedence in URGENCY_OF:
            context["URGENCY"] = URGENCY_OF[message.precedence]
    body, was = message.body, before["body"]
    state = getattr(body, "state", None)
    if state is not None and state != getattr(was, "state", None):
        event["STATUS"] = STATUS_OF.get(state, "IPR")
    said = _free_text(body)
    if said != _free_text(was):
        event.pop("FREETEXT", None)
        context.pop("FREETEXT", None)
        if said:
            context["FREETEXT"] = said
    if message.location != before["location"]:
        event["EGEO"] = [*_places(message.location), *objects(event, "EGEO")]


def _free_text(body: object) -> str | None:
    for field in ("situation", "outcome", "text"):
        value = getattr(body, field, None)
        if isinstance(value, LanguageText):
            return value.text
    return None


# --- a new document -----------------------------------------------------------------------------


def _new(message: Message, incident: str, settings: Settings, syntax: str) -> Object:
    """Everything that a new document says of the message, in the order of the schema."""
    body = message.body
    author: Sender | Originator = message.originator or message.sender
    context: Object = {
        "ID": message.id,
        "MODE": _mode(message.exercise, settings, syntax),
        "MSGTYPE": ALERT if isinstance(body, IncidentOpen | Alarm) else UPDATE,
        "CREATION": _offset_text(message.sent),
        **_marking(message),
    }
    event: Object = {"ID": incident, **_name(message, settings)}
    for element, field in TIMES.items():
        _put_time(event, element, message, field)
    state = getattr(body, "state", None)
    if isinstance(body, INCIDENTS) and state is not None:
        event["STATUS"] = STATUS_OF.get(state, "IPR")
    words = summary(message, settings.labels)
    if isinstance(body, INCIDENTS):
        context["FREETEXT"] = _free_text(body)
        if any(getattr(body, name, None) for name in _ONLY_WORDS):
            event["FREETEXT"] = words
    else:
        context["FREETEXT"] = _free_text(body) if isinstance(body, LogNote) else words
    named = {"ORG_ID": author.agency, "USER_ID": author.operator, "NAME": author.unit}
    context["ORIGIN"] = {name: value for name, value in named.items() if value}
    urgency = message.urgency if isinstance(body, Alarm) else message.precedence
    context["URGENCY"] = URGENCY_OF.get(urgency) if urgency else None
    tree: Object = {"CONTEXT": {name: value for name, value in context.items() if value}}
    units = _resources(body, message, author.agency)
    if not units and (places := _places(message.location)):
        event["EGEO"] = places
    return tree | {"EVENT": event} | ({"RESOURCE": units} if units else {})


def _mode(exercise: Exercise, settings: Settings, syntax: str) -> str:
    """MODE, which must be stated; what nobody has said is never written as ACTUAL by itself."""
    if exercise is Exercise.NOT_STATED:
        exercise = settings.unstated
    mode = MODE_OF.get(exercise, UNSTATED)
    return MODE_IN_XML.get(mode, mode) if syntax == XML else mode


def _marking(message: Message) -> Object:
    marking = message.handling.national_marking
    return {"SECLASS": marking} if marking in SECLASS else {}


def _name(message: Message, settings: Settings) -> Object:
    """The event's name: its summary, else its type in the reader's language."""
    body = message.body
    if isinstance(body, IncidentOpen) and body.summary and body.summary.text.strip():
        return {"NAME": body.summary.text}
    incident_type = getattr(body, "incident_type", None)
    if incident_type:
        return {"NAME": label("incident_types", incident_type, settings.labels)}
    return {}


def _places(location: Location | None) -> list[Object]:
    """The location as the geography of the event."""
    if location is None:
        return []
    position: Object = {}
    if location.text is not None and location.text.text.strip():
        position["NAME"] = location.text.text
    if location.point is not None:
        position |= {
            "TYPE": "POINT",
            "COORDSYS": "EPSG-4326",
            "COORD": [{"LAT": location.point.lat, "LONG": location.point.lon}],
        }
    place = {"POSITION": position}
    # A point that does not come back as it is, because the words come with it, is no place at all.
    return [place] if location_of({"EGEO": [place]}) is not None else []


def _resources(body: object, message: Message, agency: str | None) -> list[Object]:
    """The units, where their state is one that a resource can have."""
    units: list[tuple[str, UnitState]] = []
    if isinstance(body, UnitStatus):
        units = [(body.unit, body.status)]
    elif isinstance(body, AssistDeployed):
        units = [(unit, PROGRESS[body.state]) for unit in body.units]
    found = []
    for unit, state in units:
        if state in UNIT_STATUS and unit.strip():
            resource: Object = {"RTYPE": {"RCLASS": [UNIT_CLASS]}, "ID": unit, "NAME": unit}
            if agency:
                resource["ORG_ID"] = agency
            places = _places(message.location)
            if places and len(units) == 1:
                resource["RGEO"] = [{"TYPE": "CUR", "POSITION": [places[0]["POSITION"]]}]
            found.append(resource | {"STATUS": UNIT_STATUS[state]})
    return found


# --- times --------------------------------------------------------------------------------------


def _put_time(parent: Object, element: str, message: Message, field: str) -> None:
    """A time as it was written, where that still says the same, else in whole seconds."""
    when = getattr(message, field)
    if when is None:
        return
    written = message.moments.get(f"/{field}")
    kept = written is not None and not _differs(written.text, when)
    parent[element] = written.text if written is not None and kept else _offset_text(when)


def _offset_text(when: datetime) -> str:
    """The hub's only form: whole seconds and a numeric offset."""
    return when.astimezone(UTC).isoformat(timespec="seconds")
