"""From tones to colours: the only place where a `SafeText` becomes what the toolkit paints."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui_client.safe_text import SafeText, Tone
from tui_client.themes import DAY, PALETTES

if TYPE_CHECKING:
    from tui_client.model import Model
    from tui_client.words import Words


@cache
def styles(theme: str) -> dict[str, Style]:
    """The finished styles of a theme by tone."""
    palette = PALETTES.get(theme, DAY)
    return {tone: Style.parse(value) for tone, value in palette.tones.items()}


@cache
def _grounded(theme: str, ground: Tone) -> dict[str, Style]:
    """The tones on a coloured line: on the chosen one in its colours, else in their own."""
    under = styles(theme)[ground]
    if ground == "chosen":
        over = Style(color=under.color, bgcolor=under.bgcolor)
        return {tone: style + over for tone, style in styles(theme).items()}
    beneath = Style(bgcolor=under.bgcolor)
    return {tone: beneath + style for tone, style in styles(theme).items()}


def strip(widget: Widget, row: SafeText, width: int, ground: Tone = "") -> Strip:
    """One painted line of exactly `width` cells; `ground` colours the whole line, and what has a
    tone keeps its weight but takes the ground's colours."""
    toned = styles(widget.app.theme)
    base = widget.rich_style
    fitted = row.fit(width)
    if ground:
        base += toned[ground]
        toned = _grounded(widget.app.theme, ground)
    return Strip(fitted.segments(toned, base), width)


def model_of(widget: Widget) -> Model:
    """What the client knows; the app holds it."""
    return cast("Model", widget.app.model)  # type: ignore[attr-defined]  # CrossbandApp has it


def words_of(widget: Widget) -> Words:
    """The client's words in the language of now."""
    return cast("Words", widget.app.words)  # type: ignore[attr-defined]  # CrossbandApp has it
