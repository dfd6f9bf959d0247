"""Help across the line, desk to desk: asked, answered, on its way, released.

`assist` is the id of the assist.request. Delivery never implies acceptance.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import Body, Capability, Reason
from protocols.messages.values import Hazards, Instant, LanguageText, Location


class AssistAnswer(StrEnum):
    """What the asked desk says."""

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    DECLINED = "declined"


class AssistProgress(StrEnum):
    """How far the named units have come."""

    RESOURCES_NAMED = "RESOURCES_NAMED"
    EN_ROUTE = "EN_ROUTE"
    ON_SCENE = "ON_SCENE"


class AssistEnd(StrEnum):
    """How a request ends."""

    RELEASED = "RELEASED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class AssistRequest(Body, frozen=True, tag="assist.request"):
    """What is needed, how much, when and where (envelope location); the envelope may expire it."""

    capability: Capability
    to: str | None = None
    """The desk asked: a country or an agency. Without it, every other side."""
    quantity: Annotated[int, Meta(ge=1)] | None = None
    task: LanguageText | None = None
    when: Instant | None = None
    meeting_point: Location | None = None
    limits: LanguageText | None = None
    reason: LanguageText | None = None
    hazards: Hazards = ()


class AssistReply(Body, frozen=True, tag="assist.reply"):
    """The desk's answer. A refusal gives its reason; an acceptance may already name units."""

    assist: str
    answer: AssistAnswer
    reason: Reason | None = None
    quantity: Annotated[int, Meta(ge=0)] | None = None
    units: tuple[str, ...] = ()
    eta: Instant | None = None
    limits: LanguageText | None = None
    remarks: LanguageText | None = None


class AssistDeployed(Body, frozen=True, tag="assist.deployed"):
    """Units are named, on their way or there."""

    assist: str
    state: AssistProgress = AssistProgress.EN_ROUTE
    units: tuple[str, ...] = ()
    eta: Instant | None = None
    remarks: LanguageText | None = None


class AssistRelease(Body, frozen=True, tag="assist.release"):
    """The requester lets the help go (or takes the request back); the helper says it is done."""

    assist: str
    state: AssistEnd = AssistEnd.RELEASED
    reason: Reason | None = None
    remarks: LanguageText | None = None
