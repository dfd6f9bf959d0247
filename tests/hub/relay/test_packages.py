"""Key packages: validated, given once, rate-limited, logged, listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.relay.state import Limits
from protocols import frames
from protocols.frames import Accepted, Claim, Devices, Directory, Package, Publish, Refusal
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


async def publish(play: Play, member: Member, count: int, *, last_resort: bool = False) -> None:
    packages = tuple(member.package() for _ in range(count))
    last = member.package(last_resort=True) if last_resort else None
    done = await play.send(member, Publish(1, packages, last))
    assert only(done, play.seats[member.name], Accepted).acks[0].ref == 1


async def test_each_is_given_once_then_the_last_resort(play: Play, desk: Member) -> None:
    gn = play.member("gn", "mxgn")
    await play.enter(gn)
    await publish(play, gn, 2, last_resort=True)
    given = [
        only(await play.send(desk, Claim(ref, gn.name, "ch")), 1, Package).body
        for ref in range(1, 5)
    ]
    assert len(set(given[:2])) == 2
    assert given[2] == given[3] not in given[:2]


async def test_claims_are_logged(play: Play, desk: Member) -> None:
    gn = play.member("gn", "mxgn")
    await play.enter(gn)
    await publish(play, gn, 1)
    size = play.store.size
    await play.send(desk, Claim(1, gn.name, "ch"))
    assert play.store.size == size + 1


async def test_who_has_none_is_an_unknown_device(play: Play, desk: Member) -> None:
    refusal = only(await play.send(desk, Claim(1, "ghost@mxgn", "ch")), 1, Refusal)
    assert (refusal.ref, refusal.code) == (1, "unknown_device")


async def test_only_who_may_add_may_claim(play: Play, desk: Member) -> None:
    gn = play.member("gn", "mxgn")
    number = await play.enter(gn)
    await publish(play, gn, 1)
    done = await play.send(gn, Claim(1, desk.name, "ch"))
    assert only(done, number, Refusal).code == "not_a_member"
    await play.add(desk, gn)
    done = await play.send(gn, Claim(2, desk.name, "ch"))
    assert only(done, number, Refusal).code == "role_refused"


async def test_claims_are_rate_limited(tmp_path: Path) -> None:
    play = Play(tmp_path, Limits(claims_per_minute=1, claims_burst=2))
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.open_channel(desk)
    for ref in (1, 2):
        assert only(await play.send(desk, Claim(ref, "ghost@mxgn", "ch")), 1, Refusal)
    (slow,) = sent(await play.send(desk, Claim(3, "ghost@mxgn", "ch")), 1)
    assert isinstance(slow, frames.SlowDown)
    assert 0 < slow.retry_after <= 60_001
    play.store.close()


async def test_nobody_publishes_for_another(play: Play, desk: Member) -> None:
    other = play.member("other")
    done = await play.send(desk, Publish(1, (other.package(),)))
    assert only(done, 1, Refusal).code == "policy_refused"


async def test_what_does_not_hold_is_refused_and_nothing_kept(play: Play, desk: Member) -> None:
    good, bad = desk.package(), desk.package(lifetime=-120)
    assert only(await play.send(desk, Publish(1, (good, bad))), 1, Refusal).code == (
        "expired_key_package"
    )
    garbage = Publish(2, (good, b"\x00\x01\x00\x05junk"))
    assert only(await play.send(desk, garbage), 1, Refusal).code == "truncated"
    mixed = Publish(3, (), desk.package())
    assert only(await play.send(desk, mixed), 1, Refusal).code == "malformed_frame"
    too_many = Publish(4, (good,) * 51)
    assert only(await play.send(desk, too_many), 1, Refusal).code == "malformed_frame"
    assert await play.store.key_package_count(desk.name, 0) == 0


async def test_the_directory_names_devices_by_their_certificates(play: Play, desk: Member) -> None:
    gn = play.member("gn", "mxgn")
    await play.enter(gn)
    await publish(play, gn, 3)
    play.core.closed(play.seats[gn.name])
    (row,) = only(await play.send(desk, Directory(9)), 1, Devices).devices
    assert row == frames.DeviceEntry(gn.name, "mxgn", "MX", "participant", False, 3)
