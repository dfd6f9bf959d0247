"""Reading a message; `r` answers it with what is usual for its kind."""

from __future__ import annotations

from tui_client.screens.compose import ComposeScreen
from tui_client.screens.entry import EntryScreen


async def test_r_answers_with_the_usual_kind(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await app._read(nogales.tell("active").ids["request"])
        await nogales.until(pilot, lambda: isinstance(app.screen, EntryScreen))
        await pilot.press("r")
        await nogales.until(pilot, lambda: bool(app.screen.query("#field-answer")))
        assert isinstance(app.screen, ComposeScreen)
        assert app.screen.draft.kind == "assist.reply"
        await pilot.press("escape", "escape")
        await nogales.until(pilot, lambda: len(app.screen_stack) == 1)
