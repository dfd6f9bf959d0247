"""Reading a distribution: the content speaks, the envelope fills, and all the rest is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from protocols.errors import FormatRefused, UnsafeDocument, UnsupportedVersion
from protocols.formats.codec import (
    STRANGER,
    UNDETERMINED,
    Format,
    derived_id,
    speaking_for,
    words,
)
from protocols.formats.edxl_de.content import (
    ASIDE,
    PLACE,
    Content,
    contents,
    digest_around,
    keyword,
    objects,
    set_aside,
    take_out,
)
from protocols.formats.edxl_de.envelope import Envelope, strictest
from protocols.formats.edxl_de.json_form import (
    JSON_MEDIA_TYPE,
    from_json,
    looks_like_json,
    without_marks,
)
from protocols.formats.edxl_de.words import (
    CANONICAL,
    DEEPEST,
    MEDIA_TYPE,
    NAME,
    NAMESPACES,
    ROOTS,
    STATUS_OF,
    Style,
)
from protocols.formats.inside import no_more_real
from protocols.formats.losses import leaf_paths
from protocols.formats.slots import Element, Reading, children
from protocols.formats.xml import leaves as xml_leaves
from protocols.formats.xml import local, malformed, parse, path
from protocols.messages.envelope import Loss, Message, Original, Sender, Source
from protocols.messages.kinds import Text
from protocols.messages.values import Exercise

ONE: Final = "a message is one document; this one stays in the extension"
_JSON: Final = ("application/json", "text/json")
_XML: Final = ("application/xml", "text/xml")


class Opened(msgspec.Struct, frozen=True):
    """The content of a distribution: where it stands, and the message that it is."""

    content: Content
    format: str
    message: Message
    rewritten: bool
    """Whether its format also writes; a content that is only read stays where it is."""


class Reader:
    """Reads distributions that hold documents of some formats, or other distributions."""

    def __init__(self, formats: tuple[Format, ...]) -> None:
        self.formats = {entry.name: entry for entry in formats}
        self.roots = {root: entry for entry in formats for root in entry.roots}
        self.known = frozenset(self.roots) | frozenset(ROOTS)

    def decode(self, data: bytes, sender: Sender = STRANGER) -> Message:
        """The message of a distribution.

        Raises `UnsafeDocument` (more than three envelopes in each other among the reasons),
        `MalformedDocument` with line and path, `UnsupportedVersion`, and what the format of the
        content raises where no content object can be read and one should have been.
        """
        return speaking_for(self._decode(data, 1), sender)

    def _decode(self, data: bytes, depth: int) -> Message:
        reading, style = opened_document(data)
        carried = self._carried(reading, style)
        if carried is not None:
            original = carried.original or Original.of(data, NAME, style.version, MEDIA_TYPE)
            return msgspec.structs.replace(carried, original=original)
        opened = self._content(reading.root, depth)
        envelope = Envelope(reading, style)
        kept: dict[str, Any] = {}
        losses: tuple[Loss, ...] = ()
        if opened is None:
            message = _described(envelope)
        else:
            message, losses = agreed(opened.message, envelope.stated.exercise)
            losses += tuple(self._others(reading.root, opened.content))
            message = _keep(message, opened, kept)
        message, filled = envelope.fill(message)
        if filled:
            kept["filled"] = filled
        embedded = set_aside(reading.root)
        if embedded:
            kept["embedded"] = embedded
        kept["document"] = reading.left()
        media_type = JSON_MEDIA_TYPE if looks_like_json(data) else MEDIA_TYPE
        original = Original.of(data, NAME, style.version, media_type)
        if opened is not None and opened.format == CANONICAL:
            original = message.original or original  # what it was before we wrote it down
        return msgspec.structs.replace(
            message,
            original=original,
            extensions={**message.extensions, NAME: kept},
            losses=(*message.losses, *losses, *envelope.losses),
        )

    def _content(self, root: Element, depth: int) -> Opened | None:
        """The first content that can be read.

        Where there is none, raises the refusal of one that should have been readable.
        """
        refusal: FormatRefused | None = None
        for item in objects(root):
            for content in contents(item, self.known):
                if content.root in ROOTS:
                    return Opened(content, NAME, self._nested(content, depth), True)
                candidates, certain = self._candidates(content)
                for entry in candidates:
                    try:
                        message = entry.decode(content.data)
                    except UnsafeDocument:
                        raise
                    except FormatRefused as fault:
                        refusal = refusal or (fault if certain else None)
                        continue
                    return Opened(content, entry.name, message, bool(entry.writes))
        if refusal is not None:
            raise refusal
        return None

    def _others(self, root: Element, read: Content) -> Iterator[Loss]:
        """Further documents that we could read: a message is one of them."""
        for item in objects(root):
            for content in contents(item, self.known):
                if content.element is not read.element and self._candidates(content)[1]:
                    where = path(content.element)
                    yield Loss(field=where, value=content.root or content.media_type, reason=ONE)

    def _nested(self, content: Content, depth: int) -> Message:
        if depth >= DEEPEST:
            where = path(content.element)
            raise UnsafeDocument(
                f"{where}: more than {DEEPEST} envelopes stand in each other.", where=where
            )
        return self._decode(content.data, depth + 1)

    def _candidates(self, content: Content) -> tuple[list[Format], bool]:
        """The formats that a content may have, and whether it must be one of them."""
        media = _base(content.media_type)
        if content.form != "base64" and media not in _JSON:
            entry = self.roots.get(content.root)
            return ([entry], True) if entry else ([], False)
        hinted = self.formats.get(content.hint or "")
        if hinted is not None:
            return [hinted], True
        if media in _XML or media.endswith("+xml"):
            entry = self.roots.get(content.root)
            return ([entry], True) if entry else ([], False)
        every = self.formats.values()
        if media in _JSON:
            return [entry for entry in every if _base(entry.media_type).endswith("json")], False
        exact = [entry for entry in every if _base(entry.media_type) == media]
        return exact, len(exact) == 1 and not media.startswith("text/")

    def _carried(self, reading: Reading, style: Style) -> Message | None:
        """The complete message, if nothing around it was changed since it was put there.

        We write one; several that claim it are believed none, and cost no digest each.
        """
        entry = self.formats.get(CANONICAL)
        marked = [(item, digest) for item in objects(reading.root)
                  if (digest := keyword(item, "unchanged")) is not None]  # fmt: skip
        if entry is None or len(marked) != 1:
            return None
        ((item, digest),) = marked
        if digest != digest_around(reading.root, item):
            return None
        for content in contents(item, self.known):
            message = entry.decode(content.data)
            stated = Envelope(reading, style).stated.exercise
            if message.exercise is Exercise.NOT_STATED and stated is Exercise.TEST:
                return message  # so an envelope is written that nobody said was real
            return no_more_real(agreed(message, stated)[0], stated)
        return None

    def leaves(self, data: bytes) -> list[tuple[str, str]]:
        """Every value that the envelope states, and every value of the content that is read."""
        return list(self._leaves(data, 1))

    def _leaves(self, data: bytes, depth: int) -> Iterator[tuple[str, str]]:
        reading, style = opened_document(data)
        carried = self._carried(reading, style)
        if carried is not None:
            yield from ((p, str(v)) for p, v in leaf_paths(msgspec.to_builtins(carried)))
            return
        opened = self._content(reading.root, depth)
        Envelope(reading, style)  # forgets what is only there because a schema wants it
        if opened is not None and opened.rewritten:
            if opened.format == NAME:
                yield from self._leaves(opened.content.data, depth + 1)
            else:
                yield from self.formats[opened.format].leaves(opened.content.data)
            take_out(opened.content)
            for marker in reading.root.iter(PLACE):
                marker.attrib.clear()
        without_marks(reading.root)
        yield from xml_leaves(reading.root)


def opened_document(data: bytes) -> tuple[Reading, Style]:
    """The document, if it is a distribution of a version that is read."""
    root = from_json(data) if looks_like_json(data) else parse(data)
    tag = str(root.tag)
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    if local(root).casefold() != "edxldistribution" or namespace not in NAMESPACES:
        raise UnsupportedVersion(
            f"Line {root.sourceline}: the root is {tag[:100]!r}, not a distribution of EDXL-DE "
            "1.0 or 2.0."
        )
    place = next(iter(root.iter(PLACE, ASIDE)), None)
    if place is not None:
        raise malformed(place, "the element is reserved")
    return Reading(root), style_of(root)


def style_of(root: Element) -> Style:
    """How a document spells its names."""
    version = NAMESPACES[str(root.tag)[1:].partition("}")[0]]
    return Style(version=version, small=version == "1.0" or local(root)[:1].islower())


def agreed(message: Message, envelope: Exercise) -> tuple[Message, tuple[Loss, ...]]:
    """The message, not real if the envelope says so; where the two differ, a note of it."""
    content = message.exercise
    holds = strictest(content, envelope)
    if Exercise.NOT_STATED in (content, envelope) or content is envelope:
        # What only the envelope says is filled in with the rest.
        return message, ()
    if STATUS_OF[content] == STATUS_OF[envelope]:
        return message, ()
    other = envelope if holds is content else content
    reason = f"content says {content.value}, envelope {envelope.value}: {holds.value} holds"
    note = Loss(field="exercise", value=other.value, reason=reason)
    return msgspec.structs.replace(message, exercise=holds), (note,)


def _keep(message: Message, opened: Opened, kept: dict[str, Any]) -> Message:
    """Leave a marker in the document, and in the extension what stood there."""
    kept["format"] = opened.format
    inner = message.extensions.get(NAME)
    if inner is not None:
        kept["inside"] = inner
    if opened.rewritten:
        if opened.content.mended:
            kept["mended"] = list(opened.content.mended)
        take_out(opened.content)
        return message
    rest = {name: value for name, value in message.extensions.items() if name != opened.format}
    return msgspec.structs.replace(message, extensions=rest)


def _described(envelope: Envelope) -> Message:
    """A distribution in which we read nothing: the sender's words for what it holds."""
    reading, root = envelope.reading, envelope.root
    identifier, system = reading.need(root, "distributionID"), reading.need(root, "senderID")
    sent = reading.moment(root, "dateTimeSent", "/sent")
    if sent is None:
        raise malformed(root, "the element is missing or empty", "dateTimeSent")
    element = next(iter(descriptions(root)), None)
    said = reading.take(element) if element is not None else None
    return Message(
        id=derived_id(sent, NAME, system, identifier),
        sender=STRANGER,
        sent=sent,
        language=UNDETERMINED,
        body=Text(text=words(said)),
        source=Source(system=system, id=identifier, format=NAME, version=envelope.style.version),
        moments=reading.moments,
    )


def descriptions(root: Element) -> list[Element]:
    """Every description of a content object or an incident."""
    found: list[Element] = []
    for item in objects(root):
        for place in (item, *children(item, "contentDescriptor")):
            found += children(place, "contentDescription")
            found += children(place, "incidentDescription")
    for place in (*children(root, "descriptor"), root):
        found += children(place, "incidentDescription")
    return [element for element in found if not len(element)]


def _base(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
