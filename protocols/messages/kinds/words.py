"""Plain words: a message to somebody (ICS-213) and a line in the log (ICS-214)."""

from __future__ import annotations

from protocols.messages.kinds.base import Body
from protocols.messages.values import LanguageText


class Text(Body, frozen=True, tag="text"):
    """A text. Translations made by a person stand beside it; the first is the original."""

    text: LanguageText | None = None
    subject: LanguageText | None = None
    to: tuple[str, ...] = ()
    """Whom it is addressed to; everybody in the channel can read it all the same."""
    translations: tuple[LanguageText, ...] = ()
    silent: bool = False
    """Shows without a sound."""


class LogNote(Body, frozen=True, tag="log.note"):
    """A line of the activity log."""

    text: LanguageText | None = None
    activity: str | None = None
