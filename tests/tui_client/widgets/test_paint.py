"""Tones become colours of the theme; a coloured ground keeps or takes over the ink."""

from __future__ import annotations

from rich.style import Style

from tui_client import safe_text
from tui_client.themes import NIGHT, PALETTES
from tui_client.widgets import paint


def test_every_theme_is_parsed_once_and_unknown_ones_are_day() -> None:
    for name, palette in PALETTES.items():
        assert set(paint.styles(name)) == set(palette.tones)
    assert paint.styles("no-such") == paint.styles("day")
    assert paint.styles("night")["good"] == Style.parse(NIGHT.tones["good"])


async def test_a_strip_has_its_width_and_its_ground(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        row = safe_text.line(("✗ ", "bad"), "東京")
        widget = app.screen.query_one("Heading")
        plain = paint.strip(widget, row, 20)
        assert plain.cell_length == 20
        assert plain.text.rstrip() == "✗ 東京"
        chosen = paint.strip(widget, row, 20, "chosen")
        under = paint.styles("day")["chosen"]
        assert {segment.style.bgcolor for segment in chosen} == {under.bgcolor}
        assert {segment.style.color for segment in chosen} == {under.color}
        bar = paint.strip(widget, row, 20, "bar")
        assert next(iter(bar)).style.color == paint.styles("day")["bad"].color
        assert paint.model_of(widget) is app.model
        assert paint.words_of(widget) is app.words
