"""Opening channels and agreeing on their policy."""

from __future__ import annotations

import pytest

from hub.store.items import CreateChannel
from protocols import frames
from protocols.frames import Accepted, Create, Policy, Refusal, SetPolicy
from protocols.identity import Role
from tests.hub.relay.playbook import JOINT, Play, only, sent
from tests.scenario.member import Member

OPEN = Policy(title="joint", owners=("uscbp", "mxgn"), observers=("cbsa",), gatewayed=True)


@pytest.fixture
async def desk(play: Play) -> Member:
    """A command device that has entered."""
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    return desk


async def test_a_channel_opens_and_its_owners_hear_of_it(play: Play, desk: Member) -> None:
    liaison = play.member("desk", "mxgn", Role.COMMAND)
    number = await play.enter(liaison)
    done = await play.open_channel(desk)
    assert only(done, 1, Accepted).acks[0].seq == 0
    assert only(done, 1, frames.Channel).state.member
    told = only(done, number, frames.Channel).state
    assert (told.policy, told.member) == (JOINT, False)


async def test_it_survives_a_restart(play: Play, desk: Member) -> None:
    await play.open_channel(desk)
    play.restart()
    channel = play.state.channels["ch"]
    assert (channel.policy, channel.charter.creator) == (JOINT, desk.name)
    assert set(channel.members) == {desk.name}


@pytest.mark.parametrize(
    ("channel", "policy", "code"),
    [
        ("ch", JOINT, "channel_exists"),
        ("", JOINT, "policy_refused"),
        ("other", Policy(owners=("mxgn",)), "policy_refused"),
        ("other", Policy(owners=("uscbp",), suite=0xF002), "policy_refused"),
        ("other", Policy(owners=("uscbp", "rcmp")), "policy_refused"),
    ],
)
async def test_what_cannot_be_opened(
    play: Play, desk: Member, channel: str, policy: Policy, code: str
) -> None:
    await play.open_channel(desk)
    size = len(play.state.channels)
    assert only(await play.open_channel(desk, channel, policy), 1, Refusal).code == code
    assert len(play.state.channels) == size


async def test_the_group_must_name_the_hub_and_the_channel(play: Play, desk: Member) -> None:
    without_hub = desk.creation(1, "ch", JOINT, None)
    refusal = only(await play.send(desk, without_hub), 1, Refusal)
    assert "external_senders" in refusal.detail
    other = desk.creation(2, "other", JOINT, play.state.sender)
    renamed = Create(2, "ch", JOINT, other.group_info)
    assert "group id" in only(await play.send(desk, renamed), 1, Refusal).detail
    assert play.state.channels == {}


async def test_somebody_elses_group_is_refused(play: Play, desk: Member) -> None:
    other = play.member("other", role=Role.COMMAND)
    frame = other.creation(1, "ch", JOINT, play.state.sender)
    assert only(await play.send(desk, frame), 1, Refusal).code == "not_a_member"


async def test_a_broken_group_info_is_refused_by_name(play: Play, desk: Member) -> None:
    frame = Create(1, "ch", JOINT, b"\x00\x01\x00\x04garbage")
    assert only(await play.send(desk, frame), 1, Refusal).code == "unknown_value"


async def test_two_at_once_with_one_name(play: Play, desk: Member) -> None:
    one = play.core.received(1, desk.creation(1, "ch", JOINT, play.state.sender), 1)
    two = play.core.received(1, desk.creation(2, "ch", JOINT, play.state.sender), 1)
    assert isinstance(two[0].item, CreateChannel)  # type: ignore[union-attr,attr-defined]  # an Append
    done = await play.run([*one, *two])
    assert only(done, 1, Accepted).acks[0].ref == 1
    assert only(done, 1, Refusal).ref == 2


async def test_gateways_need_both_owners(play: Play, desk: Member) -> None:
    liaison = play.member("desk", "mxgn", Role.COMMAND)
    number = await play.enter(liaison)
    await play.open_channel(desk, policy=OPEN)
    channel = play.state.channels["ch"]
    assert not channel.policy.gatewayed
    assert (channel.charter.asked, channel.charter.agreed) == (OPEN, ("uscbp",))
    done = await play.send(liaison, SetPolicy(4, "ch", OPEN))
    assert only(done, number, Accepted).acks[0].ref == 4
    assert only(done, 1, frames.Channel).state.policy == OPEN
    play.restart()
    assert play.state.channels["ch"].policy == OPEN


async def test_who_may_not_decide(play: Play, desk: Member) -> None:
    unit = play.member("unit")
    number = await play.enter(unit)
    await play.open_channel(desk)
    await play.add(desk, unit)
    done = await play.send(unit, SetPolicy(1, "ch", OPEN))
    assert only(done, number, Refusal).code == "role_refused"
    assert only(await play.send(desk, SetPolicy(2, "none", OPEN)), 1, Refusal).code == (
        "unknown_channel"
    )


async def test_policies_of_one_channel_go_one_after_another(play: Play, desk: Member) -> None:
    await play.open_channel(desk)
    renamed = Policy(title="new name", owners=JOINT.owners, observers=JOINT.observers)
    todo = play.core.received(1, SetPolicy(1, "ch", renamed), 1)
    assert play.core.received(1, SetPolicy(2, "ch", JOINT), 1) == []
    done = await play.run(todo)
    acks = [frame.acks[0].ref for frame in sent(done, 1) if isinstance(frame, Accepted)]
    assert acks == [1, 2]
    assert play.state.channels["ch"].policy == JOINT
