"""A border for tests: a house, two desks, a gatewayed channel, and gateways as real processes.

async with Border(tmp_path) as border:
    cot = await border.gateway("cot", "uscbp")         # `python -m hub gateway`, a member
    tak = await TakParty.connect(cot)                  # pytak, over TLS
    ...
    cot.kill(); await cot.start()                      # the same address and device
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from configparser import ConfigParser
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import pytak  # type: ignore[import-untyped]  # it ships no types
import trustme

from hub.gateway.commands import make_gateway
from protocols.client.client import Client
from protocols.client.device import Device
from protocols.client.events import Received
from protocols.formats.xml import parse
from protocols.frames import Policy
from protocols.identity import Role
from tests.scenario.house import ROOT, House, free_port

T = TypeVar("T")
CHANNEL = "nogales"
PATIENCE = 30
ATOM = "{http://www.w3.org/2005/Atom}"


async def soon(work: Awaitable[T]) -> T:
    """A bound for a test that hangs; nothing is measured."""
    return await asyncio.wait_for(work, PATIENCE)


async def eventually(condition: Callable[[], bool]) -> None:
    """For what only another process knows: looked at again and again."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.02)


LISTENING = ("cot", "cap", "documents", "native", "ais")
"""Adapters to which their system connects."""
INIT_KEYS = ("listen", "connect", "language", "format", "inbox", "outbox", "udp", "send_to")


def toml(value: Any) -> str:
    """A value as TOML writes it; tables stand in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


class GatewayProcess:
    """One `python -m hub gateway`, on an address that stays the same."""

    def __init__(self, folder: Path, device_folder: Path, adapter: str, **keys: Any) -> None:
        self.adapter = adapter
        self.device_folder = device_folder
        self.folder = folder
        self.port = free_port() if adapter in LISTENING else 0
        if adapter in LISTENING:
            keys = {"listen": f"127.0.0.1:{self.port}", **keys}
        more = {key: keys.pop(key) for key in tuple(keys) if key not in INIT_KEYS}
        self.config, certificate = make_gateway(
            folder, device_folder=device_folder, channel=CHANNEL, adapter=adapter, **keys
        )
        self.certificate = certificate or folder / "tls.pem"
        self.client_certificate = folder / "client.pem"
        if adapter == "cot":  # TAK clients have certificates, and this one is asked for
            more["client_roots"] = str(folder / "clients.pem")
            authority = trustme.CA()
            authority.cert_pem.write_to_path(more["client_roots"])
            issued = authority.issue_cert("nogales@tak.example")
            issued.private_key_and_cert_chain_pem.write_to_path(self.client_certificate)
        self.set(**more)
        self.process: subprocess.Popen[bytes] | None = None

    def set(self, **keys: Any) -> None:
        """Change its configuration; it holds from the next start."""
        lines = self.config.read_text().splitlines()
        kept = [line for line in lines if line.partition(" ")[0] not in keys]
        kept += [f"{key} = {toml(value)}" for key, value in keys.items()]
        self.config.write_text("\n".join(kept) + "\n")

    def launch(self) -> None:
        """Start the process; it is ready once its device is in the channel."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub", "gateway", "--config", str(self.config), "--json"],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    async def ready(self) -> None:
        """Wait for its first line."""
        assert self.process is not None
        assert self.process.stdout is not None
        line = await soon(asyncio.to_thread(self.process.stdout.readline))
        if not line:
            raise RuntimeError(f"the gateway did not start:\n{self.log()}")
        assert json.loads(line)["port"] == self.port

    async def start(self) -> None:
        """Start it again."""
        self.launch()
        await self.ready()

    def kill(self) -> None:
        """SIGKILL: it gets no chance to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            return process.wait(PATIENCE)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def log(self) -> str:
        """What it wrote to standard error."""
        return (self.folder / "log").read_text(errors="replace")

    async def command(self, *words: str) -> tuple[int, Any]:
        """`crossband gateway ...` about this gateway: its status, and what it printed as JSON."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hub", "gateway", *words, "--config", str(self.config)),
            "--json",
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await soon(process.communicate())
        return process.returncode or 0, json.loads(out or err)

    def letters(self) -> list[dict[str, Any]]:
        """Its dead letters, oldest first."""
        files = sorted((self.folder / "dead-letters").glob("*.json"))
        return [json.loads(file.read_bytes()) for file in files]

    @property
    def context(self) -> ssl.SSLContext:
        """TLS with its certificate pinned, and the client's own where it is asked for."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        if self.client_certificate.exists():
            context.load_cert_chain(self.client_certificate)
        return context

    @contextlib.asynccontextmanager
    async def http(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A client of its HTTP side."""
        connector = aiohttp.TCPConnector(ssl=self.context)
        base = f"https://127.0.0.1:{self.port}"
        async with aiohttp.ClientSession(base, connector=connector) as session:
            yield session


