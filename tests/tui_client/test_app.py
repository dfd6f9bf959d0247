"""The app by its keys, most of it on a real engine whose hub is away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.widgets import Input

from protocols.client.client import Client
from protocols.client.fates import FateState
from protocols.messages.kinds import Alarm, CheckIn, Text
from tui_client.app import CrossbandApp
from tui_client.opening import open_model
from tui_client.screens.compose import ComposeScreen
from tui_client.screens.emergency import EmergencyScreen
from tui_client.screens.entry import EntryScreen
from tui_client.screens.keys import KeysScreen

Start = Callable[[], Client]


def app_of(client: Client, language: str = "en") -> CrossbandApp:
    return CrossbandApp(client, open_model(client), client.events(), language=language)


def sent_kinds(app: CrossbandApp) -> list[type]:
    assert app.model.room is not None
    return [type(entry.message.body) for entry in app.model.room.waiting.values()]


async def test_compose_and_send_while_offline(offline: Start, nogales) -> None:
    async with offline() as client:
        app = app_of(client)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("c")
            await nogales.until(pilot, lambda: bool(app.screen.query("#field-text")))
            assert isinstance(app.screen, ComposeScreen)
            app.screen.query_one("#field-text", Input).value = "Lights on their way"
            await nogales.shows(pilot, "dispatch@uscbp")
            await pilot.press("ctrl+j")
            await nogales.shows(
                pilot,
                "Lights on their way",
                "◌ queued",
                "1 queued",
                "Queued: it goes out when the link is back.",
            )
            assert sent_kinds(app) == [Text]
        assert [fate.state for fate in client.fates()] == [FateState.QUEUED]


async def test_quitting_and_starting_again_shows_the_history_and_the_queue(
    offline: Start, nogales
) -> None:
    async with offline() as client:
        app = app_of(client)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("f9")
            await nogales.until(pilot, lambda: sent_kinds(app) == [CheckIn])
    async with offline() as client:
        app = app_of(client, "es")
        async with app.run_test(size=(80, 24)) as pilot:
            await nogales.shows(
                pilot,
                "Plan · MP-07",
                "Nogales West",
                "Reporte · PATROL-7",
                "1 en cola",
            )


async def test_emergency_needs_f8_twice(offline: Start, nogales) -> None:
    async with offline() as client:
        app = app_of(client)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("f8")
            await pilot.pause()
            assert isinstance(app.screen, EmergencyScreen)
            await pilot.press("escape")
            await pilot.pause()
            assert sent_kinds(app) == []
            await pilot.press("f8")
            await pilot.pause()
            await pilot.press(*"collapse")
            await pilot.press("f8")
            await nogales.shows(pilot, "EMERGENCY", "WAITS FOR THE LINK", "collapse")
            assert sent_kinds(app) == [Alarm]


async def test_f2_acknowledges_the_message_that_wants_an_answer(offline: Start, nogales) -> None:
    async with offline() as client:
        app = app_of(client)
        async with app.run_test(size=(80, 24)) as pilot:
            await nogales.shows(pilot, "1 for me: Alt+A")
            await pilot.press("f2")
            await nogales.shows(pilot, "answered")
            await nogales.until(pilot, lambda: "for me" not in nogales.seen(app))


async def test_the_language_switches_live(nogales) -> None:
    app = nogales.app("emergency", "19:53")
    async with app.run_test(size=(80, 24)) as pilot:
        await nogales.shows(pilot, "NOT ACKNOWLEDGED")
        await pilot.press("ctrl+l")
        await nogales.shows(pilot, "SIN ATENDER")
        assert "Quién puede leer" in nogales.seen(app)
        await pilot.press("ctrl+l")
        await nogales.shows(pilot, "NON ACQUITTÉE")


async def test_the_language_switches_in_the_palette_too(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p")
        await nogales.shows(pilot, "Search commands")
        await pilot.press(*"Español")
        await nogales.shows(pilot, "English, Spanish, French, at once")
        await pilot.press("down", "enter")
        await nogales.until(pilot, lambda: app.words.language == "es")


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40), (200, 50)])
@pytest.mark.parametrize("language", ["en", "es", "fr"])
async def test_everything_fits_from_80_by_24_upward(
    nogales, size: tuple[int, int], language: str
) -> None:
    app = nogales.app("emergency", "19:53", language)
    async with app.run_test(size=size) as pilot:
        for key in ("1", "2", "c", "escape", "question_mark", "escape"):
            await pilot.press(key)
            await nogales.shows(pilot, "19:53:00Z", "GN-3")
            lines = nogales.seen(app).split("\n")
            assert len(lines) == size[1]
            assert lines[0].lstrip().startswith("US patrol-7")
            assert "19:53:00Z" in lines[0]
            assert "GN-3" in lines[2] or "GN-3" in lines[3]  # the alarm, on every screen


async def test_alt_a_goes_to_the_next_thing_that_wants_me(nogales) -> None:
    app = nogales.app("emergency", "19:53")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("alt+a")
        await pilot.pause()
        assert isinstance(app.screen, EntryScreen)
        assert "Derrumbe" in nogales.seen(app)
        await pilot.press("alt+a")
        await nogales.shows(pilot, "Patrol plan")


async def test_keys_and_themes(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, KeysScreen)
        await pilot.press("escape", "ctrl+t")
        await pilot.pause()
        assert app.theme == "night"
        await pilot.press("ctrl+t", "ctrl+t")
        await pilot.pause()
        assert app.theme == "day"


async def test_hostile_text_does_not_run(nogales) -> None:
    app = nogales.app("active", "19:51")
    async with app.run_test(size=(120, 40)) as pilot:
        await nogales.shows(pilot, "[/] [@click=app.quit]ok[/] ‹202E›")
        await pilot.press("end", "enter")
        await nogales.shows(pilot, "[@click=app.quit]")
        assert app.is_running
