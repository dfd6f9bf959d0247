"""Builds the house on this machine: agencies, devices, hub and gateways, in a folder of its own.

Everything here is what the people concerned would type; `note` tells the audience the commands.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from hub.demo import cast
from hub.demo.cable import Cable
from hub.demo.cast import Member
from hub.demo.processes import READY_SECONDS, Process, run_command, type_command
from protocols.client.client import Client
from protocols.client.device import Device
from protocols.errors import ExpectationFailed

HUB: Final = "hub-nogales"


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class House:
    """The processes and folders. `close` stops everything that was started."""

    def __init__(self, folder: Path, note: Callable[[str], None]) -> None:
        self.folder = folder
        self.hub_folder = folder / "hub"
        self.hub_port = free_port()
        self.cable = Cable(self.hub_port)
        self._note = note
        self._processes: list[Process] = []

    @property
    def hub_certificate(self) -> Path:
        """What clients pin."""
        return self.hub_folder / "tls.pem"

    def device_folder(self, member: Member) -> Path:
        """Where a device keeps its key and its store."""
        return self.folder / "devices" / member.folder

    @property
    def agent_folder(self) -> Path:
        """The device folder of the agent whose screen the audience sees at the end."""
        return self.device_folder(cast.US_AGENT)

    # --- agencies and devices -------------------------------------------------------------------

    def make_agencies(self) -> None:
        """Each agency makes its own authority; nobody else can issue for it."""
        for agency, country in cast.AGENCIES.items():
            folder = str(self.folder / "agencies" / agency)
            type_command("agency", "init", folder, "--agency", agency, "--country", country)
        self._note("crossband agency init …            three agencies, three authorities")

    def make_hub(self) -> None:
        """The hub's keys; it pins the agencies' roots and can issue nothing."""
        roots = [f"--root={agency}={self._root(agency)}" for agency in cast.AGENCIES]
        listen = f"127.0.0.1:{self.hub_port}"
        type_command("hub", "init", str(self.hub_folder), "--name", HUB, "--listen", listen, *roots)
        self._note("crossband hub init …               its keys; the agencies' roots pinned")

    def enrol(self, member: Member) -> None:
        """A one-time code from the agency, used by the device that makes its own key."""
        authority = str(self.folder / "agencies" / member.agency)
        named = ("--device", member.name, "--role", member.role, "--unit", member.unit)
        offer = type_command("agency", "enroll", authority, *named)
        port = self.cable.port if member in cast.BEHIND_THE_CABLE else self.hub_port
        trust = [
            f"--trust={self._root(agency)}" for agency in cast.AGENCIES if agency != member.agency
        ]
        folder = self.device_folder(member)
        folder.parent.mkdir(parents=True, exist_ok=True)
        type_command(
            *("agency", "enroll", "--device-folder", str(folder), "--code", offer["code"]),
            *("--authority", authority, "--hub", f"wss://127.0.0.1:{port}/", "--hub-name", HUB),
            *("--hub-certificate", str(self.hub_certificate), *trust),
        )

    def _root(self, agency: str) -> Path:
        return self.folder / "agencies" / agency / "root.pem"

    # --- processes ------------------------------------------------------------------------------

    async def start_hub(self) -> None:
        """The blind relay with TLS and its log."""
        process = self._process("hub")
        await process.start(
            ["-m", "hub", "hub", "--config", str(self.hub_folder / "hub.toml"), "--json"]
        )
        await process.ready()

    async def open_channel(self) -> None:
        """The US desk opens the channel, the C5 desk agrees that gateways may be in it."""
        owners = [f"--owner={agency}" for agency in cast.OWNERS]
        observers = [f"--observer={agency}" for agency in cast.OBSERVERS]
        await self._channel("create", cast.US_DESK, *owners, *observers, "--gatewayed")
        self._note("crossband channel create …         opened sealed; gateways need both owners")
        await self._show_up(cast.C5_DESK)
        await self._channel("add", cast.US_DESK, cast.C5_DESK.device)
        await self._channel("policy", cast.C5_DESK, "--agree")
        self._note("crossband channel policy --agree   C5 agrees: gateways may be members")

    async def add_members(self) -> None:
        """The US desk adds everybody, once their devices have shown themselves to the hub."""
        await self._channel("add", cast.US_DESK, *(member.device for member in cast.ADDED))
        self._note(f"crossband channel add …            {len(cast.ADDED)} devices more")

    async def _show_up(self, member: Member) -> None:
        """A device connects once, so that the hub has its key packages."""
        async with Client(Device.open(self.device_folder(member))) as client:
            await self.wait_for_devices(client, [member.device])

    async def wait_for_devices(self, client: Client, devices: Sequence[str]) -> None:
        """Until the hub's directory lists every one of these devices with key packages."""
        deadline = time.monotonic() + READY_SECONDS
        await client.wait_ready()
        while True:
            known = {entry.device for entry in await client.directory() if entry.packages}
            missing = set(devices) - known
            if not missing:
                return
            if time.monotonic() > deadline:
                raise ExpectationFailed(f"not seen at the hub: {', '.join(sorted(missing))}")
            await asyncio.sleep(0.2)

    async def roster(self, member: Member) -> list[dict[str, str]]:
        """Who can read, as the MLS tree proves it to this device."""
        folder = str(self.device_folder(member))
        answer = await run_command("channel", "roster", cast.CHANNEL, "--device-folder", folder)
        members: list[dict[str, str]] = answer["members"]
        return members

    async def start_gateway(self, member: Member, adapter: str, language: str) -> Process:
        """Make and start a gateway; it is ready once it has been added to the channel."""
        folder = self.folder / "gateways" / re.sub(r"\W", "-", member.device)
        type_command(
            *("gateway", "init", str(folder), "--channel", cast.CHANNEL, "--adapter", adapter),
            *("--device-folder", str(self.device_folder(member)), "--listen", "127.0.0.1:0"),
            *("--system-language", language),
        )
        process = self._process(f"gateway-{adapter}")
        await process.start(
            ["-m", "hub", "gateway", "--config", str(folder / "gateway.toml"), "--json"]
        )
        return process

    def gateway_certificate(self, member: Member) -> Path:
        """What the gateway's own system pins."""
        return self.folder / "gateways" / re.sub(r"\W", "-", member.device) / "tls.pem"

    def terminal(self, member: Member) -> Process:
        """A process for a terminal client."""
        return self._process(f"terminal-{member.name}")

    async def close(self) -> None:
        """Stop every process, the hub last."""
        for process in reversed(self._processes):
            await process.stop()
        self.cable.stop()

    async def _channel(self, what: str, member: Member, *words: str) -> None:
        folder = str(self.device_folder(member))
        await run_command("channel", what, cast.CHANNEL, *words, "--device-folder", folder)

    def _process(self, name: str) -> Process:
        process = Process(name, self.folder)
        self._processes.append(process)
        return process
