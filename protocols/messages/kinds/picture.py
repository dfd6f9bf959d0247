"""What is seen and where things are: positions, unit states, observations (SALUTE)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import Body
from protocols.messages.values import Hazards, HeadCount, LanguageText


class UnitState(StrEnum):
    """What a unit is doing."""

    AVAILABLE = "AVAILABLE"
    ASSIGNED = "ASSIGNED"
    EN_ROUTE = "EN_ROUTE"
    ON_SCENE = "ON_SCENE"
    TRANSPORT = "TRANSPORT"
    CLEAR = "CLEAR"
    OUT = "OUT"
    EMERGENCY = "EMERGENCY"


class Position(Body, frozen=True, tag="position"):
    """One fix of one track; the point, with its errors, is the envelope's location."""

    track: str | None = None
    """Stable id of the track in its source (a TAK uid, an MMSI)."""
    unit: str | None = None
    """Call sign."""
    symbol: str | None = None
    """Type of the thing in its source's own notation (a CoT type)."""
    how: str | None = None
    """How the fix was made, in its source's own notation (a CoT how)."""
    course: Annotated[float, Meta(ge=0, le=360)] | None = None
    """Degrees from true north."""
    speed: Annotated[float, Meta(ge=0)] | None = None
    """Metres a second."""
    gone: bool = False
    """The track has ended: take it off the map."""


class UnitStatus(Body, frozen=True, tag="unit.status"):
    """A unit's state."""

    unit: str
    status: UnitState
    heads: HeadCount | None = None
    remarks: LanguageText | None = None


class Observation(Body, frozen=True, tag="observation"):
    """SALUTE: size, activity, location (envelope), unit, time (envelope observed), equipment."""

    size: Annotated[int, Meta(ge=0)] | None = None
    """Persons or things seen."""
    size_text: LanguageText | None = None
    activity: LanguageText | None = None
    unit_seen: LanguageText | None = None
    """Who they seem to be."""
    equipment: LanguageText | None = None
    sensor: str | None = None
    """What saw it: a person, a camera, a drone, a ground sensor."""
    camera: str | None = None
    """The camera's or sensor's id."""
    hazards: Hazards = ()
    remarks: LanguageText | None = None
