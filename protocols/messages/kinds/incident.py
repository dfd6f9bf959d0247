"""Incidents: opened once, carried by each side in its own state, closed only together.

The incident's id is the envelope's `incident`. Situation, actions and needs follow ICS-201/209.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import Body, Disposition, IncidentType
from protocols.messages.values import Country, Hazards, HeadCount, LanguageText


class IncidentState(StrEnum):
    """How far one side (or both) have come with an incident."""

    REPORTED = "REPORTED"
    VERIFIED = "VERIFIED"
    ACTIVE = "ACTIVE"
    CONTAINED = "CONTAINED"
    STABILISED = "STABILISED"
    CLOSED = "CLOSED"
    DUPLICATE = "DUPLICATE"
    UNFOUNDED = "UNFOUNDED"
    REOPENED = "REOPENED"


IncidentPriority = Annotated[int, Meta(ge=1, le=5)]
"""1 is the most urgent."""


class IncidentOpen(Body, frozen=True, tag="incident.open"):
    """A new incident, as the side that opens it sees it."""

    incident_type: IncidentType
    state: IncidentState = IncidentState.REPORTED
    priority: IncidentPriority | None = None
    lead: Country | None = None
    summary: LanguageText | None = None
    situation: LanguageText | None = None
    persons: HeadCount | None = None
    hazards: Hazards = ()


class IncidentUpdate(Body, frozen=True, tag="incident.update"):
    """What has changed at the sender's side; a state given here is that side's own."""

    state: IncidentState | None = None
    incident_type: IncidentType | None = None
    priority: IncidentPriority | None = None
    lead: Country | None = None
    situation: LanguageText | None = None
    actions: LanguageText | None = None
    needs: LanguageText | None = None
    persons: HeadCount | None = None
    hazards: Hazards = ()
    duplicate_of: str | None = None


class IncidentSitrep(Body, frozen=True, tag="incident.sitrep"):
    """A situation report for the period that ends now."""

    situation: LanguageText | None = None
    actions: LanguageText | None = None
    needs: LanguageText | None = None
    forecast: LanguageText | None = None
    persons: HeadCount | None = None
    injured: HeadCount | None = None
    hazards: Hazards = ()
    number: Annotated[int, Meta(ge=1)] | None = None


class IncidentClose(Body, frozen=True, tag="incident.close"):
    """The sender's side has finished. Shared closing needs every side."""

    state: IncidentState = IncidentState.CLOSED
    disposition: Disposition | None = None
    outcome: LanguageText | None = None
    duplicate_of: str | None = None
