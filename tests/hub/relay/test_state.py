"""Token buckets, look-ups, and that refusals are counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.relay.state import Bucket
from protocols.errors import NotAMember, UnknownChannel
from protocols.frames import Refusal
from protocols.identity import Role
from protocols.mls.leaf import CREDENTIAL, BasicCredential
from tests.hub.relay.playbook import Play

SECOND = 1_000_000


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    bucket = Bucket(rate=2, burst=3)
    assert [bucket.take(0) for _ in range(4)] == [0, 0, 0, 501]
    assert bucket.take(SECOND // 2) == 0
    assert bucket.take(SECOND // 2) > 0


def test_a_clock_that_runs_backwards_gives_nothing() -> None:
    bucket = Bucket(rate=1, burst=1)
    assert bucket.take(10 * SECOND) == 0
    assert bucket.take(0) > 0


@given(st.lists(st.integers(0, 5 * SECOND), max_size=60))
def test_a_bucket_never_gives_more_than_it_may(times: list[int]) -> None:
    bucket = Bucket(rate=3, burst=5)
    ordered = sorted(times)
    taken = sum(bucket.take(now) == 0 for now in ordered)
    assert taken <= 5 + 3 * ((ordered[-1] if ordered else 0) / SECOND) + 1e-6


async def test_the_hub_as_external_sender(play: Play) -> None:
    sender = play.state.sender
    assert sender.signature_key == play.key.public_key
    assert CREDENTIAL.decode(sender.credential) == BasicCredential(b"hub-test")


async def test_who_is_concerned(play: Play) -> None:
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.open_channel(desk)
    channel = play.state.channel("ch")
    assert play.state.groups[b"ch"] is channel
    assert play.state.concerns(channel, play.member("chief", "mxgn", Role.COMMAND).identity)
    assert not play.state.concerns(channel, play.member("unit", "mxgn").identity)
    assert not play.state.concerns(channel, play.member("chief", "cbsa", Role.COMMAND).identity)
    with pytest.raises(UnknownChannel):
        play.state.channel("none")


def test_refusals_are_frames_and_counted(play: Play) -> None:
    reply = play.state.refuse(3, 4, NotAMember("not in there"))
    assert reply.connection == 3
    assert reply.frame == Refusal(4, "not_a_member", "not in there", NotAMember.remedy, {})
    assert play.state.metrics.refusals == {"not_a_member": 1}
