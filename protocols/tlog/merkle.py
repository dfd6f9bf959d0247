"""The Merkle tree of RFC 9162 section 2.1 (RFC 6962), grown leaf by leaf and proven from parts.

`Frontier` is the right edge of the tree, all that is needed to append and to know the root: one
hash for each bit that is set in the size. Proofs need inner nodes; who makes a proof passes a
`SubtreeReader`, which answers with the hash of the perfect subtree of 2^height leaves that stands
at `index` on its level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from protocols.errors import ProofWrong

EMPTY_ROOT = sha256(b"").digest()
TILE_HEIGHT = 8
TILE_SIZE = 1 << TILE_HEIGHT
"""Subtrees of this many leaves are reported by `Frontier.extend`, for whoever keeps them."""

SubtreeReader = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a tree of `size` leaves: one perfect subtree per set bit, largest first."""

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if size < 0 or size.bit_count() != len(nodes) or any(len(node) != 32 for node in nodes):
            raise ValueError("a frontier has one 32-byte hash for each bit set in its size")
        self.size = size
        self.nodes = list(nodes)

    def extend(self, leaves: Iterable[bytes]) -> list[bytes]:
        """Append leaf hashes in order; returns the hashes of the 256-leaf subtrees completed.

        Costs one node hash per leaf over time, whatever the size of the tree.
        """
        nodes = self.nodes
        size = self.size
        tiles: list[bytes] = []
        for leaf in leaves:
            node = leaf
            carry = size
            height = 0
            while carry & 1:
                node = sha256(b"\x01" + nodes.pop() + node).digest()
                carry >>= 1
                height += 1
                if height == TILE_HEIGHT:
                    tiles.append(node)
            nodes.append(node)
            size += 1
        self.size = size
        return tiles

    def root(self) -> bytes:
        """The root hash of the tree as it stands (of the empty tree: SHA-256 of nothing)."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> Frontier:
        """An independent copy."""
        return Frontier(self.size, self.nodes)

    def to_bytes(self) -> bytes:
        """Eight bytes of size, then the node hashes, largest subtree first."""
        return self.size.to_bytes(8, "big") + b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Read what `to_bytes` wrote; raises `ValueError` when it is nothing of the kind."""
        nodes = [data[at : at + 32] for at in range(8, len(data), 32)]
        return cls(int.from_bytes(data[:8], "big"), nodes)


def subtree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes, any number of them."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def _split(count: int) -> int:
    """The largest power of two smaller than `count` (at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_root(read: SubtreeReader, start: int, end: int) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return read(height, start >> height)
    middle = start + _split(count)
    return node_hash(_range_root(read, start, middle), _range_root(read, middle, end))


def root_at(read: SubtreeReader, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return _range_root(read, 0, size) if size else EMPTY_ROOT


def inclusion_proof(read: SubtreeReader, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 9162 section 2.1.3.1; `ValueError` if there is no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(read, middle, end))
            end = middle
        else:
            path.append(_range_root(read, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(read: SubtreeReader, first: int, second: int) -> list[bytes]:
    """PROOF(first, D[second]) of RFC 9162 section 2.1.4.1; empty where first is 0 or second."""
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {second} does not extend one of {first}")
    if first in (0, second):
        return []
    path: list[bytes] = []
    start, end = 0, second
    whole = True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range_root(read, middle, end))
            end = middle
        else:
            path.append(_range_root(read, start, middle))
            start = middle
            whole = False
    if not whole:
        path.append(_range_root(read, start, end))
    return path[::-1]


def _check_steps(proof: Sequence[bytes]) -> None:
    if any(len(step) != 32 for step in proof):
        raise ProofWrong("A proof consists of hashes of 32 bytes.")


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """RFC 9162 section 2.1.3.2; raises `ProofWrong` unless the proof leads from leaf to root."""
    if not 0 <= index < size:
        raise ProofWrong(f"Leaf {index} cannot be in a tree of {size} leaves.")
    _check_steps(proof)
    node, last = index, size - 1
    computed = leaf
    for step in proof:
        if last == 0:
            raise ProofWrong("The inclusion proof is longer than the tree is high.")
        if node & 1 or node == last:
            computed = node_hash(step, computed)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, step)
        node >>= 1
        last >>= 1
    if last != 0:
        raise ProofWrong("The inclusion proof is shorter than the tree is high.")
    if computed != root:
        raise ProofWrong(f"The inclusion proof of leaf {index} does not lead to the root.")


def verify_consistency(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """RFC 9162 section 2.1.4.2; raises `ProofWrong` unless the second tree extends the first."""
    if not 0 <= first <= second:
        raise ProofWrong(f"A tree of {second} leaves cannot extend one of {first}.")
    _check_steps(proof)
    if first in (0, second):
        if proof:
            raise ProofWrong("There is nothing to prove, yet the consistency proof is not empty.")
        if first_root != (second_root if first == second else EMPTY_ROOT):
            raise ProofWrong(f"Two different roots are claimed for a tree of {first} leaves.")
        return
    steps = list(proof)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps:
        raise ProofWrong("The consistency proof is empty.")
    node, last = first - 1, second - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofWrong("The consistency proof is too long.")
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        node >>= 1
        last >>= 1
    if last != 0:
        raise ProofWrong("The consistency proof is too short.")
    if old != first_root or new != second_root:
        raise ProofWrong(f"The tree of {second} leaves does not extend the one of {first}.")
