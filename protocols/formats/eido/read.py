"""Reading an EIDO: a snapshot of an incident to the fields of one message.

The kind follows from what the document says, never from what it might mean:

    an incident whose status is closed, duplicate or unfounded        incident.close
    an incident with a later status, units, a dispatch or a merge,
    or with an id of ours, which was opened here                      incident.update
    any other incident, or a call with an incident id of its own      incident.open
    one unit with a status that is one of ours, and no incident       unit.status
    notes, and no incident, call or unit                              text

What has a home in the message and can be put back from there alone is taken out; all the rest
stays in the extension, where writing finds it again.
"""

from __future__ import annotations

from typing import Any, Final

from protocols.errors import MalformedDocument, UnsupportedVersion
from protocols.formats.codec import UNDETERMINED, words
from protocols.formats.eido.components import (
    OwnId,
    from_html,
    incident_id,
    need_text,
    need_time,
    read_own_id,
    refs,
)
from protocols.formats.eido.places import location_of
from protocols.formats.eido.words import (
    BEGINNING,
    ENDED,
    HOUSE,
    NAME,
    READS_MAJOR,
    REGISTRY,
    STATES,
    UNIT_STATES,
    VERSION,
    ours,
    plain,
    priority_from,
    type_from,
)
from protocols.formats.json_document import Object, objects, text, texts
from protocols.messages.envelope import Caveat, Handling, Loss, Originator, Source
from protocols.messages.kinds import (
    Body,
    IncidentClose,
    IncidentOpen,
    IncidentSitrep,
    IncidentState,
    IncidentUpdate,
    LogNote,
    Position,
    Text,
    UnitStatus,
)
from protocols.messages.values import LanguageText, Moment, NativeCode, PersonalData

AGENCY: Final = "updatedByAgencyReference"
AGENT: Final = "updatedByAgentReference"
_TAKEN: Final = ("$id", "lastUpdateTimeStamp", "eidoVersion", "issuingElementIdentification")
_IDENTITY: Final = ("personComponent", "vehicleComponent", "organizationComponent")
_CONTACT: Final = ("callbackComponent", "additionalDataComponent")
_CARDS: Final = (("agencyComponent", "agencyJcard"), ("agentComponent", "agentJcard"))
_MOVED: Final = ("emergencyResourceComponent", "dispatchComponent", "mergeComponent")
"""Components that show that an incident is under way."""
_OTHERS: Final = {
    "mergeComponent": "incidentMergeDirectionCode",
    "linkComponent": "linkDirectionCode",
}
"""Components about other incidents, and how they say in which direction."""
SUMMARY: Final = "summary_in_words"
BARE: Final = frozenset({"situation", "summary", "text", "outcome", "remarks"})
"""Fields whose note is the text alone; the others begin with their label."""
RESTORED: Final = frozenset(
    {
        "incident.open", "incident.update", "incident.sitrep", "incident.close", "unit.status",
        "position", "text", "log.note",
    }
)  # fmt: skip
"""Kinds of which a document of ours says enough to be read as the same kind again."""


def read(document: Object) -> dict[str, Any]:
    """The fields of the message, but its id, sender and original. `document` is not changed.

    Raises `MalformedDocument` with the member, `UnsupportedVersion`, and `UnsafeDocument` for a
    location object that is not safe to parse.
    """
    version = _version(document)
    identifier = need_text(document, "$id")
    moments: dict[str, Moment] = {}
    sent = need_time(document, "lastUpdateTimeStamp", moments, "/sent")
    agency, agent = _ref(document, AGENCY), _ref(document, AGENT)
    issuing = _issuing(document)
    own = _own(document) if issuing and issuing.endswith("." + HOUSE) else None
    losses: list[Loss] = []
    fields: dict[str, Any] = {
        "sent": sent,
        "moments": moments,
        "incident": incident_id(identifier),
        "language": UNDETERMINED,
        "source": Source(
            system=issuing or agency or "unknown", id=identifier, format=NAME, version=version
        ),
        "location": location_of(document, losses),
        "codes": _codes(document, agency, own),
        "body": _body(document, own),
        "handling": handling_of(document),
        "losses": tuple(losses),
        "extensions": {NAME: _left(document, agency, agent)},
    }
    if agency or agent:
        fields["originator"] = Originator(agency=agency, unit=agent)
    _observed(document, fields)
    return fields


def _version(document: Object) -> str | None:
    """The version, which must be of the major that we read; some systems leave it out."""
    stated = document.get("eidoVersion")
    version = "" if stated is None else str(stated).strip()
    if not version:
        if not any(name.endswith("Component") for name in document):
            raise MalformedDocument(
                "/eidoVersion: no version and no component; this is no EIDO.", where="/eidoVersion"
            )
        return None
    if not READS_MAJOR.fullmatch(version):
        raise UnsupportedVersion(
            f"/eidoVersion: {version[:20]!r} is not read, only {VERSION}.", where="/eidoVersion"
        )
    return str(stated)


