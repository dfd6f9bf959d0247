"""My messages with their fates; Enter opens one."""

from __future__ import annotations

from tui_client.screens.entry import EntryScreen
from tui_client.widgets.fate_list import FateList


async def test_it_lists_and_opens(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        view = app.screen.query_one(FateList)
        assert view.count() == 2
        view.focus()
        await pilot.press("end", "enter")
        await nogales.shows(pilot, "Exit confirmed", "archive:records@uscbp")
        assert isinstance(app.screen, EntryScreen)


async def test_nothing_sent_is_said(nogales) -> None:
    app = nogales.app("cue", "19:40")
    async with app.run_test(size=(120, 40)) as pilot:
        await nogales.shows(pilot, "Nothing sent from here yet.")
