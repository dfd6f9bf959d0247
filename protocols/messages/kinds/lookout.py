"""Be on the lookout, and finding out that two operations overlap without telling what they are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import Body, PermittedAction, Reason
from protocols.messages.values import Hazards, LanguageText, Personal, Value, Window


class LookoutSubject(StrEnum):
    """What is looked for."""

    VEHICLE = "vehicle"
    VESSEL = "vessel"
    PERSON = "person"


class Vehicle(Value, frozen=True):
    """A road vehicle or aircraft."""

    plate: str | None = None
    plate_state: str | None = None
    make: str | None = None
    model: str | None = None
    colour: LanguageText | None = None
    year: int | None = None


class Vessel(Value, frozen=True):
    """A boat or ship."""

    name: str | None = None
    registration: str | None = None
    mmsi: str | None = None
    vessel_type: LanguageText | None = None
    length: Annotated[float, Meta(ge=0)] | None = None
    """Metres."""
    colour: LanguageText | None = None


class Person(Value, frozen=True):
    """A person. All that identifies one is personal data."""

    name: Personal | None = None
    date_of_birth: Personal | None = None
    document: Personal | None = None
    description: LanguageText | None = None


class Bolo(Body, frozen=True, tag="bolo"):
    """A lookout. The envelope's `expires` is mandatory: none lives for ever."""

    subject: LookoutSubject
    vehicle: Vehicle | None = None
    vessel: Vessel | None = None
    person: Person | None = None
    reason: LanguageText | None = None
    hazards: Hazards = ()
    permitted_action: PermittedAction | None = None
    heading: LanguageText | None = None
    """Where it is thought to be going."""
    information_source: Annotated[LanguageText | None, Meta(extra={"operational": True})] = None


class BoloCancel(Body, frozen=True, tag="bolo.cancel"):
    """The lookout is over; `bolo` is the id of its message."""

    bolo: str
    reason: Reason | None = None
    remarks: LanguageText | None = None


class Deconflict(Body, frozen=True, tag="deconflict"):
    """Area (the envelope's target area), window and contact only: no operational content."""

    window: Window | None = None
    contact: str | None = None