def _ref(document: Object, name: str) -> str | None:
    """Whom a single reference names; a list of them is no single one."""
    value = document.get(name)
    return None if isinstance(value, list) else next(iter(refs(document, name)), None)


def _left(document: Object, agency: str | None, agent: str | None) -> Object:
    """The document without what the message's own fields say."""
    left = {name: value for name, value in document.items() if name not in _TAKEN}
    for name, taken in ((AGENCY, agency), (AGENT, agent)):
        if left.get(name) in ({"$ref": taken}, taken):
            left.pop(name, None)
    return left


def _issuing(document: Object) -> str | None:
    """Who created the document. The schema demands it; some leave it out."""
    if document.get("issuingElementIdentification") in (None, ""):
        return None
    return need_text(document, "issuingElementIdentification")


def _own(document: Object) -> OwnId | None:
    """What the first component of a document of ours says that the message was."""
    for name in ("incidentComponent", "notesComponent", "emergencyResourceComponent"):
        for component in objects(document, name)[:1]:
            found = read_own_id(component.get("$id"))
            if found is not None:
                return found
    return None


# --- the envelope -------------------------------------------------------------------------------


def _observed(document: Object, fields: dict[str, Any]) -> None:
    """When the call came in: the first time at which anybody knew."""
    for call in objects(document, "callComponent")[:1]:
        if text(call, "callStartTimestamp"):
            try:
                fields["observed"] = need_time(
                    call, "callStartTimestamp", fields["moments"], "/observed"
                )
            except MalformedDocument:
                return  # it stays in the extension as it is


def _codes(document: Object, agency: str | None, own: OwnId | None) -> tuple[NativeCode, ...]:
    """The incident's type in the common registry and in the agency's own list, side by side."""
    found: list[NativeCode] = []
    for incident in objects(document, "incidentComponent")[:1]:
        common = text(incident, "incidentTypeCommonRegistryText")
        if common and not (own and ours(common)):
            found.append(NativeCode(system=REGISTRY, code=common))
        code = text(incident, "incidentTypeInternalCode")
        label = text(incident, "incidentTypeInternalText")
        if (code or label) and not (own and ours(code or "")):
            listed = _ref(incident, AGENCY) or agency or "internal"
            found.append(
                NativeCode(system=listed, code=code or str(label), label=label if code else None)
            )
    return tuple(found)


def handling_of(document: Object) -> Handling:
    """Personal data is withheld with the extension that it stands in (no release, no reading)."""
    if any(map(document.get, _IDENTITY)):
        personal = PersonalData.IDENTITY
    elif any(map(document.get, _CONTACT)) or any(
        text(component, card) for name, card in _CARDS for component in objects(document, name)
    ):
        personal = PersonalData.CONTACT
    else:
        return Handling()
    return Handling(personal=personal, withheld=(Caveat(path=f"/extensions/{NAME}"),))


# --- the body -----------------------------------------------------------------------------------


class _Notes:
    """The notes of a document: of a document of ours by field, all others as one text."""

    def __init__(self, document: Object, own: OwnId | None) -> None:
        self.fields: dict[str, LanguageText] = {}
        self.summary: str | None = None
        lines: list[str] = []
        for note in objects(document, "notesComponent"):
            said = text(note, "notesActionComments")
            if said is None:
                continue
            marked = read_own_id(note.get("$id")) if own else None
            if marked is None or marked.field is None:
                lines.append(from_html(said))
            elif marked.field == SUMMARY:
                self.summary = from_html(said)
            else:
                self.fields[marked.field] = LanguageText(text=_unlabelled(marked.field, said))
        self.text = words("\n".join(lines))

    def field(self, name: str) -> LanguageText | None:
        """What stands in a field of ours."""
        return self.fields.get(name)

    @property
    def situation(self) -> LanguageText | None:
        """The situation: our field, else what everybody has noted."""
        return self.fields.get("situation") or self.text


def _unlabelled(field: str, said: str) -> str:
    plain_words = from_html(said)
    return plain_words if field in BARE else plain_words.partition(": ")[2]


