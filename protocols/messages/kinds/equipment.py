"""Notice that an agency will buy or change equipment, and what it will then speak."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from protocols.messages.kinds.base import Body
from protocols.messages.values import LanguageText, Value


class EquipmentChange(StrEnum):
    """What happens to the equipment."""

    ACQUIRE = "acquire"
    UPGRADE = "upgrade"
    REPLACE = "replace"
    WITHDRAW = "withdraw"


class SpokenFormat(Value, frozen=True):
    """A format and the versions of it that the equipment reads and writes."""

    format: str
    versions: tuple[str, ...] = ()


class EquipmentNotice(Body, frozen=True, tag="equipment.notice"):
    """What changes, from when, and which formats and versions it will then speak."""

    equipment: LanguageText | None = None
    change: EquipmentChange = EquipmentChange.ACQUIRE
    from_when: datetime | None = None
    formats: tuple[SpokenFormat, ...] = ()
    units: tuple[str, ...] = ()
    contact: str | None = None
    remarks: LanguageText | None = None
