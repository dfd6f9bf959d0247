"""EDXL Hospital Availability Exchange 1.0 (OASIS), read only: what each hospital can take.

None of our kinds holds the state of a hospital, so a report is a `text` that says it in each of
our languages, hospital by hospital, with every value of the document in the extension. HAVE has no
flag for exercises and no way to address anybody; the EDXL-DE around it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, TypeAlias

from protocols.codes import LANGUAGES, label
from protocols.errors import NotRepresentable, UnsupportedVersion
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    Encoded,
    Format,
    Row,
    Settings,
    derived_id,
    speaking_for,
    words,
)
from protocols.formats.slots import Element, Reading
from protocols.formats.times import parse_time
from protocols.formats.xml import leaves as xml_leaves
from protocols.formats.xml import local, malformed, parse
from protocols.messages.envelope import Message, Original, Sender, Source
from protocols.messages.kinds import KINDS, Text
from protocols.messages.render import labelled
from protocols.messages.values import LanguageText, Location, Moment, Point

NAME: Final = "edxl-have"
VERSION: Final = "1.0"
MEDIA_TYPE: Final = "application/xml"
NAMESPACE: Final = "urn:oasis:names:tc:emergency:EDXL:HAVE:1.0"
ROOT: Final = f"{{{NAMESPACE}}}HospitalStatus"
ONLY_READ: Final = "EDXL-HAVE is only read here"

SAID: Final = (
    "EMSTrafficStatus",
    "EMSTrafficReason",
    "EMSOffloadStatus",
    "EMSOffloadMinutes",
    "HospitalEOCStatus",
    "HospitalEOCPlan",
    "ClinicalStatus",
    "FacilityStatus",
    "SecurityStatus",
    "DeconCapacityStatus",
    "MorgueCapacityStatus",
    "MorgueCapacityUnits",
    "Admissions",
    "Discharges",
    "Deaths",
    "TraumaCenterServicesLevel",
    "Staffing",
    "FacilityOperations",
    "ClinicalOperations",
    "ResourcesInformationText",
    "CommentText",
)
"""Elements with one value that the summary tells, in the order of the schema."""
_TRIAGE: Final = ("EMSCapacity", "EMSCensus")


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one report.

    Raises `UnsafeDocument` and `MalformedDocument` (with line and path), and `UnsupportedVersion`
    for other roots, HAVE 2.0 among them.
    """
    reading = Reading(_root(data))
    hospitals = reading.all(reading.root, "Hospital")
    if not hospitals:
        raise malformed(reading.root, "the element is missing", "Hospital")
    sent, moment = _updated(reading, hospitals)
    names = [_name(hospital) for hospital in hospitals]
    found = [_index(hospital) for hospital in hospitals]
    texts = [_summary(found, names, language) for language in LANGUAGES]
    said = [(element.tag, sorted(element.attrib.items()), (element.text or "").strip())
            for element in reading.root.iter()]  # fmt: skip
    message = Message(
        id=derived_id(sent, NAME, repr(said)),
        sender=STRANGER,
        sent=sent,
        body=Text(
            subject=words(", ".join(name for name in names if name)),
            text=texts[0],
            translations=tuple(texts[1:]),
        ),
        location=_place(hospitals[0]) if len(hospitals) == 1 else None,
        source=Source(system=names[0] or "unknown", format=NAME, version=VERSION),
        original=Original.of(data, NAME, VERSION, MEDIA_TYPE),
        extensions={NAME: reading.left()},
        moments={"/sent": moment},
    )
    return speaking_for(message, sender)


def _root(data: bytes) -> Element:
    root = parse(data)
    if root.tag != ROOT:
        raise UnsupportedVersion(
            f"Line {root.sourceline}: the root is {str(root.tag)[:100]!r}, not a HospitalStatus "
            "of EDXL-HAVE 1.0."
        )
    return root


def _updated(reading: Reading, hospitals: list[Element]) -> tuple[datetime, Moment]:
    """When the report was last updated: the newest of its hospitals."""
    found = []
    for hospital in hospitals:
        text = reading.peek(hospital, "LastUpdateTime")
        if text is None:
            raise malformed(hospital, "the element is missing or empty", "LastUpdateTime")
        try:
            when, offset_given = parse_time(text)
        except ValueError as fault:
            raise malformed(hospital, str(fault), "LastUpdateTime") from None
        found.append((when, Moment(text=text, offset_given=offset_given)))
    return max(found, key=lambda pair: pair[0])


def _name(hospital: Element) -> str:
    """What the hospital is called: the first name of its organisation, else its id."""
    for wanted in ("NameElement", "OrganisationName", "HospitalID", "OrganizationID"):
        for element in _named(hospital, wanted):
            text = " ".join((element.text or "").split())
            if text:
                return text
    return ""


_Index: TypeAlias = dict[str, list[Element]]
"""What stands in a hospital, by local name, in order."""