def _body(document: Object, own: OwnId | None) -> Body:
    """The body, by the table at the top of this file."""
    notes = _Notes(document, own)
    kind = own.kind if own and own.kind in RESTORED else ""
    incident = next(iter(objects(document, "incidentComponent")), None)
    units = objects(document, "emergencyResourceComponent")
    calls = objects(document, "callComponent")
    if incident is not None:
        return _incident(document, incident, notes, own, kind)
    if kind == "incident.sitrep":
        return IncidentSitrep(
            situation=notes.situation,
            actions=notes.field("actions"),
            needs=notes.field("needs"),
            forecast=notes.field("forecast"),
        )
    call_type = text(calls[0], "standardPrimaryCallType") if calls else None
    if call_type and not _opened_here(document):
        return IncidentOpen(incident_type=call_type, situation=notes.situation)
    if len(units) == 1 and (body := _unit(units[0], notes, kind)) is not None:
        return body
    if calls or units or objects(document, "mergeComponent"):
        return IncidentUpdate(situation=notes.situation, actions=_under_way(document))
    if kind == "log.note":
        return LogNote(text=notes.field("text"))
    said = notes.field("text") or notes.text or words(notes.summary)
    return Text(text=said, subject=notes.field("subject")) if said else LogNote()


def _opened_here(document: Object) -> bool:
    """Whether the incident's id is one that we gave it."""
    identifier = str(document["$id"])
    return incident_id(identifier) != identifier


def _incident(
    document: Object, incident: Object, notes: _Notes, own: OwnId | None, kind: str
) -> Body:
    state = state_of(incident)
    incident_type = type_of(incident, own is not None)
    priority = priority_from(incident.get("incidentCommonPriorityNumber"))
    if kind == "incident.close" or (not kind and state in ENDED):
        return IncidentClose(
            state=state or IncidentState.CLOSED,
            disposition=disposition_of(incident),
            outcome=notes.field("outcome") or notes.text,
        )
    moved = _opened_here(document) or any(map(document.get, _MOVED))
    later = state is not None and state not in BEGINNING
    if kind == "incident.open" or (incident_type and not kind and not moved and not later):
        return IncidentOpen(
            incident_type=incident_type or "OTHER",
            state=state or IncidentState.REPORTED,
            priority=priority,
            summary=notes.field("summary"),
            situation=notes.situation,
        )
    return IncidentUpdate(
        incident_type=incident_type,
        state=state,
        priority=priority,
        situation=notes.situation,
        actions=notes.field("actions") or _under_way(document),
        needs=notes.field("needs"),
    )


def state_of(incident: Object) -> IncidentState | None:
    """The first status, the registry's or the agency's, that is one of ours in plain English."""
    stated = (
        *texts(incident, "incidentStatusCommonRegistryText"),
        *texts(incident, "incidentStatusInternalText"),
    )
    return next((STATES[plain(word)] for word in stated if plain(word) in STATES), None)


def type_of(incident: Object, is_ours: bool) -> str | None:
    """Our incident type, or the registry's text as itself, or the agency's own."""
    code = text(incident, "incidentTypeInternalCode")
    if is_ours and code and ours(code):
        return code
    common = text(incident, "incidentTypeCommonRegistryText")
    if common:
        return type_from(common)
    return text(incident, "incidentTypeInternalText") or code


def disposition_of(incident: Object) -> str | None:
    """The primary disposition, else the first; its code travels as itself."""
    listed = objects(incident, "dispositionComponent")
    primary = [one for one in listed if one.get("dispositionPrimaryIndicator") is True]
    return next(
        (code for one in primary or listed if (code := text(one, "dispositionCommonRegistryCode"))),
        None,
    )


def _unit(unit: Object, notes: _Notes, kind: str) -> Body | None:
    name = unit_name(unit)
    status = unit_state(unit)
    if name is None:
        return None
    if kind == "position":
        return Position(unit=name)
    if status is None:
        return None
    return UnitStatus(unit=name, status=status, remarks=notes.field("remarks") or notes.text)


def unit_name(unit: Object) -> str | None:
    """What a unit is called: its name, else its agent, else its id."""
    agents = refs(unit, "agentReference")
    return text(unit, "emergencyResourceName") or (agents[0] if agents else text(unit, "$id"))


def unit_state(unit: Object) -> Any:
    """The unit's status, where it is one of ours in plain English."""
    return UNIT_STATES.get(plain(text(unit, "primaryUnitStatusRegistryText") or ""))


def _under_way(document: Object) -> LanguageText | None:
    """The units with their status, then merges and links, in the document's own words."""
    lines = []
    for unit in objects(document, "emergencyResourceComponent"):
        status = text(unit, "primaryUnitStatusRegistryText")
        name = unit_name(unit)
        if name:
            lines.append(f"{name}: {status}" if status else name)
    for component, direction in _OTHERS.items():
        for other in objects(document, component):
            parts = (text(other, direction), text(other, "incidentTrackingIdentifier"))
            lines.append(" ".join(part for part in parts if part))
    return words("\n".join(line for line in lines if line))
