"""Every theme has every tone, legibly."""

from __future__ import annotations

import pytest
from rich.style import Style

from tui_client.safe_text import TONES
from tui_client.themes import PALETTES, Palette, after


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_every_tone_is_there_and_legible(palette: Palette) -> None:
    assert set(palette.tones) == TONES - {""}
    wanted = {"day": 4.5, "night": 3.5, "contrast": 7.0}[palette.name]
    for tone, notation in palette.tones.items():
        if tone.startswith("tlp_"):
            continue  # FIRST prescribes these colours
        style = Style.parse(notation)
        assert style.color is not None, tone
        paper = style.bgcolor.get_truecolor().hex if style.bgcolor else palette.background
        ink = style.color.get_truecolor().hex
        assert contrast(ink, paper) >= wanted, (palette.name, tone)


def test_the_themes_follow_each_other() -> None:
    assert [after(name) for name in ("day", "night", "contrast", "x")] == [
        "night", "contrast", "day", "day",
    ]  # fmt: skip
