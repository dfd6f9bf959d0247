"""Who speaks which formats, now and on a later day: equipment notices, applied in their order.

A member's voice is, in this order: what its agency's notices in effect say of it; for a gateway
without a notice, the format that its name says (`gateway:cot@uscbp`); for everybody else our own
format, because their client speaks it. A gateway of which neither is known is `UNKNOWN`: nothing is
forecast for it, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from protocols.formats.registry import FORMATS
from protocols.identity import Identity, Role
from protocols.messages.envelope import Message
from protocols.messages.kinds import EquipmentChange, EquipmentNotice, SpokenFormat

OWN: Final = "canonical"
_ADAPTERS: Final = {"native": OWN, "tak-client": "cot"}
"""Adapters whose name is not that of the format they carry."""


class Basis(StrEnum):
    """How it is known what a member speaks."""

    NOTICE = "notice"
    NAME = "name"
    CLIENT = "client"
    UNKNOWN = "unknown"


class Voice(msgspec.Struct, frozen=True):
    """What one member speaks."""

    device: str
    formats: tuple[SpokenFormat, ...]
    basis: Basis

    @property
    def text(self) -> str:
        """The formats with their versions, for people; a dash where there are none."""
        return ", ".join(" ".join((one.format, *one.versions)) for one in self.formats) or "–"


def in_effect(notices: Iterable[Message], at: datetime) -> list[Message]:
    """The equipment notices that hold at `at`, in the order in which they take effect.

    A notice that a later one supersedes does not count.
    """
    held = [one for one in notices if isinstance(one.body, EquipmentNotice)]
    gone = {one.supersedes for one in held}
    held = [one for one in held if one.id not in gone and starts(one) <= at]
    return sorted(held, key=lambda one: (starts(one), one.sent, one.id))


def starts(notice: Message) -> datetime:
    """When a notice takes effect: the day that it names, else when it was sent."""
    body = notice.body
    assert isinstance(body, EquipmentNotice)
    return body.from_when or notice.sent


def voice_of(member: Identity, notices: Sequence[Message], at: datetime) -> Voice:
    """What `member` speaks at `at`, as far as notices, its name or its role say."""
    formats, basis = _before(member)
    for notice in in_effect(notices, at):
        body = notice.body
        assert isinstance(body, EquipmentNotice)
        if concerns(notice, member):
            formats, basis = _changed(formats, body), Basis.NOTICE
    return Voice(member.device, formats, basis)


def concerns(notice: Message, member: Identity) -> bool:
    """Whether a notice is about this member. An agency speaks for its own devices only."""
    body = notice.body
    if not isinstance(body, EquipmentNotice) or notice.sender.agency != member.agency:
        return False
    return member.device in body.devices if body.devices else member.role is Role.GATEWAY


def _before(member: Identity) -> tuple[tuple[SpokenFormat, ...], Basis]:
    """What a member speaks before any notice."""
    if member.role is not Role.GATEWAY:
        return (SpokenFormat(format=OWN),), Basis.CLIENT
    name = member.device.partition("@")[0].rpartition(":")[2]
    spoken = _ADAPTERS.get(name, name)
    if spoken in FORMATS:
        return (SpokenFormat(format=spoken),), Basis.NAME
    return (), Basis.UNKNOWN


def _changed(
    formats: tuple[SpokenFormat, ...], notice: EquipmentNotice
) -> tuple[SpokenFormat, ...]:
    """The formats after one notice."""
    named = {one.format for one in notice.formats}
    rest = tuple(one for one in formats if one.format not in named)
    match notice.change:
        case EquipmentChange.REPLACE:
            return notice.formats
        case EquipmentChange.WITHDRAW:
            return rest
        case EquipmentChange.ACQUIRE | EquipmentChange.UPGRADE:
            return rest + notice.formats
