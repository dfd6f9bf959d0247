"""One sentence about what went wrong or was done, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from tui_client import labels, safe_text
from tui_client.model import Model, Notice
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words


def rows(model: Model, words: Words, width: int) -> Sequence[SafeText]:
    """At most two rows; nothing when there is no notice."""
    notice = model.notice
    if notice is None:
        return ()
    sentence, remedy = _sentences(notice, words)
    glyph = safe_text.text("✗ ", "bad") if notice.trouble else safe_text.text("· ", "good")
    tone: Tone = "strong" if notice.trouble else ""
    said = safe_text.line(" ", glyph, (sentence, tone), f" {remedy}" if remedy else "")
    wrapped = said.wrap(max(8, width - 1), indent=3)
    if len(wrapped) > 2:
        wrapped = [wrapped[0], safe_text.line(wrapped[1], " …").cut(width)]
    return wrapped


def _sentences(notice: Notice, words: Words) -> tuple[str, str]:
    if notice.words:
        return words(notice.words, **dict(notice.values)), ""
    return labels.explain(notice.code, notice.detail, notice.remedy, words)
