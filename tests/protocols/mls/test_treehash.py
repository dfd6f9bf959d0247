"""Tree hashes are kept where nothing changed, and parent hashes tie keys to committers."""

from dataclasses import replace

import pytest

from protocols.mls import errors
from protocols.mls.suites import suite
from protocols.mls.tree import RatchetTree
from protocols.mls.treehash import original_tree_hash, tree_hash, verify_parent_hashes


def test_known_hashes_are_those_of_a_fresh_computation(channel, now):
    room = channel("alice", "bob", "carol", "dave", "erin")
    room.commit("dave")
    room.commit("bob", remove=[room["carol"].own_leaf])
    room.add("erin", "frank")
    tree = room.hub.state.tree
    fresh = RatchetTree.decode(suite(2), tree.encode())
    for node in range(len(tree.nodes)):
        assert tree_hash(tree.suite, tree.nodes, tree.hashes, node) == (
            tree_hash(fresh.suite, fresh.nodes, fresh.hashes, node)
        )
    verify_parent_hashes(fresh)


def test_leaving_nobody_out_is_the_tree_hash_itself(trio):
    tree = trio.hub.state.tree
    assert original_tree_hash(tree, tree.root, frozenset()) == tree.root_hash
    assert original_tree_hash(tree, 4, frozenset({2})) != (
        original_tree_hash(tree, 4, frozenset({1}))
    )


def test_each_altered_parent_is_noticed(trio):
    trio.commit("alice")
    trio.commit("carol")
    good = RatchetTree.decode(suite(2), trio.hub.tree)
    verify_parent_hashes(good)
    for index, node in list(good.parents()):
        for change in ({"parent_hash": b"x"}, {"encryption_key": b"\x04x"}):
            tree = RatchetTree(good.suite, good.nodes.copy())
            tree.nodes[index] = replace(node, **change)
            with pytest.raises(errors.BadParentHash):
                verify_parent_hashes(tree)
