"""Which cached proposals go into a commit together."""

from protocols.mls.selection import committable
from protocols.mls.wire import Add, Remove, Update


def kinds(room, name, now, holds=lambda psk: True):
    chosen = committable(room[name].public, room[name].own_leaf, holds, now)
    return [entry.proposal for entry in chosen]


def test_removes_win_over_updates_and_the_own_leaf_is_left_alone(trio, now):
    trio.propose("bob", trio["bob"].propose_update(now=now))
    trio.propose("carol", trio["carol"].propose_update(now=now))
    trio.propose("alice", trio["alice"].propose_remove(2, now=now))
    trio.propose("bob", trio["bob"].propose_remove(2, now=now))
    for_alice = kinds(trio, "alice", now)
    assert [type(one) for one in for_alice] == [Remove, Update]
    assert [type(one) for one in kinds(trio, "bob", now)] == [Remove]
    assert [type(one) for one in kinds(trio, "carol", now)] == [Update]


def test_the_latest_update_wins(trio, now):
    for _ in range(2):
        trio.propose("bob", trio["bob"].propose_update(now=now))
    latest = list(trio.hub.proposals.values())[-1].proposal
    assert kinds(trio, "alice", now) == [latest]
    trio.commit("alice")


def test_clients_are_added_once_and_while_their_key_package_lasts(trio, device, now):
    dave = device("dave")
    for _ in range(2):
        package = dave.publish().key_package
        trio.propose("alice", trio["alice"].propose_add(package, now=now))
    assert [type(one) for one in kinds(trio, "bob", now)] == [Add]
    assert kinds(trio, "bob", now + 90_000) == []


def test_keys_that_are_not_held_are_left_out(trio, now):
    trio["alice"].register_psk(b"id", b"s")
    trio.propose("alice", trio["alice"].propose_psk(b"id", now=now))
    assert len(kinds(trio, "alice", now)) == 1
    assert kinds(trio, "bob", now, lambda psk: False) == []


def test_what_a_commit_says_itself_outweighs_the_cache(trio, device, now):
    dave = device("dave").bundle.key_package
    trio.propose("bob", trio["bob"].propose_update(now=now))
    trio.propose("bob", trio["bob"].propose_remove(2, now=now))
    trio.propose("carol", trio["carol"].propose_add(dave, now=now))
    trio.propose("carol", trio["carol"].propose_extensions([], now=now))
    pending = trio["alice"].commit(now=now, add=[dave], remove=[1, 2], extensions=[])
    checked = trio.hub.check(pending.commit, now=now)
    assert len(checked.proposal_refs) == 1, "only carol's removal is by reference"
    assert sorted(one.identity for one in checked.removed) == ["bob", "carol"]
    assert [one.identity for one in checked.added] == ["dave"]
