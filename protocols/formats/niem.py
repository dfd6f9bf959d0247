"""NIEM 6.0, written only: an incident as NIEM JSON, in a profile narrow enough to be certain of.

    nc:Message                              the message: id, sent date, subject, CUI marking
    nc:Incident
      nc:ActivityIdentification             the incident's id
      nc:ActivityCategoryText, ActivityName its type, as code and in words
      nc:ActivityDate, ActivityReportedDate when it began or was seen; when this was sent
      nc:ActivityDescriptionText            the situation, then everything in the reader's language
      nc:ActivityStatus                     the state at the sender's side
      nc:ActivityLocation                   words and a point in decimal degrees
      nc:ActivityContactEntity              the agency and unit that report

JSON and not XML, because JSON-LD has no order of elements to get wrong: the model fixes one in
schemas of several megabytes, of which a reader needs none to take this apart by its context. (In
NIEM 6 an incident has `ActivityLocation`; `IncidentLocation` was its name in earlier releases.)

CUI is a designation that only a US agency can make. A message is marked as CUI where its national
marking says `CUI`, and never because of another marking; those stand in the text and in the losses.
There is no flag for exercises. Only incidents are written; nothing is read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from protocols.codes import label
from protocols.errors import NotRepresentable, UnsupportedVersion
from protocols.formats import json_document
from protocols.formats.account import Account
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    Encoded,
    Format,
    Row,
    Settings,
)
from protocols.formats.json_document import Object
from protocols.formats.text import summary
from protocols.messages.envelope import Handling, Message, Originator, Sender
from protocols.messages.gist import title
from protocols.messages.kinds import (
    KINDS,
    Body,
    IncidentClose,
    IncidentOpen,
    IncidentSitrep,
    IncidentUpdate,
)
from protocols.messages.values import LanguageText, Location

NAME: Final = "niem"
VERSION: Final = "6.0"
MEDIA_TYPE: Final = "application/ld+json"
CONTEXT: Final = {
    "nc": "https://docs.oasis-open.org/niemopen/ns/model/niem-core/6.0/",
    "cui": "https://docs.oasis-open.org/niemopen/ns/model/auxiliary/cui/6.0/",
}
INCIDENTS: Final = (IncidentOpen, IncidentUpdate, IncidentSitrep, IncidentClose)
ALPHA_3: Final = {"US": "USA", "MX": "MEX", "CA": "CAN"}
"""Countries as `cui:LDCCountryCode` (GENC) has them."""
_SAID_IN: Final = ("situation", "outcome")
_ONLY_INCIDENTS: Final = "this profile of NIEM speaks of incidents only"
_NO_INCIDENT: Final = "the message names no incident"
_WORDS: Final = "only the description tells it, in words"
_NO_HOME: Final = "the profile has no element for it"


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """Nothing is read: raises `UnsupportedVersion`, whatever it is given."""
    raise UnsupportedVersion("/: NIEM is only written here, not read.", where="/")


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """An incident as NIEM JSON, and what the profile does not carry.

    Raises `NotRepresentable` for other kinds and for a message that names no incident.
    """
    if not isinstance(message.body, INCIDENTS):
        raise NotRepresentable(f"{message.kind}: {_ONLY_INCIDENTS}.")
    incident = message.incident or (message.id if isinstance(message.body, IncidentOpen) else None)
    if not incident:
        raise NotRepresentable(f"{message.kind}: {_NO_INCIDENT}.")
    account = Account(message, own="")
    account.carried("id", "incident", "sent")
    activity: Object = {"nc:ActivityIdentification": {"nc:IdentificationID": incident}}
    for part in (_type, _dates, _description, _state, _place, _organisation):
        activity |= part(message, settings, account)
    document: Object = {
        "@context": CONTEXT,
        "nc:Message": {
            "nc:MessageID": message.id,
            "nc:MessageSentDate": _date(message.sent),
            "nc:MessageSubjectText": title(message, settings.labels),
            **_marking(message, account),
        },
        "nc:Incident": activity,
    }
    for field in ("body", "location", "handling", "target_area", "codes", "exercise", "precedence"):
        account.bent(field, _WORDS)
    return Encoded(json_document.serialise(document), account.close(_NO_HOME))


def _type(message: Message, settings: Settings, account: Account) -> Object:
    """The type as code, and the incident's name: its summary, or the type in words."""
    body = message.body
    incident_type = getattr(body, "incident_type", None)
    said = body.summary if isinstance(body, IncidentOpen) else None
    found: Object = {}
    if incident_type:
        account.carried("body.incident_type")
        found["nc:ActivityCategoryText"] = incident_type
        found["nc:ActivityName"] = label("incident_types", incident_type, settings.labels)
    if said is not None:
        account.carried("body.summary.text")
        found["nc:ActivityName"] = said.text
    return found


def _dates(message: Message, settings: Settings, account: Account) -> Object:
    """When it began, or else when it was seen; and when it was reported."""
    found: Object = {"nc:ActivityReportedDate": _date(message.sent)}
    field = "onset" if message.onset else "observed"
    when = getattr(message, field)
    if when is not None:
        account.carried(field)
        found["nc:ActivityDate"] = _date(when)
    return found


