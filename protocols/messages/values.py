"""The small values that many messages share: places, times, languages, markings.

Three-valued fields: a field is stated, or `None` (nobody said), or `None` with an entry in
`Message.absent` that says `not_applicable` or `unknown`. The Mexican IPH keeps "no aplica" apart
from "sin información", and so do we, for every field alike.

What a field needs to be treated by rule stands beside its type, as msgspec metadata:
`codes` (the code list its values come from), `personal` (withheld unless disclosed),
`life_safety` (always passes in an emergency), `operational` (not for observers).
"""

from __future__ import annotations

import math
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from protocols.errors import MalformedMessage

LANGUAGES = ("en", "es", "fr")
"""The languages that labels exist in. Free text may be in any language."""

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[int, Meta(ge=0, le=31_536_000)]
Metres = Annotated[float, Meta(ge=0)]
HeadCount = Annotated[int, Meta(ge=0, le=1_000_000, extra={"life_safety": True})]
Hazards = Annotated[
    tuple[Annotated[str, Meta(extra={"codes": "hazards"})], ...],
    Meta(extra={"life_safety": True}),
]
Instant = Annotated[datetime, Meta(tz=True)]
"""A moment with its offset; what has none is refused, because nobody knows when it was."""
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", extra={"codes": "countries"})]
LanguageTag = Annotated[str, Meta(pattern="^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$")]
Personal = Annotated[str, Meta(extra={"personal": True})]
Operational = Annotated[str, Meta(extra={"operational": True})]


class Value(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Base of every part of a message: immutable, defaults stay off the wire, no stray fields."""


class Precedence(StrEnum):
    """How urgent a message is to its readers (ACP 121 words)."""

    FLASH = "flash"
    IMMEDIATE = "immediate"
    PRIORITY = "priority"
    ROUTINE = "routine"


class Exercise(StrEnum):
    """Whether this is real. A missing flag is `NOT_STATED` and never read as actual."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    SIMULATION = "simulation"
    SYSTEM = "system"
    TEST = "test"
    DRAFT = "draft"
    NOT_STATED = "not_stated"


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0 (FIRST)."""

    RED = "TLP:RED"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    AMBER = "TLP:AMBER"
    GREEN = "TLP:GREEN"
    CLEAR = "TLP:CLEAR"


class Side(StrEnum):
    """On whose ground something is, as a person says."""

    US = "US"
    MX = "MX"
    CA = "CA"
    AT_LINE = "AT_LINE"


class Absent(StrEnum):
    """Why a field is empty on purpose."""

    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class PersonalData(StrEnum):
    """The most sensitive class of personal data in a message."""

    NONE = "none"
    CONTACT = "contact"
    IDENTITY = "identity"
    HEALTH = "health"
    BIOMETRIC = "biometric"
    CRIMINAL = "criminal"


class Point(Value, frozen=True):
    """A WGS-84 position in degrees; height above ellipsoid and errors in metres."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    hae: float | None = None
    ce: Metres | None = None
    """Circular error (1 sigma horizontal)."""
    le: Metres | None = None
    """Linear error (1 sigma vertical)."""

    def __post_init__(self) -> None:
        numbers = (self.lat, self.lon, self.hae or 0.0, self.ce or 0.0, self.le or 0.0)
        if not all(map(math.isfinite, numbers)) or abs(self.lat) > 90 or abs(self.lon) > 180:
            raise MalformedMessage(f"{self.lat}, {self.lon} is not a position on Earth")


class LanguageText(Value, frozen=True):
    """Free text with its BCP 47 tag; without one the message's language holds."""

    text: str
    language: LanguageTag | None = None


class Location(Value, frozen=True):
    """Where, as far as it is known. `side` is asserted by a person, never by a map."""

    point: Point | None = None
    side: Side | None = None
    side_asserted_by: str | None = None
    """Who says so (unit or call sign). A side without it is not an assertion."""
    computed_side: Side | None = None
    """What a map computes: only a hint, shown as one."""
    monument: str | None = None
    """Boundary monument, e.g. "122 + 300 m W"."""
    text: LanguageText | None = None


class Circle(Value, frozen=True):
    """A circle; a radius of 0 is an epicentre, not an area."""

    centre: Point
    radius: Metres
    """Metres."""


class NativeCode(Value, frozen=True):
    """A code of somebody else's list, as it was; `system` names the list."""

    system: str
    code: str
    label: str | None = None


class Area(Value, frozen=True):
    """One area: any mixture of polygons, circles and geocodes, and words for it."""

    description: LanguageText | None = None
    polygons: tuple[tuple[Point, ...], ...] = ()
    """Closed rings; formats that leave them open close them here."""
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[NativeCode, ...] = ()
    altitude: float | None = None
    """Metres, lower bound."""
    ceiling: float | None = None
    """Metres, upper bound."""


class Window(Value, frozen=True):
    """From when to when (UTC)."""

    start: Instant | None = None
    end: Instant | None = None


class Moment(Value, frozen=True):
    """How a foreign document wrote a time that the message holds in UTC."""

    text: str
    offset_given: bool = False


class Parameter(Value, frozen=True):
    """A named value of a foreign list, kept as it was."""

    name: str
    value: str


JsonValue = Any
"""What JSON can hold: the values of `extensions`."""
