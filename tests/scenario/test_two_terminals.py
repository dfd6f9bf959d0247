"""Two agents, two terminals, one hub process: a text, an emergency, a cut, and all of it settles.

The screens are the real app driven by its keys; what is asserted is what stands on them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from protocols.client.client import Client
from protocols.client.device import Device
from protocols.client.fates import FateState
from protocols.frames import Policy
from protocols.identity import Role
from tests.scenario.house import House
from tui_client.app import CrossbandApp
from tui_client.opening import open_model

CHANNEL = "nogales"
PATIENCE = 60


@dataclass
class Agent:
    """A person at a terminal."""

    client: Client
    app: CrossbandApp
    pilot: Pilot[None]

    def seen(self) -> str:
        """The characters on the screen, line by line."""
        with self.app._context():  # two apps in one task: the toolkit asks which is meant
            strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let both apps work until it is so; the bound is for a test that hangs."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await self.pilot.pause(0.02)
        except TimeoutError:
            raise AssertionError(f"it never came to that:\n{self.seen()}") from None

    async def reads(self, *parts: str) -> str:
        """Wait until all of this is on the screen."""
        await self.until(lambda: all(part in self.seen() for part in parts))
        return self.seen()

    async def writes(self, words: str) -> None:
        """`c`, the words, Ctrl+J."""
        await self.pilot.press("c")
        await self.until(lambda: bool(self.app.screen.query("#field-text")))
        with self.app._context():
            self.app.screen.query_one("#field-text", Input).value = words
        await self.until(lambda: self.app.screen.draft.of("text") == words)  # type: ignore[attr-defined]  # ComposeScreen
        await self.pilot.press("ctrl+j")
        await self.until(lambda: not self.app.screen.query("#field-text"))


@asynccontextmanager
async def agents(tmp_path: Path) -> AsyncIterator[tuple[House, Agent, Agent]]:
    """patrol-7 reading English, GN-3 reading Spanish, both in one channel of a running hub."""
    async with AsyncExitStack() as stack:
        house = stack.enter_context(House(tmp_path))
        us = await stack.enter_async_context(
            Client(Device.open(house.enrol("patrol-7", "uscbp", Role.COMMAND, "Nogales Station")))
        )
        mx = await stack.enter_async_context(
            Client(Device.open(house.enrol("gn-3", "mxgn", Role.PARTICIPANT, "Guardia Nacional 3")))
        )
        await asyncio.wait_for(mx.wait_ready(), PATIENCE)
        await asyncio.wait_for(us.create(CHANNEL, Policy(owners=("uscbp", "mxgn"))), PATIENCE)
        await asyncio.wait_for(us.add(CHANNEL, ["gn-3@mxgn"]), PATIENCE)
        await asyncio.wait_for(mx.joined(CHANNEL), PATIENCE)
        people = []
        for client, language in ((us, "en"), (mx, "es")):
            events = client.events()
            app = CrossbandApp(client, open_model(client, CHANNEL), events, language=language)
            pilot = await stack.enter_async_context(app.run_test(size=(100, 30)))
            people.append(Agent(client, app, pilot))
        yield house, people[0], people[1]


async def test_two_agents_talk_raise_an_alarm_and_outlive_a_cut(tmp_path: Path) -> None:
    async with agents(tmp_path) as (house, us, mx):
        await talk(us, mx)
        await emergency(us, mx)
        await cut(house, us, mx)


async def talk(us: Agent, mx: Agent) -> None:
    """A text, and its fate at the sender's."""
    await us.writes("Lights on their way")
    await mx.reads("EN Lights on their way")
    await us.reads("Lights on their way", "● shown 1/1")


async def emergency(us: Agent, mx: Agent) -> None:
    """GN-3 presses F8 twice; patrol-7 acknowledges; both see both."""
    await mx.pilot.press("f8")
    await mx.reads("Oprima F8 otra vez")
    await mx.pilot.press("f8")
    await mx.reads("EMERGENCIA", "GN-3", "SIN ATENDER")
    await us.reads("EMERGENCY", "GN-3", "NOT ACKNOWLEDGED", "1 for me")
    await us.pilot.press("f2")
    await us.reads("EMERGENCY", "acknowledged patrol-7")
    await mx.reads("EMERGENCIA", "atendida patrol-7")


async def cut(house: House, us: Agent, mx: Agent) -> None:
    """The hub is killed, a message waits, the hub comes back, and it is there once."""
    house.kill()
    await us.reads("No link")
    await mx.reads("Sin enlace")
    await mx.writes("Derrumbe contenido")
    await mx.reads("◌ en cola", "1 en cola")
    (waiting,) = [fate for fate in mx.client.fates(CHANNEL) if fate.state is FateState.QUEUED]
    assert "Derrumbe contenido" not in us.seen()

    house.start()
    us.client.try_again()
    mx.client.try_again()
    await us.reads("Link up", "ES Derrumbe contenido")
    await mx.reads("Enlace activo", "0 en cola", "● mostrado 1/1")
    assert mx.client.fate(waiting.message_id).state is FateState.ON_DISK
    assert us.seen().count("Derrumbe contenido") == 1
    for agent in (us, mx):
        ids = [one.message.id for one in agent.client.history(CHANNEL)]
        assert ids.count(waiting.message_id) == 1
