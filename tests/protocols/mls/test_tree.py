"""The public tree: its shape on the wire, and how it grows and shrinks."""

import pytest

from protocols.mls import errors
from protocols.mls.suites import suite
from protocols.mls.tree import RatchetTree
from protocols.mls.wire import RATCHET_TREE_NODES, ParentNode, UpdatePath


@pytest.fixture
def leaves(device):
    return [device(f"unit-{number}").bundle.package.leaf_node for number in range(6)]


def grown(leaves):
    tree = RatchetTree(suite(2), [leaves[0]])
    for leaf in leaves[1:]:
        tree.add(leaf)
    return tree


def test_growing_and_shrinking(leaves):
    tree = grown(leaves)
    assert (tree.leaf_count, tree.root) == (8, 7)
    smaller = tree.copy()
    for leaf in (5, 4):
        smaller.remove(leaf)
        smaller.truncate()
    assert smaller.root_hash == grown(leaves[:4]).root_hash
    assert tree.root_hash == grown(leaves).root_hash
    smaller.remove(1)
    assert smaller.free_leaf() == 1
    assert smaller.add(leaves[5]) == 1


def test_wire_shape(leaves):
    tree = grown(leaves)
    data = tree.encode()
    assert len(RATCHET_TREE_NODES.decode(data)) == 11, "no blanks after the last node"
    again = RatchetTree.decode(suite(2), data)
    assert again.root_hash == tree.root_hash
    assert [index for index, _ in again.leaves()] == list(range(6))
    assert list(again.parents()) == []


def test_shapes_that_are_no_tree_are_refused(leaves):
    parent = ParentNode(b"k", b"", ())
    for nodes in ((), (leaves[0], None), (None,), (parent,), (leaves[0], leaves[1])):
        with pytest.raises(errors.MalformedTree):
            RatchetTree.decode(suite(2), RATCHET_TREE_NODES.write(nodes))


def test_unmerged_leaves_and_resolution(leaves):
    tree = grown(leaves[:3])
    tree.set_path(0, [b"k1", b"k2"])
    assert tree.filtered_direct_path(0) == [(1, 2), (3, 5)]
    assert tree.add(leaves[3]) == 3
    assert tree.nodes[3].unmerged_leaves == (3,)
    assert tree.resolution(3) == [3, 6]
    assert tree.resolution(5) == [4, 6]
    assert tree.recipients(5, {3}) == [4]
    assert tree.leaf(9) is None
    tree.update(2, leaves[4])
    assert tree.nodes[3] is None


def test_paths_must_have_the_length_of_the_filtered_path(leaves):
    tree = grown(leaves[:3])
    with pytest.raises(errors.BadUpdatePath):
        tree.copy().set_path(0, [b"k1"])
    with pytest.raises(errors.BadUpdatePath):
        tree.check_path_recipients(0, UpdatePath(leaves[0], ()), ())
    single = RatchetTree(suite(2), [leaves[0]])
    with pytest.raises(errors.BadParentHash):
        single.merge_path(0, UpdatePath(leaves[1], ()))
