"""The alarm bar says state, class, time, unit and reason, in words, and never cuts the reason."""

from __future__ import annotations

import pytest

from protocols.client.events import Received
from protocols.messages.kinds import AlarmAck
from tui_client.rows import alarms
from tui_client.words import LANGUAGES, Words


def text(model, language: str, width: int) -> str:
    rows = alarms.bar(model, Words(language), width)
    assert all(row.cells <= width for row in rows)
    return "\n".join(row.plain for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_the_reason_is_never_cut(nogales, language: str, width: int) -> None:
    shown = text(nogales.model("emergency", "19:53"), language, width)
    assert "Derrumbe en el túnel, un oficial herido" in shown
    assert "19:52Z MX GN-3" in shown
    assert "F2" in shown
    assert "F3" in shown
    assert "1 de 2" in shown or "1 of 2" in shown


def test_without_alarms_one_quiet_row(nogales) -> None:
    (row,) = alarms.bar(nogales.model("house", "19:00"), Words("en"), 80)
    assert row.plain == " ✓ No alarm"


def test_states_are_words_and_tones(nogales) -> None:
    model = nogales.model("morning", "19:21")
    assert "NOT ACKNOWLEDGED" in text(model, "en", 80)
    assert alarms.tone_of(model.alarms()[0]) == "alarm"
    model = nogales.model("cue", "19:40")
    assert "TERMINADA, SIN ATENDER" in text(model, "es", 80)
    assert alarms.tone_of(model.alarms()[0]) == "acked"


def test_who_acknowledged_is_named(nogales) -> None:
    story = nogales.tell("emergency")
    name = story.ids["emergency"]
    story.message("ack", "19:53", nogales.dispatch, AlarmAck(alarm=name))
    model = nogales.model("emergency", "19:54")
    model.apply([event for event in story.events if isinstance(event, Received)][-1])
    shown = text(model, "en", 80)
    assert "acknowledged dispatch" in shown


def test_silence_says_until_when(nogales) -> None:
    model = nogales.model("emergency", "19:53")
    model.silence(model.alarms()[0].name, nogales.at("19:55"))
    assert "◷ silent to 19:55:00Z" in text(model, "en", 120)
