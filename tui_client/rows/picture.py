"""The patrol picture in words: the newest state and position of every unit, and how old it is."""

from __future__ import annotations

from protocols.clock import to_datetime
from protocols.messages.records import UnitRecord
from protocols.messages.values import Point
from protocols.messages.wording import point_words
from tui_client import labels, moments, safe_text
from tui_client.model import Model
from tui_client.rows.heading import nation
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words

STALE_SECONDS = 900
"""A record older than this is marked as old (the default of a plan's stale_position)."""


def rows(model: Model, words: Words, width: int) -> list[SafeText]:
    """Title and one row a unit, the newest first; nothing where no unit was heard."""
    room = model.room
    units = (
        sorted(room.history.units.values(), key=lambda unit: unit.at, reverse=True)
        if room is not None
        else []
    )
    if not units:
        return []
    title = safe_text.text(words("picture.title"), "title")
    now = to_datetime(model.clock())
    return [safe_text.rule(title, width)] + [
        _row(unit, (now - unit.at).total_seconds(), words, width) for unit in units
    ]


def _row(unit: UnitRecord, age: float, words: Words, width: int) -> SafeText:
    status = labels.of("unit_state", unit.status, words) if unit.status else "-"
    where = safe_text.text("-", "quiet")
    if unit.location is not None and unit.location.point is not None:
        point = unit.location.point
        where = safe_text.text(point_words(point))
        if width < 80:  # height and error are in the message; the place itself is never cut
            where = safe_text.text(point_words(Point(lat=point.lat, lon=point.lon)))
    tone: Tone = "warn" if age > STALE_SECONDS else "quiet"
    said = words("picture.old" if age > STALE_SECONDS else "picture.age", time=moments.span(age))
    name = safe_text.line((unit.country, nation(unit.country)), " ", (unit.unit, "strong"))
    named, placed = (12, 21) if width < 80 else (16, 34)
    return safe_text.columns(
        [
            (name, named),
            (safe_text.text(status), max(8, width - named - placed - 14 - 3)),
            (where, placed),
            (safe_text.text(said, tone), 14),
        ]
    ).cut(width)
