"""One message in full: every field, the original beside it, stubs as stubs, and its fate."""

from __future__ import annotations

import msgspec
import pytest

from protocols.messages.envelope import Loss, Original
from tui_client.rows import entry
from tui_client.words import LANGUAGES, Words


def text(nogales, name: str, language: str, width: int = 80) -> str:
    model = nogales.model("emergency", "19:53")
    found = model.entry(nogales.tell("emergency").ids[name])
    rows = entry.rows(found, model, Words(language), width)
    assert all(row.cells <= width for row in rows)
    return "\n".join(row.plain for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["plan", "cue", "request", "exit", "emergency", "hostile"])
def test_every_row_fits(nogales, name: str, language: str) -> None:
    assert nogales.tell("emergency").ids[name]
    for width in (60, 80, 118):
        assert text(nogales, name, language, width)


def test_labels_in_my_language_text_in_its_own(nogales) -> None:
    shown = text(nogales, "cue", "es")
    assert "cantidad observada" in shown
    assert "EN carrying bags out of a drain, smoke behind them" in shown
    assert "humo  SMOKE" in shown
    assert "reservado por US, TLP:RED" in shown


def test_the_fate_names_everybody(nogales) -> None:
    shown = text(nogales, "exit", "en")
    assert "What became of it" in shown
    assert "gn-3@c5sonora" in shown
    assert "archive:records@uscbp" in shown


def test_the_original_document_and_its_losses_stand_below(nogales) -> None:
    model = nogales.model()
    found = model.entry_at(0)
    original = Original.of(b"<event>\n\x1b[31m</event>", "cot", "2.0", "application/xml")
    found.message = msgspec.structs.replace(
        found.message, original=original, losses=(Loss("detail/x", "7", "no home"),)
    )
    rows = entry.rows(found, model, Words("en"), 80)
    shown = "\n".join(row.plain for row in rows)
    assert "Original document: cot 2.0, 21 bytes" in shown
    assert "␛[31m</event>" in shown
    assert "detail/x  7  no home" in shown


def test_a_refused_message_must_not_be_acted_on(nogales) -> None:
    model = nogales.model()
    found = model.entry_at(2)
    found.refused = "act_mismatch"
    shown = "\n".join(row.plain for row in entry.rows(found, model, Words("en"), 80))
    assert "must not be acted on" in shown
