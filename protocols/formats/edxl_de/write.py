"""Writing a distribution: the document it came from, or a new envelope around another format."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from lxml import etree

from protocols.errors import MalformedDocument, NotRepresentable
from protocols.formats.account import Account
from protocols.formats.codec import DEFAULT_SETTINGS, UNDETERMINED, Encoded, Format, Settings
from protocols.formats.edxl_de.content import (
    PLACE,
    add_keyword,
    add_object,
    contents,
    digest_around,
    keyword,
    objects,
    put_back,
    put_in,
)
from protocols.formats.edxl_de.fill import ORDER, Filler
from protocols.formats.edxl_de.json_form import EMBEDDED, as_xml, is_json, readable, to_json
from protocols.formats.edxl_de.read import Reader, descriptions, style_of
from protocols.formats.edxl_de.remaining import NOT_SAID, remaining, unkept
from protocols.formats.edxl_de.words import (
    CANONICAL,
    CT,
    GML,
    GSF,
    MEDIA_TYPE,
    NAME,
    NAMESPACE_OF,
    NAMESPACES,
    ROOTS,
    XLINK,
    Style,
)
from protocols.formats.slots import Element, Writing
from protocols.formats.times import offset_text
from protocols.formats.xml import MAX_BYTES, Node, from_node, local, serialise
from protocols.messages.envelope import Loss, Message
from protocols.messages.kinds import (
    AssistDeployed,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Text,
)
from protocols.messages.values import Exercise

_TRIFLES: Final = frozenset({"source.version"})
"""Losses for which nobody sends the message twice."""
_ASSISTANCE: Final = (AssistRequest, AssistReply, AssistDeployed, AssistRelease)


class Kept(msgspec.Struct, frozen=True):
    """The envelope that a message came in (`extensions["edxl-de"]`)."""

    document: Node
    format: str | None = None
    filled: tuple[str, ...] = ()
    mended: list[str] = []
    embedded: list[Node] = []
    inside: Any = None


class Writer:
    """Writes distributions around what other formats write."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._formats = reader.formats

    def encode(self, message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
        """A distribution with the message in the format `settings.inside`, or the best one.

        Raises `NotRepresentable` for an inside format that is not ours or that cannot say this.
        """
        kept = _kept(message)
        root = from_node(kept.document) if kept is not None else None
        style = _style(root, settings)
        if root is None or settings.version not in (None, style_of(root).version):
            kept = None
        writing = _document(style, kept)
        if kept is not None:
            put_back(writing.root, kept.embedded)
        filler = Filler(writing, style, new=kept is None)
        if kept is None:
            filler.head(message)
        inner = _bare(message, kept)
        if kept is not None and settings.inside not in (None, kept.format):
            inner = msgspec.structs.replace(inner, exercise=message.exercise)
        if kept is not None and kept.format is None and settings.inside is None:
            losses = _put_words(writing, message, style)
        else:
            losses = self._put_content(writing, style, inner, kept, settings)
        filler.fill(message, kept.filled if kept is not None else (), settings)
        filler.finish()
        writing.finish()
        losses = remaining(losses, message, inner, writing.root, style, settings)
        if kept is None:
            losses += tuple(unkept(message))
        if is_json(writing.root):  # its schema has no place for anything else
            return Encoded(to_json(writing.root), losses)
        as_xml(writing.root)
        if settings.carry_canonical:
            self._complete(writing, style, message, losses, new=kept is None)
        return Encoded(serialise(writing.root), losses)

    def _put_content(
        self,
        writing: Writing,
        style: Style,
        inner: Message,
        kept: Kept | None,
        settings: Settings,
    ) -> tuple[Loss, ...]:
        """The message in another format, in the place where a content was, or in a new object."""
        asked = settings.inside or (kept.format if kept is not None else None)
        plain = msgspec.structs.replace(
            settings, inside=None, version=None, profile=None, carry_canonical=False
        )  # the envelope carries it for all
        roots: tuple[str, ...]
        if asked == NAME:
            encoded, name, title, roots = self.encode(inner, plain), NAME, "EDXL-DE", ROOTS
            media_type = MEDIA_TYPE
        else:
            wanted = self._formats.get(asked) if asked else None
            if asked and wanted is None:
                raise NotRepresentable(f"There is no format {asked!r} to put into EDXL-DE.")
            if wanted is not None and not wanted.writes:
                self._unchanged(writing.root, inner, wanted)
                return ()
            encoded, entry = self._best(inner, plain, wanted)
            name, title, roots = entry.name, entry.title, entry.roots
            media_type = entry.media_type
        marker = next(iter(writing.root.iter(PLACE)), None)
        same = kept is not None and kept.format == name
        if marker is not None and kept is not None and same and _fits(marker, encoded.data):
            put_in(marker, encoded.data, kept.mended)
            return encoded.losses
        if marker is not None:
            _drop_object(marker)
        item = add_object(writing, style, encoded.data, name=name, title=title,
                          media_type=media_type, roots=roots)  # fmt: skip
        _put_first(item)
        return encoded.losses

    def _best(
        self, message: Message, settings: Settings, asked: Format | None
    ) -> tuple[Encoded, Format]:
        """In the format asked for; else EDXL-RM for assistance, CAP where it can, canonical."""
        assistance = isinstance(message.body, _ASSISTANCE)
        names = ("edxl-rm", "cap", CANONICAL) if assistance else ("cap", CANONICAL)
        refusal: NotRepresentable | None = None
        for entry in [asked] if asked is not None else map(self._formats.get, names):
            if entry is None:
                continue
            try:
                return entry.encode(message, settings), entry
            except NotRepresentable as fault:
                refusal = fault
        raise refusal or NotRepresentable(f"{message.kind}: no format can carry it in EDXL-DE.")

    def _unchanged(self, root: Element, message: Message, entry: Format) -> None:
        """A content that we only read stays as it is, if the message still says the same."""
        for item in objects(root):
            for content in contents(item, self._reader.known):
                if self._reader.roots.get(content.root) is entry:
                    read = entry.decode(content.data)
                    if (read.body, read.location) == (message.body, message.location):
                        return
        raise NotRepresentable(f"{message.kind}: {entry.title} is only read here.")

    def _complete(
        self,
        writing: Writing,
        style: Style,
        message: Message,
        losses: tuple[Loss, ...],
        *,
        new: bool,
    ) -> None:
        """See to it that a system of ours reads the message as it is."""
        if any(loss.field not in _TRIFLES for loss in losses):
            self._carry(writing, style, message)
            return
        for item in objects(writing.root) if new else ():
            if keyword(item, "format") == CANONICAL:
                digest = digest_around(writing.root, item)
                add_keyword(writing, style, item, "unchanged", digest)

    def _carry(self, writing: Writing, style: Style, message: Message) -> None:
        """The complete message as a content object of its own; its original if there is room."""
        entry = self._formats.get(CANONICAL)
        if entry is None:
            return
        data = entry.encode(message).data
        if len(data) > MAX_BYTES // 3 and message.original is not None:
            lighter = msgspec.structs.replace(message.original, data=None)
            data = entry.encode(msgspec.structs.replace(message, original=lighter)).data
        if len(data) > MAX_BYTES // 2:
            return
        for old in objects(writing.root):
            parent = old.getparent()
            if keyword(old, "unchanged") is not None and parent is not None:
                parent.remove(old)
        item = add_object(writing, style, data, name=entry.name, title=entry.title,
                          media_type=entry.media_type, roots=())  # fmt: skip
        add_keyword(writing, style, item, "unchanged", digest_around(writing.root, item))


def _kept(message: Message) -> Kept | None:
    """The envelope that the message came in. Raises `MalformedDocument` for anything else there."""
    extension = message.extensions.get(NAME)
    if extension is None:
        return None
    try:
        return msgspec.convert(extension, Kept)
    except msgspec.ValidationError as fault:
        raise MalformedDocument(f"/extensions/{NAME} does not hold an envelope: {fault}") from fault


def _style(root: Element | None, settings: Settings) -> Style:
    if root is not None:
        namespace = str(root.tag)[1:].partition("}")[0]
        if local(root).casefold() != "edxldistribution" or namespace not in NAMESPACES:
            raise MalformedDocument(f"/extensions/{NAME} does not hold an envelope.")
        if not {"distributionid", "senderid"} <= {local(child).casefold() for child in root}:
            raise MalformedDocument(f"/extensions/{NAME} holds an envelope without its head.")
        style = style_of(root)
        if settings.version in (None, style.version):
            return style
    version = settings.version or "2.0"
    return Style(version=version, small=version == "1.0")


def _document(style: Style, kept: Kept | None) -> Writing:
    namespace = NAMESPACE_OF[style.version]
    writing = Writing(
        "EDXLDistribution", namespace, kept=kept.document if kept is not None else None, order=ORDER
    )
    if kept is None and style.version != "1.0":
        scope: Any = {None: namespace, "ct": CT, "gml": GML, "gsf": GSF, "xlink": XLINK}
        writing.root = etree.Element(f"{{{namespace}}}EDXLDistribution", nsmap=scope)
        writing.root.set(f"{{{XLINK}}}type", "extended")
    return writing


def _bare(message: Message, kept: Kept | None) -> Message:
    """The message as the document inside says it: without what the envelope had filled in."""
    rest = {name: value for name, value in message.extensions.items() if name != NAME}
    if kept is None:
        return msgspec.structs.replace(message, extensions=rest)
    if kept.inside is not None:
        rest[NAME] = kept.inside
    handling: dict[str, Any] = {}
    bare: dict[str, Any] = {"extensions": rest}
    for name in kept.filled:
        if name in _EMPTY:
            bare[name] = _EMPTY[name]
        elif name == "recipients":
            handling["recipients"] = ()
        elif name == "marking":
            handling |= {"tlp": None, "national_marking": None}
    if "expires" in kept.filled:
        bare["moments"] = {k: v for k, v in message.moments.items() if k != "/expires"}
    if handling:
        left = msgspec.structs.replace(message.handling, **handling)
        bare["handling"] = _NO_HANDLING if left == _NO_HANDLING else left
    return msgspec.structs.replace(message, **bare)


_NO_HANDLING: Final = next(
    field.default for field in msgspec.structs.fields(Message) if field.name == "handling"
)
"""The very default, which a writer leaves out (msgspec knows it by identity)."""
_EMPTY: Final[dict[str, Any]] = {
    "exercise": Exercise.NOT_STATED,
    "language": UNDETERMINED,
    "incident": None,
    "expires": None,
    "target_area": (),
}
"""What a document that leaves it open reads as. One that said nothing says nothing again; it never
says that it is real."""


def _put_words(writing: Writing, message: Message, style: Style) -> tuple[Loss, ...]:
    """The words of a distribution that held nothing we read, in their places."""
    if not isinstance(message.body, Text):
        raise NotRepresentable(f"{message.kind}: the distribution that it came from held words.")
    account = Account(message, own=NAME)
    account.carried("id", "sender", "sent", "source", "body.kind", "exercise")
    if message.language == UNDETERMINED:
        account.carried("language")
    source = message.source
    writing.put(writing.root, style.name("DistributionID"), source.id if source else message.id)
    writing.put(writing.root, style.name("SenderID"), source.system if source else None)
    name = style.name("DateTimeSent")
    writing.time(writing.root, name, message.sent, message.moments, "/sent", offset_text)
    element = next(iter(descriptions(writing.root)), None)
    if element is not None and message.body.text is not None:
        writing.put(element, "", message.body.text.text)
        account.carried("body.text.text")
    return account.close(NOT_SAID)


def _fits(marker: Element, data: bytes) -> bool:
    """Whether a document can stand where the marker is: JSON where JSON was, XML where XML was."""
    parent = marker.getparent()
    if parent is not None and local(parent) == EMBEDDED:
        return readable(data.decode("utf-8", "replace"))
    return marker.get("as") == "base64" or data.lstrip().startswith(b"<")


def _put_first(item: Element) -> None:
    """Readers take the first content object: ours comes before those that were there."""
    parent = item.getparent()
    others = [other for other in parent if other is not item] if parent is not None else []
    same = [other for other in others if local(other).casefold() == "contentobject"]
    if same:
        same[0].addprevious(item)


def _drop_object(marker: Element) -> None:
    """The content object whose document is written anew in another format."""
    element: Element | None = marker
    while element is not None and local(element).casefold() != "contentobject":
        element = element.getparent()
    if element is not None and (parent := element.getparent()) is not None:
        parent.remove(element)
