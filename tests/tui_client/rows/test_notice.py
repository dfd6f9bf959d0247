"""One sentence and its remedy, in the user's language, in at most two rows."""

from __future__ import annotations

from protocols.client.events import Noticed
from tui_client.rows import notice
from tui_client.words import Words


def test_an_error_is_a_sentence_and_a_remedy(nogales) -> None:
    model = nogales.model()
    assert notice.rows(model, Words("en"), 80) == ()
    model.apply(Noticed("rate_limited", "Asked too often.", "Wait a little."))
    (row,) = notice.rows(model, Words("en"), 80)
    assert row.plain == " ✗ Asked too often. Wait a little."
    (row, *_) = notice.rows(model, Words("fr"), 80)
    assert "Asked too often" not in row.plain


def test_a_long_one_takes_two_rows_at_most(nogales) -> None:
    model = nogales.model()
    model.apply(Noticed("unknown_code", "word " * 200, "do it"))
    rows = notice.rows(model, Words("en"), 80)
    assert len(rows) == 2
    assert all(row.cells <= 80 for row in rows)


def test_a_deed_is_said_in_the_language_of_now(nogales) -> None:
    model = nogales.model()
    model.tell("done.checked_in", unit="PATROL-7", leg="Morley")
    (row,) = notice.rows(model, Words("es"), 80)
    assert row.plain == " · Reportado: PATROL-7, Morley."
