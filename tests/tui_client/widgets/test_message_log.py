"""The log shows the run and tells the app what has been on the screen."""

from __future__ import annotations

from protocols.client.events import Received
from tui_client.app import CrossbandApp
from tui_client.model import Model
from tui_client.screens.entry import EntryScreen
from tui_client.widgets.message_log import MessageLog


async def test_enter_reads_the_message_under_the_cursor(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        log = app.screen.query_one(MessageLog)
        assert log.count() == 15
        await pilot.press("up", "enter")
        await nogales.until(pilot, lambda: isinstance(app.screen, EntryScreen))
        assert "Assistance on its way" in nogales.seen(app)


async def test_what_was_on_the_screen_counts_as_shown(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        ids = nogales.tell("active").ids
        await nogales.until(pilot, lambda: ids["hostile"] in app.model.room.shown)
        assert ids["plan"] not in app.model.room.shown
        await pilot.press("home")
        await nogales.until(pilot, lambda: ids["plan"] in app.model.room.shown)


async def test_a_message_that_arrives_while_one_looks_counts_as_shown_too(nogales) -> None:
    app = nogales.app("cue", "19:40")
    async with app.run_test(size=(80, 24)) as pilot:
        told = nogales.tell("active")
        received = [event for event in told.events if isinstance(event, Received)]
        arrived = next(event for event in received if event.message.id == told.ids["exit"])
        await nogales.shows(pilot, "Incident: tunnel")
        app.changed(app.model.apply(arrived))
        await nogales.until(pilot, lambda: arrived.message.id in app.model.room.shown)


async def test_without_a_channel_it_says_what_to_do(nogales) -> None:
    app = CrossbandApp(None, Model(nogales.me, clock=lambda: 0))
    async with app.run_test(size=(80, 24)) as pilot:
        await nogales.shows(pilot, "No channel yet: ask a command device to add patrol-7@uscbp.")


async def test_an_empty_log_says_so(nogales) -> None:
    app = nogales.app("house", "19:00")
    async with app.run_test(size=(80, 24)) as pilot:
        await nogales.shows(pilot, "Nothing has been said in this channel yet.")
