"""The agent's terminal is the real program: typed at, read, and left."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hub.demo.processes import Process
from hub.demo.terminal import Terminal
from protocols.identity import Role
from tests.scenario.house import House


async def test_a_terminal_without_a_hub_still_answers(tmp_path: Path) -> None:
    house = House(tmp_path / "house")  # its hub is never started
    folder = house.enrol("gn-3", "mxgn", Role.PARTICIPANT)
    terminal = Terminal(Process("terminal", tmp_path))
    await terminal.start(folder, "nogales", "es")
    await terminal.type("?")
    async with asyncio.timeout(20):
        while terminal.read("/checkin") is None:
            await asyncio.sleep(0.05)
    assert terminal.read("Modo de líneas") is not None
    assert terminal.read("Modo de líneas", since=len(terminal.lines)) is None
    await terminal.close()
