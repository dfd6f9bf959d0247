"""The house is built with the commands that the README shows."""

from __future__ import annotations

from pathlib import Path

from hub.demo import cast
from hub.demo.house import House
from protocols.client.device import Device


async def test_agencies_hub_and_devices_are_made_by_commands(tmp_path: Path) -> None:
    notes: list[str] = []
    house = House(tmp_path, notes.append)
    house.make_agencies()
    house.make_hub()
    await house.cable.start()
    for member in (cast.US_AGENT, cast.GN_3):
        house.enrol(member)
    agent = Device.open(house.agent_folder)
    assert agent.identity.device == cast.US_AGENT.device
    assert agent.hubs == (f"wss://127.0.0.1:{house.hub_port}/",)
    behind = Device.open(house.device_folder(cast.GN_3))
    assert behind.hubs == (f"wss://127.0.0.1:{house.cable.port}/",)
    assert any("agency init" in note for note in notes)
    await house.close()
