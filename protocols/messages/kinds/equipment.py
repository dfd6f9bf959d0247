"""Notice that an agency will buy or change equipment, and what it will then speak."""

from __future__ import annotations

from enum import StrEnum

from protocols.messages.kinds.base import Body
from protocols.messages.values import Instant, LanguageText, Value


class EquipmentChange(StrEnum):
    """What happens to the equipment."""

    ACQUIRE = "acquire"
    UPGRADE = "upgrade"
    REPLACE = "replace"
    WITHDRAW = "withdraw"


class SpokenFormat(Value, frozen=True):
    """A format and the versions of it that the equipment reads, writes, or both."""

    format: str
    versions: tuple[str, ...] = ()
    """Empty: whichever versions there are."""
    reads: bool = True
    writes: bool = True
    profile: str | None = None
    """The profile of the format that it insists on, for example `ipaws`."""


class EquipmentNotice(Body, frozen=True, tag="equipment.notice"):
    """What changes, from when, and which formats and versions it will then speak."""

    equipment: LanguageText | None = None
    change: EquipmentChange = EquipmentChange.ACQUIRE
    from_when: Instant | None = None
    formats: tuple[SpokenFormat, ...] = ()
    units: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    """Members of the channel that it concerns; empty: every gateway of the sender's agency."""
    contact: str | None = None
    remarks: LanguageText | None = None
