"""People who need care, and the notice that a consulate is owed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import Body
from protocols.messages.values import HeadCount, Instant, LanguageText, Personal, Value

Vital = Annotated[LanguageText | None, Meta(extra={"life_safety": True})]


class Triage(StrEnum):
    """Triage category, most urgent first."""

    IMMEDIATE = "immediate"
    DELAYED = "delayed"
    MINOR = "minor"
    EXPECTANT = "expectant"
    DECEASED = "deceased"


class NineLine(Value, frozen=True):
    """A medical evacuation request; the location (line 1) is the envelope's."""

    frequency: str | None = None
    call_sign: str | None = None
    patients_urgent: HeadCount | None = None
    patients_priority: HeadCount | None = None
    patients_routine: HeadCount | None = None
    special_equipment: LanguageText | None = None
    litter: HeadCount | None = None
    ambulatory: HeadCount | None = None
    security: LanguageText | None = None
    marking: LanguageText | None = None
    nationality: LanguageText | None = None
    terrain: LanguageText | None = None


class Medical(Body, frozen=True, tag="medical"):
    """MIST: mechanism, injuries, signs, treatment; and a nine-line where evacuation is asked."""

    patients: HeadCount | None = None
    triage: Annotated[Triage | None, Meta(extra={"life_safety": True})] = None
    mechanism: Vital = None
    injuries: Vital = None
    signs: Vital = None
    treatment: Vital = None
    nine_line: Annotated[NineLine | None, Meta(extra={"life_safety": True})] = None
    patient_name: Personal | None = None
    remarks: LanguageText | None = None


class ConsularNotice(Body, frozen=True, tag="consular.notice"):
    """Nationality, count, contact and deadline; never a name (Vienna Convention, art. 36)."""

    nationality: str
    """ISO 3166-1 alpha-2."""
    count: HeadCount
    contact: str | None = None
    due: Instant | None = None
