"""What of the canonical message has a home in EMSI: the table, made from what the codec uses."""

from __future__ import annotations

from typing import Final

from protocols.formats.codec import Row
from protocols.formats.emsi.words import NEVER
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    KINDS,
    Alarm,
    AssistDeployed,
    Body,
    IncidentClose,
    IncidentOpen,
    IncidentSitrep,
    IncidentUpdate,
    LogNote,
    UnitStatus,
)

BODY: Final = "EMSI has no element for it; where the free text tells it, it is words"
REASONS: Final = {
    "id": "anybody can write one of ours; it counts in the message inside alone",
    "sent": "EMSI has whole seconds",
    "onset": "EMSI has whole seconds",
    "observed": "EMSI has whole seconds",
    "exercise": "EMSI must state a mode and has none for this; written as the settings say",
    "handling": "EMSI has one security class of its own list, nothing more",
    "language": "EMSI does not name the language of a text",
    "target_area": "EMSI holds where an event is, not whom it concerns",
    "sender": "EMSI names an organisation, a user and a name",
    "originator": "EMSI names an organisation, a user and a name",
    "source": "the document names its own origin",
    "precedence": "EMSI has urgent and not urgent",
    "codes": "a category needs actor and place codes, which nobody has stated",
    "location": "EMSI has a point and a name; a height says not above what",
    "references": "a link needs the id of an EMSI message",
    "in_reply_to": "a link needs the id of an EMSI message",
    "supersedes": "a link needs the id of an EMSI message",
    "extensions": "an extension of another format",
}
"""Why a field, or what is left of it, is lost. The account of `document` uses them."""

_HOMES: Final = {
    "id": ("CONTEXT.ID", "of messages of ours; else derived from the document"),
    "sender.agency": ("CONTEXT.ORIGIN.ORG_ID", ""),
    "sender.unit": ("CONTEXT.ORIGIN.NAME", ""),
    "sender.operator": ("CONTEXT.ORIGIN.USER_ID", ""),
    "originator.agency": ("CONTEXT.ORIGIN.ORG_ID", ""),
    "originator.unit": ("CONTEXT.ORIGIN.NAME", ""),
    "originator.operator": ("CONTEXT.ORIGIN.USER_ID", ""),
    "sent": ("CONTEXT.CREATION", REASONS["sent"]),
    "observed": ("EVENT.OBS_DATIME", REASONS["sent"]),
    "onset": ("EVENT.OCC_DATIME", REASONS["sent"]),
    "incident": ("EVENT.MAIN_EVENT_ID, EVENT.ID", "written as EVENT.ID"),
    "exercise": ("CONTEXT.MODE", "no simulation and no draft; not stated is written as TEST"),
    "precedence": ("CONTEXT.URGENCY", REASONS["precedence"]),
    "handling.national_marking": ("CONTEXT.SECLASS", "only the words of its list"),
    "references": ("CONTEXT.LINK", "read only"),
    "source": ("CONTEXT.ID, CONTEXT.ORIGIN.ORG_ID", "only of what came as EMSI"),
    "codes": ("EVENT.ETYPE.CATEGORY", "read only: " + REASONS["codes"]),
    "location.point": ("EVENT.EGEO.POSITION.COORD", "latitude and longitude"),
    "location.text": ("EVENT.EGEO.POSITION.NAME, ADDRESS", "written as NAME"),
    "handling.personal": ("RESOURCE.CONTACTS", "read only"),
    "moments": ("CONTEXT.CREATION, EVENT.OCC_DATIME, EVENT.OBS_DATIME", ""),
}
_KIND_HOMES: Final[dict[type[Body], tuple[str, str]]] = {
    IncidentOpen: ("EVENT, MSGTYPE ALERT", "the type only as the event's name"),
    IncidentUpdate: ("EVENT, MSGTYPE UPDATE", "actions, needs and numbers only in words"),
    IncidentSitrep: ("EVENT, MSGTYPE UPDATE", "read back as incident.update"),
    IncidentClose: ("EVENT with STATUS COM", "the disposition only in words"),
    UnitStatus: ("RESOURCE", "three states of EMSI for eight of ours; read as incident.update"),
    AssistDeployed: ("RESOURCE", "the request is not named; read as incident.update"),
    LogNote: ("CONTEXT.FREETEXT", "only with an incident; read as incident.update"),
    Alarm: ("CONTEXT.FREETEXT, MSGTYPE ALERT", "words in the reader's language"),
}
_AS_TEXT: Final = ("CONTEXT.FREETEXT", "only with an incident; words in the reader's language")


def crosswalk() -> tuple[Row, ...]:
    """A row for every field of the envelope, or for each part of it, and for every kind."""
    rows = [Row(field, home, catch) for field, (home, catch) in _HOMES.items()]
    said = {row.field.partition(".")[0] for row in rows} | {"body"}
    rows += [
        Row(field, "", REASONS.get(field, "EMSI has no place for it"))
        for field in Message.__struct_fields__
        if field not in said
    ]
    for name, entry in KINDS.items():
        refusal = NEVER.get(entry.body)
        if refusal is not None:
            rows.append(Row(f"kind {name}", "", f"refused: {refusal}"))
        else:
            rows.append(Row(f"kind {name}", *_KIND_HOMES.get(entry.body, _AS_TEXT)))
    return tuple(rows)
