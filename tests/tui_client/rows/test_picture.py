"""The picture in words: state, place and age of every unit."""

from __future__ import annotations

from tui_client.rows import picture
from tui_client.words import Words


def test_units_with_state_place_and_age(nogales) -> None:
    model = nogales.model("emergency", "19:53")
    rows = picture.rows(model, Words("en"), 63)
    assert all(row.cells <= 63 for row in rows)
    text = "\n".join(row.plain for row in rows)
    assert "MX GN-3" in text
    assert "on scene" in text
    assert "31.33300, -110.9511" in text
    model.clock = lambda: nogales.at("20:30")
    text = "\n".join(row.plain for row in picture.rows(model, Words("en"), 63))
    assert "OLD 41 min" in text


def test_nothing_heard_nothing_shown(nogales) -> None:
    assert picture.rows(nogales.model("house"), Words("en"), 63) == []
