"""Where an EIDO's event is: which of its locations, and what that one says.

The incident's own location counts, else the caller's (then the words say whose it is), else the
only unit's. A location of a person or a vehicle is never taken for the event's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from protocols.errors import MalformedDocument, UnsafeDocument
from protocols.formats.codec import words
from protocols.formats.eido import pidf_lo
from protocols.formats.eido.components import refs
from protocols.formats.json_document import Object, objects, text
from protocols.messages.envelope import Loss
from protocols.messages.values import Location

COMPONENT: Final = "locationComponent"
BY_VALUE: Final = "locationByValue"
DESCRIPTION: Final = "locationDescriptionText"
KIND: Final = "locationTypeDescriptionRegistryText"


def location_of(document: Object, losses: list[Loss]) -> Location | None:
    """The first candidate with a point, else the first with an address or a description.

    A location object that is not well-formed is a loss in `losses`, for the rest of the incident
    must arrive. Raises `UnsafeDocument` for one that must not be parsed.
    """
    in_words: Location | None = None
    components = objects(document, COMPONENT)
    for index, whose in dict.fromkeys(candidates(document)):
        component = components[index]
        place = _place(component, index, losses)
        parts = (place.civic, text(component, DESCRIPTION))
        said = "; ".join(part for part in parts if part)
        if whose and (said or place.point):
            said = ": ".join(part for part in (whose, said) if part)
        if place.point is not None:
            return Location(point=place.point, text=words(said))
        if said and in_words is None:
            in_words = Location(text=words(said))
    return in_words


def candidates(document: Object) -> Iterator[tuple[int, str | None]]:
    """(number of the location component, in whose words where it is not the incident's own)."""
    locations = objects(document, COMPONENT)
    numbers = {text(one, "$id"): index for index, one in enumerate(locations)}
    incidents = objects(document, "incidentComponent")[:1]
    calls = objects(document, "callComponent")
    units = objects(document, "emergencyResourceComponent")
    own = [ref for one in incidents for ref in refs(one, "locationReference")]
    called = [ref for one in calls for ref in refs(one, "locationReference")]
    at = refs(units[0], "unitLocationReference") if len(units) == 1 and not incidents else []
    for ref in own or called or at:
        if ref in numbers:
            index = numbers[ref]
            yield index, None if own or not called else text(locations[index], KIND)
    if not (incidents or calls or units):
        yield from ((index, None) for index in range(len(locations)))


def _place(component: Object, index: int, losses: list[Loss]) -> pidf_lo.Place:
    value = text(component, BY_VALUE)
    if value is None:
        return pidf_lo.Place()
    where = f"/{COMPONENT}/{index}/{BY_VALUE}"
    try:
        return pidf_lo.read(value)
    except UnsafeDocument as fault:
        raise UnsafeDocument(f"{where}: {fault.detail}", where=where) from fault
    except MalformedDocument as fault:
        losses.append(Loss(field=where, value=value[:200], reason=pidf_lo.unreadable(fault)))
        return pidf_lo.Place()
