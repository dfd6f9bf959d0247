"""Blindness: a known sentence goes through the hub and is nowhere in it, nor on the wire.

Two real clients exchange it, live and by catching up after a restart of the hub. Then the hub's
folder (log, write-ahead log, its own log, keys), its memory and the captured traffic are searched.
The same search must find a sentence that is planted in each of them.
"""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
from pathlib import Path

import pytest

from protocols import frames
from protocols.client.client import Client
from protocols.client.device import Device
from protocols.frames import Policy, Stage
from protocols.identity import Role
from protocols.messages.envelope import compose
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText
from tests.scenario.caller import Caller
from tests.scenario.house import House
from tests.scenario.search import Wiretap, files, find, memory, needles

CHANNEL = "sealed"


def sentence(label: str) -> str:
    """A sentence that occurs nowhere by chance."""
    return f"{label} two persons behind the water tank {secrets.token_hex(12)}"


def through(wiretap: Wiretap, house: House, folder: Path) -> Device:
    """The device, with its hub address moved to the wiretap."""
    settings = folder / "device.toml"
    old, new = f":{house.port}", f":{wiretap.port}"
    settings.write_text(settings.read_text().replace(old, new))
    return Device.open(folder)


async def _read(client: Client, text: str) -> None:
    async for received in client.messages(CHANNEL, after=0):
        body = received.message.body
        if isinstance(body, Text) and body.text is not None and body.text.text == text:
            await client.mark(CHANNEL, received.seq, Stage.SHOWN)
            return


async def _say(client: Client, text: str) -> None:
    body = Text(text=LanguageText(text=text))
    sent = await client.send(CHANNEL, compose(client.device.identity, body))
    await sent.settled(Stage.ACCEPTED)


async def _converse(house: House, desk: Device, unit: Device, live: str, later: str) -> None:
    """One sentence live, one that waits while its reader is away."""
    async with Client(desk) as one:
        async with Client(unit) as two:
            await one.wait_ready()
            await two.wait_ready()
            await one.create(CHANNEL, Policy(owners=("uscbp", "mxgn")))
            await one.add(CHANNEL, [unit.name])
            await two.joined(CHANNEL)
            await _say(one, live)
            await _read(two, live)
        await _say(one, later)
        async with Client(unit) as two:
            await _read(two, later)


async def _plant(house: House, folder: Path, channel: str, planted: str) -> None:
    """Say something to the hub itself: the reason of a complaint is for it to read."""
    caller = await Caller.login(house, folder)
    await caller.create(channel, Policy(owners=("uscbp",)))
    await caller.commit(channel)
    await caller.tell(frames.Cannot(channel, 1, planted))
    assert planted in (await caller.next(frames.Notice)).detail
    while house.metric("log_backlog"):
        await asyncio.sleep(0)
    await caller.close()


def _memory(pid: int) -> list[tuple[str, bytes]]:
    try:
        return list(memory(pid))
    except PermissionError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("this machine does not let a test read another process's memory")


async def test_the_hub_cannot_have_read_it(tmp_path: Path) -> None:
    live, later, planted = sentence("live"), sentence("later"), sentence("planted")
    with House(tmp_path) as house:
        async with Wiretap(house.port) as wiretap:
            desk = through(wiretap, house, house.enrol("desk", "uscbp", Role.COMMAND))
            unit = through(wiretap, house, house.enrol("unit", "mxgn"))
            async with asyncio.timeout(60):
                await _converse(house, desk, unit, live, later)
            captured = bytes(wiretap.captured)
        assert len(captured) > 5_000

        places = [("wire", captured), *files(house.hub_folder), *_memory(house.pid)]
        for secret in (live, later):
            assert find(secret, places) == []

        await _plant(house, house.enrol("chief", "uscbp", Role.COMMAND), "planted", planted)
        found = find(planted, [*files(house.hub_folder), *_memory(house.pid)])
        assert any("log.sqlite" in place for place in found), found
        assert any(place.startswith("memory") for place in found), found
        assert house.stop() == 0
        stopped = list(files(house.hub_folder))
    for secret in (live, later):
        assert find(secret, stopped) == []
    assert find(planted, stopped)


async def test_the_wiretap_finds_what_is_said_in_the_clear() -> None:
    planted = sentence("planted")

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(len(planted)))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Wiretap(server.sockets[0].getsockname()[1]) as wiretap:
        reader, writer = await asyncio.open_connection("127.0.0.1", wiretap.port)
        writer.write(planted.encode())
        assert await reader.readexactly(len(planted)) == planted.encode()
        assert bytes(wiretap.captured).count(planted.encode()) == 2
        assert find(planted, [("wire", bytes(wiretap.captured))]) == ["wire (utf-8)"]
        writer.close()


@pytest.mark.parametrize("shift", range(3))
def test_no_encoding_is_a_hiding_place(shift: int) -> None:
    text = sentence("hidden")
    around = bytes(range(shift + 3)) + text.encode() + b"tail"
    hidden = {
        "utf-8": around,
        "utf-16": b"\x00\x01" + text.encode("utf-16-le"),
        "hex": text.encode().hex().encode(),
        "base64": base64.b64encode(around),
    }
    for form, data in hidden.items():
        assert find(text, [(form, data)]), form
    assert set(needles(text)) >= {"utf-8", "utf-16", "hex", "reversed", "base64+0"}
    assert find(sentence("other"), hidden.items()) == []
