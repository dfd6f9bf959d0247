"""Tree arithmetic against its definitions."""

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.mls import treemath

leaves = st.integers(0, 1023)


@given(leaves, leaves)
@settings(max_examples=80, deadline=None)
def test_common_ancestor_is_the_lowest_shared_node(one, other):
    above = {2 * one, *treemath.direct_path(one, 1024)}
    shared = [node for node in (2 * other, *treemath.direct_path(other, 1024)) if node in above]
    assert treemath.common_ancestor(one, other) == shared[0]


@given(leaves)
@settings(max_examples=50, deadline=None)
def test_ancestors_contain_their_leaf_and_siblings_do_not(leaf):
    below = treemath.leaf_to_node(leaf)
    for node in treemath.direct_path(leaf, 1024):
        assert treemath.contains_leaf(node, leaf)
        assert leaf in treemath.subtree_leaves(node)
        other = treemath.sibling(below)
        assert not treemath.contains_leaf(other, leaf)
        assert {treemath.left(node), treemath.right(node)} == {below, other}
        below = node
    assert below == treemath.root(1024)


def test_small_trees():
    assert treemath.direct_path(0, 1) == ()
    assert treemath.root(1) == 0
    assert [treemath.full_width(count) for count in (1, 2, 3, 4, 5)] == [1, 2, 4, 4, 8]
    assert [treemath.node_width(count) for count in (1, 2, 3, 4, 5)] == [1, 3, 7, 7, 15]
    assert list(treemath.subtree_leaves(5)) == [2, 3]
