"""Whatever bytes arrive, the answer is an MLSError, and the state is what it was."""

import random

import pytest

from protocols.errors import MLSError
from protocols.mls import state, wire
from protocols.mls.group import Group
from protocols.mls.public_group import PublicGroup, check_key_package, peek, welcome_refs


def mutations(data, count, seed):
    """Altered, cut, stretched and spliced copies of a message."""
    dice = random.Random(seed)
    for _ in range(count):
        broken = bytearray(data)
        kind = dice.random()
        place = dice.randrange(len(broken))
        if kind < 0.6:
            broken[place] ^= 1 << dice.randrange(8)
        elif kind < 0.75:
            del broken[place:]
        elif kind < 0.9:
            broken[place:place] = dice.randbytes(dice.randrange(1, 5))
        else:
            del broken[place : place + dice.randrange(1, 40)]
        if bytes(broken) != data:
            yield bytes(broken)


def refuse(action, data):
    with pytest.raises(MLSError):
        action(data)


@pytest.fixture
def messages(trio, now):
    """One message of each kind, all of them good, and bob's state before any of them."""
    alice = trio["alice"]
    dave = trio.device("dave")
    pending = alice.commit(now=now, add=[dave.bundle.key_package], remove=[2])
    return {
        "commit": pending.commit,
        "welcome": pending.welcome,
        "info": pending.group_info,
        "package": dave.bundle.key_package,
        "proposal": trio["carol"].propose_update(now=now),
        "private": trio["carol"].propose_remove(0, now=now, public=False),
        "data": alice.encrypt(b"observation" * 9, aad=b"header"),
    }


def test_members_refuse_altered_messages(trio, messages, now):
    bob = trio["bob"]
    before = state.dump(bob)
    for seed, name in enumerate(("commit", "proposal", "private")):
        for data in mutations(messages[name], 150, seed):
            refuse(lambda data: bob.process(data, now), data)
    for data in mutations(messages["data"], 150, 7):
        refuse(bob.decrypt, data)
    assert state.dump(bob) == before
    assert bob.decrypt(messages["data"]).aad == b"header"
    assert bob.process(messages["commit"], now).epoch == 2


def test_the_hub_refuses_altered_messages_that_it_can_judge(trio, messages, now):
    """Tags are beyond the hub, so an altered tag at the end passes; nothing else does."""
    before = trio.hub.to_bytes()
    body = wire.expect(messages["commit"], wire.PublicMessage)
    judged = len(messages["commit"]) - 2 * 33
    for data in mutations(messages["commit"], 300, 1):
        if data[:judged] == messages["commit"][:judged]:
            continue
        refuse(lambda data: trio.hub.check(data, now=now), data)
    checked = trio.hub.check(messages["commit"], now=now)
    assert checked.confirmation_tag == body.auth.confirmation_tag
    for data in mutations(messages["info"], 150, 2):
        refuse(lambda data: trio.hub.finish(checked, data), data)
        refuse(lambda data: PublicGroup.from_group_info(data, validator=trio.validator), data)
    assert trio.hub.to_bytes() == before


def test_joiners_refuse_altered_welcomes(trio, messages, now):
    dave = trio.devices["dave"]

    def join(data):
        Group.join(data, dave.bundle, dave.signer, validator=trio.validator, now=now)

    for data in mutations(messages["welcome"], 150, 3):
        refuse(join, data)
    join(messages["welcome"])


def test_the_directory_refuses_altered_key_packages(trio, messages, now):
    for data in mutations(messages["package"], 300, 4):
        refuse(lambda data: check_key_package(data, trio.validator, now), data)


def test_any_bytes_at_all(trio, now):
    dice = random.Random(5)
    bob = trio["bob"]
    for _ in range(200):
        data = b"\x00\x01\x00" + bytes([dice.randrange(7)]) + dice.randbytes(dice.randrange(80))
        for action in (
            lambda data: bob.process(data, now),
            bob.decrypt,
            lambda data: trio.hub.check(data, now=now),
            welcome_refs,
        ):
            refuse(action, data)
        try:
            peek(data)
        except MLSError:
            continue


def test_members_who_sign_nonsense_are_refused(trio, now):
    """Well signed and tagged by a member, and still nothing that may be taken."""
    bob = trio["bob"]
    before = state.dump(bob)
    leaf = bob.public.state.tree.leaf(0)
    own = trio["alice"].commit(now=now)
    path = wire.expect(own.commit, wire.PublicMessage).content.content.path
    psk = wire.PreSharedKey(wire.PreSharedKeyID(wire.ExternalPsk(b"?"), b""))
    for content in (
        wire.Remove(2**32 - 1),
        wire.Update(leaf),
        wire.Update(bob.public.state.tree.leaf(2)),
        wire.ExternalInit(b""),
        wire.GroupContextExtensions((wire.Extension(5, b"\x03ab"),)),
        wire.GroupContextExtensions((wire.Extension(3, b""),)),
        psk,
        wire.Commit((wire.ProposalRef(b""),), path),
        wire.Commit((wire.ExternalInit(b""),), path),
        wire.Commit((wire.Update(leaf),), path),
        wire.Commit((wire.Remove(0),), path),
        wire.Commit((psk,), path),
        wire.Commit((wire.GroupContextExtensions((wire.Extension(3, b"\x00"),)),), path),
        wire.Commit((), path),
    ):
        forged = trio.forge("alice", content, tag=bytes(32))
        refuse(lambda data: bob.process(data, now), forged)
    assert state.dump(bob) == before
