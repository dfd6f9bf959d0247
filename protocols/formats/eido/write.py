"""Writing an EIDO: the document that a message came from, or a new one about its incident.

Incidents are written as the incident, unit states and positions as its emergency resources, an
emergency alarm that names no incident as an incident of its own, and every other kind as a note to
the incident, in words in the reader's language. An EIDO without an incident would open one at its
reader's, so a message that names none is refused, and so are receipts.

What is lost is found by reading the document back, so nothing counts as carried that is not.
"""

from __future__ import annotations

from typing import Any, Final

from protocols.codes import label
from protocols.errors import NotRepresentable
from protocols.formats.codec import Settings
from protocols.formats.eido import pidf_lo
from protocols.formats.eido.components import incident_id, incident_urn, own_id, to_html
from protocols.formats.eido.places import BY_VALUE, COMPONENT, DESCRIPTION, KIND
from protocols.formats.eido.read import AGENCY, AGENT, BARE, SUMMARY, read
from protocols.formats.eido.words import (
    HOUSE,
    NAME,
    NEVER,
    NO_INCIDENT,
    NO_UNIT,
    PRIORITY_OF,
    PROGRESS,
    REGISTRY,
    UNIT_WORDS,
    VERSION,
    ours,
    type_to,
)
from protocols.formats.json_document import Object, objects, together
from protocols.formats.text import summary
from protocols.formats.times import parse_time, zulu_text
from protocols.messages.envelope import Message, Originator, Sender
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    AssistDeployed,
    IncidentClose,
    IncidentOpen,
    IncidentSitrep,
    IncidentUpdate,
    LogNote,
    Position,
    Text,
    UnitState,
    UnitStatus,
)
from protocols.messages.values import LanguageText, NativeCode

INCIDENTS: Final = (IncidentOpen, IncidentUpdate, IncidentClose)
UNITS: Final = (UnitStatus, AssistDeployed, Position)
SAID: Final = (*INCIDENTS, IncidentSitrep, Text, LogNote)
"""Kinds whose texts are notes of their own; of the others a note tells everything in words."""
_IN_WORDS: Final = ("persons", "injured", "hazards", "lead", "duplicate_of", "number")
"""Fields of incidents that only words can tell."""


def document_of(message: Message, settings: Settings) -> tuple[Object, dict[str, Any], bool]:
    """(the document, what reading it gives, whether it is the one that the message came from).

    Raises `NotRepresentable` for what EIDO has no honest way to say.
    """
    refusal = NEVER.get(type(message.body))
    if refusal is not None:
        raise NotRepresentable(f"{message.kind}: {refusal}.")
    incident = _incident_of(message)
    if incident is None:
        raise NotRepresentable(f"{message.kind}: {NO_INCIDENT}.")
    if isinstance(message.body, Position) and (not message.body.unit or message.body.gone):
        raise NotRepresentable(f"{message.kind}: {NO_UNIT}.")
    kept = message.extensions.get(NAME)
    if isinstance(kept, dict) and message.source is not None and message.source.format == NAME:
        restored = _restored(message, kept, incident, settings)
        if restored is not None:
            return *restored, True
    draft = Draft(message, incident, settings)
    draft.fill()
    return draft.document, read(draft.document), False


def _incident_of(message: Message) -> str | None:
    """The incident that a message is about; what begins one is named by its own id."""
    body = message.body
    if message.incident:
        return message.incident
    if isinstance(body, IncidentOpen):
        return message.id
    if isinstance(body, Alarm) and message.emergency:
        return body.alarm or message.id
    if isinstance(body, AlarmCancel):
        return body.alarm or None
    return None


def _restored(
    message: Message, kept: Object, incident: str, settings: Settings
) -> tuple[Object, dict[str, Any]] | None:
    """The document that the message came from, with what has changed since written anew.

    None where it was read as another kind: then it is no document of this message.
    """
    draft = Draft(message, incident, settings, kept)
    fields = read(draft.document)
    if type(fields["body"]) is not type(message.body):
        return None
    if all(fields[name] == getattr(message, name) for name in ("body", "location", "codes")):
        return draft.document, fields
    draft.change(fields)
    return draft.document, read(draft.document)


