"""An epoch as a member holds it: keys that the tree has, a past that can still be read."""

from dataclasses import replace

import pytest

from protocols.mls import epoch as epochs
from protocols.mls import errors, schedule


def test_only_keys_of_the_tree_are_kept(trio):
    epoch = trio["bob"]._epoch
    derivation = schedule.derive_from_epoch_secret(epoch.public.state.suite, b"s" * 32)
    stale = epoch.public.state.suite.generate_key_pair()
    started = epochs.start(epoch.public, 1, derivation, {**epoch.keys, 0: stale, 99: stale})
    assert set(started.keys) == set(epoch.keys)
    assert started.leaf_key is epoch.leaf_key


def test_closed_epoch_keeps_senders_but_no_init_secret(trio):
    past = epochs.close(trio["bob"]._epoch)
    assert past.senders[0] == (trio["alice"].signer.public_key, "alice")
    assert not hasattr(past, "init_secret")
    assert past.resumption_psk == trio["alice"]._epoch.secrets.resumption_psk


def test_confirmation_tag_is_verified(trio):
    public = trio["bob"].public
    derivation = schedule.derive_from_epoch_secret(public.state.suite, b"s" * 32)
    with pytest.raises(errors.BadConfirmationTag):
        epochs.verify_confirmation_tag(public, derivation)


def test_past_messages_name_their_sender(trio):
    message = trio["alice"].encrypt(b"x", aad=b"a")
    trio.commit("carol", remove=[0])
    read = trio["bob"].decrypt(message)
    assert (read.sender, read.sender_identity, read.epoch, read.aad) == (0, "alice", 1, b"a")


def test_buried_epoch_holds_no_secret(trio):
    buried = epochs.bury(trio["bob"]._epoch)
    assert buried.keys == {}
    assert buried.secret_tree.nodes == {}
    assert replace(buried.secrets, init_secret=b"").membership_key == b""
