"""Vectors tree-math: the shape of trees of 1 to 512 leaves."""

from protocols.mls import treemath


def test_tree_math(vectors):
    for vector in vectors("tree-math"):
        leaves = vector["n_leaves"]
        assert treemath.node_width(leaves) == vector["n_nodes"]
        assert treemath.root(leaves) == vector["root"]
        for node in range(vector["n_nodes"]):
            inner = treemath.level(node) > 0
            top = node == vector["root"]
            assert (treemath.left(node) if inner else None) == vector["left"][node]
            assert (treemath.right(node) if inner else None) == vector["right"][node]
            assert (None if top else treemath.parent(node)) == vector["parent"][node]
            assert (None if top else treemath.sibling(node)) == vector["sibling"][node]
