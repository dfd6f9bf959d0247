"""Responsibility that moves: transfers, custody, and the lead of a Shiprider crew."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import Body, Reason, TransferSubject
from protocols.messages.values import (
    Country,
    HeadCount,
    Instant,
    LanguageText,
    Location,
    Point,
    Value,
)


class TransferOutcome(StrEnum):
    """How an accepted transfer ends."""

    DONE = "done"
    ABORTED = "aborted"


class LeadState(StrEnum):
    """Whose direction a mixed crew is under."""

    HOST_A = "HOST_A"
    CROSSING = "CROSSING"
    HOST_B = "HOST_B"


class TransferOffer(Body, frozen=True, tag="transfer.offer"):
    """One side offers to hand responsibility over. The message's id names the transfer."""

    what: TransferSubject
    to: str | None = None
    authority: str | None = None
    """The law, agreement or order it rests on."""
    effective: Instant | None = None
    place: Location | None = None
    remarks: LanguageText | None = None


class TransferReply(Body, frozen=True, tag="transfer.reply"):
    """The other side takes it, or says why not."""

    transfer: str
    accepted: bool
    reason: Reason | None = None
    remarks: LanguageText | None = None


class TransferDone(Body, frozen=True, tag="transfer.done"):
    """The transfer has happened, or was broken off."""

    transfer: str
    outcome: TransferOutcome = TransferOutcome.DONE
    reason: Reason | None = None
    remarks: LanguageText | None = None


class Property(Value, frozen=True):
    """One line of a property list."""

    description: LanguageText
    quantity: Annotated[float, Meta(ge=0)] | None = None
    unit: str | None = None
    tag: str | None = None
    """Evidence tag or seal number."""


class CustodyParty(Value, frozen=True):
    """One of the two who sign: agency, unit, badge, and when. The message's MLS signature is the
    giver's; the taker signs by sending the same hand-off back."""

    agency: str
    unit: str | None = None
    badge: str | None = None
    signed_at: Instant | None = None


class CustodyHandoff(Body, frozen=True, tag="custody.handoff"):
    """Persons (by number), things (by list), giver and taker. Names move only by disclosure."""

    giver: CustodyParty | None = None
    taker: CustodyParty | None = None
    persons: HeadCount | None = None
    names: Annotated[tuple[str, ...], Meta(extra={"personal": True})] = ()
    property_list: tuple[Property, ...] = ()
    place: Location | None = None
    authority: str | None = None
    at: Instant | None = None
    remarks: LanguageText | None = None


class LeadChange(Body, frozen=True, tag="lead.change"):
    """The lead crosses with the crew; `HOST_B` counts only from B's designated officer."""

    state: LeadState
    host_a: Country
    host_b: Country
    crossing_point: Point | None = None
    crossed_at: Instant | None = None
    designated_officer: str | None = None
    """Title and badge of the officer who confirms."""
    remarks: LanguageText | None = None
