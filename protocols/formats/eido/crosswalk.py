"""What of the canonical message has a home in an EIDO: the table, made from what the codec uses."""

from __future__ import annotations

from typing import Final

from protocols.formats.codec import Row
from protocols.formats.eido.words import NEVER
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
    Position,
    Text,
    UnitStatus,
)

BODY: Final = "EIDO has no element for it; where a note tells it, it is words"
REASONS: Final = {
    "id": "anybody can write one of ours; it counts in the message inside alone",
    "exercise": "EIDO has no flag for it",
    "handling": "EIDO has no handling",
    "language": "EIDO does not name the language of a text",
    "target_area": "EIDO holds where an incident is, not whom it concerns",
    "sender": "EIDO names an agency and an agent, nothing more",
    "originator": "EIDO names an agency and an agent, nothing more",
    "source": "the document names who issues it",
    "precedence": "EIDO has the priority of an incident, not of a message",
    "codes": "EIDO has one registry text and one code of the agency's own list",
    "references": "EIDO refers to incidents, not to messages",
    "in_reply_to": "EIDO refers to incidents, not to messages",
    "supersedes": "EIDO refers to incidents, not to messages",
    "extensions": "an extension of another format",
}
"""Why a field, or what is left of it, is lost. The account of `document` uses them."""

_HOMES: Final = {
    "id": ("$id of the components", "in documents of ours; else derived from the document"),
    "sender.agency": ("updatedByAgencyReference, agencyComponent", ""),
    "sender.unit": ("updatedByAgentReference, agentComponent", ""),
    "originator.agency": ("updatedByAgencyReference, agencyComponent", ""),
    "originator.unit": ("updatedByAgentReference, agentComponent", ""),
    "sent": ("lastUpdateTimeStamp", ""),
    "incident": ("$id", "an id of ours is written as a NENA incident id and read back"),
    "source": ("$id, issuingElementIdentification", "only of what came as EIDO"),
    "observed": ("callComponent/callStartTimestamp", "read only"),
    "codes": (
        "incidentComponent/incidentTypeCommonRegistryText, incidentTypeInternalCode, "
        "incidentTypeInternalText",
        REASONS["codes"],
    ),
    "location.point": (
        "locationComponent/locationByValue (PIDF-LO)",
        "a shape becomes its middle and an error; 95 % radius = 2.4477 errors",
    ),
    "location.text": (
        "locationComponent/locationDescriptionText, civicAddress",
        "a civic address is read as one line and kept",
    ),
    "handling.personal": ("personComponent, callbackComponent …", "read only"),
    "moments": ("lastUpdateTimeStamp", ""),
}
_KIND_HOMES: Final[dict[type[Body], tuple[str, str]]] = {
    IncidentOpen: ("incidentComponent, notesComponent", "heads, hazards and lead only in words"),
    IncidentUpdate: (
        "incidentComponent, notesComponent",
        "without a type the registry text is empty",
    ),
    IncidentClose: ("incidentComponent with status and disposition", "codes travel as themselves"),
    IncidentSitrep: ("notesComponent", "numbers and hazards only in words"),
    UnitStatus: ("emergencyResourceComponent", "only with an incident"),
    AssistDeployed: (
        "emergencyResourceComponent",
        "only with an incident; the request is not named",
    ),
    Position: ("emergencyResourceComponent/unitLocationReference", "only a unit on an incident"),
    Text: ("notesComponent", "only with an incident; addressees are lost"),
    LogNote: ("notesComponent", "only with an incident"),
    Alarm: (
        "notesComponent; an emergency without an incident: incidentComponent",
        "words in the reader's language",
    ),
}
_AS_NOTE: Final = ("notesComponent", "only with an incident; words in the reader's language")


def crosswalk() -> tuple[Row, ...]:
    """A row for every field of the envelope, or for each part of it, and for every kind."""
    rows = [Row(field, home, catch) for field, (home, catch) in _HOMES.items()]
    said = {row.field.partition(".")[0] for row in rows} | {"body"}
    rows += [
        Row(field, "", REASONS.get(field, "EIDO has no place for it"))
        for field in Message.__struct_fields__
        if field not in said
    ]
    for name, entry in KINDS.items():
        refusal = NEVER.get(entry.body)
        if refusal is not None:
            rows.append(Row(f"kind {name}", "", f"refused: {refusal}"))
        else:
            rows.append(Row(f"kind {name}", *_KIND_HOMES.get(entry.body, _AS_NOTE)))
    return tuple(rows)
