"""What became of my own messages: from the queue to somebody's acknowledgement by name.

Delivery is never acceptance, so every stage is named as what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols.client.fates import Fate, FateState, RecipientFate
from protocols.frames import Stage
from tui_client import labels, moments, safe_text
from tui_client.model import Model
from tui_client.rows import said
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words

_STATES: dict[FateState, tuple[str, Tone]] = {
    FateState.QUEUED: ("◌", "warn"),
    FateState.SENT: ("→", "warn"),
    FateState.ON_DISK: ("▣", ""),
    FateState.REPLACED: ("↺", "quiet"),
    FateState.REFUSED: ("✗", "bad"),
}
_STAGES: dict[Stage, tuple[str, Tone]] = {
    Stage.ACCEPTED: ("▣", ""),
    Stage.FETCHED: ("↓", ""),
    Stage.DECRYPTED: ("◐", ""),
    Stage.SHOWN: ("●", "good"),
    Stage.ACKNOWLEDGED: ("✓", "good"),
    Stage.FAILED: ("✗", "bad"),
}
_REACHED = (Stage.ACKNOWLEDGED, Stage.SHOWN, Stage.DECRYPTED, Stage.FETCHED)


def word(code: str, words: Words) -> str:
    """A fate or a stage as a word short enough for a column."""
    return labels.of("stages_short", code, words)


def short(fate: Fate, words: Words) -> SafeText:
    """One glyph, one word and a count: the furthest stage that anybody has reached."""
    if fate.state is not FateState.ON_DISK or not fate.recipients:
        glyph, tone = _STATES[fate.state]
        return safe_text.text(f"{glyph} {word(fate.state.value, words)}", tone)
    failed = _count(fate.recipients, Stage.FAILED)
    if failed:
        glyph, tone = _STAGES[Stage.FAILED]
        return safe_text.text(f"{glyph} {word('failed', words)} {failed}", tone)
    acked = [one for one in fate.recipients if one.stage is Stage.ACKNOWLEDGED]
    if len(acked) == 1:
        glyph, tone = _STAGES[Stage.ACKNOWLEDGED]
        name = acked[0].device.partition("@")[0]
        return safe_text.text(f"{glyph} {word('acknowledged', words)} {name}", tone)
    for stage in _REACHED:
        count = sum(recipient.stage >= stage for recipient in fate.recipients)
        if count:
            glyph, tone = _STAGES[stage]
            reached = word(stage.name.lower(), words)
            return safe_text.text(f"{glyph} {reached} {count}/{len(fate.recipients)}", tone)
    glyph, tone = _STATES[fate.state]
    return safe_text.text(f"{glyph} {word('on_disk', words)}", tone)


def _count(recipients: Sequence[RecipientFate], stage: Stage) -> int:
    return sum(recipient.stage is stage for recipient in recipients)


def title_of(fate: Fate, model: Model, words: Words, *, short: bool = False) -> SafeText:
    """What the message is, if this device still has it; `short` for a narrow row."""
    entry = model.entry(fate.message_id)
    if entry is None:
        return safe_text.text(fate.message_id[-12:], "quiet")
    return said.summary(entry.message, words, short=short)


def row(fate: Fate, title: SafeText, words: Words, width: int) -> SafeText:
    """Time, what it was, how far it is."""
    state = short(fate, words)
    room = max(4, width - 7 - 1 - min(18, width // 2))
    return safe_text.columns(
        [
            (safe_text.text(moments.zulu(fate.queued_at), "quiet"), 6),
            (title, room),
            (state, width - 8 - room),
        ]
    )


def details(fate: Fate, words: Words, width: int) -> list[SafeText]:
    """Every step with its time, every recipient by name, a refusal with reason and remedy."""
    glyph, tone = _STATES[fate.state]
    rows = [safe_text.text(f"{glyph} {word(fate.state.value, words)}", tone)]
    if fate.state is FateState.ON_DISK:
        rows[0] = safe_text.line(
            rows[0], (f"  #{fate.seq}  {moments.zulu(fate.time, seconds=True)}", "quiet")
        )
    if fate.state is FateState.REFUSED:
        sentence = safe_text.text(f"{fate.detail or fate.code} {fate.remedy}".strip(), "bad")
        rows += sentence.wrap(width)
    for recipient in sorted(fate.recipients, key=lambda one: (-one.stage, one.device)):
        glyph, tone = _STAGES[recipient.stage]
        when = moments.zulu(recipient.time) if recipient.time else ""
        reason = labels.reason(recipient.reason, words) if recipient.reason else ""
        rows.append(
            safe_text.columns(
                [
                    (safe_text.text(glyph, tone), 1),
                    (safe_text.text(recipient.device, "strong"), min(28, width // 3)),
                    (
                        safe_text.text(word(recipient.stage.name.lower(), words), tone),
                        16,
                    ),
                    (
                        safe_text.line((when, "quiet"), f"  {reason}"),
                        max(0, width - 22 - min(28, width // 3)),
                    ),
                ]
            )
        )
    return rows
