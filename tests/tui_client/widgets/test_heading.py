"""The heading stands on every screen; the exercise banner only where it is an exercise."""

from __future__ import annotations

import msgspec

from tui_client.widgets.heading import ExerciseBanner, Heading


async def test_heading_and_banner(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert len(app.screen.query_one(Heading).rows(80)) == 2
        assert not app.screen.query_one(ExerciseBanner).display
        room = app.model.room
        policy = msgspec.structs.replace(room.state.policy, exercise=True)
        room.state = msgspec.structs.replace(room.state, policy=policy)
        app.changed({"channel"})
        await nogales.shows(pilot, "EXERCISE   EXERCISE")
        assert app.screen.query_one(ExerciseBanner).display
