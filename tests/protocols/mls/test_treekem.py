"""Path secrets open for the members below, and for nobody else."""

import pytest

from protocols.mls import errors, treekem
from protocols.mls.keypackages import successor_leaf
from protocols.mls.leaf import CommitSource
from protocols.mls.suites import suite
from protocols.mls.tree import RatchetTree


@pytest.fixture
def path(trio):
    """A path of alice, sealed in a context, and the tree that holds it."""
    alice = trio["alice"]
    tree = alice.public.state.tree.copy()
    old = tree.leaf(0)

    def make(key, parent_hash):
        return successor_leaf(old, alice.signer, key, CommitSource(parent_hash), b"g", 0)

    fresh = treekem.new_path(tree, 0, make)
    return tree, fresh, treekem.encrypt_path(tree, 0, fresh, b"context", ())


def test_members_agree_on_the_commit_secret(trio, path):
    tree, fresh, update = path
    for name in ("bob", "carol"):
        epoch = trio[name]._epoch
        keys, secret = treekem.decrypt_path(
            tree, 0, update, epoch.own_leaf, epoch.keys, b"context", ()
        )
        assert secret == fresh.commit_secret
        assert all(tree.nodes[node].encryption_key == pair.public for node, pair in keys.items())


def test_without_the_right_key_or_context_it_stays_closed(trio, path):
    tree, _, update = path
    bob = trio["bob"]._epoch
    with pytest.raises(errors.BadCiphertext):
        treekem.decrypt_path(tree, 0, update, 1, bob.keys, b"other", ())
    with pytest.raises(errors.BadUpdatePath):
        treekem.decrypt_path(tree, 0, update, 1, {}, b"context", ())
    with pytest.raises(errors.BadUpdatePath):
        treekem.decrypt_path(tree, 0, update, 2, bob.keys, b"context", ())


def test_derived_keys_must_be_those_of_the_tree(path):
    tree, _, _ = path
    with pytest.raises(errors.BadUpdatePath, match="does not yield"):
        treekem.keys_above(tree, [tree.root], b"x" * 32)


def test_a_member_alone_has_an_empty_path(device):
    alice = device("alice")
    old = alice.bundle.package.leaf_node
    tree = RatchetTree(suite(2), [old])

    def make(key, parent_hash):
        assert parent_hash == b""
        return successor_leaf(old, alice.signer, key, CommitSource(parent_hash), b"g", 0)

    fresh = treekem.new_path(tree, 0, make)
    assert fresh.secrets == {}
    assert len(fresh.commit_secret) == 32
    assert treekem.encrypt_path(tree, 0, fresh, b"", ()).nodes == ()
