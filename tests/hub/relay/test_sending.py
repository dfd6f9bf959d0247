"""Messages: who may send, what the clear header decides, and the same ack for the same message."""

from __future__ import annotations

import pytest

from hub.relay.effects import Append, Deliver, Reply
from protocols import frames
from protocols.clock import system_clock
from protocols.frames import Accepted, Lane, Refusal, Send
from protocols.header import Act
from protocols.identity import Role
from protocols.ids import uuid7
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


async def test_a_message_is_stored_then_delivered_then_acknowledged(
    play: Play, desk: Member
) -> None:
    body = desk.encrypt("ch", b"hello")
    todo = play.core.received(1, Send(7, body), system_clock())
    assert [type(one) for one in todo] == [Append]
    done = await play.run(todo)
    assert [type(one) for one in done] == [Deliver, Reply]
    assert delivered(done) == [("ch", 1)]
    (ack,) = only(done, 1, Accepted).acks
    assert (ack.ref, ack.seq) == (7, 1)
    assert (await play.store.entries("ch", 0))[0][3] == body


async def test_the_same_message_again_gets_the_same_ack_and_is_not_delivered(
    play: Play, desk: Member
) -> None:
    body = desk.encrypt("ch", b"once")
    first = only(await play.send(desk, Send(1, body)), 1, Accepted).acks[0]
    done = await play.send(desk, Send(2, body))
    again = only(done, 1, Accepted).acks[0]
    assert (again.seq, again.time) == (first.seq, first.time)
    assert delivered(done) == []


async def test_a_known_id_with_another_body_is_refused_and_logged(play: Play, desk: Member) -> None:
    one = uuid7(system_clock())
    await play.send(desk, Send(1, desk.encrypt("ch", b"first", message_id=one)))
    size = play.store.size
    done = await play.send(desk, Send(2, desk.encrypt("ch", b"second", message_id=one)))
    refusal = only(done, 1, Refusal)
    assert (refusal.ref, refusal.code, refusal.facts) == (2, "id_reused", {"seq": 1})
    assert play.store.size == size + 1
    assert delivered(done) == []


async def test_an_expired_message_is_refused_but_its_repetition_is_acknowledged(
    play: Play, desk: Member
) -> None:
    now = system_clock()
    body = desk.encrypt("ch", b"soon stale", expires=now // 1_000_000 + 60)
    late = now + 120_000_000
    done = await play.send(desk, Send(1, body), late)
    assert only(done, 1, Refusal).code == "expired"
    await play.send(desk, Send(2, body), now)
    assert only(await play.send(desk, Send(3, body), late), 1, Accepted).acks[0].seq == 1


async def test_the_epoch_before_is_taken_for_a_moment_only(play: Play, desk: Member) -> None:
    old = [desk.encrypt("ch", b"old") for _ in range(3)]
    await play.add(desk, play.member("gn", "mxgn"))
    now = system_clock()
    assert only(await play.send(desk, Send(1, old[0]), now), 1, Accepted)
    refusal = only(await play.send(desk, Send(2, old[1]), now + 6_000_000), 1, Refusal)
    assert (refusal.code, refusal.facts) == ("stale_epoch", {"epoch": 1})
    again = only(await play.send(desk, Send(3, old[0]), now + 6_000_000), 1, Accepted)
    assert again.acks[0].seq == 2
    await play.add(desk, play.member("gn-2", "mxgn"))
    assert only(await play.send(desk, Send(4, old[2]), now), 1, Refusal).code == "stale_epoch"


async def test_who_is_not_a_member_cannot_send_and_it_is_logged(play: Play, desk: Member) -> None:
    other = play.member("other")
    number = await play.enter(other)
    size = play.store.size
    done = await play.send(other, Send(1, desk.encrypt("ch", b"stolen")))
    assert only(done, number, Refusal).code == "not_a_member"
    assert play.store.size == size + 1


async def test_an_observer_notes_but_does_not_acknowledge(play: Play, desk: Member) -> None:
    observer = play.member("rcmp", "cbsa", Role.OBSERVER)
    number = await play.enter(observer)
    await play.add(desk, observer)
    done = await play.send(observer, Send(1, observer.encrypt("ch", b"seen", act=Act.NOTE)))
    assert only(done, number, Accepted)
    size = play.store.size
    done = await play.send(observer, Send(2, observer.encrypt("ch", b"ack", act=Act.ACK)))
    assert only(done, number, Refusal).code == "role_refused"
    assert play.store.size == size + 1


async def test_positions_carry_their_track(play: Play, desk: Member) -> None:
    done = await play.send(desk, Send(1, desk.encrypt("ch", b"here", lane=Lane.POSITION)))
    (deliver,) = [one for one in done if isinstance(one, Deliver)]
    assert deliver.entries[0].track == desk.name


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "truncated"),
        (b"\x00\x01\x00\x02", "truncated"),
        (b"\x00\x01\x00\x09" + bytes(40), "unknown_wire_format"),
        (b"\x00\x01\x00\x02\x02xx" + bytes(8) + b"\x01\x00\x00\x00", "unknown_channel"),
    ],
)
async def test_what_is_no_message_is_refused_by_name(
    play: Play, desk: Member, body: bytes, code: str
) -> None:
    assert only(await play.send(desk, Send(1, body)), 1, Refusal).code == code


async def test_a_header_that_cannot_be_read(play: Play, desk: Member) -> None:
    body = desk.groups["ch"].encrypt(b"data", aad=b"short")
    assert only(await play.send(desk, Send(1, body)), 1, Refusal).code == "header_refused"


async def test_acks_of_one_commit_are_one_frame(play: Play, desk: Member) -> None:
    todo = [
        effect
        for ref in range(1, 6)
        for effect in play.core.received(1, Send(ref, desk.encrypt("ch", b"x")), system_clock())
    ]
    done = await play.run(todo)
    assert [ack.ref for ack in only(done, 1, Accepted).acks] == [1, 2, 3, 4, 5]
    assert len([one for one in done if isinstance(one, Deliver)]) == 1
    assert delivered(done) == [("ch", seq) for seq in range(1, 6)]


async def test_a_failed_commit_says_try_again_and_changes_nothing(play: Play, desk: Member) -> None:
    todo = play.core.received(1, Send(9, desk.encrypt("ch", b"x")), system_clock())
    appends = [one for one in todo if isinstance(one, Append)]
    play.core.pressure("storage", system_clock())
    (reply,) = sent(play.core.failed(appends, system_clock()), 1)
    assert isinstance(reply, frames.SlowDown)
    assert (reply.ref, reply.reason) == (9, "storage")
    assert play.state.channels["ch"].last_seq == 0
    (again,) = sent(await play.send(desk, Send(10, b"")), 1)
    assert isinstance(again, frames.SlowDown)
    play.core.pressure("", system_clock())
    assert only(await play.run(todo), 1, Accepted)


def test_kinds_in_log_are_application(play: Play) -> None:
    assert Kind.APPLICATION == frames.EntryKind.MESSAGE
