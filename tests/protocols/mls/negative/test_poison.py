"""Proposals that are fine alone and poison together: no member may keep others from committing."""

from __future__ import annotations

import pytest

from protocols.mls import wire
from protocols.mls.keypackages import successor_leaf
from protocols.mls.leaf import UpdateSource
from protocols.mls.selection import CACHED_LIMIT


def identity_of_bob(lab):
    return [wire.Add(wire.expect(lab.device("bob").bundle.key_package, wire.KeyPackage))]


def one_identity_twice(lab):
    packages = (lab.device("dave").bundle.key_package for _ in range(2))
    return [wire.Add(wire.expect(package, wire.KeyPackage)) for package in packages]


def unsupported_extension(lab):
    return [wire.GroupContextExtensions((wire.Extension(0xF00D, b""),))]


def impossible_requirement(lab):
    data = wire.RequiredCapabilities((0xF00D,), (), ()).encoded
    return [wire.GroupContextExtensions((wire.Extension(wire.REQUIRED_CAPABILITIES, data),))]


def key_of_bob(lab):
    leaf = lab.bob.public.state.tree.leaf(1)
    package = lab.package(leaf_encryption_key=leaf.encryption_key)
    return [wire.Add(wire.expect(package, wire.KeyPackage))]


def update_with_the_key_of_bob(lab):
    tree = lab.alice.public.state.tree
    leaf = successor_leaf(
        tree.leaf(0),
        lab.alice.signer,
        tree.leaf(1).encryption_key,
        UpdateSource(),
        lab.alice.group_id,
        0,
    )
    return [wire.Update(leaf)]


@pytest.mark.parametrize(
    "poison",
    [
        identity_of_bob,
        one_identity_twice,
        unsupported_extension,
        impossible_requirement,
        key_of_bob,
        update_with_the_key_of_bob,
    ],
)
def test_others_still_commit_and_the_hubs_removal_is_in_it(lab, poison):
    """alice proposes poison; the hub wants her out; bob commits, and she is out."""
    room = lab.room
    for proposal in poison(lab):
        message = lab.forge(proposal)
        room.hub = room.hub.apply(room.hub.check(message, now=lab.now))
        for name in ("bob", "carol"):
            room[name].process(message, lab.now)
    del room.groups["alice"]  # whatever she makes of what follows
    room.propose("hub", room.hub.propose_remove(0, lab.hub_key))
    room.commit("bob")
    assert "alice" not in {member.identity for member in room.hub.members()}
    room.say("carol")


def test_what_stands_together_is_kept(lab):
    """Of two Adds that exclude each other the first is committed, and the rest with it."""
    room = lab.room
    for proposal in (*one_identity_twice(lab), wire.Remove(2)):
        message = lab.forge(proposal)
        room.hub = room.hub.apply(room.hub.check(message, now=lab.now))
        for name in ("bob", "carol"):
            room[name].process(message, lab.now)
    pending = lab.bob.commit(now=lab.now)
    checked = room.hub.check(pending.commit, now=lab.now)
    assert [member.identity for member in checked.added] == ["dave"]
    assert [member.identity for member in checked.removed] == ["carol"]


def test_a_flood_is_bounded_and_removals_stand_beside_it(lab):
    """alice proposes more Adds than a commit takes; the hub's removal of her is still in it."""
    room = lab.room
    for number in range(CACHED_LIMIT + 5):
        package = lab.device(f"flood-{number}").bundle.key_package
        message = lab.forge(wire.Add(wire.expect(package, wire.KeyPackage)))
        lab.bob.process(message, lab.now)
    lab.bob.process(room.hub.propose_remove(0, lab.hub_key), lab.now)
    pending = lab.bob.commit(now=lab.now)
    commit = wire.expect(pending.commit, wire.PublicMessage).content.content
    assert len(commit.proposals) == CACHED_LIMIT + 1
    after = {member.identity for member in pending.upcoming.public.members()}
    assert "alice" not in after
