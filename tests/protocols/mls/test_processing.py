"""What a staged commit tells before it is merged."""

import pytest

from protocols.mls import errors
from protocols.mls.processing import stage


def test_what_is_told(trio, now):
    package = trio.device("dave").bundle.key_package
    trio.propose("bob", trio["bob"].propose_update(now=now))
    pending = trio["alice"].commit(now=now, add=[package], remove=[2])
    staged = trio["bob"].process(pending.commit, now)
    assert (staged.epoch, staged.sender, staged.external) == (2, 0, False)
    assert [one.identity for one in staged.added] == ["dave"]
    assert [one.identity for one in staged.removed] == ["carol"]
    assert [one.identity for one in staged.updated] == ["bob", "alice"]
    assert not staged.self_removed
    gone = trio["carol"].process(pending.commit, now)
    assert gone.self_removed
    assert gone.upcoming is None


def test_own_commit_is_not_staged(trio, now):
    alice = trio["alice"]
    checked = trio.hub.check(alice.commit(now=now).commit, now=now)
    with pytest.raises(errors.OwnMessage):
        stage(alice._epoch, checked, None, {}, lambda psk: b"")


def test_keys_of_an_update_belong_to_its_proposer(trio, now):
    trio.propose("bob", trio["bob"].propose_update(now=now))
    pair = next(iter(trio["bob"]._own_updates.values()))
    trio.commit("carol")
    assert trio["bob"]._epoch.leaf_key is pair
