"""The bar grows with an alarm, stays where it is, and can be clicked."""

from __future__ import annotations

from tui_client.widgets.alarm_bar import AlarmBar


async def test_it_stays_under_the_heading_on_every_screen(nogales) -> None:
    app = nogales.app("emergency", "19:53")
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("1", "2", "c"):
            await pilot.press(key)
            await nogales.shows(pilot, "NOT ACKNOWLEDGED", "Derrumbe")
            bar = app.screen.query_one(AlarmBar)
            assert bar.region.y == 2
            assert bar.region.height == 3


async def test_a_quiet_bar_has_one_row(nogales) -> None:
    app = nogales.app("house", "19:00")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.screen.query_one(AlarmBar).region.height == 1


async def test_a_click_on_the_right_half_silences(nogales) -> None:
    app = nogales.app("emergency", "19:53")
    async with app.run_test(size=(80, 24)) as pilot:
        await nogales.shows(pilot, "Derrumbe")
        await pilot.click(AlarmBar, offset=(60, 2))
        await nogales.until(pilot, lambda: app.model.alarms()[0].silenced_until > 0)
