"""Deeds on a real engine whose hub is away: on disk first, refused by rule, never lost."""

from __future__ import annotations

from collections.abc import Callable

from protocols.client.client import Client
from protocols.client.fates import FateState
from protocols.identity.names import Role
from protocols.messages.envelope import compose
from protocols.messages.kinds import (
    EMERGENCY,
    Alarm,
    CheckIn,
    IncidentClose,
    Text,
    UnitState,
    UnitStatus,
)
from protocols.messages.values import LanguageText, Location, Point
from tui_client.deeds import Deeds
from tui_client.opening import open_model

Start = Callable[[], Client]


async def test_a_sent_message_is_queued_on_disk(offline: Start) -> None:
    async with offline() as client:
        model = open_model(client)
        deeds = Deeds(client, model)
        message = compose(model.me, Text(text=LanguageText(text="on my way")))
        assert {"log", "fates", "notice"} <= await deeds.send(message)
        (fate,) = client.fates()
        assert fate.message_id == message.id
        assert fate.state is FateState.QUEUED
        assert model.notice.words == "done.queued"


async def test_a_role_that_may_not_is_told_why_and_nothing_is_sent(offline: Start) -> None:
    async with offline() as client:
        model = open_model(client)
        assert model.me.role is Role.PARTICIPANT
        await Deeds(client, model).send(compose(model.me, IncidentClose(), incident="X"))
        assert client.fates() == []
        assert model.notice.code == "role_refused"


async def test_check_in_and_emergency_carry_unit_and_patrol(offline: Start) -> None:
    async with offline() as client:
        model = open_model(client)
        deeds = Deeds(client, model)
        await deeds.check_in()
        await deeds.emergency(" roof down ", "en")
        first, second = (entry.message for entry in model.room.waiting.values())
        assert isinstance(first.body, CheckIn)
        assert (first.body.unit, first.patrol) == ("PATROL-7", "MP-07")
        assert isinstance(second.body, Alarm)
        assert second.body.alarm_class == EMERGENCY
        assert second.body.reason.text == "roof down"
        assert second.emergency


async def test_an_emergency_carries_the_place_of_a_status_that_still_waits(offline: Start) -> None:
    async with offline() as client:
        model = open_model(client)
        deeds = Deeds(client, model)
        place = Location(point=Point(lat=31.33275, lon=-110.9511), monument="122")
        status = UnitStatus(unit="BP-9", status=UnitState.ON_SCENE)
        await deeds.send(compose(model.me, status, location=place))
        await deeds.emergency("", "en")
        alarm = list(model.room.waiting.values())[-1].message
        assert isinstance(alarm.body, Alarm)
        assert (alarm.body.unit, alarm.location) == ("BP-9", place)


async def test_acknowledge_marks_the_message_that_asks(offline: Start) -> None:
    async with offline() as client:
        model = open_model(client)
        deeds = Deeds(client, model)
        (asked,) = model.room.asks
        await deeds.acknowledge()
        assert model.room.marked == {asked}
        await deeds.acknowledge()
        assert model.notice.words == "done.nothing"
        await deeds.silence()
        assert model.notice.words == "done.nothing"


async def test_shown_is_told_once(offline: Start) -> None:
    async with offline() as client:
        model = open_model(client)
        deeds = Deeds(client, model)
        names = [entry.id for entry in model.room.ordered]
        assert await deeds.shown(names) == {"link"}
        assert await deeds.shown(names) == frozenset()


async def test_without_an_engine_nothing_is_sent(nogales) -> None:
    model = nogales.model("emergency", "19:53")
    assert await Deeds(None, model).acknowledge() == {"alarms"}
    assert model.room.waiting == {}
