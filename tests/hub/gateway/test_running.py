"""A gateway is put together from its file, serves until told to stop, and names what is wrong."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.gateway.commands import make_gateway
from hub.gateway.config import GatewayConfig, load
from hub.gateway.running import load_code_tables, open_gateway, settings_of, spoken_format
from protocols.client.client import Client
from protocols.client.device import Device
from protocols.codes import native
from protocols.errors import ConfigurationError, PortInUse
from protocols.identity import Role
from protocols.messages.values import Exercise
from tests.scenario.border import CHANNEL, Border, eventually, soon, toml
from tests.scenario.house import free_port


@pytest.fixture
async def border(tmp_path: Path) -> AsyncIterator[Border]:
    async with Border(tmp_path) as border:
        yield border


async def member(border: Border) -> Path:
    """The device folder of a gateway that is a member."""
    folder = border.house.enrol("gateway:cot", "uscbp", Role.GATEWAY)
    async with Client(Device.open(folder)) as client:
        await soon(client.connect_once())
        await border.admit("gateway:cot@uscbp")
        await soon(client.joined(CHANNEL))
    return folder


def configured(border: Border, device: Path, port: int = 0) -> Path:
    config, _ = make_gateway(
        border.folder / "gateway",
        device_folder=device,
        channel=CHANNEL,
        adapter="cot",
        listen=f"127.0.0.1:{port}",
        language="en",
    )
    return config


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        body: bytes = response.read()
    return body.decode()


async def test_it_serves_with_health_and_metrics_until_told_to_stop(border: Border) -> None:
    config = configured(border, await member(border))
    status = free_port()
    with config.open("a") as file:
        file.write(f'status_listen = "127.0.0.1:{status}"\n')
    told: list[tuple[str, int]] = []
    stop = asyncio.Event()
    running = asyncio.create_task(
        open_gateway(config, lambda title, port: told.append((title, port)), stop)
    )
    await eventually(lambda: bool(told) or running.done())
    ((title, port),) = told
    assert title == f"gateway:cot@uscbp · {CHANNEL}"
    assert port > 0
    health = json.loads(await asyncio.to_thread(get, status, "/health"))
    assert health["gateway"] == title
    metrics = await asyncio.to_thread(get, status, "/metrics")
    assert "crossband_gateway_serving 1\n" in metrics
    assert not running.done()
    stop.set()
    await soon(running)
    assert running.exception() is None
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_port_in_use_is_named(border: Border) -> None:
    device = await member(border)
    holder = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = holder.sockets[0].getsockname()[1]
    config = configured(border, device, port)
    with pytest.raises(PortInUse, match=str(port)):
        await soon(open_gateway(config, lambda title, port: None, asyncio.Event()))
    holder.close()


async def test_it_can_be_stopped_while_it_waits_to_be_added(border: Border) -> None:
    config = configured(border, border.house.enrol("gateway:cot", "uscbp", Role.GATEWAY))
    stop = asyncio.Event()
    running = asyncio.create_task(open_gateway(config, _never, stop))
    await asyncio.sleep(0)
    stop.set()
    await soon(running)


async def test_a_device_of_another_role_is_no_gateway(border: Border) -> None:
    config = configured(border, border.house.enrol("patrol-7", "uscbp", Role.PARTICIPANT))
    with pytest.raises(ConfigurationError, match="role is not gateway"):
        await open_gateway(config, _never, asyncio.Event())


# --- what a file means --------------------------------------------------------------------------


def written(folder: Path, **keys: object) -> GatewayConfig:
    given: dict[str, object] = {
        "device_folder": "d",
        "channel": "c",
        "adapter": "documents",
        "format": "cap",
    }
    given |= {"listen": "127.0.0.1:0", **keys}
    path = folder / "gateway.toml"
    path.write_text("".join(f"{key} = {toml(value)}\n" for key, value in given.items()))
    return load(path)


def test_the_format_is_that_of_the_adapter_or_of_the_file(tmp_path: Path) -> None:
    assert spoken_format(written(tmp_path)).name == "cap"
    assert spoken_format(written(tmp_path, adapter="native", format="")).name == "canonical"
    for keys, said in (
        ({"format": "tetra"}, "tetra"),
        ({"version": "9.9"}, "version"),
        ({"profile": "tetra"}, "profile"),
        ({"inside": "tetra"}, "tetra"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            spoken_format(written(tmp_path, **keys))
    assert spoken_format(written(tmp_path, version="1.2")).name == "cap"


def test_a_missing_flag_is_actual_only_on_the_agencys_own_word(tmp_path: Path) -> None:
    assert settings_of(written(tmp_path)).unstated is Exercise.DRAFT
    settings = settings_of(written(tmp_path, unstated="actual", language="es", version="1.2"))
    assert settings.unstated is Exercise.ACTUAL
    assert (settings.language, settings.version, settings.profile) == ("es", "1.2", None)


def test_a_coast_station_sends_under_its_own_number(tmp_path: Path) -> None:
    keys = {"adapter": "ais", "format": "", "udp": True, "station": "366123456"}
    assert settings_of(written(tmp_path, **keys)).station == "366123456"
    assert settings_of(written(tmp_path)).station is None


def test_the_agencys_own_codes_are_used(tmp_path: Path) -> None:
    tables = {"code_tables": {"catalogo-nacional": "own.json"}}
    config = written(tmp_path, **tables)
    with pytest.raises(ConfigurationError, match=r"own\.json"):
        load_code_tables(config)
    line = {"type": "TUNNEL", "en": "own tunnel", "es": "túnel propio", "fr": "tunnel maison"}
    (tmp_path / "own.json").write_text(json.dumps({"title": "own", "codes": {"99999": line}}))
    try:
        load_code_tables(config)
        assert native.native_label("catalogo-nacional", "99999", "es") == "túnel propio"
    finally:
        native.unload()


def _never(title: str, port: int) -> None:
    raise AssertionError("it must not serve")
