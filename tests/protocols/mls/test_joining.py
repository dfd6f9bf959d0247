"""A Welcome is used only by whom it is for, and only if everything in it holds."""

import pytest

from protocols.mls import committing, errors, wire
from protocols.mls.group import Group


def _join(room, device, welcome, now):
    return Group.join(welcome, device.bundle, device.signer, validator=room.validator, now=now)


def test_a_welcome_for_somebody_else(trio, device, now):
    pending = trio["alice"].commit(now=now, add=[device("dave").bundle.key_package])
    with pytest.raises(errors.NotForThisClient):
        _join(trio, device("erin"), pending.welcome, now)
    with pytest.raises(errors.UnsupportedSuite):
        _join(trio, device("frank", 1), pending.welcome, now)


def test_a_welcome_that_was_altered(trio, device, now):
    dave = device("dave")
    pending = trio["alice"].commit(now=now, add=[dave.bundle.key_package])
    for position in (-1, len(pending.welcome) // 2):
        broken = bytearray(pending.welcome)
        broken[position] ^= 1
        with pytest.raises(errors.BadCiphertext):
            _join(trio, dave, bytes(broken), now)
    assert _join(trio, dave, pending.welcome, now).own_leaf == 3


def test_a_key_package_of_another_signer(trio, device, now):
    dave = device("dave")
    pending = trio["alice"].commit(now=now, add=[dave.bundle.key_package])
    dave.signer = device("erin").signer
    with pytest.raises(errors.BadKeyPackage):
        _join(trio, dave, pending.welcome, now)


def test_joining_with_and_without_a_path(trio, now):
    trio.add("alice", "dave", update=False)
    assert set(trio["dave"]._epoch.keys) == {6}
    trio.add("alice", "erin")
    assert set(trio["erin"]._epoch.keys) >= {8, trio.hub.state.tree.root}
    trio.say("dave")
    trio.say("erin")


def test_other_messages_are_no_welcome(trio, device, now):
    with pytest.raises(errors.UnknownWireFormat):
        _join(trio, device("dave"), trio["alice"].group_info(), now)
    assert isinstance(wire.decode_message(trio["alice"].group_info()).body, wire.GroupInfo)


def test_a_welcome_whose_state_is_not_confirmed(trio, device, now, monkeypatch):
    monkeypatch.setattr(committing, "confirmation_tag", lambda *arguments: bytes(32))
    dave = device("dave")
    pending = trio["alice"].commit(now=now, add=[dave.bundle.key_package])
    with pytest.raises(errors.BadConfirmationTag):
        _join(trio, dave, pending.welcome, now)
