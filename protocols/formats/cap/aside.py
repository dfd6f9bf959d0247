"""What stands beside an alert's elements: attributes and stray text, for which CAP has no place.

CAP's own elements have neither, but deployed systems write `xsi:schemaLocation`, `xml:lang` and
words between elements. They are taken off before an alert is read, travel in the extension by
their path (`/info[2]/area[1]`), and are put back where the element is written again.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from protocols.errors import MalformedDocument
from protocols.formats.cap.words import NAMESPACE
from protocols.formats.losses import Losses
from protocols.formats.xml import Node, legal

Element = etree._Element

ORDER: Final[dict[str, tuple[str, ...]]] = {
    "alert": (
        "identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction",
        "addresses", "code", "note", "references", "incidents", "info",
    ),
    "info": (
        "language", "category", "event", "responseType", "urgency", "severity", "certainty",
        "audience", "eventCode", "effective", "onset", "expires", "senderName", "headline",
        "description", "instruction", "web", "contact", "parameter", "resource", "area",
    ),
    "resource": ("resourceDesc", "mimeType", "size", "uri", "derefUri", "digest"),
    "area": ("areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling"),
    "eventCode": ("valueName", "value"),
    "parameter": ("valueName", "value"),
    "geocode": ("valueName", "value"),
}  # fmt: skip
"""The elements of CAP 1.2 by their parent, in the order of the schema; 1.1 has the same."""

_PAIRS: Final = frozenset({"eventCode", "parameter", "geocode"})
_NAMES: Final = frozenset(name for names in ORDER.values() for name in names)
_HAS_ANY: Final = etree.XPath(
    "boolean(//cap:*/@* | //cap:*[* or self::cap:info or self::cap:area or self::cap:resource]"
    "/text()[normalize-space()])",
    namespaces={"cap": NAMESPACE},
)
NOT_PUT_BACK: Final = "the element that it stood at is not written"


def take_off(root: Element, prefix: str) -> dict[str, Any]:
    """Attributes and stray texts of the alert's own elements, removed from them.

    `prefix` is the namespace in Clark notation. Elements of others keep theirs: they travel whole.
    """
    if not _HAS_ANY(root):
        return {}
    found: dict[str, Any] = {}
    _walk(root, "alert", "", prefix, found)
    return found


def _walk(element: Element, name: str, path: str, prefix: str, found: dict[str, Any]) -> None:
    attributes = {str(key): str(value) for key, value in element.attrib.items()}
    if attributes:
        found.setdefault("attributes", {})[path or "/"] = attributes
        element.attrib.clear()
    below = ORDER.get(name)
    if below is None:
        return
    texts = [element.text, *(child.tail for child in element)]
    stray = [text for text in texts if text and not text.isspace()]
    if stray:
        found.setdefault("texts", {})[path or "/"] = stray
        element.text = None
    numbers: dict[str, int] = {}
    for child in element:
        child.tail = None
        own = str(child.tag).removeprefix(prefix)
        if own in below and _is_read(child, own, prefix):
            numbers[own] = numbers.get(own, 0) + 1
            _walk(child, own, f"{path}/{own}[{numbers[own]}]", prefix, found)


def _is_read(element: Element, name: str, prefix: str) -> bool:
    """Whether reading takes the element apart. Any other travels whole, with what it has."""
    if name in _PAIRS:
        names = [str(child.tag).removeprefix(prefix) for child in element]
        return names in (["valueName", "value"], ["valueName"], ["value", "valueName"]) and not any(
            len(child) or (child.attrib and not (child.text or "").strip()) for child in element
        )
    return name in ORDER or (not len(element) and bool((element.text or "").strip()))


def put_back(
    root: Element, prefix: str, left: dict[str, Any], order: list[int], losses: Losses
) -> None:
    """Attributes and texts at the elements that they were taken from.

    `order` says which info now stands where. What has no place any more is a loss.
    """
    for kind, put in (("attributes", _put_attributes), ("texts", _put_texts)):
        kept = left.get(kind)
        for path, value in kept.items() if isinstance(kept, dict) else ():
            element = _find(root, prefix, str(path), order)
            if element is None:
                losses.add(f"extensions.cap.{kind}.{path}", value, NOT_PUT_BACK)
            else:
                put(element, value)


def _find(root: Element, prefix: str, path: str, order: list[int]) -> Element | None:
    element = root
    for step in path.strip("/").split("/") if path != "/" else ():
        name, _, rest = step.partition("[")
        if name not in _NAMES:
            return None
        number = int(rest[:-1]) if rest[:-1].isascii() and rest[:-1].isdigit() else 0
        if name == "info" and element is root and 0 < number <= len(order):
            number = order.index(number - 1) + 1
        same = [
            child for child in element.iterchildren(prefix + name) if _is_read(child, name, prefix)
        ]
        if not 0 < number <= len(same):
            return None
        element = same[number - 1]
    return element


def _put_attributes(element: Element, attributes: object) -> None:
    if not isinstance(attributes, dict):
        raise MalformedDocument("/extensions/cap/attributes does not hold attributes.")
    try:
        for name, value in attributes.items():
            element.set(name, legal(value))
    except (TypeError, ValueError) as fault:
        raise MalformedDocument(f"/extensions/cap/attributes: {fault}.") from fault


def _put_texts(element: Element, texts: object) -> None:
    """The first before the first child, each further one after the next child."""
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise MalformedDocument("/extensions/cap/texts does not hold texts.")
    children = list(element)
    for number, text in enumerate(texts):
        if number == 0 or not children:
            element.text = (element.text or "") + legal(text)
        else:
            child = children[min(number, len(children)) - 1]
            child.tail = (child.tail or "") + legal(text)


def in_order(nodes: list[Node], parent: str, prefix: str) -> list[Node]:
    """What was left of an element, in the order in which it will be written again."""
    order = ORDER[parent]
    places = {prefix + name: place for place, name in enumerate(order)}
    return sorted(nodes, key=lambda node: places.get(node[0], len(order)))


def insert(parent: Element, element: Element, prefix: str) -> None:
    """Add an element where the schema's order wants it; one of others goes last."""
    order = ORDER.get(str(parent.tag).removeprefix(prefix), ())
    name = str(element.tag).removeprefix(prefix)
    if name in order:
        later = {prefix + one for one in order[order.index(name) + 1 :]}
        for place, child in enumerate(parent):
            if child.tag in later:
                parent.insert(place, element)
                return
    parent.append(element)