def _index(hospital: Element) -> _Index:
    found: _Index = {}
    for element in hospital.iter():
        if isinstance(element.tag, str):
            found.setdefault(local(element), []).append(element)
    return found


def _named(element: Element, name: str) -> Iterator[Element]:
    for child in element.iter():
        if isinstance(child.tag, str) and local(child) == name:
            yield child


def _text(element: Element, name: str) -> str:
    for child in _named(element, name):
        return " ".join((child.text or "").split())
    return ""


def _place(hospital: Element) -> Location | None:
    """Where the hospital stands: `lat lon` (WGS 84); None for anything else."""
    for place in _named(hospital, "OrganizationGeoLocation"):
        try:
            lat, lon = (float(part) for part in _text(place, "pos").split())
        except ValueError:
            return None
        if abs(lat) <= 90 and abs(lon) <= 180:
            return Location(point=Point(lat=lat, lon=lon))
    return None


# --- in words -------------------------------------------------------------------------------------


def _summary(hospitals: list[_Index], names: list[str], language: str) -> LanguageText:
    lines: list[str] = []
    for hospital, name in zip(hospitals, names, strict=True):
        lines.append(name or "?")
        for code, text in _lines(hospital, language):
            lines.append("  " + labelled(label("hospital", code, language), text, language))
    return LanguageText(text="\n".join(lines), language=language)


def _lines(hospital: _Index, language: str) -> Iterator[tuple[str, str]]:
    """(code of the label, value) of what a dispatcher must know of one hospital."""
    for name in _TRIAGE:
        counts = [text for part in hospital.get(name, []) for text in _triage(part, language)]
        if counts:
            yield name, ", ".join(counts)
    beds = [text for bed in hospital.get("BedCapacity", []) for text in _beds(bed, language)]
    if beds:
        yield "BedCapacity", "; ".join(beds)
    for code, wanted in (("ServiceCoverageStatus", True), ("ServicesNotAvailable", False)):
        services = [label("hospital", name, language) for name in _services(hospital, wanted)]
        if services:
            yield code, ", ".join(services)
    for name in SAID:
        for element in hospital.get(name, []):
            text = " ".join((element.text or "").split())
            if text:
                yield name, label("hospital", text, language)
    for element in hospital.get("LastUpdateTime", [])[:1]:
        yield "LastUpdateTime", " ".join((element.text or "").split())


def _triage(element: Element, language: str) -> Iterator[str]:
    for count in _named(element, "TriageCode"):
        colour = label("hospital", _text(count, "TriageCodeValue"), language)
        yield f"{colour} {_text(count, 'TriageCountQuantity')}".strip()


def _beds(bed: Element, language: str) -> Iterator[str]:
    """`adult intensive care 40/60`: available of those there are, or the status alone."""
    kind = label("hospital", _text(bed, "BedType"), language)
    for capacity in [c for c in bed if isinstance(c.tag, str) and local(c) == "Capacity"]:
        available, baseline = _text(capacity, "AvailableCount"), _text(capacity, "BaselineCount")
        numbers = "/".join(number for number in (available, baseline) if number)
        status = _text(capacity, "CapacityStatus")
        if available and status in ("", "Vacant/Available"):
            yield f"{kind} {numbers}"
        else:
            yield f"{kind} {numbers} ({label('hospital', status, language)})".replace("  ", " ")


def _services(hospital: _Index, wanted: bool) -> Iterator[str]:
    """The services that are stated to be there, or not to be there."""
    words_for = ("true", "1") if wanted else ("false", "0")
    for coverage in hospital.get("ServiceCoverageStatus", []):
        for element in coverage.iter():
            if isinstance(element.tag, str) and (element.text or "").strip() in words_for:
                yield local(element)


# --- the other direction --------------------------------------------------------------------------


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """Raises `NotRepresentable`: nobody reports the state of a hospital but the hospital."""
    raise NotRepresentable(f"{message.kind}: {ONLY_READ}.")


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that a report states."""
    return list(xml_leaves(_root(data)))


_HOMES: Final = {
    "sent": "LastUpdateTime of the newest hospital",
    "location": "OrganizationGeoLocation, where there is one hospital",
    "source": "Organization",
    "moments": "LastUpdateTime",
    "extensions": "every element",
}


def crosswalk() -> tuple[Row, ...]:
    """What is read from a report; nothing is written."""
    rows = [Row(field, home, ONLY_READ) for field, home in _HOMES.items()]
    rows += [
        Row(field, "", ONLY_READ)
        for field in Message.__struct_fields__
        if field not in _HOMES and field != "body"
    ]
    for name in KINDS:
        home = "Hospital, in words" if name == "text" else ""
        rows.append(Row(f"kind {name}", home, ONLY_READ))
    return tuple(rows)


FORMAT = Format(
    name=NAME,
    title="EDXL Hospital Availability",
    reads=(VERSION,),
    writes=(),
    media_type=MEDIA_TYPE,
    exercises=frozenset(),
    gives=("text",),
    roots=(ROOT,),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
