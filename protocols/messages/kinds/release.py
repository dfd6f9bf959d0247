"""Personal data moves only so: asked for, decided, disclosed, and each step on record."""

from __future__ import annotations

from protocols.messages.kinds.base import Body, Reason, ReleaseBasis, ReleaseItem
from protocols.messages.values import LanguageText, Personal


class ReleaseRequest(Body, frozen=True, tag="release.request"):
    """What is asked for, on which basis, for what purpose, for whom."""

    item: ReleaseItem
    about: str | None = None
    """Id of the message that the withheld item stands in."""
    path: str | None = None
    """The withheld field there, as its stub names it."""
    basis: ReleaseBasis | None = None
    purpose: LanguageText | None = None
    recipient: str | None = None
    """Agency that would receive it."""


class ReleaseDecision(Body, frozen=True, tag="release.decision"):
    """The originator's answer; `request` is the id of the release.request."""

    request: str
    granted: bool
    reason: Reason | None = None
    conditions: LanguageText | None = None
    decided_by: str | None = None


class Disclosure(Body, frozen=True, tag="disclosure"):
    """The data itself, for its recipients only; the record of it is for everybody."""

    item: ReleaseItem
    request: str | None = None
    about: str | None = None
    path: str | None = None
    recipients: tuple[str, ...] = ()
    """Agencies, countries or devices that may read `value`."""
    basis: ReleaseBasis | None = None
    purpose: LanguageText | None = None
    value: Personal | None = None
