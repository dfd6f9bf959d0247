"""EIDO's own words beside ours: the tables that reading, writing and the crosswalk all use.

The registries of NENA are open lists. Only words that say the same as ours in plain English are
mapped, without regard to case, spaces and hyphens; every other word stays as it is. What we write
into a registry field is an APCO code where the table of `protocols.codes.native` has one that says
no more than our type, else our own word: it travels and shows as itself.
"""

from __future__ import annotations

import re
from typing import Final

from protocols.codes import known
from protocols.codes.native import from_native, to_native
from protocols.messages.kinds import (
    AssistProgress,
    Body,
    IncidentState,
    Presence,
    Read,
    Receipt,
    UnitState,
)

NAME: Final = "eido"
VERSION: Final = "1.0"
MEDIA_TYPE: Final = "application/json"
READS_MAJOR: Final = re.compile(r"1(\.\d+)*", re.ASCII)
REGISTRY: Final = "apco"
"""The code system of `incidentTypeCommonRegistryText` (APCO ANS 2.103.1)."""

HOUSE: Final = "crossband"
"""The last label of functional elements of ours, and the host of the incident ids we make."""
CARRIED: Final = "crossband"
"""The member that holds the complete message. The schema closes no object, so a reader that does
not know it passes over it; `eidoExtensionId` is left out, for it may only name registered ones."""
INCIDENT_URN: Final = "urn:emergency:uid:incidentid:"

STATES: Final = {state.value.lower(): state for state in IncidentState} | {
    "stabilized": IncidentState.STABILISED
}
ENDED: Final = (IncidentState.CLOSED, IncidentState.DUPLICATE, IncidentState.UNFOUNDED)
BEGINNING: Final = (IncidentState.REPORTED, IncidentState.VERIFIED, IncidentState.ACTIVE)

UNIT_STATES: Final = {
    "available": UnitState.AVAILABLE,
    "assigned": UnitState.ASSIGNED,
    "dispatched": UnitState.ASSIGNED,
    "enroute": UnitState.EN_ROUTE,
    "onscene": UnitState.ON_SCENE,
    "transport": UnitState.TRANSPORT,
    "transporting": UnitState.TRANSPORT,
    "clear": UnitState.CLEAR,
    "outofservice": UnitState.OUT,
    "emergency": UnitState.EMERGENCY,
}
UNIT_WORDS: Final = {
    UnitState.AVAILABLE: "Available",
    UnitState.ASSIGNED: "Assigned",
    UnitState.EN_ROUTE: "EnRoute",
    UnitState.ON_SCENE: "OnScene",
    UnitState.TRANSPORT: "Transporting",
    UnitState.CLEAR: "Clear",
    UnitState.OUT: "OutOfService",
    UnitState.EMERGENCY: "Emergency",
}
PROGRESS: Final = {
    AssistProgress.RESOURCES_NAMED: UnitState.ASSIGNED,
    AssistProgress.EN_ROUTE: UnitState.EN_ROUTE,
    AssistProgress.ON_SCENE: UnitState.ON_SCENE,
}

PRIORITY_OF: Final = {1: 10, 2: 8, 3: 6, 4: 4, 5: 2}
"""`incidentCommonPriorityNumber`, 0 to 10 with 10 the most urgent, for our 1 to 5."""

NEVER: Final[dict[type[Body], str]] = {
    Receipt: "a delivery receipt is no part of an incident",
    Read: "a read receipt is no part of an incident",
    Presence: "that somebody is at a device is no part of an incident",
}
"""Kinds that EIDO has no honest way to say."""
NO_INCIDENT: Final = (
    "EIDO speaks of an incident, and this message names none; a reader would open one"
)
NO_UNIT: Final = "EIDO knows the position of a unit on an incident only, and this names no unit"


def plain(word: str) -> str:
    """A registry word without case, spaces and hyphens."""
    return "".join(filter(str.isalnum, word)).lower()


def priority_from(number: object) -> int | None:
    """Our priority for EIDO's; None for what is not a number from 0 to 10."""
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 10:
        return None
    return min(5, 1 + (10 - number) // 2)


def type_from(code: str) -> str:
    """Our incident type for a registry text; a text that no table knows travels as itself."""
    return from_native(REGISTRY, code) or code


def type_to(incident_type: str) -> str:
    """The registry text for our incident type, or ours where the registry says more or nothing."""
    return to_native(REGISTRY, incident_type) or incident_type


def ours(incident_type: str) -> bool:
    """Whether this is one of our incident types."""
    return known("incident_types", incident_type)
