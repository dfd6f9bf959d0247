"""CoT's own words beside ours: tables that reading, writing and the crosswalk all use."""

from __future__ import annotations

from typing import Final

from protocols.messages.values import Exercise, Precedence

NAMESPACE: Final = "urn:crossband:message:1"
CANONICAL: Final = "__crossband"
"""The detail element that carries a complete canonical message as JSON."""

EXERCISES: Final = {
    "o": Exercise.ACTUAL,
    "e": Exercise.EXERCISE,
    "s": Exercise.SIMULATION,
}
"""`opex`: the letter, then perhaps `-name` (MITRE base event schema)."""

OPEX: Final = {
    Exercise.ACTUAL: "o",
    Exercise.EXERCISE: "e",
    Exercise.SIMULATION: "s",
    Exercise.SYSTEM: "e-SYSTEM",
    Exercise.TEST: "e-TEST",
    Exercise.DRAFT: "e-DRAFT",
}
"""What has no letter is written as an exercise with a name, so that nobody can take it for real."""


def exercise_of(opex: str) -> Exercise | None:
    """What an `opex` says, or None where it says nothing that we know.

    Whatever begins like an exercise or a simulation is one (`exercise`, `e - x`); real is only what
    says so exactly as the schema has it: `o`, or `o-name`.
    """
    if opex == "o" or opex.startswith("o-"):
        return Exercise.ACTUAL
    said = EXERCISES.get(opex.strip()[:1].lower())
    return None if said is Exercise.ACTUAL else said


QOS: Final = {
    Precedence.FLASH: "9-r-g",
    Precedence.IMMEDIATE: "7-r-g",
    Precedence.PRIORITY: "5-r-d",
    Precedence.ROUTINE: "1-r-c",
}
"""`qos`: priority digit, replacement, assurance (MITRE base event schema)."""


def precedence_of(qos: str) -> Precedence | None:
    """Our precedence for the priority digit of a `qos`, or None where it is not one."""
    digit = qos[:1]
    if not digit.isascii() or not digit.isdigit():
        return None
    number = int(digit)
    if number >= 8:
        return Precedence.FLASH
    if number >= 6:
        return Precedence.IMMEDIATE
    return Precedence.PRIORITY if number >= 3 else Precedence.ROUTINE


COUNTRIES: Final = {"USA": "US", "MEX": "MX", "CAN": "CA"}
"""`releaseableTo` names countries by three letters (ISO 3166-1 alpha-3); we use two."""
COUNTRIES_BACK: Final = {two: three for three, two in COUNTRIES.items()}

NO_ACCESS: Final = frozenset({"", "undefined"})
"""Values of `access` that say nothing."""

ALL_CHAT_ROOMS: Final = "All Chat Rooms"
EMERGENCY_TYPE: Final = "911 Alert"
EMERGENCY_CANCEL_TYPE: Final = "Cancel Alert"
GEOFENCE: Final = "GEOFENCE"
"""The alarm class of a breached geo-fence (b-a-g)."""
