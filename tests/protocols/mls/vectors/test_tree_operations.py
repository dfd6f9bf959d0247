"""Vectors tree-operations: one proposal applied to a tree, the tree before left alone."""

from protocols.mls.suites import suite
from protocols.mls.tree import RatchetTree
from protocols.mls.wire import PROPOSAL, Add, Remove, Update


def test_tree_operations(vectors):
    for vector in vectors("tree-operations"):
        before = RatchetTree.decode(suite(vector["cipher_suite"]), vector["tree_before"])
        assert before.root_hash == vector["tree_hash_before"]
        after, proposal = before.copy(), PROPOSAL.decode(vector["proposal"])
        if isinstance(proposal, Add):
            after.add(proposal.key_package.leaf_node)
        elif isinstance(proposal, Update):
            after.update(vector["proposal_sender"], proposal.leaf_node)
        else:
            assert isinstance(proposal, Remove)
            after.remove(proposal.removed)
            after.truncate()
        assert after.encode() == vector["tree_after"]
        assert after.root_hash == vector["tree_hash_after"]
        assert before.encode() == vector["tree_before"]
        assert before.root_hash == vector["tree_hash_before"]
