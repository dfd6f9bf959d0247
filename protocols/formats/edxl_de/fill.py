"""Writing the envelope of a message, new or into the document that the message came in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from protocols.formats.codec import UNDETERMINED, Settings
from protocols.formats.edxl_de.areas import area_elements, read_area, write_areas
from protocols.formats.edxl_de.envelope import NEVER_EXPIRES, value_of
from protocols.formats.edxl_de.words import (
    CONFIDENTIALITY,
    CT,
    DEFAULTS,
    OWN,
    STATUS_OF,
    UNMARKED,
    XLINK,
    Style,
    kind_of,
)
from protocols.formats.slots import SLOT, Element, Writing
from protocols.formats.times import offset_text
from protocols.formats.xml import local
from protocols.messages.envelope import Handling, Message
from protocols.messages.values import Area, Exercise

ORDER: Final = {
    "Descriptor": (
        "CombinedConfidentiality", "Language", "SenderRole", "RecipientRole", "Keyword",
        "ExplicitAddress", "TargetAreas", "Urgency", "Severity", "Certainty", "IncidentID",
        "IncidentDescription", "Link",
    ),
    "EDXLDistribution": (
        "DistributionID", "SenderID", "DateTimeSent", "DateTimeExpires", "DistributionStatus",
        "DistributionKind", "distributionType", "combinedConfidentiality", "language",
        "senderRole", "recipientRole", "keyword", "distributionReference", "explicitAddress",
        "targetArea", "Descriptor", "Content", "contentObject", "Other",
    ),
    "ContentObject": (
        "ContentDescriptor", "contentDescription", "contentKeyword", "incidentID",
        "incidentDescription", "originatorRole", "consumerRole", "confidentiality",
        "nonXMLContent", "xmlContent", "ContentXML", "OtherContent", "Other",
    ),
    "OtherContent": ("MimeType", "Size", "Digest", "Uri", "ContentData"),
    "nonXMLContent": ("mimeType", "size", "digest", "uri", "contentData"),
}  # fmt: skip
"""The sequences of DE 1.0 and 2.0 (their names do not clash), for what is inserted."""
MOST_TEXT: Final = 1023
"""Characters of a DE 2.0 string (`EDXLStringType`)."""


def token(text: str) -> str:
    """A text as a DE 2.0 string: single spaces, at most 1023 characters."""
    return " ".join(text.split())[:MOST_TEXT].rstrip()


class Filler:
    """Puts a message's envelope into a document, new or the one that it came from."""

    def __init__(self, writing: Writing, style: Style, *, new: bool) -> None:
        self.writing = writing
        self.style = style
        self.new = new

    @property
    def root(self) -> Element:
        """The root element."""
        return self.writing.root

    @property
    def holder(self) -> Element:
        """Where the description stands; made where there is none yet."""
        if self.style.version == "1.0":
            return self.root
        present = self.writing.all(self.root, "descriptor")
        made = self.writing.child(self.root, self.style.name("Descriptor"))
        if not present:
            made.set(f"{{{XLINK}}}type", "resource")
        return made

    def head(self, message: Message) -> None:
        """The mandatory elements of a new envelope, but for those of `fill`."""
        put, name = self.writing.put, self.style.name
        put(self.root, name("DistributionID"), token(message.id))
        put(self.root, name("SenderID"), token(message.sender.device) or "unknown")
        put(self.root, name("DateTimeSent"), offset_text(message.sent))
        if self.style.version == "1.0":
            put(self.root, "distributionType", kind_of(message))
        else:
            self._choice(self.root, "DistributionKind", "DistributionType", kind_of(message))

    def fill(self, message: Message, filled: Iterable[str], settings: Settings) -> None:
        """What the envelope says of the message: everything of a new one, else what it filled."""
        names = set(filled) if not self.new else set(FILLS)
        self._status(message, settings)
        handling = message.handling
        if "marking" in names:
            self._mark(marking_text(handling))
        if "language" in names and message.language != UNDETERMINED:
            self.writing.put(self.holder, self.style.name("Language"), message.language)
        if "recipients" in names:
            self._address(handling.recipients)
        if "incident" in names and message.incident and token(message.incident):
            self._incident(token(message.incident))
        if "expires" in names:
            self._expire(message)
        if "target_area" in names:
            self._place(message.target_area)

    def finish(self) -> None:
        """What the schema wants to be stated, and nobody has."""
        if self.style.version == "1.0":
            if not self._has("combinedConfidentiality"):
                self.writing.put(self.root, "combinedConfidentiality", UNMARKED)
        elif not self._has("dateTimeExpires"):
            self.writing.put(self.root, self.style.name("DateTimeExpires"), NEVER_EXPIRES)

    def _has(self, name: str) -> bool:
        found = self.writing.all(self.root, name)
        return any((value_of(element).text or "").strip() for element in found)

    def _status(self, message: Message, settings: Settings) -> None:
        """A status that says the same already stays as it is written."""
        present = [value_of(e) for e in self.writing.all(self.root, "distributionStatus")]
        open_slot = any(SLOT in element.attrib for element in present)
        if message.exercise is Exercise.NOT_STATED:
            if not self.new and not open_slot:
                return
            word = STATUS_OF[settings.unstated]
        else:
            word = STATUS_OF[message.exercise]
        if any((element.text or "").strip().casefold() == word.casefold() for element in present):
            return
        if self.style.version == "1.0":
            self.writing.put(self.root, "distributionStatus", word)
        elif open_slot:
            self.writing.put(next(e for e in present if SLOT in e.attrib), "", word)
        else:
            self._choice(self.root, "DistributionStatus", "StatusKind", word)

    def _choice(self, parent: Element, name: str, base: str, text: str) -> None:
        """An element of DE 2.0 that is a value of the default list, or of a list of ours."""
        element = self.writing.child(parent, self.style.name(name))
        if self.style.small:
            self.writing.put(element, "", text)
            return
        ours = name == "CombinedConfidentiality" and text not in CONFIDENTIALITY
        stem = {"DistributionType": "DistributionKind"}.get(base, base)
        for child in list(element):
            element.remove(child)
        element.text = None
        made = self.writing.child(element, stem + ("ValueList" if ours else "Default"))
        for tag, value in (
            ("ValueListURI", OWN + "marking" if ours else DEFAULTS + _LIST.get(base, base)),
            ("Value", text),
        ):
            below = made.makeelement(f"{{{CT}}}{tag}")
            made.append(below)
            self.writing.put(below, "", value)

    def _mark(self, text: str | None) -> None:
        if not text:
            return
        if self.style.version == "1.0":
            self.writing.put(self.root, "combinedConfidentiality", text)
            return
        for element in self.writing.all(self.holder, "combinedConfidentiality"):
            held = value_of(element)
            if SLOT in held.attrib and (text in CONFIDENTIALITY or "Default" not in _parent(held)):
                self.writing.put(held, "", text)
                return
        self._choice(self.holder, "CombinedConfidentiality", "Confidentiality", text)

    def _address(self, recipients: tuple[str, ...]) -> None:
        """Into the slots in their order; what is left over, into the last scheme or a new one."""
        names = [text for text in map(token, recipients) if text]
        for address in self.writing.all(self.holder, "explicitAddress"):
            for value in self.writing.all(address, "explicitAddressValue"):
                if SLOT in value.attrib and names:
                    self.writing.put(value, "", names.pop(0))
            left = self.writing.all(address, "explicitAddressValue")
            if left and all(SLOT in value.attrib for value in left):
                self.holder.remove(address)
        if not names:
            return
        number = len(self.writing.all(self.holder, "explicitAddress"))
        made = self.writing.child(self.holder, self.style.name("ExplicitAddress"), number)
        self.writing.put(made, self.style.name("ExplicitAddressScheme"), OWN + "recipient")
        for index, text in enumerate(names):
            value = self.writing.child(made, self.style.name("ExplicitAddressValue"), index)
            self.writing.put(value, "", text)

    def _incident(self, text: str) -> None:
        if self.style.version != "1.0":
            self._first_slot(self.holder, "IncidentID", text)
            return
        contents = self.writing.all(self.root, "contentObject")
        for content in contents:
            slots = [e for e in self.writing.all(content, "incidentID") if SLOT in e.attrib]
            if slots:
                self.writing.put(slots[0], "", text)
                return
        if contents:
            self.writing.put(contents[0], "incidentID", text)

    def _first_slot(self, parent: Element, name: str, text: str) -> None:
        present = self.writing.all(parent, name)
        for element in present:
            if SLOT in element.attrib:
                self.writing.put(element, "", text)
                return
        if not present:
            self.writing.put(parent, self.style.name(name), text)

    def _expire(self, message: Message) -> None:
        if self.style.version == "1.0" or message.expires is None:
            return
        name = self.style.name("DateTimeExpires")
        self.writing.time(
            self.root, name, message.expires, message.moments, "/expires", offset_text
        )

    def _place(self, areas: tuple[Area, ...]) -> None:
        """The areas, unless the document says the same already."""
        holder = self.holder
        present = area_elements(self.root, holder, self.style)
        kept = [(element, _area(element, self.style)) for element in present]
        if tuple(area for _, area in kept if area is not None and area != Area()) == areas:
            return
        for element, area in kept:
            if area is not None:
                holder.remove(element)
        namespace = str(self.root.tag)[1:].partition("}")[0]
        name = "targetArea" if self.style.version == "1.0" else self.style.name("TargetAreas")
        for element in write_areas(areas, self.style, namespace):
            place = self.writing.child(holder, name, len(self.writing.all(holder, name)))
            place.extend(list(element))


FILLS: Final = (
    "exercise",
    "language",
    "marking",
    "recipients",
    "incident",
    "expires",
    "target_area",
)
"""What an envelope can fill in, by the name under which the extension remembers it."""
_LIST: Final = {
    "StatusKind": "StatusKind",
    "DistributionType": "DistributionType",
    "Confidentiality": "ConfidentialityType",
}


def _parent(element: Element) -> str:
    parent = element.getparent()
    return "" if parent is None else local(parent)


def _area(element: Element, style: Style) -> Area | None:
    try:
        return read_area(element, style)
    except ValueError:
        return None


def marking_text(handling: Handling) -> str | None:
    """Every marking in words; exactly one of TLP and national marking reads back as it was."""
    parts = [handling.tlp, handling.national_marking, handling.restriction, handling.caveat]
    words = [str(part) for part in parts if part]
    if handling.releasable_to:
        words.append("REL " + "/".join(handling.releasable_to))
    if handling.third_party:
        words.append("third-party rule")
    return token("; ".join(words)) or None
