"""Putting one gateway together from its configuration file, and running it until told to stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from hub.gateway.adapter import Adapter
from hub.gateway.adapters import TRANSPORTS, format_name
from hub.gateway.bridge import Bridge
from hub.gateway.config import GatewayConfig, Listening, load
from hub.gateway.counters import Counters
from hub.gateway.dead_letters import DeadLetters
from hub.gateway.replies import resolve
from hub.gateway.service import Gateway
from hub.gateway.shelf import Shelf
from hub.gateway.web import WebServer
from protocols.client.client import Client
from protocols.client.device import Device
from protocols.clock import Clock, system_clock
from protocols.codes.native import CodeSystem
from protocols.codes.native import load as load_codes
from protocols.errors import ConfigurationError, CrossbandError, UnknownFormat
from protocols.formats.codec import Format, Settings
from protocols.formats.registry import format_named
from protocols.formats.translate import Unsayable
from protocols.identity import Role
from protocols.messages.values import Exercise

Ready = Callable[[str, int], None]


async def open_gateway(
    path: Path, ready: Ready, stop: asyncio.Event, *, clock: Clock = system_clock
) -> None:
    """Run the gateway of `path` until `stop`; calls `ready(title, port)` once it serves.

    Raises `ConfigurationError`, `PortInUse`, and what the device's own store or key raises.
    """
    config = load(path)
    load_code_tables(config)
    passphrase = os.environ.get("CROSSBAND_PASSPHRASE")
    device = Device.open(
        config.device_folder, key_passphrase=passphrase.encode() if passphrase else None
    )
    if device.identity.role is not Role.GATEWAY:
        raise ConfigurationError(
            f"{config.device_folder} is {device.identity.device}, whose role is not gateway"
        )
    async with Client(device, clock=clock, passphrase=passphrase) as client:
        gateway = _gateway(config, client, clock)
        adapter = TRANSPORTS[config.file.adapter].make(config, gateway, clock)
        async with _status_server(config.status, gateway):
            await _until_stopped(gateway, adapter, ready, stop)


def spoken_format(config: GatewayConfig) -> Format:
    """The format that the system speaks; raises `ConfigurationError` for one that is not there, or
    that has no such version or profile."""
    file, path = config.file, config.path
    try:
        spoken = format_named(format_name(config))
        if file.inside:
            format_named(file.inside)
    except UnknownFormat as error:
        raise ConfigurationError(f"{path}: format: {error.detail}") from error
    if file.version and file.version not in spoken.writes:
        raise ConfigurationError(f"{path}: version: {spoken.name} is written as {spoken.writes}")
    if file.profile and file.profile not in spoken.profiles:
        raise ConfigurationError(f"{path}: profile: {spoken.name} has {spoken.profiles or 'none'}")
    return spoken


def settings_of(config: GatewayConfig) -> Settings:
    """With which manner the gateway of this configuration writes."""
    file = config.file
    return Settings(
        language=file.language,
        carry_canonical=file.carry_canonical,
        unstated=Exercise(file.unstated),
        version=file.version or None,
        profile=file.profile or None,
        inside=file.inside or None,
        station=file.station or None,
    )


def load_code_tables(config: GatewayConfig) -> None:
    """Add the agency's own codes to those that ship, for this process."""
    for system, name in config.file.code_tables.items():
        file = config.folder(name)
        try:
            load_codes(system, CodeSystem.read(file.read_bytes()))
        except (OSError, CrossbandError) as error:
            raise ConfigurationError(f"{config.path}: code_tables: {file}: {error}") from error


def _gateway(config: GatewayConfig, client: Client, clock: Clock) -> Gateway:
    file, counters = config.file, Counters()
    bridge = Bridge(
        client.device.identity,
        spoken_format(config),
        settings_of(config),
        config.crossing,
        resolve=resolve,
        clock=clock,
        unsayable=Unsayable(file.exercise_unsayable),
        members=lambda: [one.device for one in client.roster(file.channel)],
        stopped=counters.stopped,
    )
    return Gateway(
        client,
        file.channel,
        bridge,
        language=file.language,
        shelf=Shelf(file.shelf),
        dead_letters=DeadLetters(config.dead_letters, clock),
        clock=clock,
        counters=counters,
    )


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
