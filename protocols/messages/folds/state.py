"""The tables that the folds fill, and the questions they all ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from protocols.errors import IllegalTransition, MalformedMessage
from protocols.identity import Identity
from protocols.messages.records import (
    AlarmRecord,
    AssistRecord,
    CustodyRecord,
    DisclosureRecord,
    Entry,
    IncidentRecord,
    LookoutRecord,
    ParRecord,
    PlanRecord,
    ReleaseRecord,
    TransferRecord,
    UnitRecord,
)

Record = TypeVar("Record")


@dataclass
class State:
    """All records, by their ids."""

    incidents: dict[str, IncidentRecord] = field(default_factory=dict)
    assists: dict[str, AssistRecord] = field(default_factory=dict)
    alarms: dict[str, AlarmRecord] = field(default_factory=dict)
    transfers: dict[str, TransferRecord] = field(default_factory=dict)
    plans: dict[str, PlanRecord] = field(default_factory=dict)
    pars: dict[str, ParRecord] = field(default_factory=dict)
    releases: dict[str, ReleaseRecord] = field(default_factory=dict)
    disclosures: list[DisclosureRecord] = field(default_factory=list)
    lookouts: dict[str, LookoutRecord] = field(default_factory=dict)
    units: dict[str, UnitRecord] = field(default_factory=dict)
    custody: list[CustodyRecord] = field(default_factory=list)
    timelines: dict[str, list[int]] = field(default_factory=dict)
    """Numbers of the entries that name an incident, in order."""
    senders: dict[str, Identity] = field(default_factory=dict)
    """Who sent each message: whom a release is asked of."""


Fold = Callable[[State, Entry, Any], None]
"""(state, entry, the entry's body) -> None; raises a refusal before it changes anything."""


def find(records: Mapping[str, Record], identifier: str | None, what: str) -> Record:
    """The record of that id; `IllegalTransition` where nothing of it is known here."""
    record = records.get(identifier or "")
    if record is None:
        raise IllegalTransition(f"there is no {what} {identifier or 'named'} in this channel")
    return record


def need(value: str | None, path: str) -> str:
    """A field without which the message means nothing."""
    if not value:
        raise MalformedMessage(f"{path}: this kind of message needs it")
    return value


def addressed(entry: Entry, to: str | None, asked_by: Identity) -> bool:
    """Whether the speaker is the desk asked: the one named, or else any other agency."""
    if to is None:
        return entry.sender.agency != asked_by.agency
    return to in (entry.sender.country, entry.sender.agency, entry.sender.device)
