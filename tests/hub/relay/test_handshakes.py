"""The delivery-service rules for handshakes, one by one, with real MLS groups."""

from __future__ import annotations

import pytest

from hub.relay.effects import Append, Deliver, Unfollow
from protocols import frames
from protocols.clock import system_clock
from protocols.frames import Accepted, EntryKind, Handshake, Policy, Propose, Refusal, Welcome
from protocols.identity import Role
from protocols.mls.group import Group
from protocols.tlog.entry import Kind
from tests.hub.relay.playbook import Play, delivered, only, sent
from tests.scenario.member import Member


@pytest.fixture
async def desk(play: Play) -> Member:
    """A command device with a channel of its own."""
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.open_channel(desk)
    return desk


async def code_of(play: Play, member: Member, frame: object) -> str:
    """What a frame is refused with; the log and the group are as they were."""
    channel = play.state.channels["ch"]
    before = (channel.group.epoch, channel.last_seq, channel.busy, dict(channel.members))
    done = await play.send(member, frame)
    assert (channel.group.epoch, channel.last_seq, channel.busy, channel.members) == before
    assert delivered(done) == []
    return only(done, play.seats[member.name], Refusal).code


async def test_an_add_moves_the_epoch_and_releases_the_welcome(play: Play, desk: Member) -> None:
    gn = play.member("gn-3", "mxgn")
    number = await play.enter(gn)
    done = await play.add(desk, gn)
    assert only(done, 1, Accepted).acks[0].seq == 1
    (deliver,) = [one for one in done if isinstance(one, Deliver)]
    assert deliver.entries[0].kind is EntryKind.COMMIT
    assert only(done, number, Welcome).seq == 1
    assert only(done, number, frames.Channel).state.epoch == 1
    assert set(play.state.channels["ch"].members) == {desk.name, gn.name}
    assert gn.groups["ch"].epoch_authenticator == desk.groups["ch"].epoch_authenticator


async def test_first_valid_commit_wins(play: Play, desk: Member) -> None:
    gn = play.member("gn-3", "mxgn")
    await play.enter(gn)
    await play.add(desk, gn)
    one, two = desk.handshake(5, "ch"), gn.handshake(6, "ch")
    now = system_clock()
    todo = play.core.received(play.seats[desk.name], one, now)
    assert play.core.received(play.seats[gn.name], two, now) == []
    done = await play.run(todo)
    assert only(done, 1, Accepted).acks[0].ref == 5
    refusal = only(done, 2, Refusal)
    assert (refusal.ref, refusal.code) == (6, "epoch_conflict")
    assert refusal.facts == {"epoch": 2, "from_seq": 2}


async def test_an_old_commit_conflicts_and_says_from_where(play: Play, desk: Member) -> None:
    stale = desk.handshake(1, "ch")
    desk.groups["ch"].discard_pending()
    await play.add(desk, play.member("gn", "mxgn"))
    done = await play.send(desk, stale)
    assert only(done, 1, Refusal).facts == {"epoch": 1, "from_seq": 1}


async def test_the_group_info_must_be_the_computed_state(play: Play, desk: Member) -> None:
    before = desk.groups["ch"].group_info()
    frame = desk.handshake(1, "ch")
    wrong = Handshake(1, frame.body, before, frame.welcome)
    assert await code_of(play, desk, wrong) == "group_info_mismatch"


async def test_the_welcome_must_be_for_those_added(play: Play, desk: Member) -> None:
    first = desk.handshake(1, "ch", add=[play.member("a").package()])
    desk.groups["ch"].discard_pending()
    second = desk.handshake(2, "ch", add=[play.member("b").package()])
    swapped = Handshake(2, second.body, second.group_info, first.welcome)
    assert await code_of(play, desk, swapped) == "welcome_mismatch"
    missing = Handshake(3, second.body, second.group_info, None)
    assert await code_of(play, desk, missing) == "welcome_mismatch"


