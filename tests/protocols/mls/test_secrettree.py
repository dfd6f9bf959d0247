"""Keys are found without a change and gone once consumed, in any order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.mls.errors import GenerationTooFar, ReplayedGeneration
from protocols.mls.secrettree import APPLICATION, HANDSHAKE, SecretTree
from protocols.mls.suites import suite


def start(leaves=5, **options):
    return SecretTree.start(suite(2), b"s" * 32, leaves, **options)


def snapshot(tree):
    ratchets = {
        key: (ratchet.secret, ratchet.generation, dict(ratchet.skipped))
        for key, ratchet in tree.ratchets.items()
    }
    return dict(tree.nodes), ratchets


@given(st.permutations(range(12)))
@settings(max_examples=40, deadline=None)
def test_any_order_reads_each_key_once(order):
    sender, reader = start(), start()
    sent = []
    for _ in range(12):
        key = sender.next_key(3, APPLICATION)
        sender.consume(key)
        sent.append((key.key, key.nonce))
    assert len(set(sent)) == 12
    for generation in order:
        before = snapshot(reader)
        found = reader.find(3, APPLICATION, generation)
        assert snapshot(reader) == before, "finding consumes nothing"
        assert (found.key, found.nonce) == sent[generation]
        reader.consume(found)
        with pytest.raises(ReplayedGeneration):
            reader.find(3, APPLICATION, generation)
    assert reader.ratchets[3, APPLICATION].skipped == {}


def test_opening_a_leaf_deletes_what_stands_above_it():
    tree = start(8)
    assert set(tree.nodes) == {7}
    tree.consume(tree.find(5, HANDSHAKE, 0))
    assert set(tree.nodes) == {3, 8, 13}
    tree.consume(tree.find(4, HANDSHAKE, 0))
    assert set(tree.nodes) == {3, 13}
    assert set(tree.ratchets) == {
        (leaf, kind) for leaf in (4, 5) for kind in (HANDSHAKE, APPLICATION)
    }


def test_bounds():
    tree = start(skip=5, window=2)
    with pytest.raises(GenerationTooFar):
        tree.find(0, APPLICATION, 6)
    tree.consume(tree.find(0, APPLICATION, 5))
    assert set(tree.ratchets[0, APPLICATION].skipped) == {3, 4}
    with pytest.raises(ReplayedGeneration):
        tree.find(0, APPLICATION, 2)
    with pytest.raises(GenerationTooFar):
        tree.find(0, APPLICATION, 1 << 32)
