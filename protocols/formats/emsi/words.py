"""EMSI's own words beside ours: tables that reading, writing and the crosswalk all use.

The code lists are those of ISO/TR 22351 as the French SAMU hub publishes them, with their spelling:
the list of CONTEXT.MODE has `EXCERCS`, the hub's JSON schema `EXERCS`. Both are read; JSON is
written the schema's way and XML the list's. CONTEXT.SECLASS gives `CONFID` twice, once for
"restricted", while real messages write `RESTRC`; so a marking is kept as it stands, never mapped.
"""

from __future__ import annotations

from typing import Final

from protocols.messages.kinds import (
    AlarmCancel,
    AssistProgress,
    Body,
    IncidentState,
    Position,
    Presence,
    Read,
    Receipt,
    UnitState,
)
from protocols.messages.values import Exercise, Precedence

NAME: Final = "emsi"
JSON: Final = "json"
XML: Final = "xml"
NAMESPACE: Final = "urn:emergency:eda:1.9:emsi"
MEDIA_TYPES: Final = {JSON: "application/json", XML: "application/xml"}

MODES: Final = {
    "ACTUAL": Exercise.ACTUAL,
    "EXCERCS": Exercise.EXERCISE,
    "EXERCS": Exercise.EXERCISE,
    "SYSTEM": Exercise.SYSTEM,
    "TEST": Exercise.TEST,
}
MODE_OF: Final = {
    Exercise.ACTUAL: "ACTUAL",
    Exercise.EXERCISE: "EXERCS",
    Exercise.SYSTEM: "SYSTEM",
    Exercise.TEST: "TEST",
}
MODE_IN_XML: Final = {"EXERCS": "EXCERCS"}
HEADER_STATUS: Final = {
    "actual": Exercise.ACTUAL,
    "exercise": Exercise.EXERCISE,
    "system": Exercise.SYSTEM,
    "test": Exercise.TEST,
    "draft": Exercise.DRAFT,
}
"""The status of the header (EDXL-DE's words) that may stand beside a message in JSON."""
UNSTATED: Final = "TEST"
"""Where nobody has said whether this is real, and what the settings say EMSI cannot say."""

ALERT: Final = "ALERT"
UPDATE: Final = "UPDATE"
ANSWERS: Final = ("ACK", "CANCEL", "ERROR")
"""Message types about an earlier message. What they mean for it the history knows, not we."""

STATES: Final = {
    "NST": IncidentState.REPORTED,
    "IPR": IncidentState.ACTIVE,
    "COM": IncidentState.CLOSED,
}
"""EVENT.STATUS; `STOP` (on hold at this partner's) is none of our states."""
STATUS_OF: Final = {
    IncidentState.REPORTED: "NST",
    IncidentState.VERIFIED: "NST",
    IncidentState.CLOSED: "COM",
    IncidentState.DUPLICATE: "COM",
    IncidentState.UNFOUNDED: "COM",
}
"""Every other state is `IPR`, in progress."""

TYPES: Final = {"FIR": "FIRE", "FLD": "FLOOD", "GND/EQK": "EARTHQUAKE", "HLT/EPI": "PUBLIC_HEALTH"}
"""EVENT.ETYPE.CATEGORY, each with everything below it (`FIR/CLA`); others travel as themselves."""

SECLASS: Final = ("CONFID", "RESTRC", "SECRET", "TOPSRT", "UNCLAS", "UNMARK")
URGENCY: Final = {"URGENT": Precedence.IMMEDIATE, "NOT_URGENT": Precedence.ROUTINE}
URGENCY_OF: Final = {
    Precedence.FLASH: "URGENT",
    Precedence.IMMEDIATE: "URGENT",
    Precedence.ROUTINE: "NOT_URGENT",
}

UNIT_STATUS: Final = {
    UnitState.AVAILABLE: "AVAILB",
    UnitState.CLEAR: "AVAILB",
    UnitState.ASSIGNED: "RESRVD",
    UnitState.EN_ROUTE: "IN_USE/MOBILE",
    UnitState.TRANSPORT: "IN_USE/MOBILE",
    UnitState.ON_SCENE: "IN_USE/ON_SCENE",
    UnitState.OUT: "UNAV",
}
"""RESOURCE.STATUS; a unit in an emergency is told in words alone."""
PROGRESS: Final = {
    AssistProgress.RESOURCES_NAMED: UnitState.ASSIGNED,
    AssistProgress.EN_ROUTE: UnitState.EN_ROUTE,
    AssistProgress.ON_SCENE: UnitState.ON_SCENE,
}
UNIT_CLASS: Final = "HUM/UNIT"
REQUEST: Final = "#DEMANDE_CONCOURS#"
"""How the hub names a mission that asks another service for help."""

LISTS: Final = frozenset(
    {
        "LINK", "EXTERNAL_INFO", "CATEGORY", "ACTOR", "LOCTYPE", "OTHER_EVENT_ID", "REFERENCE",
        "CASUALTIES", "EVAC", "EGEO", "WEATHER", "COORD", "ADDRESS", "MISSION", "RESOURCE",
        "RESOURCE_ID", "PARENT_MISSION_ID", "CHILD_MISSION_ID", "RGEO", "CONTACTS", "RCLASS",
        "CAPABILITY", "CHARACTERISTICS",
    }
)  # fmt: skip
"""Elements that are lists in JSON; POSITION is one below RGEO only."""
NUMBERS: Final = frozenset({"LAT", "LONG", "HEIGHT", "QUANTITY"})
COUNTS: Final = frozenset(
    {
        "CERTAINTY", "DECONT", "TRIAGERED", "TRIAGEYELLOW", "TRIAGEGREEN", "TRIAGEBLACK",
        "MISSING", "DISPLACED", "EVACUATED",
    }
)  # fmt: skip

NEVER: Final[dict[type[Body], str]] = {
    Receipt: "a delivery receipt is not an EMSI ACK: ACK means accepted",
    Read: "a read receipt is not an EMSI ACK: ACK means accepted",
    Presence: "that somebody is at a device is no event",
    Position: "EMSI tells the place of a resource only with its status",
    AlarmCancel: "an EMSI CANCEL takes back a message, which is not an alarm that is over",
}
"""Kinds that EMSI has no honest way to say."""
NO_EVENT: Final = "EMSI speaks of an event, and this message names none; a reader would open one"


def type_from(category: str) -> str:
    """Our incident type for a category, or the category itself."""
    for code, incident_type in TYPES.items():
        if category == code or category.startswith(code + "/"):
            return incident_type
    return category
