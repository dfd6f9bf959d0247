"""Seats: how many, how often, what is said at the door, what is logged."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.relay.state import Limits
from protocols.clock import system_clock
from protocols.errors import BadCertificate, TooManyConnections
from protocols.frames import CONNECTIONS_PER_DEVICE
from protocols.identity import Role
from tests.hub.relay.playbook import JOINT, Play


async def test_ten_connections_a_device(play: Play) -> None:
    unit = play.member("unit")
    for _ in range(CONNECTIONS_PER_DEVICE):
        await play.enter(unit)
    with pytest.raises(TooManyConnections, match="10 connections"):
        await play.enter(unit)
    play.core.closed(1)
    await play.enter(unit)


async def test_not_too_often(tmp_path: Path) -> None:
    play = Play(tmp_path, Limits(connections_per_minute=1, connections_burst=2))
    unit = play.member("unit")
    for number in (1, 2):
        await play.enter(unit)
        play.core.closed(number)
    with pytest.raises(TooManyConnections, match="too often"):
        await play.enter(unit)
    play.store.close()


async def test_every_login_is_logged(play: Play) -> None:
    size = play.store.size
    await play.enter(play.member("unit"))
    assert play.store.size == size + 1
    assert play.state.metrics.logins == 1


async def test_refused_logins_are_logged_within_bounds(tmp_path: Path) -> None:
    play = Play(tmp_path, Limits(refusals_per_second=0.01, refusals_burst=3))
    size, now = play.store.size, system_clock()
    for _ in range(5):
        await play.run(play.core.login_refused("192.0.2.1:5", BadCertificate("unknown"), now))
    assert play.store.size == size + 3
    assert play.state.metrics.unlogged_refusals == 2
    assert play.state.metrics.refusals["bad_certificate"] == 5
    play.store.close()


async def test_the_greeting_says_what_the_hub_holds(play: Play) -> None:
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.open_channel(desk)
    ready = play.core.greeting(1, 7, 123)
    assert (ready.device, ready.time, ready.packages) == (desk.name, 123, 7)
    (state,) = ready.channels
    assert (state.channel, state.member, state.policy) == ("ch", True, JOINT)
    assert ready.sender == play.state.sender
    await play.enter(play.member("unit"))
    assert play.core.greeting(2, 0, 123).channels == ()


async def test_absence_is_known_per_channel(play: Play) -> None:
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.enter(desk)
    await play.open_channel(desk)
    channel = play.state.channels["ch"]
    assert channel.absent == set()
    play.core.closed(1)
    assert channel.absent == set()
    play.core.closed(2)
    assert channel.absent == {desk.name}
    play.core.closed(2)
    await play.enter(desk)
    assert channel.absent == set()
