"""Watch: readers and sent side by side where there is room, swapped where there is not."""

from __future__ import annotations

from tui_client.widgets.fate_list import FateList
from tui_client.widgets.roster_panel import RosterPanel


async def test_f_swaps_readers_and_sent_on_a_narrow_screen(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.screen.query_one(RosterPanel).display
        assert not app.screen.query_one(FateList).display
        await pilot.press("f")
        await pilot.pause()
        assert not app.screen.query_one(RosterPanel).display
        assert app.screen.query_one(FateList).display


async def test_a_wide_screen_shows_both(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.screen.query_one(RosterPanel).display
        assert app.screen.query_one(FateList).display
