"""Values taken out of an XML document leave a slot, so that writing can put them back in place.

Reading: a codec takes the texts that it understands; each leaves its element behind as a slot. What
remains (slots, and everything that was not understood, in its order) is the format's extension.
Writing: values are put into their slots, or, where there is none, into new elements in the order
of the schema. A slot that nothing was put into goes away with its element.

Names are local names; elements may differ in case between deployments of the same schema, so
`Reading` and `Writing` compare them without case and keep what the document had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias

from lxml import etree

from protocols.errors import MalformedDocument
from protocols.formats.times import parse_time
from protocols.formats.xml import (
    Node,
    from_node,
    legal,
    local,
    malformed,
    own_root,
    parse,
    to_node,
)
from protocols.messages.values import Moment

Element: TypeAlias = etree._Element

SLOT: Final = "{urn:crossband:xml}slot"


class Reading:
    """A document that is being read; `moments` collects how its times were written."""

    def __init__(self, root: Element) -> None:
        for element in root.iter():
            if SLOT in element.attrib:
                raise malformed(element, "the attribute is reserved", f"@{SLOT}")
        self.root = root
        self.moments: dict[str, Moment] = {}

    def find(self, parent: Element, path: str) -> Element | None:
        """The first element at `path` (`a/b`) below `parent`."""
        current: Element | None = parent
        for name in path.split("/"):
            current = next(iter(self.all(current, name)), None) if current is not None else None
        return current

    def all(self, parent: Element, name: str) -> list[Element]:
        """Every child of that name, in order."""
        return children(parent, name)

    def peek(self, parent: Element, path: str = "") -> str | None:
        """A text that stays where it is; None where there is none, or only white space."""
        element = self.find(parent, path) if path else parent
        if element is None or len(element) or element.text is None:
            return None
        return element.text.strip() or None

    def take(self, parent: Element, path: str = "") -> str | None:
        """A text without the white space around it; its element stays behind as a slot."""
        text = self.peek(parent, path)
        if text is None:
            return None
        element = self.find(parent, path) if path else parent
        assert element is not None
        element.text = None
        element.set(SLOT, "")
        return text

    def need(self, parent: Element, path: str) -> str:
        """A text that must be there. Raises `MalformedDocument`, which says where."""
        text = self.take(parent, path)
        if text is None:
            raise malformed(parent, "the element is missing or empty", path)
        return text

    def moment(self, parent: Element, path: str, field: str) -> datetime | None:
        """A time in UTC; how it was written is kept for `field` (JSON pointer of the message).

        Raises `MalformedDocument` for what is no time.
        """
        text = self.take(parent, path)
        if text is None:
            return None
        try:
            when, offset_given = parse_time(text)
        except ValueError as fault:
            raise malformed(parent, str(fault), path) from None
        self.moments[field] = Moment(text=text, offset_given=offset_given)
        return when

    def left(self) -> Node:
        """The document with its slots: the extension."""
        return to_node(self.root)


def children(parent: Element, name: str) -> list[Element]:
    """Every child of that local name in any case, in order."""
    wanted = name.casefold()
    return [child for child in parent if _folded(child.tag) == wanted]


@lru_cache(maxsize=1024)
def _folded(tag: object) -> str:
    """The local name of a tag in small letters; empty for a comment."""
    return tag.rpartition("}")[2].casefold() if isinstance(tag, str) else ""


class Writing:
    """A document that is being written, new or with the slots of the one it came from."""

    def __init__(
        self,
        name: str,
        namespace: str,
        *,
        kept: Any = None,
        order: Mapping[str, Sequence[str]] | None = None,
        spaces: Mapping[str, str] | None = None,
    ) -> None:
        """`kept` is what `Reading.left` gave; `order` gives the schema's sequence of children by
        the name of their parent, `spaces` the namespace of names that are not in their parent's.
        Raises `MalformedDocument` where `kept` is no document of ours.
        """
        self._spaces = {one.casefold(): space for one, space in (spaces or {}).items()}
        self._order = {name.casefold(): children for name, children in (order or {}).items()}
        if kept is None:
            self.root = own_root(name, namespace) if namespace else etree.Element(name)
            return
        if not isinstance(kept, list):
            raise MalformedDocument(f"The extension does not hold a document of {name}.")
        # Names in an extension may be anything at all; what is no XML is refused here.
        self.root = parse(etree.tostring(from_node(kept)))
        if _folded(self.root.tag) != name.casefold():
            raise MalformedDocument(f"The extension does not hold a document of {name}.")

    def all(self, parent: Element, name: str) -> list[Element]:
        """Every child of that name, in order."""
        return children(parent, name)

    def child(self, parent: Element, name: str, index: int = 0) -> Element:
        """The child of that name and number, made where there is none yet."""
        present = self.all(parent, name)
        while len(present) <= index:
            present.append(self._insert(parent, name))
        return present[index]

    def put(self, parent: Element, path: str, text: str | None) -> None:
        """Put a text into the element at `path` below `parent`; None puts nothing anywhere."""
        if text is None:
            return
        element = parent
        for name in path.split("/") if path else ():
            element = self.child(element, name)
        element.text = legal(text)
        element.attrib.pop(SLOT, "")

    def time(
        self,
        parent: Element,
        path: str,
        when: datetime | None,
        moments: Mapping[str, Moment],
        field: str,
        write: Callable[[datetime], str],
    ) -> None:
        """A time, in its original text where that still says the same, else as `write` has it."""
        if when is None:
            return
        written = moments.get(field)
        if written is not None and _is(written.text, when):
            self.put(parent, path, written.text)
        else:
            self.put(parent, path, write(when))

    def finish(self) -> Element:
        """The root, without the slots that nothing was put into."""
        for element in list(self.root.iter()):
            if SLOT not in element.attrib:
                continue
            del element.attrib[SLOT]
            parent = element.getparent()
            if parent is not None and not len(element):
                _remove(parent, element)
        return self.root

    def _insert(self, parent: Element, name: str) -> Element:
        """A new child where the schema's order wants it; without an order, at the end."""
        namespace = str(parent.tag).rpartition("}")[0].removeprefix("{")
        namespace = self._spaces.get(name.casefold(), namespace)
        made = etree.Element(f"{{{namespace}}}{name}" if namespace else name)
        order = [one.casefold() for one in self._order.get(local(parent).casefold(), ())]
        place = len(parent)
        if name.casefold() in order:
            later = set(order[order.index(name.casefold()) + 1 :])
            for index, child in enumerate(parent):
                if local(child).casefold() in later:
                    place = index
                    break
        parent.insert(place, made)
        return made


def _is(text: str, when: datetime) -> bool:
    try:
        return parse_time(text)[0] == when
    except ValueError:
        return False


def _remove(parent: Element, element: Element) -> None:
    """Take an element away, but not the text after it."""
    if element.tail and element.tail.strip():
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
