"""From the encrypted store to the screen: history and queue are there before any link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from protocols.client.client import Client
from protocols.messages.envelope import compose
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText
from tui_client.model import ALL_AREAS
from tui_client.opening import local_zone, open_model, pending, read_history


async def test_history_roster_and_queue_come_from_the_store(
    offline: Callable[[], Client], nogales
) -> None:
    async with offline() as client:
        message = compose(client.device.identity, Text(text=LanguageText(text="queued")))
        await client.send(nogales.channel, message)
    async with offline() as client:
        assert [one.id for one in pending(client)[nogales.channel]] == [message.id]
        model = open_model(client)
        assert model.channel == nogales.channel
        assert [member.device for member in model.roster()] == ["dispatch@uscbp", "patrol-7@uscbp"]
        assert model.count() == 2
        assert model.queued == 1
        assert model.entry_at(0).message.patrol == "MP-07"
        assert model.entry_at(1).message.id == message.id


async def test_the_newest_messages_stand_before_the_history_is_read(
    offline: Callable[[], Client],
) -> None:
    async with offline() as client:
        model = open_model(client, whole=False)
        room = model.room
        assert model.count() == 1
        assert room.ordered == []
        shown = model.entry_at(0)
        assert model.entry(shown.id) is shown
        areas = [part async for part in read_history(client, model)]
        assert areas[-1] == ALL_AREAS
        assert room.tail is None
        assert [entry.id for entry in room.ordered] == [shown.id]
        assert room.plan().name == "MP-07"


def test_the_local_zone_is_one() -> None:
    assert datetime.now(UTC).astimezone(local_zone()).utcoffset() is not None
