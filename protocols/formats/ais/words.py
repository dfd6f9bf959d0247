"""AIS's own words beside ours: tables that reading, writing and the crosswalk all use."""

from __future__ import annotations

import re
from typing import Final

from protocols.messages.values import Exercise

NAME: Final = "ais"
VERSION: Final = "4"
"""NMEA 0183 version 4, which has the TAG block; sentences of the earlier ones are read too."""

POSITIONS: Final = frozenset({1, 2, 3, 4, 9, 11, 18, 19, 21, 27})
"""Messages that say where something is."""
NAMING: Final = {5: "shipname", 19: "shipname", 21: "name", 24: "shipname"}
"""Messages that say how something is called, and in which field."""
TEXTS: Final = frozenset({12, 14})

ACTIVE: Final = 14
"""Navigational status of an AIS-SART, MOB or EPIRB that has been set off."""
UNDER_TEST: Final = 15
"""Navigational status of such a device that is tried out; of anything else, "not defined"."""
DEVICES: Final = {"970": "AIS-SART", "972": "MOB", "974": "EPIRB-AIS"}
"""Emergency devices by the first digits of their number (ITU-R M.585)."""

COUNTRIES: Final = {
    "303": "US", "338": "US", "366": "US", "367": "US", "368": "US", "369": "US",
    "316": "CA", "345": "MX",
}  # fmt: skip
"""Maritime identification digits of the three countries (ITU table); of no other."""

KNOT: Final = 1852 / 3600
"""Metres a second."""

VESSEL: Final = "a-u-S"
AIRCRAFT: Final = "a-u-A"
SYMBOLS: Final = {1: VESSEL, 2: VESSEL, 3: VESSEL, 18: VESSEL, 19: VESSEL, 27: VESSEL, 9: AIRCRAFT}
"""What a map draws, in the notation that maps here use: something at sea, or in the air."""

TITLES: Final = {
    1: "position report", 2: "position report", 3: "position report", 4: "base station report",
    5: "static and voyage data", 6: "addressed binary message", 7: "binary acknowledgement",
    8: "binary broadcast", 9: "search and rescue aircraft position", 10: "UTC inquiry",
    11: "UTC response", 12: "addressed safety text", 13: "safety acknowledgement",
    14: "safety text", 15: "interrogation", 16: "assignment", 17: "DGNSS corrections",
    18: "class B position report", 19: "extended class B position report",
    20: "data link management", 21: "aid to navigation", 22: "channel management",
    23: "group assignment", 24: "static data", 25: "single slot binary message",
    26: "multiple slot binary message", 27: "long range position report",
}  # fmt: skip
"""Messages as ITU-R M.1371-5 calls them, in short."""

MARKS: Final = {
    Exercise.EXERCISE: "EXERCISE ",
    Exercise.SIMULATION: "SIMULATION ",
    Exercise.TEST: "TEST ",
}
"""How a written text begins so that every reader sees what it is not. What has no mark of its own
is written as a test."""
PLAIN_MARK: Final = "INFO: "
"""Before a text that is no exercise but would look like one: "TEST RESULTS ARE IN"."""

_CARE: Final = r"(?!(?:\w+ ){0,3}(?:CAUTION|CARE|VIGILANCE|PATIENCE|JUDGE?MENT|PRUDENCE)\b)"
_SAID: Final = (
    (re.compile(rf"EXERCISE(?=$|[ :;,.!/-]){_CARE.replace('(?!', '(?! ')}"), Exercise.EXERCISE),
    (re.compile(r"SIMULATION(?=$|[ :;,.!/-])"), Exercise.SIMULATION),
    (re.compile(r"(?:(?:AIS[ -]?)?(?:SART|MOB|EPIRB)[ -])?TEST(?=$|[ :;,.!/-])"), Exercise.TEST),
)


def exercise_in(text: str) -> Exercise:
    """What the first words of a text say; "EXERCISE CAUTION" is no exercise."""
    for pattern, exercise in _SAID:
        if pattern.match(text):
            return exercise
    return Exercise.NOT_STATED


def number_text(mmsi: int) -> str:
    """A station's number with its nine digits."""
    return f"{mmsi:09d}"


def device_of(mmsi: int) -> str | None:
    """What emergency device has this number; None for everything else."""
    return DEVICES.get(number_text(mmsi)[:3])


def country_of(mmsi: int) -> str | None:
    """The country of a number where it is one of the three; its digits stand behind a prefix."""
    text = number_text(mmsi)
    for prefix in ("00", "0", "111", "98", "99", "8", ""):
        if text.startswith(prefix):
            return COUNTRIES.get(text[len(prefix) :][:3]) if prefix or text[0] in "234567" else None
    return None
