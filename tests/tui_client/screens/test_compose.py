"""Composing: another kind brings another form, faults are said, language switches keep the text."""

from __future__ import annotations

from textual.widgets import Input, Select

from protocols.messages.envelope import Message
from tui_client.screens.compose import ComposeScreen


async def test_another_kind_brings_another_form(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("c")
        await nogales.until(pilot, lambda: bool(app.screen.query("#field-text")))
        app.screen.query_one("#field-kind", Select).value = "assist.request"
        await nogales.until(pilot, lambda: bool(app.screen.query("#field-capability")))
        await nogales.shows(pilot, "Still needed", nogales.incident)  # the incident of now


async def test_a_fault_keeps_the_message_here_and_says_why(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await app.action_compose("checkin")
        await nogales.until(pilot, lambda: bool(app.screen.query("#field-unit")))
        app.screen.query_one("#field-unit", Input).value = "PATROL-7"
        app.screen.query_one("#field-heads", Input).value = "three"
        await pilot.press("ctrl+j")
        await nogales.shows(pilot, "write a whole number")
        assert isinstance(app.screen, ComposeScreen)


async def test_a_language_switch_keeps_what_is_written(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        await nogales.until(pilot, lambda: bool(app.screen.query("#field-text")))
        app.screen.query_one("#field-text", Input).value = "on my way"
        await pilot.pause()
        await pilot.press("ctrl+l")
        await nogales.shows(pilot, "Quién podrá leerlo", "Asunto")
        assert app.screen.query_one("#field-text", Input).value == "on my way"


async def test_hazards_are_chosen_by_label_one_after_the_other(nogales) -> None:
    app = nogales.app(language="es")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.action_compose("observation")
        await nogales.until(pilot, lambda: bool(app.screen.query("#field-hazards")))
        hazards = app.screen.query_one("#field-hazards", Select)
        for code, shown in (("SMOKE", "humo"), ("COLLAPSE", "derrumbe, humo"), ("SMOKE", "derr")):
            hazards.value = code
            await nogales.until(pilot, lambda: hazards.value is Select.NULL)
            await nogales.until(pilot, lambda shown=shown: str(hazards.prompt).startswith(shown))
        assert app.screen.draft.chosen("hazards") == ("COLLAPSE",)
        assert app.screen._message().body.hazards == ("COLLAPSE",)


async def test_a_finished_message_goes_to_the_app(nogales) -> None:
    app = nogales.app()
    got: list[Message] = []

    async def keep(message: Message, said: str = "") -> frozenset[str]:
        got.append(message)
        return frozenset()

    app.deeds.send = keep  # what the deed does with it is the deeds' own test
    async with app.run_test(size=(80, 24)) as pilot:
        await app.action_compose("assist.reply", nogales.tell("active").ids["request"])
        await nogales.until(pilot, lambda: bool(app.screen.query("#field-answer")))
        app.screen.query_one("#field-answer", Select).value = "declined"
        app.screen.query_one("#field-reason", Select).value = "NO_UNITS"
        await nogales.until(pilot, lambda: app.screen.draft.of("reason") == "NO_UNITS")
        await pilot.press("ctrl+j")
        await nogales.until(pilot, lambda: bool(got))
        (sent,) = got
        assert sent.in_reply_to == nogales.tell("active").ids["request"]
        assert sent.body.assist == sent.in_reply_to
        assert sent.incident == nogales.incident
