"""The message log, one row a message: when, who, how urgent, what, and what is open about it."""

from __future__ import annotations

from protocols.messages.values import Precedence
from tui_client import labels, moments, safe_text
from tui_client.model import Model
from tui_client.room import Entry
from tui_client.rows import fates, said
from tui_client.rows.heading import nation
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words

PROSIGNS: dict[Precedence, tuple[str, Tone]] = {
    Precedence.FLASH: ("Z", "alarm"),
    Precedence.IMMEDIATE: ("O", "warn"),
    Precedence.PRIORITY: ("P", ""),
    Precedence.ROUTINE: ("R", "quiet"),
}
"""Precedence as operators write it (ACP 121): Z O P R."""


def row(entry: Entry, model: Model, words: Words, width: int, *, within: str = "") -> SafeText:
    """One row of exactly this width; the summary gets what the fixed columns leave.

    `within`: the incident on whose screen the row stands.
    """
    state = _state(entry, model, words)
    name = 10 if width < 100 else 16
    status = 16 if width < 100 else 20
    head = safe_text.columns(
        [
            (safe_text.text(moments.zulu(entry.at), "quiet"), 6),
            (safe_text.text(entry.sender.country, nation(entry.sender.country)), 2),
            (safe_text.text(entry.sender.name, "own" if entry.own else ""), name),
            (PROSIGNS[entry.message.urgency], 1),
        ]
    )
    what = said.summary(entry.message, words, within=within, short=width < 100)
    if entry.refused:
        what = what.toned("refused")
    room = width - head.cells - 1
    if not state:
        return safe_text.line(head, " ", what.fit(room))
    taken = min(status, state.cells)
    return safe_text.line(head, " ", what.fit(room - taken - 1), " ", state.fit(taken))


def _state(entry: Entry, model: Model, words: Words) -> SafeText:
    """What is open: an own message's fate, an answer that is due, a refusal."""
    if entry.refused and not entry.own:
        return safe_text.text("✗ " + words("log.refused"), "bad")
    fate = model.fate(entry.id) if entry.own else None
    if fate is not None:
        return fates.short(fate, words)
    room = model.room
    if room is not None and entry.id in room.asks:
        return safe_text.text("? " + words("log.ack_wanted"), "warn")
    if room is not None and entry.id in room.marked and not entry.own:
        return safe_text.text("✓ " + words("log.acknowledged"), "good")
    return safe_text.EMPTY


def spoken(entry: Entry, words: Words) -> SafeText:
    """The same as a sentence for the line mode, with the precedence as a word."""
    parts = [
        safe_text.text(moments.zulu(entry.at)),
        safe_text.text(f"{entry.sender.country} {entry.sender.name}"),
        safe_text.text(labels.of("precedence", entry.message.urgency.value, words)),
        said.summary(entry.message, words),
    ]
    if entry.refused:
        reason = labels.reason(entry.refused, words)
        parts.append(safe_text.text(labels.labelled(words("log.refused"), reason, words)))
    return safe_text.join(", ", parts)
