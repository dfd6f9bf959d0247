"""Incident: `n` goes through the incidents of the channel."""

from __future__ import annotations

from protocols.client.events import Received
from protocols.messages.kinds import IncidentOpen


async def test_n_shows_the_other_incident(nogales) -> None:
    story = nogales.tell("active")
    second = IncidentOpen(incident_type="SMUGGLING")
    story.message("second", "19:51", nogales.dispatch, second, incident="NOG-2026-0312")
    app = nogales.app()
    app.model.apply([event for event in story.events if isinstance(event, Received)][-1])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await nogales.shows(pilot, "NOG-2026-0312")
        assert "2 of 2: n" in nogales.seen(app)
        await pilot.press("n")
        await nogales.shows(pilot, "Incident NOG-2026-0311")
        assert "1 of 2: n" in nogales.seen(app)