class Draft:
    """A document that is being written; lists and components are copied before they change."""

    def __init__(
        self, message: Message, incident: str, settings: Settings, kept: Object | None = None
    ) -> None:
        self.message, self.incident, self.settings = message, incident, settings
        author: Sender | Originator = message.originator or (
            message.sender if kept is None else Originator()
        )
        self.agency = author.agency or "unknown"
        sent = _time(message, "/sent")
        self.stamp: Object = {"lastUpdateTimeStamp": sent, AGENCY: {"$ref": self.agency}}
        source = message.source if kept is not None else None
        named = source.id if source and source.id else ""
        head: Object = {
            "$id": named if incident_id(named) == incident else incident_urn(incident),
            "lastUpdateTimeStamp": sent,
            "eidoVersion": VERSION,
            "issuingElementIdentification": (
                source.system if source and source.system.strip() else f"{self.agency}.{HOUSE}"
            ),
        }
        if author.agency or kept is None:
            head[AGENCY] = {"$ref": self.agency}
        if author.unit:
            head[AGENT] = {"$ref": author.unit}
        left = kept or {}
        self.document = {name: together(left.get(name), value) for name, value in head.items()}
        self.document |= {name: value for name, value in left.items() if name not in head}
        if kept is None:
            self._who(author)

    def _who(self, author: Sender | Originator) -> None:
        """The agency and the agent that speak. Which registry types they are nobody has said."""
        agency = {"$id": self.agency, **self.stamp}
        self.add(
            "agencyComponent", agency | {"agencyRoleDescriptionRegistryText": [], "agencyType": []}
        )
        if author.unit:
            role = author.role.value if author.role else "unknown"
            agent = {"$id": author.unit, **self.stamp, "agentRoleRegistryText": [role]}
            self.add("agentComponent", agent | {"agencyReference": {"$ref": self.agency}})

    def id(self, field: str = "") -> str:
        """The `$id` of a component for a field of the message."""
        return own_id(self.message.id, self.message.kind, field)

    def add(self, name: str, component: Object) -> None:
        """Put a component at the end of its list."""
        self.document[name] = [*objects(self.document, name), component]

    # --- a new document -------------------------------------------------------------------------

    def fill(self) -> None:
        """Everything that a new document says of the message."""
        body = self.message.body
        if isinstance(body, INCIDENTS):
            self.document["incidentComponent"] = {"$id": self.id(), **self.stamp} | self.facts()
        elif isinstance(body, UNITS):
            self.units(body)
        elif isinstance(body, Alarm) and not self.message.incident:
            self.document["incidentComponent"] = {"$id": self.id(), **self.stamp} | _alarm(
                body, self.settings.labels
            )
        self.place()
        for field in body.__struct_fields__:
            value = getattr(body, field)
            if isinstance(value, LanguageText) and isinstance(body, SAID):
                self.note(field, value.text)
        said = any(name in self.document for name in ("incidentComponent", "notesComponent"))
        if not isinstance(body, SAID) or self._unsaid() or not said:
            self.note(SUMMARY, summary(self.message, self.settings.labels))

    def _unsaid(self) -> bool:
        """Whether the message says what only words can tell."""
        body, location = self.message.body, self.message.location
        if not isinstance(body, (*INCIDENTS, IncidentSitrep)):
            return False
        if location is not None and (location.side or location.monument):
            return True
        return any(getattr(body, name, None) for name in _IN_WORDS)

    def facts(self) -> Object:
        """The incident component's own members."""
        body = self.message.body
        facts: Object = {"internalIncidentId": self.incident}
        incident_type = getattr(body, "incident_type", None)
        facts |= type_facts(incident_type, self.message.codes, self.settings.labels)
        state = getattr(body, "state", None)
        if state is not None:
            facts["incidentStatusInternalText"] = [state.value]
        priority = getattr(body, "priority", None)
        if priority is not None:
            facts["incidentCommonPriorityNumber"] = PRIORITY_OF[priority]
        disposition = getattr(body, "disposition", None)
        if disposition:
            facts["dispositionComponent"] = [
                {
                    "$id": self.id("disposition"),
                    **self.stamp,
                    "dispositionCommonRegistryCode": disposition,
                    "dispositionPrimaryIndicator": True,
                    "dispositionDescriptionText": label(
                        "dispositions", disposition, self.settings.labels
                    ),
                }
            ]
        return facts

    def units(self, body: UnitStatus | AssistDeployed | Position) -> None:
        """The units as emergency resources of the incident."""
        for index, (name, state) in enumerate(_states(body)):
            unit: Object = {
                "$id": self.id(f"unit_{index}" if index else ""),
                **self.stamp,
                "emergencyResourceName": name,
                "emergencyResourceTypeCommonRegistryText": "",
                "resourceAttributeRegistryText": [],
                "primaryUnitStatusRegistryText": UNIT_WORDS[state] if state else "",
                "secondaryUnitStatusRegistryText": [],
                "agentReference": [],
            }
            if state:
                unit["unitStatusInternal"] = [state.value]
            if isinstance(body, AssistDeployed) and body.eta:
                unit["eta"] = zulu_text(body.eta)
            self.add("emergencyResourceComponent", unit)

    def place(self) -> None:
        """The location as a component of its own, and the reference to it."""
        location = self.message.location
        if location is None or (location.point is None and location.text is None):
            return
        identifier = self.id("location")
        component: Object = {"$id": identifier, **self.stamp}
        is_unit = isinstance(self.message.body, UNITS)
        component[KIND] = "Unit" if is_unit else "Incident"
        if location.point is not None:
            component[BY_VALUE] = pidf_lo.write(location.point)
        if location.text is not None:
            component[DESCRIPTION] = location.text.text
        self.add(COMPONENT, component)
        self.refer(identifier)

    def refer(self, identifier: str) -> None:
        """Let the incident, or else the only unit, point at a location."""
        incident = next(iter(objects(self.document, "incidentComponent")), None)
        units = objects(self.document, "emergencyResourceComponent")
        if incident is not None:
            reference = [{"$ref": identifier}]
            self.document["incidentComponent"] = incident | {"locationReference": reference}
        elif len(units) == 1:
            reference_one = {"unitLocationReference": {"$ref": identifier}}
            self.document["emergencyResourceComponent"] = [units[0] | reference_one]

    def note(self, field: str, said: str) -> None:
        """A note with what one field says; fields that need it begin with their label."""
        if field not in BARE and field != SUMMARY:
            said = f"{label('fields', field, self.settings.labels)}: {said}"
        note: Object = {"$id": self.id(field), **self.stamp, "notesActionComments": to_html(said)}
        if AGENT in self.document:
            note["agentReference"] = self.document[AGENT]
        self.add("notesComponent", note)

    # --- a document that was read ---------------------------------------------------------------

    def change(self, fields: dict[str, Any]) -> None:
        """Write what the message says otherwise than the document it came from."""
        body, before = self.message.body, fields["body"]
        incident = next(iter(objects(self.document, "incidentComponent")), None)
        if incident is not None and isinstance(body, INCIDENTS):
            facts = self.facts()
            del facts["internalIncidentId"]
            if fields["codes"] == self.message.codes and _same(body, before, "incident_type"):
                facts = {k: v for k, v in facts.items() if not k.startswith("incidentType")}
            if _same(body, before, "state"):
                facts.pop("incidentStatusInternalText", None)
            elif "incidentStatusCommonRegistryText" in incident:
                facts["incidentStatusCommonRegistryText"] = []
            if _same(body, before, "priority"):
                facts.pop("incidentCommonPriorityNumber", None)
            if _same(body, before, "disposition"):
                facts.pop("dispositionComponent", None)
            self.document["incidentComponent"] = incident | facts
        units = objects(self.document, "emergencyResourceComponent")
        if isinstance(body, UnitStatus) and len(units) == 1:
            changed = {
                "emergencyResourceName": body.unit,
                "primaryUnitStatusRegistryText": UNIT_WORDS[body.status],
            }
            self.document["emergencyResourceComponent"] = [units[0] | changed]
        if fields["location"] != self.message.location:
            self.place()
        for field in body.__struct_fields__:
            value = getattr(body, field)
            if isinstance(value, LanguageText) and value != getattr(before, field):
                self.note(field, value.text)


