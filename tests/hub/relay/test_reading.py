"""Following a channel, fetching its state, emptying the inbox, complaining."""

from __future__ import annotations

import pytest

from hub.relay.effects import Append, Follow
from protocols import frames
from protocols.clock import system_clock
from protocols.frames import Accepted, Cannot, Fetch, Joined, Notice, Refusal, Send, Subscribe
from protocols.identity import Role
from tests.hub.relay.playbook import Play, only, sent
from tests.scenario.member import Member


@pytest.fixture
async def desk(play: Play) -> Member:
    """A command device with a channel and one message in it."""
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.open_channel(desk)
    await play.send(desk, Send(1, desk.encrypt("ch", b"hello")))
    return desk


async def test_a_member_follows_from_where_it_says(play: Play, desk: Member) -> None:
    done = await play.send(desk, Subscribe(4, "ch", 0))
    assert only(done, 1, Accepted).acks[0].seq == 1
    assert done[-1] == Follow(1, "ch", 0)


@pytest.mark.parametrize("after", [-1, 2])
async def test_nobody_can_be_ahead_of_the_log(play: Play, desk: Member, after: int) -> None:
    refusal = only(await play.send(desk, Subscribe(4, "ch", after)), 1, Refusal)
    assert (refusal.code, refusal.facts) == ("unexpected_frame", {"last_seq": 1})


async def test_a_stranger_does_not_follow(play: Play, desk: Member) -> None:
    stranger = play.member("stranger")
    number = await play.enter(stranger)
    for frame in (Subscribe(1, "ch", 0), Fetch(2, "ch"), Cannot("ch", 1, "x")):
        done = await play.send(stranger, frame)
        assert only(done, number, Refusal).code == "not_a_member"
    assert only(await play.send(stranger, Subscribe(3, "none", 0)), number, Refusal).code == (
        "unknown_channel"
    )


async def test_a_former_member_reads_up_to_its_removal(play: Play, desk: Member) -> None:
    gn = play.member("gn", "mxgn")
    number = await play.enter(gn)
    await play.add(desk, gn)
    await play.send(desk, desk.handshake(2, "ch", remove=[desk.leaf("ch", gn.name)]))
    done = await play.send(gn, Subscribe(5, "ch", 0))
    assert done[-1] == Follow(number, "ch", 0, 3)


async def test_the_group_info_is_that_of_the_epoch(play: Play, desk: Member) -> None:
    await play.add(desk, play.member("gn", "mxgn"))
    info = only(await play.send(desk, Fetch(3, "ch")), 1, frames.GroupInfo)
    assert (info.ref, info.seq) == (3, 2)
    assert info.body == play.state.channels["ch"].group_info


async def test_a_welcome_waits_until_it_was_used(play: Play, desk: Member) -> None:
    gn = play.member("gn", "mxgn")
    await play.add(desk, gn)
    number = await play.enter(gn)
    waiting = await play.store.welcomes(gn.name)
    (frame,) = sent(play.core.inbox_read(number, gn.name, None, waiting), number)
    assert isinstance(frame, frames.Welcome)
    assert gn.name in play.state.channels["ch"].uninvited
    await play.send(gn, Joined("ch", frame.seq))
    assert await play.store.welcomes(gn.name) == []
    assert play.state.channels["ch"].uninvited == set()


async def test_who_cannot_apply_a_commit_is_heard(play: Play, desk: Member) -> None:
    gn = play.member("gn", "mxgn")
    number = await play.enter(gn)
    await play.add(desk, gn)
    todo = play.core.received(number, Cannot("ch", 2, "bad path\x1b" + "x" * 500), system_clock())
    assert any(isinstance(one, Append) for one in todo)
    notice = only(await play.run(todo), 1, Notice)
    assert notice.code == "flagged"
    assert gn.name in notice.detail
    assert desk.name in notice.detail
    assert notice.detail.isprintable()
    assert play.state.metrics.committers_flagged == 1
    done = await play.send(gn, Cannot("ch", 77, "x"))
    assert only(done, number, Refusal).code == "unexpected_frame"