class Border:
    """Two owner agencies with a desk each; the channel is gatewayed because both agreed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.house = House(folder)
        self.gateways: list[GatewayProcess] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._stack.enter_context(self.house)
        self._stack.callback(self._stop_gateways)
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def _open(self) -> None:
        self.us = await self._desk("dispatch", "uscbp")
        self.mx = await self._desk("desk", "mxgn")
        wish = Policy(owners=("uscbp", "mxgn"), gatewayed=True)
        await soon(self.us.create(CHANNEL, wish))
        await self.admit(self.mx.device.name)
        await soon(self.mx.joined(CHANNEL))
        await soon(self.mx.set_policy(CHANNEL, wish))
        await soon(self.us.until(lambda: self.us.channel(CHANNEL).policy.gatewayed))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def gateway(
        self, adapter: str, agency: str, *, name: str = "", **keys: Any
    ) -> GatewayProcess:
        """A gateway process whose device is enrolled, running, and a member."""
        name = name or adapter
        device = self.house.enrol(f"gateway:{name}", agency, Role.GATEWAY, f"{agency} gateway")
        process = GatewayProcess(self.folder / f"gateway-{name}", device, adapter, **keys)
        self.gateways.append(process)
        process.launch()
        await self.admit(f"gateway:{name}@{agency}")
        await process.ready()
        return process

    async def admit(self, device: str) -> None:
        """Add a device as soon as the hub has its key packages."""

        async def known() -> None:
            while True:
                entries = await self.us.directory()
                if any(entry.device == device and entry.packages for entry in entries):
                    return
                await asyncio.sleep(0.05)

        await soon(known())
        await soon(self.us.add(CHANNEL, [device]))

    async def seen(self, client: Client, wanted: Callable[[Received], bool]) -> Received:
        """The first entry of the channel that is `wanted`, as soon as `client` has it."""
        found: list[Received] = []

        def there() -> bool:
            found[:] = [one for one in client.history(CHANNEL) if wanted(one)]
            return bool(found)

        await soon(client.until(there))
        return found[0]

    async def _desk(self, name: str, agency: str) -> Client:
        device = Device.open(self.house.enrol(name, agency, Role.COMMAND))
        client = await self._stack.enter_async_context(Client(device))
        await soon(client.connect_once())
        return client

    def _stop_gateways(self) -> None:
        for gateway in self.gateways:
            gateway.kill()


class TakParty:
    """A TAK client made of pytak's own workers: its TLS, its framing, its queues."""

    def __init__(self, reader: Any, writer: Any, config: Any) -> None:
        self.sending: asyncio.Queue[bytes] = asyncio.Queue()
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.seen: list[bytes] = []
        self._writer = writer
        workers = (
            pytak.TXWorker(self.sending, config, writer),
            pytak.RXWorker(self.received, config, reader),
        )
        self._tasks = [asyncio.create_task(worker.run()) for worker in workers]

    @classmethod
    async def connect(cls, gateway: GatewayProcess) -> Self:
        """TLS to the gateway, its certificate pinned, the way pytak is configured."""
        parser = ConfigParser()
        parser["tak"] = {
            "COT_URL": f"tls://127.0.0.1:{gateway.port}",
            "PYTAK_TLS_CLIENT_CAFILE": str(gateway.certificate),
            "PYTAK_TLS_CLIENT_CERT": str(gateway.client_certificate),
            "PYTAK_TLS_CLIENT_KEY": str(gateway.client_certificate),
            "PYTAK_TLS_DONT_CHECK_HOSTNAME": "1",
        }
        config = parser["tak"]
        return cls(*await pytak.protocol_factory(config), config)

    async def send(self, *events: bytes) -> None:
        """Hand events to pytak's queue."""
        for event in events:
            await self.sending.put(event)

    async def until(self, wanted: Callable[[bytes], bool]) -> bytes:
        """The first event, also of those that came before, that is `wanted`."""
        for event in self.seen:
            if wanted(event):
                return event
        while True:
            event = (await soon(self.received.get())).strip()
            self.seen.append(event)
            if wanted(event):
                return event

    async def of_type(self, prefix: str, holding: str = "") -> bytes:
        """The first event of a type that holds a text."""

        def wanted(event: bytes) -> bool:
            return holding.encode() in event and _type(event).startswith(prefix)

        return await self.until(wanted)

    async def answered(self, ping: bytes) -> None:
        """Everything sent so far has been dealt with: a ping is answered in its turn."""
        before = sum(_type(event) == "t-x-c-t-r" for event in self.seen)
        await self.send(ping)
        await self.until(lambda _: sum(_type(event) == "t-x-c-t-r" for event in self.seen) > before)

    async def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()


def _type(event: bytes) -> str:
    return parse(event).get("type", "")


class CapParty:
    """A CAP system: posts alerts, polls the feed."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.seen: dict[str, bytes] = {}

    async def post(self, document: bytes) -> tuple[int, dict[str, Any]]:
        """Status and answer of one POST."""
        async with self._session.post("/alerts", data=document) as response:
            return response.status, json.loads(await response.read())

    async def poll(self) -> None:
        """Fetch what the feed has new."""
        async with self._session.get("/feed") as response:
            feed = parse(await response.read())
        for link in feed.findall(f"{ATOM}entry/{ATOM}link"):
            href = link.get("href", "")
            if href not in self.seen:
                async with self._session.get(href) as response:
                    self.seen[href] = await response.read()

    async def until(self, wanted: Callable[[bytes], bool]) -> bytes:
        """The first alert that is `wanted`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for document in self.seen.values():
                    if wanted(document):
                        return document
                await asyncio.sleep(0.05)
                await self.poll()

    async def fate(self, message_id: str) -> dict[str, Any]:
        """What became of a posted alert."""
        async with self._session.get(f"/fates/{message_id}") as response:
            value: dict[str, Any] = await response.json()
        return value

    async def metrics(self) -> str:
        """The gateway's metrics."""
        async with self._session.get("/metrics") as response:
            return await response.text()
