"""The only XML set-up: whole documents, no entities, no DTD, no network, hard limits.

Every format that is XML reads with `parse` and writes with `serialise`, so that what one refuses
all refuse. Parts that a format has no home for travel as *nodes*: plain lists that survive JSON,

    [name, {attribute: value}, "text", [child...], "text after the child"...]

with names in Clark notation (`{namespace}local`); `to_node` and `from_node` convert.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from protocols.errors import MalformedDocument, UnsafeDocument

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_ATTRIBUTES: Final = 256
FOLD_DEPTH: Final = 12
FOLDED: Final = "{urn:crossband:xml}folded"
ENCODINGS: Final = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252"})

Node = list[Any]

_DECLARED = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"'>]{0,64})[\"']"
)
_FORBIDDEN_MARKUP = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")
_BARE = etree.XPath("//*[namespace-uri() = '']")
_TOO_MANY_ATTRIBUTES = etree.XPath(f"boolean(//*[count(@*) > {MAX_ATTRIBUTES}])")
_LIMIT_CODES = frozenset(
    {
        etree.ErrorTypes.ERR_RESOURCE_LIMIT,
        etree.ErrorTypes.ERR_ENTITY_LOOP,
        etree.ErrorTypes.ERR_NAME_TOO_LONG,
    }
)

# Created once: lxml parsers keep no state between documents but for their error log.
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    huge_tree=False,
    recover=False,
    remove_comments=True,
    remove_pis=True,
)


def parse(data: bytes) -> etree._Element:
    """The root element of a whole document.

    Raises `UnsafeDocument` for a document type, an entity, an encoding that could hide them, or a
    limit (256 KiB, 32 levels, 256 attributes an element), and `MalformedDocument`, with line and
    column, for what is not well-formed XML 1.0.
    """
    _refuse_before_parsing(data)
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as fault:
        line, column = fault.position
        reason = (fault.msg or "not well-formed").split(", line ")[0].strip()
        if getattr(fault, "code", None) in _LIMIT_CODES:
            raise UnsafeDocument(
                f"Line {line}, column {column}: {reason}.", line=line, column=column
            ) from None
        raise MalformedDocument(
            f"Line {line}, column {column}: {reason}.", line=line, column=column
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnsafeDocument("Line 1: the document declares a document type.", line=1)
    if _TOO_DEEP(root):
        raise UnsafeDocument(f"The document is nested more than {MAX_DEPTH} levels deep.")
    if _TOO_MANY_ATTRIBUTES(root):
        raise UnsafeDocument(f"An element has more than {MAX_ATTRIBUTES} attributes.")
    if data.count(b"xmlns") > MAX_ATTRIBUTES:
        _refuse_many_namespaces(root)
    reserved = next(root.iter(FOLDED), None)
    if reserved is not None:
        raise malformed(reserved, "the name is reserved")
    return root


def _refuse_many_namespaces(root: etree._Element) -> None:
    """No element may stand in more namespaces than it may have attributes, which they look like."""
    if any(len(element.nsmap) > MAX_ATTRIBUTES for element in root.iter()):
        raise UnsafeDocument(f"An element stands in more than {MAX_ATTRIBUTES} namespaces.")


def _refuse_before_parsing(data: bytes) -> None:
    """What must not reach the parser at all: size, hidden encodings, document types."""
    if len(data) > MAX_BYTES:
        raise UnsafeDocument(f"The document has {len(data)} bytes; {MAX_BYTES} are allowed.")
    if b"\x00" in data[:4]:
        raise UnsafeDocument("Line 1: UTF-16 and UTF-32 are not read here; send UTF-8.", line=1)
    declared = _DECLARED.match(data)
    if declared is not None:
        encoding = declared.group(1).decode("ascii", "replace")
        if encoding.lower() not in ENCODINGS:
            raise UnsafeDocument(
                f"Line 1: the encoding {encoding!r} is not read here; send UTF-8.", line=1
            )
    markup = _FORBIDDEN_MARKUP.search(data)
    if markup is not None:
        line = data.count(b"\n", 0, markup.start()) + 1
        raise UnsafeDocument(
            f"Line {line}: document types and entities are not read here.", line=line
        )


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def path(element: etree._Element) -> str:
    """Where an element stands, for people: `/alert/info[2]/area[1]/polygon[1]`."""
    steps: list[str] = []
    current: etree._Element | None = element
    while current is not None:
        parent = current.getparent()
        step = local(current)
        if parent is not None:
            same = [child for child in parent if child.tag == current.tag]
            if len(same) > 1:
                step += f"[{same.index(current) + 1}]"
        steps.append(step)
        current = parent
    return "/" + "/".join(reversed(steps))


def malformed(element: etree._Element, detail: str, below: str = "") -> MalformedDocument:
    """The error for a fault at `element` (or at its child or attribute `below`)."""
    where = path(element) + (f"/{below}" if below else "")
    line: int = getattr(element, "sourceline", None) or 0
    return MalformedDocument(f"{where} (line {line}): {detail}", where=where, line=line)


def legal(text: str) -> str:
    """`text` with U+FFFD for each character that XML 1.0 (section 2.2) cannot carry."""
    return _ILLEGAL.sub("\ufffd", text)


def own_root(name: str, namespace: str) -> etree._Element:
    """A new element whose namespace is the default one, so that no prefix is written."""
    scope: Any = {None: namespace}  # lxml's way to say "default"; its stubs know only prefixes
    return etree.Element(f"{{{namespace}}}{name}", nsmap=scope)


def number_text(number: float) -> str:
    """A decimal without exponent (`xs:decimal`) that reads back as the same number."""
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text


def serialise(root: etree._Element) -> bytes:
    """The document as UTF-8 with an XML declaration."""
    root = _keep_bare_names(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _keep_bare_names(root: etree._Element) -> etree._Element:
    """The same document, with a prefix in place of each default namespace around a bare name.

    An element without a namespace below a default one would be written as if it were in it: libxml2
    does not write the `xmlns=""` that says otherwise (Namespaces in XML 1.0, section 6.2).
    """
    if not any(bare.nsmap.get(None) for bare in _bare(root)):
        return root
    root = deepcopy(root)  # the caller's document stays as it is
    for bare in _bare(root):
        while bare.nsmap.get(None):  # a parsed element may say xmlns="" itself: no namespace
            holder = bare
            while (parent := holder.getparent()) is not None and parent.nsmap.get(None):
                holder = parent
            prefixed = _prefixed(holder)
            if parent is None:
                root = prefixed
            else:
                parent.replace(holder, prefixed)
    return root


def _bare(root: etree._Element) -> list[etree._Element]:
    found: Any = _BARE(root)  # lxml's stubs know an XPath that finds text as well
    return list(found)


def _prefixed(element: etree._Element) -> etree._Element:
    """A copy that declares its default namespace under a prefix, with the children moved in."""
    scope: dict[Any, str] = dict(element.nsmap)  # lxml's stubs do not know the prefix None
    default = scope.pop(None)
    scope[next(name for n in range(len(scope) + 1) if (name := f"d{n}") not in scope)] = default
    attributes: Any = element.attrib
    copy = etree.Element(element.tag, attributes, nsmap=scope)
    copy.text, copy.tail = element.text, element.tail
    copy.extend(list(element))
    return copy


def to_node(element: etree._Element, depth: int = 1) -> Node:
    """An element with everything below it, as plain lists that survive JSON.

    Below `FOLD_DEPTH` levels the rest is folded into one text, so that the deepest document we
    read still fits the depth that a canonical message may have.
    """
    node: Node = [element.tag]
    if depth > FOLD_DEPTH:
        return [FOLDED, etree.tostring(element, encoding="unicode", with_tail=False)]
    if element.attrib:
        node.append(dict(element.attrib))
    text = element.text
    if text and (len(element) == 0 or not text.isspace()):
        node.append(text)
    for child in element:
        node.append(to_node(child, depth + 1))
        if child.tail and not child.tail.isspace():
            node.append(child.tail)
    return node


def from_node(node: Node) -> etree._Element:
    """The element that `to_node` made the node from. Raises `MalformedDocument` for other lists."""
    try:
        if node[0] == FOLDED:
            return parse(node[1].encode())
        element = etree.Element(node[0])
        last: etree._Element | None = None
        for part in node[1:]:
            if isinstance(part, dict):
                for name, value in part.items():
                    element.set(name, legal(value))
            elif isinstance(part, str):
                if last is None:
                    element.text = (element.text or "") + legal(part)
                else:
                    last.tail = (last.tail or "") + legal(part)
            else:
                last = from_node(part)
                element.append(last)
    except (TypeError, ValueError, IndexError, AttributeError, KeyError) as fault:
        raise MalformedDocument(f"An extension does not hold XML: {fault}.") from fault
    return element


def leaves(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Every attribute value and every text that is not blank, with its path."""
    return _leaves(element, path(element))


def _leaves(element: etree._Element, here: str) -> Iterator[tuple[str, str]]:
    """As `leaves`, of an element that stands at `here`: `path` of each would be quadratic."""
    for name, value in element.attrib.items():
        if str(value).strip():
            yield f"{here}/@{name!s}", str(value)
    if element.text and element.text.strip():
        yield here, element.text
    total = Counter(child.tag for child in element)
    seen: Counter[Any] = Counter()
    for child in element:
        seen[child.tag] += 1
        number = f"[{seen[child.tag]}]" if total[child.tag] > 1 else ""
        yield from _leaves(child, f"{here}/{local(child)}{number}")
        if child.tail and child.tail.strip():
            yield f"{here}/text()", child.tail
