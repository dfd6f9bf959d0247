"""EDXL-DE 2.0 as a national hub deploys it in JSON, read and written as the same tree as the XML.

Member names are the element names, in small letters; `content` is a list of content objects with
`jsonContent/embeddedJsonContent`. What JSON tells apart and XML does not (lists of one, values that
are no text) stands in attributes of our own, which are no part of the document.
"""

from __future__ import annotations

import base64
import re
from typing import Any, Final

import msgspec
from lxml import etree

from protocols.errors import FormatRefused, MalformedDocument, UnsupportedVersion
from protocols.formats import json_document
from protocols.formats.edxl_de.words import NAMESPACE_OF
from protocols.formats.slots import Element
from protocols.formats.xml import legal, local

JSON_MEDIA_TYPE: Final = "application/json"
EMBEDDED: Final = "embeddedJsonContent"
_SPACE: Final = NAMESPACE_OF["2.0"]
_LIST: Final = "{urn:crossband:json}list"
_VALUE: Final = "{urn:crossband:json}value"
_FORM: Final = "{urn:crossband:json}form"
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def looks_like_json(data: bytes) -> bool:
    """Whether a document begins as a JSON object does."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def from_json(data: bytes) -> Element:
    """The tree of a distribution in JSON.

    Raises `UnsafeDocument`, `MalformedDocument`, and `UnsupportedVersion` for other objects.
    """
    document = json_document.parse(data)
    if not {"distributionID", "senderID"} <= set(document):
        raise UnsupportedVersion("/: the object is no distribution: it has no distributionID.")
    root = etree.Element(f"{{{_SPACE}}}edxlDistribution")
    root.set(_FORM, "json")
    for name, value in document.items():
        _add(root, name, value, f"/{name}")
    return root


def _add(parent: Element, name: str, value: Any, where: str) -> None:
    if not _NAME.fullmatch(name):
        raise MalformedDocument(f"{where[:80]}: this is no name of an element.", where=where[:80])
    if name == "content" and isinstance(value, list):
        holder = etree.SubElement(parent, f"{{{_SPACE}}}content")
        for number, item in enumerate(value):
            _add(holder, "contentObject", item, f"{where}/{number}")
        return
    if isinstance(value, list):
        for number, item in enumerate(value):
            _add(parent, name, item, f"{where}/{number}")
            parent[-1].set(_LIST, "")
        return
    element = etree.SubElement(parent, f"{{{_SPACE}}}{name}")
    if name == EMBEDDED:
        element.text = legal(msgspec.json.encode(value).decode())
    elif isinstance(value, dict):
        element.set(_VALUE, "object")
        for below, item in value.items():
            _add(element, below, item, f"{where}/{below}")
    elif isinstance(value, str):
        element.text = legal(value)
    else:
        element.set(_VALUE, "json")
        element.text = msgspec.json.encode(value).decode()


def is_json(root: Element) -> bool:
    """Whether the tree came from JSON and everything in it can be JSON again."""
    if _FORM not in root.attrib:
        return False
    holders = {local(e).casefold() for e in root.iter() if isinstance(e.tag, str)}
    return not holders & {"othercontent", "nonxmlcontent", "contentxml", "xmlcontent"}


def to_json(root: Element) -> bytes:
    """The distribution in JSON again. Raises `MalformedDocument` for content that is no JSON."""
    return msgspec.json.encode(_object(root))


def _object(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name, value = local(child), _value(child)
        if name in found and isinstance(found[name], list):
            found[name].append(value)
        elif name in found:
            found[name] = [found[name], value]
        else:
            found[name] = [value] if _LIST in child.attrib else value
    return found


def _value(element: Element) -> Any:
    text = element.text or ""
    if local(element) == "content":
        return [_object(item) for item in element]
    if local(element) == EMBEDDED:
        return json_document.parse(text.encode())
    if element.get(_VALUE) == "json":
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    if len(element) or element.get(_VALUE) == "object":
        return _object(element)
    return text


def as_xml(root: Element) -> None:
    """Make a tree that came from JSON a document in XML; JSON inside becomes other content."""
    if _FORM not in root.attrib:
        return
    for holder in list(root.iter(f"{{{_SPACE}}}jsonContent")):
        for embedded in list(holder):
            text = (embedded.text or "").encode()
            holder.remove(embedded)
            for name, said in (
                ("mimeType", JSON_MEDIA_TYPE),
                ("contentData", base64.b64encode(text).decode()),
            ):
                etree.SubElement(holder, f"{{{_SPACE}}}{name}").text = said
        holder.tag = f"{{{_SPACE}}}otherContent"
    without_marks(root)
    etree.cleanup_namespaces(root)


def without_marks(root: Element) -> None:
    """Take our own attributes away."""
    for element in root.iter():
        for mark in (_LIST, _VALUE, _FORM):
            element.attrib.pop(mark, "")


def readable(text: str) -> bool:
    """Whether a text is a JSON object."""
    try:
        json_document.parse(text.encode())
    except FormatRefused:
        return False
    return True
