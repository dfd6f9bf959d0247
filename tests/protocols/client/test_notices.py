"""Notices are found in the store, each once, and only those that count."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocols.client.client import Client
from protocols.client.device import Device
from protocols.client.notices import Notices
from protocols.frames import Policy
from protocols.identity import Role
from protocols.messages.envelope import Message, compose
from protocols.messages.kinds import (
    EquipmentChange,
    EquipmentNotice,
    Kind,
    Position,
    SpokenFormat,
    Text,
)
from protocols.messages.values import LanguageText
from tests.scenario.house import House

CHANNEL = "nogales"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    with House(tmp_path) as house:
        device = Device.open(house.enrol("dispatch", "uscbp", Role.COMMAND))
        other = Device.open(house.enrol("desk", "uscbp", Role.COMMAND))
        async with Client(device) as client, Client(other) as second:
            await client.create(CHANNEL, Policy(owners=("uscbp",)))
            await client.joined(CHANNEL)
            await second.connect_once()
            await client.add(CHANNEL, [other.name])
            yield client


async def say(client: Client, body: Kind) -> Message:
    message = compose(client.device.identity, body)
    sent = await client.send(CHANNEL, message)
    await sent.settled()
    await client.until(lambda: any(one.message == message for one in client.history(CHANNEL)))
    return message


def notice(*formats: str) -> EquipmentNotice:
    spoken = tuple(SpokenFormat(format=name) for name in formats)
    return EquipmentNotice(change=EquipmentChange.REPLACE, formats=spoken, devices=("desk@uscbp",))


async def test_notices_are_found_as_the_store_grows(client: Client) -> None:
    notices = Notices(client.store)
    assert notices.of(CHANNEL) == ()
    await say(client, Text(text=LanguageText(text='"equipment.notice"')))
    first = await say(client, notice("cap"))
    assert notices.of(CHANNEL) == (first,)
    second = await say(client, notice("cot"))
    assert notices.of(CHANNEL) == (first, second)
    assert notices.of("elsewhere") == ()


async def test_a_client_shows_what_they_will_see(client: Client) -> None:
    position = compose(client.device.identity, Position(unit="BP-7"))
    (desk,) = client.preview(CHANNEL, position)
    assert desk.preview is not None
    assert desk.preview.losses == ()
    await say(client, notice("cap"))
    (desk,) = client.preview(CHANNEL, position)
    assert desk.preview is not None
    assert desk.preview.refused is not None
    assert desk.preview.refused.code == "not_representable"
