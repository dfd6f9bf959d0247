"""Writing the parts of a resource message: words, times, places, codes and units.

Each part goes where reading would find it, into the slot that reading left or into a new element,
and is marked in the account as carried if it reads back as it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from lxml import etree

from protocols.codes import label
from protocols.formats.account import Account
from protocols.formats.codec import Settings
from protocols.formats.edxl_rm.places import at, named, schedule, typed, values
from protocols.formats.edxl_rm.words import (
    CAPABILITY,
    COMMON,
    GML,
    MESSAGE,
    NAME,
    ORDER,
    SPACES,
)
from protocols.formats.slots import SLOT, Element, Writing, children
from protocols.formats.times import zulu_text
from protocols.formats.xml import legal, number_text
from protocols.messages.envelope import Message
from protocols.messages.values import LanguageText, Location

NO_PLACE: Final = "EDXL-RM has no place for it"


def exact(text: str | None) -> bool:
    """Whether an XML text reads back as it is: no white space around it, every character legal."""
    return bool(text) and text == (text or "").strip() == legal(text or "")


class Parts:
    """A document that is being written, and the account of what is in it."""

    def __init__(self, message: Message, settings: Settings, name: str, kept: Any) -> None:
        """`name` is the root's; `kept` the document that the message came from, or None."""
        self.message = message
        self.settings = settings
        self.account = Account(message, own=NAME)
        self.kept = kept
        self.writing = Writing(name, MESSAGE, kept=kept, order=ORDER, spaces=SPACES)
        if kept is None:
            scope: Any = {None: MESSAGE, "rm": COMMON, "gml": GML}
            self.writing.root = etree.Element(self.writing.root.tag, nsmap=scope)
        self.root = self.writing.root

    @property
    def new(self) -> bool:
        """Whether the message does not come from such a document."""
        return self.kept is None

    def resource(self, index: int) -> Element:
        element = self.writing.child(self.root, "ResourceInformation", index)
        if self.new:
            self.writing.put(element, "ResourceInfoElementID", str(index + 1))
        return element

    def new_resources(self, units: tuple[str, ...]) -> None:
        for index in range(max(len(units), 1)):
            self.resource(index)

    def capability(self, resource: Element, capability: str) -> None:
        if self.new:
            shown = label("capabilities", capability, self.settings.labels)
            self.writing.put(resource, "Resource/Name", shown)
            self.keyword(resource, CAPABILITY, capability, "body.capability")
            return
        own = list(values(at(resource, "Resource"), "Keyword", CAPABILITY))
        own += [e for e in resource.iter() if SLOT in e.attrib and _is_type(resource, e)]
        for element in own[:1]:
            self.writing.put(element, "", capability)
        if own or typed(resource) is None:
            self.account.carried("body.capability")

    def keyword(self, resource: Element, urn: str, value: str, field: str) -> None:
        parent = self.writing.child(resource, "Resource")
        number = len(children(parent, "Keyword"))
        entry = self.writing.child(parent, "Keyword", number)
        self.writing.put(entry, "ValueListURN", urn)
        self.writing.put(entry, "Value", value)
        if exact(value):
            self.account.carried(field)

    def status(self, resource: Element, urn: str, value: str) -> None:
        status = self.writing.child(resource, "Resource")
        entry = self.writing.child(self.writing.child(status, "ResourceStatus"), "DeploymentStatus")
        self.writing.put(entry, "ValueListURN", urn)
        self.writing.put(entry, "Value", value)

    def quantity(self, resource: Element, quantity: int | None) -> None:
        if quantity is None:
            return
        way = "AssignmentInformation/Quantity/QuantityText"
        self.writing.put(resource, way, str(quantity))
        self.account.carried("body.quantity")

    def say(self, parent: Element, way: str, text: LanguageText | None, field: str) -> None:
        if text is None:
            return
        if not text.text.strip():
            return
        self.writing.put(parent, way, text.text)
        if exact(text.text):
            self.account.carried(f"{field}.text")

    def schedule(self, resource: Element, kind: str) -> Element:
        found = schedule(resource, kind)
        if found is None:
            number = len(children(resource, "ScheduleInformation"))
            found = self.writing.child(resource, "ScheduleInformation", number)
            self.writing.put(found, "ScheduleType", kind)
        return found

    def time(self, resource: Element, kind: str, when: datetime | None, field: str) -> None:
        if when is None:
            return
        pointer = "/" + field.replace(".", "/")
        element = self.schedule(resource, kind)
        moments = self.message.moments
        self.writing.time(element, "DateTime", when, moments, pointer, zulu_text)
        self.account.carried(field)

    def place(self, resource: Element, kind: str, place: Location | None, field: str) -> None:
        if place is None or (place.point is None and place.text is None):
            return
        element = self.writing.child(self.schedule(resource, kind), "Location")
        self.say(element, "LocationDescription", place.text, f"{field}.text")
        if place.point is not None:
            position = f"{number_text(place.point.lat)} {number_text(place.point.lon)}"
            self.writing.put(element, "TargetArea/Point/pos", position)
            self.account.carried(f"{field}.point.lat", f"{field}.point.lon")
        elif not len(element):
            _unschedule(element)

    def units(self, found: list[Element], units: tuple[str, ...]) -> None:
        """Units into the names of the resources, in order."""
        places: list[tuple[Element, str]] = [(one, "Resource/Name") for one in found]
        if not self.new:
            slots = [element for one in found if (element := slot_of(one)) is not None]
            places = [(element, "") for element in slots if SLOT in element.attrib]
        said = [index for index, unit in enumerate(units) if unit.strip()]
        for (element, way), index in zip(places, said, strict=False):
            self.writing.put(element, way, units[index])
            if exact(units[index]) and said[: index + 1] == list(range(index + 1)):
                self.account.carried(f"body.units.{index}")


def slot_of(resource: Element) -> Element | None:
    """The name that reading has taken, else the one that is there."""
    for way in ("Resource/Name", "Resource/ResourceID"):
        found = at(resource, way)
        if found is not None and SLOT in found.attrib:
            return found
    return named(resource)


def open_quantity(resource: Element) -> bool:
    element = at(resource, "AssignmentInformation/Quantity/QuantityText")
    return element is None or SLOT in element.attrib


def _is_type(resource: Element, element: Element) -> bool:
    """Whether a slot is where the kind of resource was read."""
    info = at(resource, "Resource/TypeInfo")
    ways = ("Resource/Name", "Resource/Description", "Resource/TypeStructure/Value",
            "Resource/ResourceID")  # fmt: skip
    if info is not None and any(one is element for one in info.iter()):
        return True
    return any(at(resource, way) is element for way in ways)


def _unschedule(place: Element) -> None:
    """A location in which nothing could be said goes away again."""
    parent = place.getparent()
    if parent is not None:
        parent.remove(place)
