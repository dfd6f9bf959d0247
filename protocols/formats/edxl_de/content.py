"""Content objects: where a document of ours stands in an envelope, taken out and put back.

XML stands in `EmbeddedXMLContent`, sometimes inside one or two elements of a hub's own, sometimes
as escaped text; anything else in `ContentData` as base64 with its media type. What is read leaves
a marker in its place, so that writing finds it again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from copy import deepcopy as copy
from typing import Final

import msgspec
from lxml import etree

from protocols.errors import FormatRefused
from protocols.formats.edxl_de.areas import mended, numbers
from protocols.formats.edxl_de.json_form import EMBEDDED, JSON_MEDIA_TYPE
from protocols.formats.edxl_de.words import CT, OWN, ROOTS, XLINK, Style
from protocols.formats.slots import Element, Writing, children
from protocols.formats.xml import Node, from_node, legal, local, parse, to_node

PLACE: Final = "{urn:crossband:xml}content"
"""Stands where a content was; `as` says how it stood there: `xml`, `text` or `base64`."""
ASIDE: Final = "{urn:crossband:xml}aside"
"""Stands where XML was that nobody here reads; the nodes are kept in the same order."""
_DEPTH: Final = 3
"""How many elements of a hub's own may stand around a document."""


class Content(msgspec.Struct, frozen=True):
    """One document inside an envelope."""

    element: Element
    """The document itself (XML), or the element whose text it is."""
    form: str
    """`xml`, `text` or `base64`."""
    data: bytes
    media_type: str
    hint: str | None = None
    """Our own name of its format, where the content object gives one."""
    mended: tuple[str, ...] = ()
    """Coordinates that were put in order before reading, as they were."""

    @property
    def root(self) -> str:
        """The root element in Clark notation; empty for what is not XML."""
        if self.form == "xml":
            return str(self.element.tag)
        try:
            return str(parse(self.data).tag)
        except FormatRefused:
            return ""


def objects(root: Element) -> list[Element]:
    """The content objects of either version."""
    found = children(root, "contentObject")
    for holder in children(root, "content"):
        found += children(holder, "contentObject")
    return found


def contents(item: Element, roots: frozenset[str]) -> Iterator[Content]:
    """Every document in a content object; XML where its root is one of `roots`."""
    hint = keyword(item, "format")
    for name in ("contentXML", "xmlContent"):
        for holder in children(item, name):
            for embedded in children(holder, "embeddedXMLContent"):
                yield from _embedded(embedded, roots, hint)
    for holder in children(item, "jsonContent"):
        for element in children(holder, EMBEDDED):
            data = (element.text or "").encode()
            yield Content(element, "text", data, JSON_MEDIA_TYPE, hint)
    for name in ("otherContent", "nonXMLContent"):
        for holder in children(item, name):
            yield from _encoded(holder, hint)


def _embedded(embedded: Element, roots: frozenset[str], hint: str | None) -> Iterator[Content]:
    if not len(embedded):
        text = (embedded.text or "").strip()
        if text.startswith("<"):
            data = text.encode()
            yield Content(embedded, "text", data, "application/xml", hint)
        return
    for element in _known(embedded, roots, _DEPTH):
        read = copy(element)
        originals = tuple(mend(read))
        data = etree.tostring(read, encoding="UTF-8", with_tail=False)
        yield Content(element, "xml", data, "application/xml", hint, originals)


def _known(element: Element, roots: frozenset[str], depth: int) -> Iterator[Element]:
    for child in element:
        if child.tag in roots:
            yield child
        elif depth > 1:
            yield from _known(child, roots, depth - 1)


def _encoded(holder: Element, hint: str | None) -> Iterator[Content]:
    media = " ".join((e.text or "").strip() for e in children(holder, "mimeType"))
    for element in children(holder, "contentData"):
        try:
            data = base64.b64decode("".join((element.text or "").split()), validate=True)
        except (binascii.Error, ValueError):
            continue
        if data and not len(element):
            yield Content(element, "base64", data, media, hint)


def keyword(item: Element, name: str) -> str | None:
    """The value that one of our own lists has in a content object."""
    for place in (item, *children(item, "contentDescriptor")):
        for entry in children(place, "contentKeyword"):
            lists = [*children(entry, "valueListURI"), *children(entry, "valueListUrn")]
            if any((part.text or "").strip() == OWN + name for part in lists):
                for value in children(entry, "value"):
                    return (value.text or "").strip()
    return None


def mend(element: Element) -> list[str]:
    """Put signs that stand apart from their numbers in place; the texts as they were."""
    found: list[str] = []
    for child in element.iter():
        name = local(child).casefold() if isinstance(child.tag, str) else ""
        if name in ("polygon", "circle") and child.text and mended(child.text) != child.text:
            found.append(child.text)
            child.text = mended(child.text)
    return found


# --- leaving a marker, and finding it -------------------------------------------------------------


def take_out(content: Content) -> None:
    """Leave a marker where the document was."""
    marker = etree.Element(PLACE)
    marker.set("as", content.form)
    if content.form == "xml":
        marker.tail = content.element.tail
        parent = content.element.getparent()
        assert parent is not None
        parent.replace(content.element, marker)
    else:
        content.element.text = None
        content.element.append(marker)


