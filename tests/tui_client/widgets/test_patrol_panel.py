"""The patrol panel shows the units below the plan where there is room."""

from __future__ import annotations

from tui_client.widgets.patrol_panel import PatrolPanel


async def test_units_only_where_there_is_room(nogales) -> None:
    for size, expected in (((80, 24), False), ((120, 40), True)):
        app = nogales.app("emergency", "19:53")
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            panel = app.screen.query_one(PatrolPanel)
            text = "\n".join(row.plain for row in panel.rows(panel.size.width))
            assert ("31.33300" in text) == expected
            assert "Ephraim Canyon" in text