async def test_only_command_and_creator_add_and_remove(play: Play, desk: Member) -> None:
    gn = play.member("gn-3", "mxgn")
    await play.enter(gn)
    await play.add(desk, gn)
    add = gn.handshake(1, "ch", add=[play.member("friend", "mxgn").package()])
    assert await code_of(play, gn, add) == "role_refused"
    gn.groups["ch"].discard_pending()
    remove = gn.handshake(2, "ch", remove=[gn.leaf("ch", desk.name)])
    assert await code_of(play, gn, remove) == "role_refused"
    gn.groups["ch"].discard_pending()
    assert only(await play.send(gn, gn.handshake(3, "ch")), 2, Accepted)


async def test_nobody_joins_against_the_policy(play: Play, desk: Member) -> None:
    gateway = play.member("gateway:cot", role=Role.GATEWAY)
    frame = desk.handshake(1, "ch", add=[gateway.package()])
    assert await code_of(play, desk, frame) == "policy_refused"
    desk.groups["ch"].discard_pending()
    canadian = play.member("desk", "cbsa", Role.COMMAND)
    frame = desk.handshake(2, "ch", add=[canadian.package()])
    assert await code_of(play, desk, frame) == "policy_refused"


async def test_the_commit_must_be_by_the_device_that_sends_it(play: Play, desk: Member) -> None:
    gn = play.member("gn-3", "mxgn")
    await play.enter(gn)
    await play.add(desk, gn)
    assert await code_of(play, gn, desk.handshake(1, "ch")) == "not_a_member"


async def test_the_hub_stays_external_sender(play: Play, desk: Member) -> None:
    frame = desk.handshake(1, "ch", extensions=())
    assert await code_of(play, desk, frame) == "policy_refused"


async def test_a_tampered_commit_is_refused(play: Play, desk: Member) -> None:
    frame = desk.handshake(1, "ch")
    body = frame.body[:-40] + bytes([frame.body[-40] ^ 1]) + frame.body[-39:]
    assert await code_of(play, desk, Handshake(1, body, frame.group_info)) != ""


async def test_a_removed_device_gets_its_removal_and_nothing_after(
    play: Play, desk: Member
) -> None:
    gn = play.member("gn-3", "mxgn")
    number = await play.enter(gn)
    await play.add(desk, gn)
    frame = desk.handshake(1, "ch", remove=[desk.leaf("ch", gn.name)])
    done = await play.send(desk, frame)
    kinds = [type(one) for one in done]
    assert kinds.index(Deliver) < kinds.index(Unfollow)
    assert only(done, number, frames.Channel).state.member is False
    assert play.state.channels["ch"].departed == {gn.name: 2}
    play.restart()
    assert play.state.channels["ch"].departed == {gn.name: 2}
    assert set(play.state.channels["ch"].members) == {desk.name}


async def test_a_device_may_always_propose_to_leave(play: Play, desk: Member) -> None:
    gn = play.member("gn-3", "mxgn")
    number = await play.enter(gn)
    await play.add(desk, gn)
    body = gn.groups["ch"].propose_remove(gn.leaf("ch", gn.name), now=gn.now())
    done = await play.send(gn, Propose(1, body))
    assert only(done, number, Accepted)
    entry = next(one for one in done if isinstance(one, Deliver)).entries[0]
    assert entry.kind is EntryKind.PROPOSAL
    desk.process("ch", frames.Entry(entry.seq, entry.time, entry.kind, entry.body))
    await play.send(desk, desk.handshake(2, "ch"))
    assert gn.name not in play.state.channels["ch"].members


async def test_others_are_proposed_for_removal_by_command_only(play: Play, desk: Member) -> None:
    gn = play.member("gn-3", "mxgn")
    await play.enter(gn)
    await play.add(desk, gn)
    body = gn.groups["ch"].propose_remove(gn.leaf("ch", desk.name), now=gn.now())
    assert await code_of(play, gn, Propose(1, body)) == "role_refused"
    body = desk.groups["ch"].propose_remove(desk.leaf("ch", gn.name), now=desk.now())
    assert only(await play.send(desk, Propose(2, body)), 1, Accepted)


