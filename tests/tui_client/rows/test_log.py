"""One row a message, of exactly the width, with what is open about it at its end."""

from __future__ import annotations

import pytest

from tui_client.rows import log
from tui_client.words import LANGUAGES, Words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [79, 118])
def test_rows_have_the_width_and_their_columns(nogales, language: str, width: int) -> None:
    model = nogales.model("emergency", "19:53")
    for index in range(model.count()):
        row = log.row(model.entry_at(index), model, Words(language), width)
        assert row.cells == width
        assert row.plain[5] == "Z"


def test_what_is_open_stands_at_the_end(nogales) -> None:
    model = nogales.model()
    ids = nogales.tell("active").ids
    row = {name: log.row(model.entry(ids[name]), model, Words("en"), 100).plain for name in ids}
    assert row["request"].endswith("? answer due")
    assert row["exit"].endswith("✓ ack’d gn-3")
    model.room.answered(ids["request"])
    shown = log.row(model.entry(ids["request"]), model, Words("en"), 100).plain
    assert shown.endswith("✓ answered")


def test_a_refused_message_says_so(nogales) -> None:
    model = nogales.model()
    entry = model.entry_at(3)
    entry.refused = "role_refused"
    row = log.row(entry, model, Words("fr"), 100)
    assert row.plain.endswith("✗ refusé")
    assert any(tone == "refused" for _, tone in row.runs)
    assert "refusé : " in log.spoken(entry, Words("fr")).plain


def test_spoken_has_the_precedence_as_a_word(nogales) -> None:
    model = nogales.model("emergency", "19:53")
    last = model.entry_at(model.count() - 1)
    assert log.spoken(last, Words("en")).plain.startswith(
        "19:52Z, MX gn-3, FLASH, Alarm: EMERGENCY"
    )
