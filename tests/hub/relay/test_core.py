"""The core's front: refusals become frames and entries, pressure stops writes, rooms are found."""

from __future__ import annotations

import pytest

from hub.relay.core import RETRY_AFTER
from protocols import frames
from protocols.clock import system_clock
from protocols.frames import Claim, Notice, Publish, Refusal, Send, SlowDown, Subscribe
from protocols.identity import Role
from tests.hub.relay.playbook import Play, only, sent
from tests.scenario.member import Member


@pytest.fixture
async def desk(play: Play) -> Member:
    """A command device with a channel of its own."""
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.open_channel(desk)
    return desk


async def test_a_frame_from_nobody_does_nothing(play: Play) -> None:
    assert play.core.received(99, Subscribe(1, "ch", 0), 1) == []
    assert play.core.closed(99) == []


async def test_every_client_frame_has_a_room(play: Play) -> None:
    without = {frames.Login, frames.Statement}
    for kind in frames.ClientFrame.__args__:
        assert (kind in play.core._frames) is (kind not in without)


async def test_refusals_of_access_are_logged_mistakes_are_not(play: Play, desk: Member) -> None:
    size = play.store.size
    await play.send(desk, Subscribe(1, "none", 0))
    assert play.store.size == size + 1
    await play.send(desk, Claim(2, "ghost@mxgn", "ch"))
    await play.send(desk, Subscribe(3, "ch", 5))
    assert play.store.size == size + 1


async def test_one_connection_cannot_flood_the_log_with_refusals(play: Play, desk: Member) -> None:
    size = play.store.size
    for ref in range(1, 101):
        await play.send(desk, Subscribe(ref, "none", 0))
    assert play.store.size - size <= play.limits.refusals_burst + 2
    assert play.state.metrics.refusals["unknown_channel"] == 100
    assert play.state.metrics.unlogged_refusals > 0


@pytest.mark.parametrize("reason", ["disk", "busy", "storage"])
async def test_pressure_stops_writes_and_only_those(play: Play, desk: Member, reason: str) -> None:
    play.core.pressure(reason, system_clock())
    for frame in (Send(5, b""), Publish(6, ()), desk.handshake(7, "ch")):
        (slow,) = sent(await play.send(desk, frame), 1)
        assert slow == SlowDown(frame.ref, RETRY_AFTER[reason], reason)
    assert only(await play.send(desk, Subscribe(8, "ch", 0)), 1, frames.Accepted)
    play.core.pressure("", system_clock())
    desk.groups["ch"].discard_pending()
    assert only(await play.send(desk, Send(9, desk.encrypt("ch", b"x"))), 1, frames.Accepted)


async def test_a_full_disk_is_said_to_everybody_once(play: Play, desk: Member) -> None:
    low = sent(play.core.pressure("disk", 1), 1)
    assert [notice.code for notice in low] == ["disk_low"]
    assert play.core.pressure("disk", 2) == []
    again = sent(play.core.pressure("", 3), 1)
    assert [notice.code for notice in again if isinstance(notice, Notice)] == ["disk_ok"]


async def test_what_waited_under_pressure_is_told(play: Play, desk: Member) -> None:
    todo = play.core.received(1, desk.handshake(1, "ch"), system_clock())
    assert play.core.received(1, desk.handshake(2, "ch"), system_clock()) == []
    play.core.pressure("storage", system_clock())
    failed = play.core.failed([one for one in todo if hasattr(one, "item")], system_clock())
    assert [frame.ref for frame in sent(failed, 1)] == [1, 2]
    assert not play.state.channels["ch"].busy


async def test_a_frame_in_the_wrong_place(play: Play, desk: Member) -> None:
    login = frames.Login(desk.name, (), b"")
    assert only(await play.send(desk, login), 1, Refusal).code == "unexpected_frame"
