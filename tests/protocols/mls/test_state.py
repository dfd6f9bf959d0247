"""A group survives a restart in any state it can be in."""

import pytest

from protocols.mls import errors, state
from protocols.mls.signer import SoftwareSigner


def reload(room, name):
    group = room[name]
    room.groups[name] = state.load(state.dump(group), group.signer, room.validator, room.policy)
    assert state.dump(room[name]) == state.dump(group)
    return room[name]


def test_restart_between_messages(trio):
    late = trio["alice"].encrypt(b"late")
    trio.say("alice")
    trio.commit("carol")
    for name in ("alice", "bob", "carol"):
        reload(trio, name)
    assert trio["bob"].decrypt(late).data == b"late"
    trio.say("bob")
    trio.commit("bob")


def test_restart_with_a_pending_commit_and_proposals(trio, now):
    trio["alice"].register_psk(b"id", b"secret")
    trio.propose("bob", trio["bob"].propose_update(now=now))
    pending = trio["alice"].commit(now=now)
    reload(trio, "alice")
    reload(trio, "bob")
    assert trio["alice"].pending.commit == pending.commit
    trio.accept("alice", trio["alice"].pending)
    trio.say("bob")


def test_restart_with_a_pending_change_of_key(trio, now):
    alice, fresh = trio["alice"], SoftwareSigner.generate()
    alice.commit(now=now, signer=fresh)
    saved = state.dump(alice)
    with pytest.raises(ValueError, match="next_signer"):
        state.load(saved, alice.signer, trio.validator)
    again = state.load(saved, alice.signer, trio.validator, next_signer=fresh)
    again.merge_pending()
    assert again.signer is fresh


def test_restart_after_removal(trio):
    carol = trio["carol"]
    trio.commit("alice", remove=[2])
    again = state.load(state.dump(carol), carol.signer, trio.validator)
    assert not again.active
    with pytest.raises(errors.RemovedFromGroup):
        again.encrypt(b"x")


def test_replay_is_refused_across_a_restart(trio):
    message = trio.say("alice")
    with pytest.raises(errors.ReplayedGeneration):
        reload(trio, "bob").decrypt(message)


def test_other_signers_and_layouts_are_refused(trio):
    saved = state.dump(trio["alice"])
    with pytest.raises(ValueError, match="signer"):
        state.load(saved, trio["bob"].signer, trio.validator)
    with pytest.raises(ValueError, match="version 2"):
        state.load(saved[:1] + b"\x02" + saved[2:], trio["alice"].signer, trio.validator)
