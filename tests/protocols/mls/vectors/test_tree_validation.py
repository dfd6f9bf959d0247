"""Vectors tree-validation: resolutions, tree hashes, parent hashes and leaf signatures."""

from protocols.mls.suites import suite
from protocols.mls.tree import RatchetTree
from protocols.mls.treehash import tree_hash, verify_parent_hashes


def test_tree_validation(vectors, suite_id):
    chosen = suite(suite_id)
    for vector in vectors("tree-validation", suite_id):
        tree = RatchetTree.decode(chosen, vector["tree"])
        assert tree.encode() == vector["tree"]
        assert len(tree.nodes) == len(vector["tree_hashes"])
        for node, expected in enumerate(vector["resolutions"]):
            assert tree.resolution(node) == expected
            assert tree.is_empty(node) == (not expected)
        for node, expected in enumerate(vector["tree_hashes"]):
            assert tree_hash(chosen, tree.nodes, tree.hashes, node) == expected
        verify_parent_hashes(tree)
        for index, leaf in tree.leaves():
            content = leaf.to_be_signed(vector["group_id"], index)
            chosen.verify_with_label(leaf.signature_key, b"LeafNodeTBS", content, leaf.signature)
