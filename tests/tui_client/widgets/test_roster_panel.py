"""The panel lists every member and counts them."""

from __future__ import annotations

from tui_client.widgets.roster_panel import RosterPanel


async def test_everybody_is_listed(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        panel = app.screen.query_one(RosterPanel)
        assert panel.count() == 8
        assert panel.head(30).plain.endswith(" 8")
        shown = nogales.seen(app)
        for member in nogales.members:
            assert member.device in shown
