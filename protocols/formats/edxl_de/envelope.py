"""What the envelope says of its message, read and written in the same order.

The content speaks first: the envelope fills what the content leaves open, and only then is the
text taken out of it (`Reading.take`). Whether a message is real is the one thing where both count:
if either says that it is not, it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec

from protocols.formats.codec import UNDETERMINED
from protocols.formats.edxl_de.areas import area_elements, read_area
from protocols.formats.edxl_de.words import (
    STATUS_OF,
    STATUSES,
    UNMARKED,
    Style,
)
from protocols.formats.losses import leaf_paths
from protocols.formats.slots import Element, Reading
from protocols.formats.times import parse_time
from protocols.formats.xml import local, path
from protocols.messages.envelope import Handling, Loss, Message
from protocols.messages.values import Area, Exercise, Moment, Tlp

NEVER_EXPIRES: Final = "9999-12-31T23:59:59+00:00"
"""DE 2.0 must state when a distribution expires; this is what one that never does says."""
_TAG: Final = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*")


class Stated(msgspec.Struct, frozen=True):
    """What an envelope states of its message."""

    exercise: Exercise = Exercise.NOT_STATED
    language: str | None = None
    marking: tuple[Tlp | None, str | None] = (None, None)
    """TLP, or another marking as its words."""
    recipients: tuple[str, ...] = ()
    incident: str | None = None
    expires: datetime | None = None
    target_area: tuple[Area, ...] = ()


class Envelope:
    """The envelope of one document, for reading."""

    def __init__(self, reading: Reading, style: Style) -> None:
        self.reading = reading
        self.style = style
        self.losses: list[Loss] = []
        self._forget_sentinels()
        self.stated = self._read()

    @property
    def root(self) -> Element:
        """The root element."""
        return self.reading.root

    @property
    def holder(self) -> Element:
        """Where the description stands: the descriptor of 2.0, the root of 1.0."""
        if self.style.version == "1.0":
            return self.root
        found = self.reading.find(self.root, "descriptor")
        return self.root if found is None else found

    def value(self, name: str) -> Element | None:
        """The element that holds the text: itself, or the `Value` of a DE 2.0 value list."""
        element = self.reading.find(self.holder, name)
        if element is None:
            element = self.reading.find(self.root, name)
        return None if element is None else value_of(element)

    def text(self, name: str) -> str | None:
        """The text of an element of the envelope, where there is one."""
        element = self.value(name)
        return None if element is None else self.reading.peek(element)

    def addresses(self) -> list[Element]:
        """Every element with an address in it."""
        found = self.reading.all(self.holder, "explicitAddress")
        return [
            value
            for address in found
            for value in self.reading.all(address, "explicitAddressValue")
            if self.reading.peek(value)
        ]

    def incidents(self) -> list[Element]:
        """Every element with an incident id in it, those of content objects of DE 1.0 too."""
        found = self.reading.all(self.holder, "incidentID")
        for content in self.reading.all(self.root, "contentObject"):
            found += self.reading.all(content, "incidentID")
        return [element for element in found if self.reading.peek(element)]

    def _forget_sentinels(self) -> None:
        """What is only written because a schema wants something: no marking, no expiry."""
        for name, sentinel in (("combinedConfidentiality", UNMARKED),
                               ("dateTimeExpires", NEVER_EXPIRES)):  # fmt: skip
            if self.text(name) != sentinel:
                continue
            element = self.reading.find(self.holder, name)
            if element is None:
                element = self.reading.find(self.root, name)
            assert element is not None
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)

    def _read(self) -> Stated:
        language = self.text("language")
        incidents = self.incidents()
        return Stated(
            exercise=_status(self.text("distributionStatus")),
            language=language if language and _TAG.fullmatch(language) else None,
            marking=_marking(self.text("combinedConfidentiality")),
            recipients=tuple(self.reading.peek(value) or "" for value in self.addresses()),
            incident=self.reading.peek(incidents[0]) if incidents else None,
            expires=_time(self.text("dateTimeExpires")),
            target_area=tuple(self._areas()),
        )

    def _areas(self) -> Iterable[Area]:
        for element in area_elements(self.root, self.holder, self.style):
            try:
                area = read_area(element, self.style)
            except ValueError as fault:
                text = " ".join("".join(map(str, element.itertext())).split())
                reason = f"{fault}; it stays in the envelope"
                self.losses.append(Loss(field=path(element), value=text, reason=reason))
                continue
            if area != Area():
                yield area

    def fill(self, message: Message) -> tuple[Message, list[str]]:
        """The message with what the envelope adds to it, and the names of what was added."""
        stated, handling = self.stated, message.handling
        added: dict[str, Any] = {}
        filled: list[str] = []
        if message.exercise is Exercise.NOT_STATED and stated.exercise is not Exercise.NOT_STATED:
            added["exercise"] = stated.exercise
            self._take("exercise", filled, self.value("distributionStatus"))
        if message.language == UNDETERMINED and stated.language:
            added["language"] = stated.language
            self._take("language", filled, self.value("language"))
        if any(stated.marking) and not marked(handling):
            tlp, national = stated.marking
            handling = msgspec.structs.replace(handling, tlp=tlp, national_marking=national)
            self._take("marking", filled, self.value("combinedConfidentiality"))
        if stated.recipients and not handling.recipients:
            handling = msgspec.structs.replace(handling, recipients=stated.recipients)
            self._take("recipients", filled, *self.addresses())
        if stated.incident and not message.incident:
            added["incident"] = stated.incident
            self._take("incident", filled, self.incidents()[0])
        if stated.expires is not None and message.expires is None:
            added["expires"] = stated.expires
            written = self.text("dateTimeExpires") or ""
            moment = Moment(text=written, offset_given=parse_time(written)[1])
            added["moments"] = message.moments | {"/expires": moment}
            self._take("expires", filled, self.value("dateTimeExpires"))
        if stated.target_area and not message.target_area:
            added["target_area"] = stated.target_area
            filled.append("target_area")
        return msgspec.structs.replace(message, handling=handling, **added), filled

    def _take(self, name: str, filled: list[str], *elements: Element | None) -> None:
        filled.append(name)
        for element in elements:
            if element is not None:
                self.reading.take(element)


def marked(handling: Handling) -> bool:
    """Whether a message says in words who may read it."""
    return bool(handling.tlp or handling.national_marking or handling.restriction)


def value_of(element: Element) -> Element:
    """The element that holds the text: itself, or the `Value` of a DE 2.0 value list."""
    values = [child for child in element.iter() if _is(child, "value")]
    return values[0] if values and not _is(element, "value") else element


def _is(element: Element, name: str) -> bool:
    return isinstance(element.tag, str) and local(element).casefold() == name.casefold()


def _status(text: str | None) -> Exercise:
    """The status in any case; a word that DE does not have is no statement."""
    for word, exercise in STATUSES.items():
        if text is not None and text.casefold() == word.casefold():
            return exercise
    return Exercise.NOT_STATED


def _marking(text: str | None) -> tuple[Tlp | None, str | None]:
    for tlp in Tlp:
        if text is not None and text.casefold() == tlp.value.casefold():
            return tlp, None
    return None, text


def _time(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_time(text)[0]
    except ValueError:
        return None


def strictest(content: Exercise, envelope: Exercise) -> Exercise:
    """What holds where both speak: never "actual" against the other; else the envelope.

    What an envelope cannot say (a simulation, a draft) is more exact than its nearest word.
    """
    if Exercise.NOT_STATED in (content, envelope):
        return envelope if content is Exercise.NOT_STATED else content
    if envelope is Exercise.ACTUAL or STATUS_OF[content] == STATUS_OF[envelope]:
        return content
    return envelope


def said(stated: Stated) -> dict[str, Any]:
    """What an envelope says, by the path that a loss of it would have."""
    tlp, national = stated.marking
    built: dict[str, Any] = msgspec.to_builtins(
        {
            "exercise": None if stated.exercise is Exercise.NOT_STATED else stated.exercise,
            "language": stated.language,
            "handling": {
                "tlp": tlp,
                "national_marking": national,
                "recipients": stated.recipients,
            },
            "incident": stated.incident,
            "expires": stated.expires,
            "target_area": stated.target_area,
        }
    )
    return dict(leaf_paths(built))
