"""The mirrored patrol: both halves with their check-in timers, the legs, and whose word is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from protocols.clock import to_datetime
from protocols.messages.kinds import Leg, Team
from protocols.messages.records import PlanRecord
from tui_client import labels, moments, safe_text
from tui_client.model import Model
from tui_client.room import Room
from tui_client.rows.heading import nation
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words

_UNIT_TIMER_TIMES = ((11, 15, 0), (12, 16, 18))
"""Widths of a unit's columns in a narrow and in a wide panel; the leg has the rest."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One unit's check-in timer as it is shown: a glyph, a word, and how long."""

    glyph: str
    words: str
    seconds: float
    tone: Tone


def rows(model: Model, words: Words, width: int) -> list[SafeText]:
    """Title, one row a unit, one row a leg, and who has acknowledged the plan."""
    room = model.room
    record = room.plan() if room is not None else None
    patrol = room.history.watch.patrols.get(record.name) if room is not None and record else None
    if room is None or record is None or patrol is None:
        return [safe_text.rule(safe_text.text(words("patrol.none"), "title"), width)]
    now = to_datetime(model.clock())
    title = words("patrol.title", patrol=record.name, sector=patrol.plan.sector or "-")
    found = [safe_text.rule(safe_text.text(title, "title"), width), _heads(words, width)]
    pair = patrol.plan.pair
    teams = [team for team in (pair.north, pair.south) if team] if pair else []
    tolerances = patrol.plan.tolerances
    for team in teams:
        unit = patrol.units[team.unit.casefold()]
        due = max(unit.heard or patrol.start, patrol.start) + timedelta(
            seconds=tolerances.checkin_interval
        )
        timer = (
            timer_of(due, now, tolerances.amber_before, tolerances.checkin_grace)
            if patrol.watched(now)
            else Timer("·", "timer_waiting", 0, "quiet")
        )
        found.append(_unit(room, record, team, unit.heard, due, timer, words, width))
    found.append(_answered(record, words))
    current = patrol.leg_at(now)
    found += [
        _leg(number, leg, leg is current, words, width)
        for number, leg in enumerate(patrol.plan.legs, 1)
    ]
    return found


def timer_of(due: datetime, now: datetime, amber: int, grace: int) -> Timer:
    """How a check-in timer stands: in time, amber before, over, or missed after the grace."""
    left = (due - now).total_seconds()
    if left > amber:
        return Timer("✓", "timer_in", left, "good")
    if left > 0:
        return Timer("▲", "timer_in", left, "warn")
    if left > -grace:
        return Timer("▲", "timer_late", -left, "warn")
    return Timer("‼", "timer_missed", -left, "alarm")


def _heads(words: Words, width: int) -> SafeText:
    names = ("unit", "leg", "checkin", "last", "due")
    return _columns([safe_text.text(words(f"patrol.{name}"), "quiet") for name in names], width)


def _columns(cells: list[SafeText], width: int) -> SafeText:
    """Unit, leg and timer; a wide panel has the times of the last and the next check-in too."""
    unit, timer, times = _UNIT_TIMER_TIMES[width >= 60]
    leg = _leg_width(width)
    widths = (unit, leg, timer) if not times else (unit, leg, timer, 8, 8)
    return safe_text.columns(zip(cells, widths, strict=False)).cut(width)


def _leg_width(width: int) -> int:
    return max(6, width - sum(_UNIT_TIMER_TIMES[width >= 60]) - 2)


def _unit(
    room: Room,
    record: PlanRecord,
    team: Team,
    heard: datetime | None,
    due: datetime,
    timer: Timer,
    words: Words,
    width: int,
) -> SafeText:
    known = room.history.units.get(team.unit)
    note = record.checkins.get(team.unit)
    country = team.country or (known.country if known else "")
    name = safe_text.line((country, nation(country)), " ", (team.unit, "strong"))
    state = timer.glyph + " " + _timer_words(timer, words)
    leg = safe_text.text((note.leg if note else None) or "-")
    if known is not None and known.status is not None:
        state_words = labels.of("unit_state", known.status, words)
        leg = safe_text.line(leg, (f" · {state_words}", "quiet"))
        if leg.cells > _leg_width(width):  # the leg of now is marked below: the state goes first
            leg = safe_text.line(
                state_words, (f" · {note.leg}" if note and note.leg else "", "quiet")
            )
    return _columns(
        [
            name,
            leg,
            safe_text.text(state, timer.tone),
            safe_text.text(f"{heard:%H:%MZ}" if heard else "-"),
            safe_text.text(f"{due:%H:%MZ}"),
        ],
        width,
    )


def _timer_words(timer: Timer, words: Words) -> str:
    return labels.phrase(timer.words, words, time=moments.span(timer.seconds))


def _answered(record: PlanRecord, words: Words) -> SafeText:
    for country, reason in record.declined.items():
        said = words("patrol.declined", country=country, reason=labels.reason(reason, words))
        return safe_text.line(("✗ ", "bad"), (said, "bad"))
    named = [f"{country} {', '.join(units)}" for country, units in record.accepted.items()]
    if not named:
        return safe_text.line(("? ", "warn"), (words("patrol.unanswered"), "warn"))
    said = words("patrol.answered", names="; ".join(named))
    return safe_text.line(("✓ ", "good"), (said, ""))


def _leg(number: int, leg: Leg, now: bool, words: Words, width: int) -> SafeText:
    window = leg.window
    times = ""
    if window is not None:
        start = f"{window.start:%H:%M}" if window.start else ""
        times = f"{start}–{window.end:%H:%MZ}" if window.end else start
    tone: Tone = "strong" if now else "quiet"
    mark = safe_text.text(f"▸ {words('patrol.now')}" if now else "", "good")
    return safe_text.columns(
        [
            (safe_text.text(str(number), "quiet"), 2),
            (safe_text.text(leg.name, tone), max(8, width - 2 - 13 - 10 - 3)),
            (safe_text.text(times, tone), 13),
            (mark, 10),
        ]
    ).cut(width)
