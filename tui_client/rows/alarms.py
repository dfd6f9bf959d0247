"""The alarm bar: the most urgent alarm with its state in words, and under it what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.codes import language_of
from protocols.messages.machines.alarm import AlarmState
from tui_client import labels, moments, safe_text
from tui_client.alarms import AlarmLine
from tui_client.model import Model
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words

_GLYPHS: dict[AlarmState, str] = {
    AlarmState.UNACKED: "‼",
    AlarmState.ACKED: "✓",
    AlarmState.RTN_UNACKED: "↓",
    AlarmState.NORMAL: "▲",
}


def bar(model: Model, words: Words, width: int) -> Sequence[SafeText]:
    """One quiet row without alarms; else the first alarm, and a row of keys and the others."""
    standing = model.alarms()
    if not standing:
        return (safe_text.line(" ", ("✓ " + words("alarm.none"), "good")),)
    first, rest = standing[0], standing[1:]
    tone = tone_of(first)
    state = safe_text.line(" ", _state(first, model, words), " ")
    room = max(0, width - state.cells)
    whole = safe_text.line(" ", line(first, model, words))
    rows = [safe_text.line(whole.fit(room), state).toned(tone)]
    if whole.cells > room:  # what somebody has to read is never cut: it goes below
        rows = [safe_text.line(safe_text.line(" ", _named(first, words)).fit(room), state)]
        below = [part for part in (_when(first), _reason(first, words)) if part]
        rows += safe_text.line("   ", safe_text.join(" · ", below)).wrap(width, 3)[:2]
        rows = [row.fit(width).toned(tone) for row in rows]
    return (*rows, _keys(first, rest, model, words, width))


def tone_of(alarm: AlarmLine) -> Tone:
    """Unacknowledged is the alarm tone; everything that has been acted on is calmer."""
    if alarm.state is AlarmState.UNACKED and not alarm.ack_waits:
        return "alarm"
    return "acked"


def line(alarm: AlarmLine, model: Model, words: Words) -> SafeText:
    """Glyph, class, since when, whose, and why: without the state, which stands at the right."""
    parts = (_named(alarm, words), _when(alarm), _reason(alarm, words))
    return safe_text.join(" · ", [part for part in parts if part])


def spoken(alarm: AlarmLine, model: Model, words: Words) -> SafeText:
    """The same with the state as a word, for the line mode, where nothing stands at the right."""
    return safe_text.join(" · ", [line(alarm, model, words), _state(alarm, model, words)])


def _named(alarm: AlarmLine, words: Words) -> SafeText:
    name = labels.of("alarm_classes", alarm.record.alarm_class, words)
    return safe_text.text(f"{_GLYPHS[alarm.state]} {name}", "strong")


def _when(alarm: AlarmLine) -> SafeText:
    return safe_text.text(
        " ".join(f"{moments.zulu(alarm.at)} {alarm.country} {alarm.unit}".split())
    )


def _reason(alarm: AlarmLine, words: Words) -> SafeText:
    """Why, in the words of whoever raised it, with the language where it is not the reader's."""
    if alarm.reason is None:
        return safe_text.EMPTY
    tag = alarm.reason.language or ""
    foreign = tag and language_of(tag) != words.language
    return safe_text.text(
        f"{tag.upper()[:2]} {alarm.reason.text}" if foreign else alarm.reason.text
    )


def _state(alarm: AlarmLine, model: Model, words: Words) -> SafeText:
    if alarm.waits or alarm.ack_waits:
        return safe_text.text(words("alarm.waits" if alarm.waits else "alarm.ack_waits"))
    if alarm.state is AlarmState.NORMAL:
        level = labels.of("alarm_level", alarm.record.level or "AMBER", words)
        return safe_text.text(level.upper())
    said = labels.of("alarm_state", alarm.state.value, words)
    if alarm.state is AlarmState.ACKED:
        by = ", ".join(alarm.acked_by)
        return safe_text.text(f"{said} {by}".strip())
    return safe_text.text(said.upper())


def _keys(
    first: AlarmLine, rest: Sequence[AlarmLine], model: Model, words: Words, width: int
) -> SafeText:
    keys = safe_text.line(
        " ",
        (model.keys.shown("acknowledge"), "key"),
        f" {words('key.acknowledge')}  ",
        (model.keys.shown("silence"), "key"),
        f" {words('key.silence')}",
    )
    if first.silenced_until:
        until = words("alarm.silenced", time=moments.zulu(first.silenced_until, seconds=True))
        keys = safe_text.line(keys, "  ", ("◷ " + until, "warn"))
    if not rest:
        return keys.cut(width)
    others = safe_text.join(", ", [_short(alarm, words) for alarm in rest])
    count = safe_text.text(words("alarm.place", place=1, count=len(rest) + 1), "strong")
    return safe_text.line(keys, "   ", count, "  ", others).cut(width)


def _short(alarm: AlarmLine, words: Words) -> SafeText:
    name = labels.of("alarm_classes", alarm.record.alarm_class, words)
    tone: Tone = "bad" if alarm.state is AlarmState.UNACKED else "warn"
    return safe_text.text(f"{_GLYPHS[alarm.state]} {name} {alarm.unit}", tone)
