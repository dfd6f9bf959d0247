"""The panel takes the rows it needs."""

from __future__ import annotations

from tui_client.widgets.incident_panel import IncidentPanel


async def test_it_is_as_high_as_its_rows(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2")
        await pilot.pause()
        panel = app.screen.query_one(IncidentPanel)
        assert panel.region.height == len(panel.rows(panel.size.width))
