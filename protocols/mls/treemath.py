"""Array-based tree arithmetic: RFC 9420 appendix C, on full trees of 2**d leaves.

Leaf L stands at node 2*L; a node's level is the number of trailing one bits of its index.
"""

from functools import lru_cache


def leaf_to_node(leaf: int) -> int:
    """The node index of a leaf."""
    return 2 * leaf


def level(node: int) -> int:
    """The height of a node above the leaves."""
    return (~node & (node + 1)).bit_length() - 1


def node_width(leaves: int) -> int:
    """The number of nodes of the full tree that holds this many leaves."""
    return 2 * full_width(leaves) - 1


def full_width(leaves: int) -> int:
    """The smallest power of two that is not below `leaves`."""
    return 1 << (leaves - 1).bit_length() if leaves > 1 else 1


def root(leaves: int) -> int:
    """The root's index in the full tree that holds this many leaves."""
    return full_width(leaves) - 1


def left(node: int) -> int:
    """The left child of a parent node."""
    return node ^ (1 << (level(node) - 1))


def right(node: int) -> int:
    """The right child of a parent node."""
    return node ^ (3 << (level(node) - 1))


def parent(node: int) -> int:
    """The parent of a node that is not the root."""
    height = level(node)
    bit = node >> (height + 1) & 1
    return (node | 1 << height) ^ (bit << (height + 1))


def sibling(node: int) -> int:
    """The other child of a node's parent; the node is not the root."""
    above = parent(node)
    return right(above) if node < above else left(above)


def subtree_leaves(node: int) -> range:
    """The leaf indices below a node (or the leaf itself)."""
    span = 1 << level(node)
    first = (node - span + 1) // 2
    return range(first, first + span)


def contains_leaf(node: int, leaf: int) -> bool:
    """True if the leaf lies below the node, or is the node."""
    return leaf >> level(node) == node >> (level(node) + 1)


@lru_cache(maxsize=4096)
def direct_path(leaf: int, leaves: int) -> tuple[int, ...]:
    """The ancestors of a leaf, from its parent up to the root; ValueError outside the tree."""
    if not 0 <= leaf < full_width(leaves):
        raise ValueError(f"leaf {leaf} is not in a tree of {leaves} leaves")
    node, top = leaf_to_node(leaf), root(leaves)
    path = []
    while node != top:
        node = parent(node)
        path.append(node)
    return tuple(path)


def common_ancestor(one: int, other: int) -> int:
    """The lowest node above both leaves (or the leaf's own node if they are the same)."""
    height = (one ^ other).bit_length()
    return (one >> height << (height + 1)) + (1 << height) - 1