def put_in(marker: Element, data: bytes, mended: list[str]) -> None:
    """Put a document where the marker stands, as it stood there before."""
    parent = marker.getparent()
    assert parent is not None
    if marker.get("as") == "xml":
        element = parse(data)
        unmend(element, mended)
        element.tail = marker.tail
        parent.replace(marker, element)
        return
    parent.remove(marker)
    if marker.get("as") == "text":
        parent.text = legal(data.decode("utf-8", "replace"))
    else:
        parent.text = base64.b64encode(data).decode()


def set_aside(root: Element) -> list[Node]:
    """Take out the XML that was not read: it may be deep, and starts at the top of its own."""
    found: list[Node] = []
    for item in objects(root):
        for name in ("contentXML", "xmlContent"):
            for holder in children(item, name):
                for embedded in (e for e in holder if isinstance(e.tag, str)):
                    for child in list(embedded):
                        if next(iter(child.iter(PLACE)), None) is None:
                            found.append(to_node(child))
                            marker = etree.Element(ASIDE)
                            marker.tail = child.tail
                            embedded.replace(child, marker)
    return found


def put_back(root: Element, nodes: list[Node]) -> None:
    """Put back what `set_aside` took out. Raises `MalformedDocument` for other nodes."""
    for marker, node in zip(list(root.iter(ASIDE)), nodes, strict=False):
        parent = marker.getparent()
        if parent is not None:
            element = from_node(node)
            element.tail = marker.tail
            parent.replace(marker, element)


def unmend(element: Element, originals: list[str]) -> None:
    """Coordinates as the document had them, where they still say the same."""
    open_still = list(originals)
    for child in element.iter():
        name = local(child).casefold() if isinstance(child.tag, str) else ""
        if name not in ("polygon", "circle") or not child.text:
            continue
        for original in open_still:
            if _same(original, child.text):
                child.text = legal(original)
                open_still.remove(original)
                break


def _same(one: str, other: str) -> bool:
    try:
        return numbers(one) == numbers(other)
    except ValueError:
        return False


# --- a new content object -------------------------------------------------------------------------


def embeddable(data: bytes, roots: tuple[str, ...]) -> bool:
    """Whether a document may stand in an envelope as XML: it must have a namespace not its own."""
    if not any(root.startswith("{") for root in roots) or not data.lstrip().startswith(b"<"):
        return False
    try:
        tag = str(parse(data).tag)
    except FormatRefused:
        return False
    return tag in roots and tag.startswith("{") and tag not in ROOTS


def add_object(
    writing: Writing,
    style: Style,
    data: bytes,
    *,
    name: str,
    title: str,
    media_type: str,
    roots: tuple[str, ...],
) -> Element:
    """A content object with a document in it, after those that are there."""
    parent = writing.root
    if style.version != "1.0":
        present = writing.all(parent, "content")
        parent = writing.child(parent, style.name("Content"))
        if not present:
            parent.set(f"{{{XLINK}}}type", "resource")
    number = len(writing.all(parent, "contentObject"))
    item = writing.child(parent, style.name("ContentObject"), number)
    if style.version != "1.0":
        item.set(f"{{{XLINK}}}type", "resource")
    describe(writing, style, item, title)
    add_keyword(writing, style, item, "format", name)
    if embeddable(data, roots):
        holder = "xmlContent" if style.version == "1.0" else style.name("ContentXML")
        place = writing.child(writing.child(item, holder), style.name("EmbeddedXMLContent"))
        place.append(parse(data))
        return item
    holder = "nonXMLContent" if style.version == "1.0" else style.name("OtherContent")
    place = writing.child(item, holder)
    writing.put(place, style.name("MimeType"), media_type)
    writing.put(place, style.name("Size"), str(len(data)))
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    shown = digest.hex() if style.version == "1.0" else base64.b64encode(digest).decode()
    writing.put(place, style.name("Digest"), shown)
    writing.put(place, style.name("ContentData"), base64.b64encode(data).decode())
    return item


def _descriptor(writing: Writing, style: Style, item: Element) -> Element:
    return item if style.version == "1.0" else writing.child(item, style.name("ContentDescriptor"))


def describe(writing: Writing, style: Style, item: Element, text: str) -> None:
    """What a content object is, in words."""
    name = style.name("ContentDescription")
    writing.put(_descriptor(writing, style, item), name, text)


def add_keyword(writing: Writing, style: Style, item: Element, name: str, value: str) -> None:
    """A value of one of our own lists."""
    parent = _descriptor(writing, style, item)
    number = len(writing.all(parent, "contentKeyword"))
    entry = writing.child(parent, style.name("ContentKeyword"), number)
    space = CT if style.version != "1.0" else str(entry.tag)[1:].partition("}")[0]
    names = ("ValueListURI", "Value") if style.version != "1.0" else ("valueListUrn", "value")
    for tag, text in zip(names, (OWN + name, value), strict=True):
        etree.SubElement(entry, f"{{{space}}}{tag}").text = legal(text)


def digest_around(root: Element, but: Element) -> str:
    """A digest of all that a document says outside one of its content objects.

    Prefixes, indentation and line ends may change on the way; words, numbers and names may not.
    """
    total = hashlib.sha256()

    def add(element: Element) -> None:
        if element is but:
            return
        attributes = sorted((str(k), str(v)) for k, v in element.attrib.items())
        text = " ".join((element.text or "").split())
        total.update(repr((str(element.tag), attributes, text)).encode("utf-8", "replace"))
        for child in element:
            add(child)
            total.update(repr(" ".join((child.tail or "").split())).encode("utf-8", "replace"))
        total.update(b"/")

    add(root)
    return total.hexdigest()
