"""Vectors treekem: update paths processed by every member, and new ones made for them."""

from dataclasses import replace

from protocols.mls import treekem
from protocols.mls.keypackages import successor_leaf
from protocols.mls.leaf import CommitSource
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import suite
from protocols.mls.tree import RatchetTree
from protocols.mls.wire import GroupContext, UpdatePath


def _private_state(chosen, tree, entry):
    """The private keys of one leaf, each consistent with the public tree."""
    keys = {2 * entry["index"]: chosen.kem.load_private(entry["encryption_priv"])}
    for one in entry["path_secrets"]:
        keys[one["node"]] = treekem.node_key_pair(chosen, one["path_secret"])
    for node, pair in keys.items():
        assert tree.nodes[node].encryption_key == pair.public
    return keys


def _context(vector, tree):
    return GroupContext(
        1,
        vector["cipher_suite"],
        vector["group_id"],
        vector["epoch"],
        tree.root_hash,
        vector["confirmed_transcript_hash"],
        (),
    ).encoded


def test_received_paths(vectors, suite_id):
    chosen = suite(suite_id)
    for vector in vectors("treekem", suite_id):
        before = RatchetTree.decode(chosen, vector["ratchet_tree"])
        states = {
            entry["index"]: _private_state(chosen, before, entry)
            for entry in vector["leaves_private"]
        }
        for update in vector["update_paths"]:
            path, sender = UpdatePath.decode(update["update_path"]), update["sender"]
            after = before.copy()
            after.merge_path(sender, path)
            assert after.root_hash == update["tree_hash_after"]
            context = _context(vector, after)
            for leaf, keys in states.items():
                if leaf == sender:
                    continue
                derived, commit_secret = treekem.decrypt_path(
                    after, sender, path, leaf, keys, context, ()
                )
                assert commit_secret == update["commit_secret"]
                expected = update["path_secrets"][leaf]
                lowest = treekem.node_key_pair(chosen, expected)
                assert next(iter(derived.values())).public == lowest.public
        assert before.encode() == vector["ratchet_tree"]


def test_created_paths(vectors, suite_id):
    chosen = suite(suite_id)
    for vector in vectors("treekem", suite_id):
        before = RatchetTree.decode(chosen, vector["ratchet_tree"])
        states = {entry["index"]: entry for entry in vector["leaves_private"]}
        for update in vector["update_paths"]:
            sender = update["sender"]
            old = before.leaf(sender)
            signer = SoftwareSigner.for_suite(suite_id, states[sender]["signature_priv"])
            assert signer.public_key == old.signature_key

            def make(key, parent_hash, old=old, signer=signer, sender=sender, vector=vector):
                source = CommitSource(parent_hash)
                return successor_leaf(old, signer, key, source, vector["group_id"], sender)

            mine = before.copy()
            fresh = treekem.new_path(mine, sender, make)
            context = _context(vector, mine)
            path = treekem.encrypt_path(mine, sender, fresh, context, ())
            theirs = before.copy()
            theirs.check_path_recipients(sender, path, ())
            theirs.merge_path(sender, path)
            assert theirs.root_hash == mine.root_hash
            for leaf, entry in states.items():
                if leaf != sender:
                    keys = _private_state(chosen, before, entry)
                    got = treekem.decrypt_path(theirs, sender, path, leaf, keys, context, ())
                    assert got[1] == fresh.commit_secret
            assert replace(path).encoded == path.encoded
