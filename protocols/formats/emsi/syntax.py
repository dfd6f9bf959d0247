"""EMSI in JSON and in XML as one tree, so that everything above speaks of elements only.

A tree is what the hub's JSON holds: objects by element name, lists where an element may repeat.
An XML attribute is `@name`, text beside other content `#text`, an element of another namespace its
name in Clark notation. XML texts stay texts; numbers are made of them only where JSON is written.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from lxml import etree

from protocols.errors import MalformedDocument, UnsafeDocument, UnsupportedVersion
from protocols.formats import json_document, xml
from protocols.formats.emsi.words import COUNTS, JSON, LISTS, NAMESPACE, NUMBERS, XML
from protocols.formats.json_document import Object
from protocols.messages.tree import DEPTH_LIMIT

ROOT: Final = "emsi"
MAX_DEPTH: Final = 12
"""Levels of elements: EMSI has six; each may take two levels of a message."""
MAX_BESIDE: Final = DEPTH_LIMIT - 5
"""Levels beside the wrapper: in a message they stand below four others, and a number in
the deepest of them is a level too."""
_TEXT: Final = "#text"
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,19}", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
"""Numbers as JSON writes them (RFC 8259, section 6)."""
_WHOLE = re.compile(r"-?[0-9]+", re.ASCII)
_LIBERAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_INTEGERS: Final = range(-(2**63), 2**64)

Element = Any


def parse(data: bytes) -> tuple[Object, str, Object]:
    """(the tree below `emsi`, its syntax, what stands around it: namespace or wrapper).

    Raises `MalformedDocument`, `UnsafeDocument`, and `UnsupportedVersion` for another root.
    """
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return _parse_xml(data)
    document = json_document.parse(data)
    if ROOT in document:
        tree = document[ROOT]
        if not isinstance(tree, dict):
            raise MalformedDocument(f"/{ROOT}: this is no object.", where=f"/{ROOT}")
        around = {name: value for name, value in document.items() if name != ROOT}
        _check_depth(around, "", MAX_BESIDE)
        return tree, JSON, {"wrapped": True, "beside": around} if around else {"wrapped": True}
    if "CONTEXT" not in document and "EVENT" not in document:
        raise UnsupportedVersion("/: this is no EMSI: neither `emsi` nor CONTEXT and EVENT.")
    return document, JSON, {}


def _check_depth(value: Any, where: str, left: int) -> None:
    """Raises `MalformedDocument` for containers nested more than `left` levels deep."""
    if not isinstance(value, dict | list):
        return
    if left == 0:
        raise MalformedDocument(
            f"{where}: what stands beside `{ROOT}` is nested more than {MAX_BESIDE} levels deep.",
            where=where,
        )
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in parts:
        _check_depth(part, f"{where}/{name}", left - 1)


def _parse_xml(data: bytes) -> tuple[Object, str, Object]:
    root = xml.parse(data)
    if xml.local(root).lower() != ROOT:
        raise UnsupportedVersion(
            f"Line {root.sourceline}: the root is {str(root.tag)[:60]!r}, not emsi."
        )
    namespace = str(root.tag)[1:].partition("}")[0] if str(root.tag).startswith("{") else ""
    tree = _tree(root, namespace, MAX_DEPTH)
    if not isinstance(tree, dict):
        raise xml.malformed(root, "the document is empty")
    around = {"root": xml.local(root), "namespace": namespace}
    return tree, XML, around


def _tree(element: Element, namespace: str, left: int) -> Any:
    """An element as a text, or as an object of what it holds."""
    if left == 0:
        raise UnsafeDocument(
            f"{xml.path(element)}: the document is nested more than {MAX_DEPTH} levels deep.",
            where=xml.path(element),
        )
    if not len(element) and not element.attrib:
        return element.text or ""
    found: Object = {f"@{name}": value for name, value in element.attrib.items()}
    mixed = [element.text, *(child.tail for child in element)]
    words = [part for part in mixed if part and part.strip()]
    if words:
        found[_TEXT] = words if len(words) > 1 else words[0]
    for child in element:
        tag = str(child.tag)
        name = tag.removeprefix(f"{{{namespace}}}") if namespace else tag
        value = _tree(child, namespace, left - 1)
        if name in found:
            present = found[name]
            if isinstance(present, list):
                present.append(value)
            else:
                found[name] = [present, value]
        else:
            found[name] = [value] if name in LISTS else value
    return found


def serialise(tree: Object, syntax: str, around: Object) -> bytes:
    """The document of a tree. Raises `MalformedDocument` for names that XML cannot have."""
    if syntax == JSON:
        written = _numbers(tree) if "namespace" in around else tree
        if not around.get("wrapped", True):
            return json_document.serialise(written)
        beside = around.get("beside")
        more = beside if isinstance(beside, dict) else {}
        return json_document.serialise({ROOT: written, **more})
    namespace = str(around.get("namespace", NAMESPACE))
    try:
        name = str(around.get("root", ROOT))
        root = xml.own_root(name, namespace) if namespace else etree.Element(name)
        _fill(root, tree, namespace)
    except (ValueError, TypeError) as fault:
        raise MalformedDocument(f"The extension does not hold EMSI: {fault}.") from fault
    return xml.serialise(root)


def _fill(element: Element, value: Any, namespace: str) -> None:
    if not isinstance(value, dict):
        element.text = xml.legal(_text(value))
        return
    for name, part in value.items():
        if name.startswith("@"):
            element.set(name[1:], xml.legal(_text(part)))
        elif name == _TEXT:
            words = part if isinstance(part, list) else [part]
            element.text = xml.legal(" ".join(map(_text, words)))
        else:
            tag = name if name.startswith("{") or not namespace else f"{{{namespace}}}{name}"
            for item in part if isinstance(part, list) else [part]:
                _fill(etree.SubElement(element, tag), item, namespace)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return xml.number_text(value)
    return "" if value is None else str(value)


def _numbers(value: Any, name: str = "", parent: str = "") -> Any:
    """The tree with numbers where the JSON schema has them, and lists where it has lists."""
    if isinstance(value, dict):
        return {key: _listed(key, name, _numbers(part, key, name)) for key, part in value.items()}
    if isinstance(value, list):
        return [_numbers(item, name, parent) for item in value]
    if not isinstance(value, str) or name not in COUNTS | NUMBERS:
        return value
    if _WHOLE.fullmatch(value):
        exact = _INTEGER.fullmatch(value) and int(value) in _INTEGERS
        return int(value) if exact else value
    if name not in NUMBERS or not _NUMBER.fullmatch(value):
        return value
    stated = float(value)
    return stated if math.isfinite(stated) else value


def _listed(name: str, parent: str, value: Any) -> Any:
    repeats = name in LISTS or (name == "POSITION" and parent == "RGEO")
    return [value] if repeats and not isinstance(value, list) else value


def plain(value: Any) -> Any:
    """A tree in which JSON and XML of the same message are the same: texts, and no list of one."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return items[0] if len(items) == 1 else items
    return _text(value)


def number(value: Any) -> float | None:
    """A number that is one, or is written as one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _LIBERAL.fullmatch(value.strip()):
        return None
    return float(value)
