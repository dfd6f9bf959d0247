"""The timeline holds what belongs to the incident and nothing else."""

from __future__ import annotations

from tui_client.widgets.timeline import Timeline


async def test_only_the_incident(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await pilot.pause()
        timeline = app.screen.query_one(Timeline)
        assert timeline.count() == 7
        assert all(entry.message.incident == nogales.incident for entry in timeline.entries())
        await pilot.press("enter")
        await nogales.shows(pilot, "Assistance on its way")