async def test_frames_and_contents_must_fit(play: Play, desk: Member) -> None:
    commit = desk.handshake(1, "ch")
    assert await code_of(play, desk, Propose(1, commit.body)) == "malformed_frame"
    message = desk.encrypt("ch", b"data")
    assert await code_of(play, desk, Propose(2, message)) == "header_refused"


async def test_a_lost_member_comes_back_from_outside_in_its_own_place(
    play: Play, desk: Member
) -> None:
    gn = play.member("gn-3", "mxgn")
    number = await play.enter(gn)
    await play.add(desk, gn)
    info = play.state.channels["ch"].group_info
    pending, group = Group.external_join(
        info, gn.key, gn.credential, resync=True, validator=gn.validator, now=gn.now()
    )
    done = await play.send(gn, Handshake(1, pending.commit, pending.group_info))
    assert only(done, number, Accepted).acks[0].seq == 2
    assert not [one for one in done if isinstance(one, Unfollow)]
    assert set(play.state.channels["ch"].members) == {desk.name, gn.name}
    assert group.epoch == 2


async def test_nobody_comes_in_from_outside_over_anothers_place(play: Play, desk: Member) -> None:
    stranger = play.member("stranger", "mxgn")
    await play.enter(stranger)
    frame = Handshake(1, desk.handshake(1, "ch").body, b"")
    assert await code_of(play, stranger, frame) == "not_a_member"


async def test_a_revoked_device_is_removed_by_the_next_commit(play: Play, desk: Member) -> None:
    gn = play.member("gn-3", "mxgn")
    await play.enter(gn)
    await play.add(desk, gn)
    done = await play.run(play.core.statement(1, play.statement(gn), system_clock()))
    (deliver,) = [one for one in done if isinstance(one, Deliver)]
    proposal = deliver.entries[0]
    assert proposal.kind is EntryKind.PROPOSAL
    update = desk.handshake(1, "ch", cached=False)
    assert await code_of(play, desk, update) == "removal_outstanding"
    desk.groups["ch"].discard_pending()
    entry = frames.Entry(proposal.seq, proposal.time, proposal.kind, proposal.body)
    desk.process("ch", entry)
    done = await play.send(desk, desk.handshake(2, "ch"))
    assert only(done, 1, Accepted)
    assert set(play.state.channels["ch"].members) == {desk.name}
    assert play.state.channels["ch"].removals == {}


async def test_a_restart_remembers_and_finishes_removals(play: Play, desk: Member) -> None:
    members = [play.member(f"gn-{number}", "mxgn") for number in range(2)]
    await play.add(desk, *members)
    await play.run(play.core.statement(0, play.statement(members[0]), system_clock()))
    assert [one.item.kind for one in play.restart() if isinstance(one, Append)] == [Kind.START]
    assert set(play.state.channels["ch"].removals) == {members[0].name}
    todo = play.core.statement(0, play.statement(members[1]), system_clock())
    appends = [one for one in todo if isinstance(one, Append)]
    await play.store.commit([one.item for one in appends])
    await play.run(play.restart())
    assert set(play.state.channels["ch"].removals) == {one.name for one in members}


async def test_too_many_waiting_handshakes_are_told_to_wait(play: Play, desk: Member) -> None:
    play.state.channels["ch"].busy = True
    frame = desk.handshake(1, "ch")
    share = play.state.limits.waiting_handshakes // 8
    for _ in range(7):
        await play.enter(desk)
    for number in range(1, 9):
        for _ in range(share):
            assert play.core.received(number, frame, system_clock()) == []
        (reply,) = sent(play.core.received(number, frame, system_clock()), number)
        assert isinstance(reply, frames.SlowDown)
    await play.enter(desk)
    (reply,) = sent(play.core.received(9, frame, system_clock()), 9)
    assert isinstance(reply, frames.SlowDown)
    assert len(play.state.channels["ch"].waiting) == 8 * share


async def test_policy_is_for_this_channel(play: Play, desk: Member) -> None:
    await play.open_channel(desk, "open", Policy(owners=("uscbp",), gatewayed=True))
    gateway = play.member("gateway:cap", role=Role.GATEWAY)
    await play.add(desk, gateway, channel="open")
    assert gateway.name in play.state.channels["open"].members
