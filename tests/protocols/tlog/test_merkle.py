"""The Merkle tree against a naive reading of RFC 9162, over every small size and random large."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import ProofWrong
from protocols.tlog.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    subtree_root,
    verify_consistency,
    verify_inclusion,
)


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word for word, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


class Tree:
    """Leaves in memory, answering as a store would."""

    def __init__(self, size: int) -> None:
        self.leaves = [leaf_hash(b"entry %d" % number) for number in range(size)]

    def __call__(self, height: int, index: int) -> bytes:
        part = self.leaves[index << height : (index + 1) << height]
        assert len(part) == 1 << height
        return naive_root(part)


def test_hashes_of_rfc_6962_test_vectors() -> None:
    """The tree of the eight inputs that the certificate transparency project publishes."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    inputs.append("606162636465666768696a6b6c6d6e6f")
    leaves = [leaf_hash(bytes.fromhex(text)) for text in inputs]
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert (
        subtree_root(leaves).hex()
        == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@pytest.mark.parametrize("size", range(20))
def test_every_proof_of_every_small_tree(size: int) -> None:
    tree = Tree(size)
    root = naive_root(tree.leaves)
    assert root_at(tree, size) == root
    for index in range(size):
        proof = inclusion_proof(tree, index, size)
        verify_inclusion(tree.leaves[index], index, size, proof, root)
    for first in range(size + 1):
        proof = consistency_proof(tree, first, size)
        verify_consistency(first, naive_root(tree.leaves[:first]), size, root, proof)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_larger_trees(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 700))
    tree = Tree(size)
    root = naive_root(tree.leaves)
    index = data.draw(st.integers(0, size - 1))
    verify_inclusion(tree.leaves[index], index, size, inclusion_proof(tree, index, size), root)
    first = data.draw(st.integers(0, size))
    proof = consistency_proof(tree, first, size)
    verify_consistency(first, naive_root(tree.leaves[:first]), size, root, proof)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 600), max_size=5))
def test_frontier_grows_in_any_portions(portions: list[int]) -> None:
    leaves = Tree(sum(portions)).leaves
    frontier = Frontier()
    tiles: list[bytes] = []
    at = 0
    for portion in portions:
        tiles += frontier.extend(leaves[at : at + portion])
        at += portion
        assert Frontier.from_bytes(frontier.to_bytes()).root() == frontier.root()
    assert frontier.root() == naive_root(leaves)
    whole = range(0, len(leaves) - len(leaves) % 256, 256)
    assert tiles == [naive_root(leaves[start : start + 256]) for start in whole]


def test_empty_tree() -> None:
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()
    assert Frontier.from_bytes(Frontier().to_bytes()).size == 0


def test_a_copy_grows_alone() -> None:
    frontier = Frontier()
    frontier.extend(Tree(3).leaves)
    copy = frontier.copy()
    copy.extend([bytes(32)])
    assert (frontier.size, copy.size) == (3, 4)
    assert frontier.root() == naive_root(Tree(3).leaves)


@pytest.mark.parametrize("data", [b"", b"\x01", (3).to_bytes(8, "big") + bytes(32)])
def test_a_frontier_that_is_none(data: bytes) -> None:
    if not data:
        assert Frontier.from_bytes(data).size == 0
    else:
        with pytest.raises(ValueError, match="frontier"):
            Frontier.from_bytes(data)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_changed_inclusion_proof_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(size)
    root = naive_root(tree.leaves)
    proof = inclusion_proof(tree, index, size)
    change = data.draw(st.sampled_from(["step", "longer", "shorter", "leaf", "root", "index"]))
    leaf = tree.leaves[index]
    if change == "step":
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = bytes(32)
    elif change == "longer":
        proof.append(bytes(32))
    elif change == "shorter":
        proof.pop()
    elif change == "leaf":
        leaf = leaf_hash(b"another")
    elif change == "root":
        root = bytes(32)
    else:
        index = data.draw(st.integers(0, size + 3).filter(lambda other: other != index))
    with pytest.raises(ProofWrong):
        verify_inclusion(leaf, index, size, proof, root)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_changed_consistency_proof_is_refused(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, 70))
    first = data.draw(st.integers(1, second - 1))
    tree = Tree(second)
    old, new = naive_root(tree.leaves[:first]), naive_root(tree.leaves)
    proof = consistency_proof(tree, first, second)
    change = data.draw(st.sampled_from(["step", "longer", "shorter", "old", "new", "order"]))
    if change == "step":
        proof[data.draw(st.integers(0, len(proof) - 1))] = bytes(32)
    elif change == "longer":
        proof.append(bytes(32))
    elif change == "shorter":
        proof.pop()
    elif change == "old":
        old = bytes(32)
    elif change == "new":
        new = bytes(32)
    else:
        first, second = second, first
    with pytest.raises(ProofWrong):
        verify_consistency(first, old, second, new, proof)


def test_a_split_view_has_no_proof() -> None:
    honest, other = Tree(9), Tree(9)
    other.leaves[2] = leaf_hash(b"rewritten")
    proof = consistency_proof(other, 5, 9)
    with pytest.raises(ProofWrong):
        verify_consistency(5, naive_root(honest.leaves[:5]), 9, naive_root(other.leaves), proof)


def test_two_roots_for_one_size() -> None:
    with pytest.raises(ProofWrong, match="Two different roots"):
        verify_consistency(4, bytes(32), 4, b"\x01" * 32, [])
    with pytest.raises(ProofWrong, match="nothing to prove"):
        verify_consistency(4, bytes(32), 4, bytes(32), [bytes(32)])


def test_questions_outside_the_tree() -> None:
    with pytest.raises(ValueError, match="leaf 3"):
        inclusion_proof(Tree(3), 3, 3)
    with pytest.raises(ValueError, match="extend"):
        consistency_proof(Tree(3), 4, 3)


def test_steps_of_a_proof_are_whole_hashes() -> None:
    """So that no byte can move from one side of a node to the other."""
    leaves = [leaf_hash(bytes([n])) for n in range(2)]
    root = node_hash(*leaves)
    verify_inclusion(leaves[0], 0, 2, [leaves[1]], root)
    for step in (b"", leaves[1][:31], leaves[1] + b"\x00"):
        with pytest.raises(ProofWrong, match="32 bytes"):
            verify_inclusion(leaves[0], 0, 2, [step], root)
        with pytest.raises(ProofWrong, match="32 bytes"):
            verify_consistency(1, leaves[0], 2, root, [step])
