"""Line mode: the same deeds and words, one line each, nothing drawn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from protocols.client.client import Client
from protocols.client.events import Received
from tui_client.opening import open_model
from tui_client.plain import LineMode


async def typed(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def test_a_session_by_lines(offline: Callable[[], Client]) -> None:
    said: list[str] = []
    async with offline() as client:
        events = client.events()
        mode = LineMode(client, open_model(client), "en", write=said.append)
        await mode.run(events, typed("?", "Lights on their way", "/f", "/r", "/i", "/l es", "/q"))
    text = "".join(said)
    assert "Line mode" in text
    assert "Patrol plan" in text
    assert "Queued: it goes out when the link is back." in text
    assert "Lights on their way: ◌ queued" in text
    assert "dispatch@uscbp" in text
    assert "No incident in this channel." in text
    assert "Quién" not in text
    assert "Sin enlace" in text or "Conectando" in text
    assert "\x1b" not in text


async def test_an_emergency_is_asked_for_twice_here_too(offline: Callable[[], Client]) -> None:
    said: list[str] = []
    async with offline() as client:
        mode = LineMode(client, open_model(client), "en", write=said.append)
        await mode.obey("/emergency roof down")
        assert client.fates() == []
        await mode.obey("/w")
        await mode.obey("/emergency roof down")
        assert client.fates() == []
        await mode.obey("/emergency roof down")
        assert len(client.fates()) == 1
    assert any("EMERGENCY" in line and "roof down" in line for line in said)


def test_what_happens_is_told_in_a_line(nogales) -> None:
    said: list[str] = []
    model = nogales.model("active", "19:53")
    mode = LineMode(None, model, "fr", write=said.append)
    news = nogales.tell("emergency").events[len(nogales.tell("active").events) - 2 :]
    for event in news:
        if isinstance(event, Received):
            model.apply(event)
            mode.report(event)
    text = "".join(said)
    assert "19:52Z, MX gn-3, ÉCLAIR, Alarme : URGENCE" in text
    assert "‼ URGENCE · 19:52Z MX GN-3 · ES Derrumbe" in text


async def test_an_unknown_command_says_so(nogales) -> None:
    said: list[str] = []
    mode = LineMode(None, nogales.model(), "en", write=said.append)
    assert await mode.obey("/nonsense")
    assert await mode.obey("")
    assert not await mode.obey("/q")
    assert said == ["· There is no command /nonsense; ? lists them.\n"] or "/nonsense" in said[0]


async def test_any_message_can_be_written_in_one_line(offline: Callable[[], Client]) -> None:
    said: list[str] = []
    async with offline() as client:
        mode = LineMode(client, open_model(client), "es", write=said.append)
        await mode.obey("/new observation size=2; activity=Humo; point=31.33275,-110.9511; side=MX")
        assert [fate.state for fate in client.fates()] == ["queued"]
        await mode.obey("/new observation activity=Humo; point=allá")
        await mode.obey("/new nothing")
        assert len(client.fates()) == 1
    text = "".join(said)
    assert "latitud y longitud" in text
    assert "Clases: " in text


def test_the_line_mode_draws_no_rules(nogales) -> None:
    said: list[str] = []
    mode = LineMode(None, nogales.model("active", "19:53"), "en", write=said.append)
    mode.show_watch()
    assert said
    assert "──" not in "".join(said)