def _description(message: Message, settings: Settings, account: Account) -> Object:
    """The situation as it is, and the whole message in words."""
    texts = []
    for field in _SAID_IN:
        said = getattr(message.body, field, None)
        if isinstance(said, LanguageText):
            account.carried(f"body.{field}.text")
            texts.append(said.text)
    return {"nc:ActivityDescriptionText": [*texts, summary(message, settings.labels)]}


def _state(message: Message, settings: Settings, account: Account) -> Object:
    state = getattr(message.body, "state", None)
    if state is None:
        return {}
    account.carried("body.state")
    return {"nc:ActivityStatus": {"nc:StatusDescriptionText": state.value}}


def _place(message: Message, settings: Settings, account: Account) -> Object:
    """The location in words and in decimal degrees of WGS 84."""
    location = message.location or Location()
    found: Object = {}
    if location.text is not None:
        account.carried("location.text.text")
        found["nc:LocationDescriptionText"] = location.text.text
    if location.point is not None:
        account.carried("location.point.lat", "location.point.lon")
        found["nc:Location2DGeospatialCoordinate"] = {
            "nc:GeographicCoordinateLatitude": {"nc:LatitudeDegreeValue": location.point.lat},
            "nc:GeographicCoordinateLongitude": {"nc:LongitudeDegreeValue": location.point.lon},
        }
    return {"nc:ActivityLocation": found} if found else {}


def _organisation(message: Message, settings: Settings, account: Account) -> Object:
    """Who reports: whom to ask about the incident, which need not be whose it is."""
    author: Sender | Originator = message.originator or message.sender
    field = "originator" if message.originator else "sender"
    found: Object = {}
    if author.agency:
        account.carried(f"{field}.agency")
        found["nc:OrganizationName"] = author.agency
    if author.unit:
        account.carried(f"{field}.unit")
        found["nc:OrganizationSubUnitName"] = author.unit
    return {"nc:ActivityContactEntity": {"nc:EntityOrganization": found}} if found else {}


def _marking(message: Message, account: Account) -> Object:
    """The CUI marking, where the originator has made one."""
    handling = message.handling
    marking = handling.national_marking
    if marking is None or not marking.upper().startswith("CUI"):
        return {}
    indicators = [marking]
    account.carried("handling.national_marking")
    for field in ("tlp", "caveat", "restriction"):
        value = getattr(handling, field)
        if value:
            account.carried(f"handling.{field}")
            indicators.append(str(value))
    author: Sender | Originator = message.originator or message.sender
    metadata: Object = {
        "cui:DesignatingEntityText": author.agency or message.sender.agency,
        "cui:RequiredIndicatorsText": indicators,
    }
    if handling.releasable_to:
        account.carried("handling.releasable_to")
        metadata["cui:DocumentMarkingLDC"] = _dissemination(handling)
    return {"cui:MessageAugmentation": {"cui:DocumentMarkingMetadata": metadata}}


def _dissemination(handling: Handling) -> Object:
    """REL TO for a list of countries; with an agency or a device on it, a dissemination list."""
    countries = [ALPHA_3.get(name) for name in handling.releasable_to]
    if all(countries):
        return {"cui:DocumentMarkingLDCCode": "REL TO", "cui:LDCCountryCode": countries}
    return {
        "cui:DocumentMarkingLDCCode": "DL ONLY",
        "cui:LDC-DLONLYText": list(handling.releasable_to),
    }


def _date(when: datetime) -> Object:
    return {"nc:DateTime": when.astimezone(UTC).isoformat().replace("+00:00", "Z")}


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that a document states."""
    return list(json_document.leaves(json_document.parse(data)))


_HOMES: Final = {
    "id": ("nc:MessageID", ""),
    "sent": ("nc:MessageSentDate, nc:ActivityReportedDate", ""),
    "incident": ("nc:ActivityIdentification", ""),
    "onset": ("nc:ActivityDate", ""),
    "observed": ("nc:ActivityDate", "only where no onset is stated"),
    "sender.agency": ("nc:ActivityContactEntity", ""),
    "sender.unit": ("nc:ActivityContactEntity", ""),
    "originator.agency": ("nc:ActivityContactEntity", ""),
    "originator.unit": ("nc:ActivityContactEntity", ""),
    "location.point": ("nc:ActivityLocation", "latitude and longitude"),
    "location.text": ("nc:ActivityLocation", ""),
    "handling": ("cui:DocumentMarkingMetadata", "only what its originator has marked as CUI"),
}
_BODY: Final[dict[type[Body], str]] = dict.fromkeys(
    INCIDENTS, "type, state and situation; the rest in words"
)


def crosswalk() -> tuple[Row, ...]:
    """A row for every field of the envelope, or for each part of it, and for every kind."""
    rows = [Row(field, home, catch) for field, (home, catch) in _HOMES.items()]
    said = {row.field.partition(".")[0] for row in rows} | {"body"}
    rows += [Row(f, "", _NO_HOME) for f in Message.__struct_fields__ if f not in said]
    for name, entry in KINDS.items():
        catch = _BODY.get(entry.body)
        home = "nc:Incident" if catch else ""
        rows.append(Row(f"kind {name}", home, catch or f"refused: {_ONLY_INCIDENTS}"))
    return tuple(rows)


FORMAT = Format(
    name=NAME,
    title="NIEM",
    reads=(),
    writes=(VERSION,),
    media_type=MEDIA_TYPE,
    exercises=frozenset(),
    gives=(),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
