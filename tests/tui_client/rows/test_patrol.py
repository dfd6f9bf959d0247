"""Timers: green in time, amber before, red after the grace, in words as well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tui_client.rows import patrol
from tui_client.words import LANGUAGES, Words

DUE = datetime(2026, 3, 4, 19, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "glyph", "key", "tone"),
    [
        (-600, "✓", "timer_in", "good"),
        (-30, "▲", "timer_in", "warn"),
        (120, "▲", "timer_late", "warn"),
        (300, "‼", "timer_missed", "alarm"),
    ],
)
def test_a_timer_follows_its_thresholds(seconds: int, glyph: str, key: str, tone: str) -> None:
    timer = patrol.timer_of(DUE, DUE + timedelta(seconds=seconds), 60, 300)
    assert (timer.glyph, timer.words, timer.tone) == (glyph, key, tone)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [46, 63])
def test_both_halves_legs_and_acknowledgement(nogales, language: str, width: int) -> None:
    rows = patrol.rows(nogales.model(), Words(language), width)
    assert all(row.cells <= width for row in rows)
    text = "\n".join(row.plain for row in rows)
    for part in ("MP-07", "US PATROL-7", "MX GN-3", "19:10–20:30Z", "MX GN-3, GN-5"):
        assert part in text


def test_a_missed_check_in_is_said_in_words(nogales) -> None:
    text = "\n".join(
        row.plain for row in patrol.rows(nogales.model("morning", "19:22"), Words("es"), 46)
    )
    assert "‼ FALTÓ 7 min" in text


def test_without_a_plan_there_is_one_row(nogales) -> None:
    (row,) = patrol.rows(nogales.model("house"), Words("fr"), 46)
    assert row.plain.startswith("Aucun plan de patrouille")
