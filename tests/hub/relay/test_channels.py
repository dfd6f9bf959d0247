"""What is kept of a channel, and that the log gives it back."""

from __future__ import annotations

import pytest

from hub.relay.access import Asking
from hub.relay.channels import GRACE_MICROSECONDS, SENDERS_KEPT, Charter
from protocols.errors import NotAMember
from protocols.frames import Policy, Propose
from protocols.identity import Role
from tests.hub.relay.playbook import Play

POLICY = Policy(title="t", owners=("uscbp",))


def test_a_charter_keeps_its_standing() -> None:
    standing = Asking(POLICY, Policy(owners=("mxgn",)), ("uscbp",))
    charter = Charter.of(standing, "desk@uscbp")
    assert charter.standing == standing
    assert b'"creator":"desk@uscbp"' in charter.encode()


async def test_a_channel_comes_back_as_it_was(play: Play) -> None:
    desk, unit = play.member("desk", role=Role.COMMAND), play.member("unit")
    await play.enter(desk)
    await play.enter(unit)
    await play.open_channel(desk)
    await play.add(desk, unit)
    leave = unit.groups["ch"].propose_remove(unit.leaf("ch", unit.name), now=unit.now())
    await play.send(unit, Propose(1, leave))
    before = play.state.channels["ch"]
    play.restart()
    after = play.state.channels["ch"]
    assert after is not before
    for name in ("charter", "group_info", "members", "last_seq", "epoch_seq", "handshake_seq"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.group.to_bytes() == before.group.to_bytes()
    assert set(after.group.proposals) == set(before.group.proposals) != set()
    assert after.absent == {desk.name, unit.name}


async def test_epochs_senders_and_members(play: Play) -> None:
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.open_channel(desk)
    await play.add(desk, play.member("unit"))
    channel = play.state.channels["ch"]
    at = channel.epoch_at
    assert channel.accepts_epoch(1, at + 10 * GRACE_MICROSECONDS)
    assert channel.accepts_epoch(0, at + GRACE_MICROSECONDS)
    assert not channel.accepts_epoch(0, at + GRACE_MICROSECONDS + 1)
    assert not channel.accepts_epoch(2, at)
    for seq in range(1, SENDERS_KEPT + 3):
        channel.remember_sender(seq, desk.name)
    assert len(channel.senders) == SENDERS_KEPT
    assert min(channel.senders) == 3
    assert channel.leaf_of(desk.name) == 0
    assert channel.leaf_of("ghost@uscbp") is None
    with pytest.raises(NotAMember):
        channel.check_member("ghost@uscbp")
    assert channel.state("ghost@uscbp").member is False