def type_facts(incident_type: str | None, codes: tuple[NativeCode, ...], language: str) -> Object:
    """The type in the common registry beside the agency's own code and words for it."""
    common = next((code.code for code in codes if code.system == REGISTRY), None)
    native = next((code for code in codes if code.system != REGISTRY), None)
    facts: Object = {
        "incidentTypeCommonRegistryText": common
        or (type_to(incident_type) if incident_type else "")
    }
    if native is not None and native.label:
        facts["incidentTypeInternalCode"] = native.code
        facts["incidentTypeInternalText"] = native.label
    elif native is not None:
        facts["incidentTypeInternalText"] = native.code
    elif incident_type and ours(incident_type):
        facts["incidentTypeInternalCode"] = incident_type
        facts["incidentTypeInternalText"] = label("incident_types", incident_type, language)
    elif incident_type:
        facts["incidentTypeInternalText"] = incident_type
    return facts


def _alarm(body: Alarm, language: str) -> Object:
    """An emergency that names no incident is one: most urgent, reported."""
    return {
        "incidentTypeCommonRegistryText": body.alarm_class,
        "incidentTypeInternalText": label("alarm_classes", body.alarm_class, language),
        "incidentStatusInternalText": ["REPORTED"],
        "incidentCommonPriorityNumber": 10,
    }


def _states(
    body: UnitStatus | AssistDeployed | Position,
) -> list[tuple[str, UnitState | None]]:
    if isinstance(body, UnitStatus):
        return [(body.unit, body.status)]
    if isinstance(body, Position):
        return [(body.unit or "", None)]
    return [(unit, PROGRESS[body.state]) for unit in body.units]


def _same(body: object, before: object, field: str) -> bool:
    return bool(getattr(body, field, None) == getattr(before, field, None))


def _time(message: Message, field: str) -> str:
    """The time as it was written, where that still says the same, else in UTC."""
    written = message.moments.get(field)
    if written is not None:
        try:
            if parse_time(written.text)[0] == message.sent:
                return written.text
        except ValueError:
            return zulu_text(message.sent)
    return zulu_text(message.sent)
