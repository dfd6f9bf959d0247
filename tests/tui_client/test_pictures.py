"""Pictures of the screens at 80x24 and 120x40 in three languages: what a person would see.

The clock stands still, ids and zone are fixed, nothing comes from this machine. After a wanted
change: `pytest tests/tui_client/test_pictures.py --snapshot-update`, then look at the pictures.
"""

from __future__ import annotations

import pytest
from textual.widgets import Input, Select

from protocols.client.events import FateChanged, Link, LinkChanged, LinkState, Noticed
from protocols.client.fates import Fate, FateState
from protocols.messages.envelope import compose
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText

SIZES = [(80, 24), (120, 40)]
LANGUAGES = ["en", "es", "fr"]

each_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
each_language = pytest.mark.parametrize("language", LANGUAGES)


async def settled(pilot) -> None:
    """Everything painted."""
    await pilot.pause()
    await pilot.pause(0.1)
    await pilot.pause()


@each_size
@each_language
def test_watch(snap_compare, nogales, size, language) -> None:
    app = nogales.app("active", "19:51", language)
    assert snap_compare(app, terminal_size=size, run_before=settled)


@each_size
@each_language
def test_incident(snap_compare, nogales, size, language) -> None:
    async def show(pilot) -> None:
        await pilot.press("2")
        await settled(pilot)

    app = nogales.app("active", "19:51", language)
    assert snap_compare(app, terminal_size=size, run_before=show)


@each_size
@each_language
def test_alarm(snap_compare, nogales, size, language) -> None:
    app = nogales.app("emergency", "19:53", language)
    assert snap_compare(app, terminal_size=size, run_before=settled)


@pytest.mark.parametrize("theme", ["night", "contrast"])
def test_alarm_in_other_themes(snap_compare, nogales, theme) -> None:
    app = nogales.app("emergency", "19:53", theme=theme)
    assert snap_compare(app, terminal_size=(80, 24), run_before=settled)


@each_size
@each_language
def test_compose(snap_compare, nogales, size, language) -> None:
    async def fill(pilot) -> None:
        await pilot.app.action_compose("observation")
        await settled(pilot)
        form = pilot.app.screen
        for name, value in (("activity", "two persons carry bags"), ("camera", "NOG-114")):
            form.query_one(f"#field-{name}", Input).value = value
        form.query_one("#field-withhold_for", Input).value = "uscbp"
        await settled(pilot)
        form.query_one("#field-withhold", Select).value = "/body/camera"
        form.query_one("#field-tlp", Select).value = "TLP:AMBER"
        form.query_one("#field-activity", Input).cursor_blink = False
        pilot.app.set_focus(None)
        await settled(pilot)

    app = nogales.app("active", "19:51", language)
    assert snap_compare(app, terminal_size=size, run_before=fill)


@each_language
def test_no_link(snap_compare, nogales, language) -> None:
    """C5's link has dropped with messages queued: the offline row and each message's fate."""
    app = nogales.app("active", "19:51", language)
    model = app.model
    now = nogales.at("20:11:18")
    model.clock = lambda: now
    down = LinkState(Link.DOWN, nogales.at("20:10"), nogales.at("20:11:30"), "cut", "nogales")
    model.apply(LinkChanged(down))
    told = (
        ("Lights on their way", FateState.SENT),
        ("Ambulance asked for, 12 min", FateState.QUEUED),
        ("Need an interpreter at the exit", FateState.QUEUED),
    )
    for number, (words, state) in enumerate(told):
        at = nogales.at("20:10") + number * 1_000_000
        message = compose(
            nogales.me,
            Text(text=LanguageText(text=words)),
            clock=lambda at=at: at,
            id=nogales.identifier(900 + number),
        )
        model.composed(nogales.channel, message)
        fate = Fate(
            message_id=message.id, channel=nogales.channel, number=900 + number, queued_at=at,
            state=state,
        )  # fmt: skip
        model.apply(FateChanged(fate))
    model.apply(Noticed("link_down", "The hub cannot be reached.", "Nothing is lost."))
    model.tick()

    async def swap(pilot) -> None:
        await pilot.press("f")
        await settled(pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=swap)


@each_language
def test_message_in_full(snap_compare, nogales, language) -> None:
    async def read(pilot) -> None:
        await pilot.app._read(nogales.tell("active").ids["cue"])
        await settled(pilot)

    app = nogales.app("active", "19:51", language)
    assert snap_compare(app, terminal_size=(80, 24), run_before=read)


def test_emergency_question(snap_compare, nogales) -> None:
    async def ask(pilot) -> None:
        await pilot.press("f8")
        pilot.app.set_focus(None)
        await settled(pilot)

    assert snap_compare(nogales.app(), terminal_size=(80, 24), run_before=ask)


@each_language
def test_keys(snap_compare, nogales, language) -> None:
    app = nogales.app(language=language)
    assert snap_compare(app, press=["question_mark"], terminal_size=(80, 24), run_before=settled)
