"""Putting one gateway together from its configuration file, and running it until told to stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from hub.gateway.adapter import Adapter
from hub.gateway.adapters import TRANSPORTS
from hub.gateway.bridge import Bridge, Crossing
from hub.gateway.config import Listening, load
from hub.gateway.dead_letters import DeadLetters
from hub.gateway.replies import resolve
from hub.gateway.service import Gateway
from hub.gateway.shelf import Shelf
from hub.gateway.web import WebServer
from protocols.client.client import Client
from protocols.client.device import Device
from protocols.clock import Clock, system_clock
from protocols.errors import ConfigurationError
from protocols.formats.codec import Settings
from protocols.formats.registry import FORMATS
from protocols.identity import Role

Ready = Callable[[str, int], None]


async def open_gateway(
    path: Path, ready: Ready, stop: asyncio.Event, *, clock: Clock = system_clock
) -> None:
    """Run the gateway of `path` until `stop`; calls `ready(title, port)` once it serves.

    Raises `ConfigurationError`, `PortInUse`, and what the device's own store or key raises.
    """
    config = load(path)
    file = config.file
    passphrase = os.environ.get("CROSSBAND_PASSPHRASE")
    device = Device.open(
        config.device_folder, key_passphrase=passphrase.encode() if passphrase else None
    )
    if device.identity.role is not Role.GATEWAY:
        raise ConfigurationError(
            f"{config.device_folder} is {device.identity.device}, whose role is not gateway"
        )
    transport = TRANSPORTS[file.adapter]
    async with Client(device, clock=clock, passphrase=passphrase) as client:
        bridge = Bridge(
            device.identity,
            FORMATS[transport.format],
            Settings(language=file.language, carry_canonical=file.carry_canonical),
            Crossing(kinds_in=file.kinds_in, kinds_out=file.kinds_out),
            resolve=resolve,
            clock=clock,
        )
        gateway = Gateway(
            client,
            file.channel,
            bridge,
            language=file.language,
            shelf=Shelf(file.shelf),
            dead_letters=DeadLetters(config.dead_letters, clock),
            clock=clock,
        )
        adapter = transport.make(config, gateway, clock)
        async with _status_server(config.status, gateway):
            await _until_stopped(gateway, adapter, ready, stop)


@asynccontextmanager
async def _status_server(listening: Listening | None, gateway: Gateway) -> AsyncIterator[None]:
    """Health and metrics on an address of their own, if the configuration names one."""
    if listening is None:
        yield
        return
    server = WebServer(listening, gateway, ())
    try:
        await server.start()
        yield
    finally:
        await server.stop()


async def _until_stopped(
    gateway: Gateway, adapter: Adapter, ready: Ready, stop: asyncio.Event
) -> None:
    serving = asyncio.Event()
    running = asyncio.create_task(gateway.run(adapter, serving))
    waiting = [asyncio.create_task(serving.wait()), asyncio.create_task(stop.wait())]
    try:
        await asyncio.wait({running, *waiting}, return_when=asyncio.FIRST_COMPLETED)
        if serving.is_set():
            ready(gateway.title, adapter.port)
        await asyncio.wait({running, waiting[1]}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        for task in (running, *waiting):
            task.cancel()
        await asyncio.gather(running, *waiting, return_exceptions=True)
