"""Every screen has the fixed rows, and refreshes only what shows the areas that changed."""

from __future__ import annotations

from tui_client.screens.house import HouseScreen
from tui_client.widgets.alarm_bar import AlarmBar
from tui_client.widgets.heading import Heading
from tui_client.widgets.key_row import KeyRow


async def test_the_fixed_rows_are_everywhere(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        for keys in ("1", "2", "c", "escape question_mark"):
            await pilot.press(*keys.split())
            await nogales.until(pilot, lambda: app.screen.query_one(KeyRow).region.y == 23)
            assert isinstance(app.screen, HouseScreen)
            assert app.screen.query_one(Heading).region.y == 0
            assert app.screen.query_one(AlarmBar).region.y == 2
            assert app.screen.query_one(KeyRow).region.y == 23


async def test_only_parts_of_the_changed_areas_are_asked_again(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = app.screen
        touched = [type(part).__name__ for part in screen.parts() if part.areas & {"roster"}]
        assert sorted(touched) == ["Heading", "RosterPanel"]
