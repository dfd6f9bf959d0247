"""Where things stand in a resource message: the same finders for reading and for writing.

A message may hold several resources, schedules and contacts; each finder picks one by what it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from protocols.formats.edxl_rm.words import AUTHORS
from protocols.formats.slots import Element, children
from protocols.formats.xml import local


def at(element: Element | None, way: str) -> Element | None:
    """The first element at `way` (`a/b`)."""
    for name in way.split("/"):
        found = children(element, name) if element is not None else []
        element = found[0] if found else None
    return element


def text_at(element: Element | None, way: str) -> str:
    """The text there without the white space around it; empty where there is none."""
    found = at(element, way)
    return "" if found is None or len(found) else (found.text or "").strip()


def resources(root: Element) -> list[Element]:
    """Every `ResourceInformation`."""
    return children(root, "ResourceInformation")


def schedule(resource: Element | None, kind: str) -> Element | None:
    """The schedule of that type."""
    for found in children(resource, "ScheduleInformation") if resource is not None else ():
        if text_at(found, "ScheduleType").casefold() == kind.casefold():
            return found
    return None


def author(root: Element) -> Element | None:
    """The contact who speaks: by role, most telling first; else the only one there is."""
    contacts = children(root, "ContactInformation")
    for role in AUTHORS.get(local(root), ("Sender",)):
        for contact in contacts:
            if text_at(contact, "ContactRole").casefold() == role.casefold():
                return contact
    return None


def contact(root: Element, role: str) -> Element | None:
    """The contact of that role."""
    for found in children(root, "ContactInformation"):
        if text_at(found, "ContactRole").casefold() == role.casefold():
            return found
    return None


def values(parent: Element | None, name: str, urn: str) -> Iterator[Element]:
    """The values that a list named `urn` has in the elements `name` (value lists) of `parent`."""
    for entry in children(parent, name) if parent is not None else ():
        if text_at(entry, "ValueListURN") == urn:
            yield from children(entry, "Value")


def named(resource: Element) -> Element | None:
    """What a resource is called: its name, its id, or the first word for its type."""
    for way in ("Resource/Name", "Resource/ResourceID"):
        found = at(resource, way)
        if found is not None and (found.text or "").strip():
            return found
    return None


def typed(resource: Element) -> Element | None:
    """What kind of resource is meant, in the sender's own words."""
    info = at(resource, "Resource/TypeInfo")
    for child in info.iter() if info is not None else ():
        if isinstance(child.tag, str) and not len(child) and (child.text or "").strip():
            return child
    for way in ("Resource/Name", "Resource/Description", "Resource/TypeStructure/Value",
                "Resource/ResourceID"):  # fmt: skip
        found = at(resource, way)
        if found is not None and (found.text or "").strip():
            return found
    return None


def whole_number(text: str) -> int | None:
    """A quantity that is a plain number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
