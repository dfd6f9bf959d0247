"""A notice comes above the keys and goes with Escape; it takes no room otherwise."""

from __future__ import annotations

from protocols.client.events import Noticed
from tui_client.widgets.notice_row import NoticeRow


async def test_it_comes_and_goes(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not app.screen.query_one(NoticeRow).display
        app.changed(app.model.apply(Noticed("rate_limited", "Asked too often.", "Wait.")))
        await nogales.shows(pilot, "Asked too often")
        assert nogales.seen(app).split("\n")[-2].startswith(" ✗ Asked too often. Wait.")
        await pilot.press("escape")
        await nogales.until(pilot, lambda: "Asked too often" not in nogales.seen(app))
