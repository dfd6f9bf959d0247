"""Tree hashes and parent hashes: RFC 9420 sections 7.8 and 7.9, and their verification."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from protocols.mls import treemath
from protocols.mls.codec import write_opaque
from protocols.mls.errors import BadParentHash
from protocols.mls.handshake import Node, ParentNode
from protocols.mls.leaf import CommitSource, LeafNode
from protocols.mls.suites import Suite

if TYPE_CHECKING:
    from protocols.mls.tree import RatchetTree


def tree_hash(
    suite: Suite, nodes: Sequence[Node | None], hashes: list[bytes | None], node: int
) -> bytes:
    """The tree hash of the subtree at `node`; what is computed is kept in `hashes`."""
    known = hashes[node]
    if known is None:
        if node % 2 == 0:
            known = _leaf_hash(suite, node, nodes[node])
        else:
            left = tree_hash(suite, nodes, hashes, treemath.left(node))
            right = tree_hash(suite, nodes, hashes, treemath.right(node))
            known = _parent_node_hash(suite, nodes[node], left, right)
        hashes[node] = known
    return known


def _leaf_hash(suite: Suite, node: int, value: Node | None) -> bytes:
    content = b"\x00" if value is None else b"\x01" + value.encoded
    return suite.hash(b"\x01" + (node // 2).to_bytes(4, "big") + content)


def _parent_node_hash(suite: Suite, value: Node | None, left: bytes, right: bytes) -> bytes:
    content = b"\x00" if value is None else b"\x01" + value.encoded
    return suite.hash(b"\x02" + content + write_opaque(left) + write_opaque(right))


def parent_hash(suite: Suite, key: bytes, above: bytes, original_sibling_hash: bytes) -> bytes:
    """Hash(ParentHashInput) of a node with this key under a parent with hash `above`."""
    return suite.hash(write_opaque(key) + write_opaque(above) + write_opaque(original_sibling_hash))


def original_tree_hash(tree: "RatchetTree", node: int, without: frozenset[int]) -> bytes:
    """The tree hash at `node` with the leaves `without` blanked and nowhere unmerged.

    Subtrees that none of these leaves touch take their known hash (section 7.9).
    """
    span = treemath.subtree_leaves(node)
    touched = frozenset(leaf for leaf in without if leaf in span)
    if not touched:
        return tree_hash(tree.suite, tree.nodes, tree.hashes, node)
    if node % 2 == 0:
        return _leaf_hash(tree.suite, node, None)
    value = tree.nodes[node]
    if isinstance(value, ParentNode):
        kept = tuple(leaf for leaf in value.unmerged_leaves if leaf not in touched)
        value = ParentNode(value.encryption_key, value.parent_hash, kept)
    left = original_tree_hash(tree, treemath.left(node), touched)
    right = original_tree_hash(tree, treemath.right(node), touched)
    return _parent_node_hash(tree.suite, value, left, right)


def verify_parent_hashes(tree: "RatchetTree") -> None:
    """Section 7.9.2, top down: each parent has exactly one descendant that it is valid for.

    Raises BadParentHash naming the node.
    """
    for index, node in tree.parents():
        found = _valid_children(tree, index, node)
        if found != 1:
            raise BadParentHash(f"Parent node {index} is covered by {found} chains, not one.")


def _valid_children(tree: "RatchetTree", index: int, node: ParentNode) -> int:
    """How many nodes D below this parent P satisfy the three criteria of section 7.9.2."""
    unmerged = frozenset(node.unmerged_leaves)
    left, right = treemath.left(index), treemath.right(index)
    count = 0
    for child, sibling in ((left, right), (right, left)):
        resolution = tree.resolution(child)
        original = original_tree_hash(tree, sibling, unmerged)
        expected = parent_hash(tree.suite, node.encryption_key, node.parent_hash, original)
        span = treemath.subtree_leaves(child)
        unmerged_here = {2 * leaf for leaf in unmerged if leaf in span}
        for candidate in resolution:
            if _parent_hash_of(tree.nodes[candidate]) != expected:
                continue
            if {other for other in resolution if other != candidate} == unmerged_here:
                count += 1
    return count


def _parent_hash_of(node: Node | None) -> bytes | None:
    if isinstance(node, ParentNode):
        return node.parent_hash
    if isinstance(node, LeafNode) and isinstance(node.source, CommitSource):
        return node.source.parent_hash
    return None
