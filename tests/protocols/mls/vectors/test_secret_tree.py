"""Vectors secret-tree: message keys of every leaf, out of order, and sender data keys."""

from protocols.mls.private_framing import sender_data_key
from protocols.mls.secrettree import APPLICATION, HANDSHAKE, SecretTree
from protocols.mls.suites import suite


def test_sender_data(vectors, suite_id):
    for vector in vectors("secret-tree", suite_id):
        one = vector["sender_data"]
        key, nonce = sender_data_key(suite(suite_id), one["sender_data_secret"], one["ciphertext"])
        assert (key, nonce) == (one["key"], one["nonce"])


def test_ratchets(vectors, suite_id):
    for vector in vectors("secret-tree", suite_id):
        leaves = vector["leaves"]
        tree = SecretTree.start(suite(suite_id), vector["encryption_secret"], len(leaves))
        for leaf, generations in enumerate(leaves):
            for expected in sorted(generations, key=lambda one: -one["generation"]):
                for kind, name in ((HANDSHAKE, "handshake"), (APPLICATION, "application")):
                    found = tree.find(leaf, kind, expected["generation"])
                    assert found.key == expected[f"{name}_key"]
                    assert found.nonce == expected[f"{name}_nonce"]
                    tree.consume(found)
        assert tree.nodes == {} or len(leaves) & (len(leaves) - 1)
