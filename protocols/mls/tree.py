"""The public ratchet tree: its nodes, how proposals change it, and the paths through it.

RFC 9420 sections 4.1, 7.4 to 7.9. A tree is a list of immutable nodes and, beside it, a list of
tree hashes that are known. A copy copies the two lists and shares the nodes, so a transition
works on its own copy and the tree before it stays as it was. Hashes are in `treehash`.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from protocols.mls import treemath
from protocols.mls.codec import Reader
from protocols.mls.errors import BadParentHash, BadUpdatePath, MalformedTree
from protocols.mls.handshake import (
    RATCHET_TREE_NODES,
    Node,
    ParentNode,
    UpdatePath,
)
from protocols.mls.leaf import CommitSource, LeafNode
from protocols.mls.suites import Suite
from protocols.mls.treehash import parent_hash, tree_hash

LEAF_LIMIT = 1 << 14
"""Leaves of a tree that somebody sends. Blanks cost one byte to send and two hashes to check."""


class RatchetTree:
    """A tree of 2**d leaves; `nodes[2 * leaf]` is a leaf, odd entries are parents, None blank."""

    __slots__ = ("hashes", "nodes", "suite")

    def __init__(
        self, suite: Suite, nodes: list[Node | None], hashes: list[bytes | None] | None = None
    ) -> None:
        self.suite = suite
        self.nodes = nodes
        self.hashes: list[bytes | None] = [None] * len(nodes) if hashes is None else hashes

    @classmethod
    def read(cls, suite: Suite, reader: Reader) -> "RatchetTree":
        """Read a `ratchet_tree` and check its shape (12.4.3.3); raises MalformedTree."""
        nodes = list(RATCHET_TREE_NODES.read(reader))
        if len(nodes) > 2 * LEAF_LIMIT:
            raise MalformedTree(f"A tree of more than {LEAF_LIMIT} leaves is not taken here.")
        if not nodes or nodes[-1] is None:
            raise MalformedTree("The last node of a ratchet tree must not be blank.")
        width = treemath.node_width((len(nodes) + 1) // 2 + (0 if len(nodes) % 2 else 1))
        for index, node in enumerate(nodes):
            if node is not None and isinstance(node, LeafNode) == bool(index % 2):
                raise MalformedTree(f"Node {index} is of the wrong kind for its place.")
        nodes += [None] * (width - len(nodes))
        return cls(suite, nodes)

    @classmethod
    def decode(cls, suite: Suite, data: bytes) -> "RatchetTree":
        """Read exactly `data`."""
        reader = Reader(data)
        tree = cls.read(suite, reader)
        reader.finish()
        return tree

    def encode(self) -> bytes:
        """The `ratchet_tree` encoding, without blanks after the last node."""
        last = max(index for index, node in enumerate(self.nodes) if node is not None)
        return RATCHET_TREE_NODES.write(tuple(self.nodes[: last + 1]))

    def copy(self) -> "RatchetTree":
        """A tree of the same nodes whose changes do not reach this one."""
        return RatchetTree(self.suite, self.nodes.copy(), self.hashes.copy())

    # --- looking ---

    @property
    def leaf_count(self) -> int:
        """The number of leaves, blank ones included."""
        return (len(self.nodes) + 1) // 2

    @property
    def root(self) -> int:
        """The root's node index."""
        return len(self.nodes) // 2

    @property
    def root_hash(self) -> bytes:
        """The tree hash of the whole tree."""
        return tree_hash(self.suite, self.nodes, self.hashes, self.root)

    def leaf(self, index: int) -> LeafNode | None:
        """The leaf node at a leaf index; None if blank or outside the tree."""
        if not 0 <= index < self.leaf_count:
            return None
        node = self.nodes[2 * index]
        assert node is None or isinstance(node, LeafNode)
        return node

    def leaves(self) -> Iterator[tuple[int, LeafNode]]:
        """Every member's leaf index and leaf node, from left to right."""
        for index, node in enumerate(self.nodes[::2]):
            if isinstance(node, LeafNode):
                yield index, node

    def parents(self) -> Iterator[tuple[int, ParentNode]]:
        """Every non-blank parent's node index and node."""
        for index, node in enumerate(self.nodes[1::2]):
            if isinstance(node, ParentNode):
                yield 2 * index + 1, node

    def resolution(self, node: int) -> list[int]:
        """The node indices that together cover the leaves below `node` (section 4.1.1)."""
        value = self.nodes[node]
        if isinstance(value, ParentNode):
            return [node, *(2 * leaf for leaf in value.unmerged_leaves)]
        if value is not None:
            return [node]
        if node % 2 == 0:
            return []
        return self.resolution(treemath.left(node)) + self.resolution(treemath.right(node))

    def is_empty(self, node: int) -> bool:
        """True if the resolution of `node` is empty: nothing but blanks below."""
        reach = (1 << treemath.level(node)) - 1
        return not any(self.nodes[node - reach : node + reach + 1])

    def filtered_direct_path(self, leaf: int) -> list[tuple[int, int]]:
        """(node, copath child) for each ancestor whose copath child is not empty, upward."""
        below, path = treemath.leaf_to_node(leaf), []
        for node in treemath.direct_path(leaf, self.leaf_count):
            copath = treemath.sibling(below)
            if not self.is_empty(copath):
                path.append((node, copath))
            below = node
        return path

    def recipients(self, copath: int, new_leaves: Collection[int]) -> list[int]:
        """Whom a path secret is encrypted to: the copath's resolution, but for leaves that the
        same commit adds (section 7.5)."""
        new = {treemath.leaf_to_node(leaf) for leaf in new_leaves}
        return [node for node in self.resolution(copath) if node not in new]

    def check_path_recipients(
        self, leaf: int, path: UpdatePath, new_leaves: Collection[int]
    ) -> None:
        """Each path secret is sealed once for each recipient (section 7.6); or BadUpdatePath."""
        filtered = self.filtered_direct_path(leaf)
        if len(filtered) != len(path.nodes):
            raise BadUpdatePath(f"The path has {len(filtered)} nodes, not {len(path.nodes)}.")
        for (_, copath), node in zip(filtered, path.nodes, strict=True):
            expected, found = (
                len(self.recipients(copath, new_leaves)),
                len(node.encrypted_path_secret),
            )
            if expected != found:
                raise BadUpdatePath(f"A path secret is sealed {found} times, not {expected}.")

    # --- changing (on one's own copy) ---

    def _put(self, node: int, value: Node | None) -> None:
        self.nodes[node] = value
        self.hashes[node] = None

    def blank_path(self, leaf: int) -> None:
        """Blank every ancestor of a leaf."""
        for node in treemath.direct_path(leaf, self.leaf_count):
            self._put(node, None)

    def free_leaf(self) -> int:
        """The leftmost blank leaf; the tree is extended if there is none (section 7.7)."""
        for index, node in enumerate(self.nodes[::2]):
            if node is None:
                return index
        count = self.leaf_count
        self.nodes += [None] * (len(self.nodes) + 1)
        self.hashes += [None] * (len(self.hashes) + 1)
        return count

    def add(self, leaf_node: LeafNode) -> int:
        """Apply an Add (12.1.1): the new leaf is unmerged at every non-blank ancestor."""
        leaf = self.free_leaf()
        self._put(2 * leaf, leaf_node)
        for index in treemath.direct_path(leaf, self.leaf_count):
            node = self.nodes[index]
            self.hashes[index] = None
            if isinstance(node, ParentNode):
                unmerged = tuple(sorted((*node.unmerged_leaves, leaf)))
                self.nodes[index] = replace(node, unmerged_leaves=unmerged)
        return leaf

    def update(self, leaf: int, leaf_node: LeafNode) -> None:
        """Apply an Update (12.1.2)."""
        self._put(2 * leaf, leaf_node)
        self.blank_path(leaf)

    def remove(self, leaf: int) -> None:
        """Blank a leaf and its path; `truncate` follows after the last Remove (12.1.3)."""
        self._put(2 * leaf, None)
        self.blank_path(leaf)

    def truncate(self) -> None:
        """Drop the right half as long as it holds no leaf (section 7.7)."""
        while self.leaf_count > 1 and not any(self.nodes[self.root + 1 :: 2]):
            del self.nodes[self.root :]
            del self.hashes[len(self.nodes) :]

    def set_path(self, leaf: int, keys: list[bytes]) -> bytes:
        """Put new public keys on the filtered direct path; returns the leaf's parent hash.

        Parent hashes run from the root down, over the sibling hashes as they are now: the path
        has no unmerged leaves, so nothing is left out of them (section 7.9).
        """
        path = self.filtered_direct_path(leaf)
        if len(path) != len(keys):
            raise BadUpdatePath(f"The path has {len(path)} nodes, the update {len(keys)}.")
        self.blank_path(leaf)
        above = b""
        for (node, copath), key in zip(reversed(path), reversed(keys), strict=True):
            self.nodes[node] = ParentNode(key, above, ())
            sibling_hash = tree_hash(self.suite, self.nodes, self.hashes, copath)
            above = parent_hash(self.suite, key, above, sibling_hash)
        return above

    def put_leaf(self, leaf: int, leaf_node: LeafNode) -> None:
        """Set a leaf whose path was just set."""
        self._put(2 * leaf, leaf_node)
        for node in treemath.direct_path(leaf, self.leaf_count):
            self.hashes[node] = None

    def merge_path(self, leaf: int, path: UpdatePath) -> None:
        """Merge a received UpdatePath (section 7.5); raises BadUpdatePath, BadParentHash."""
        expected = self.set_path(leaf, [node.encryption_key for node in path.nodes])
        source = path.leaf_node.source
        if not isinstance(source, CommitSource) or source.parent_hash != expected:
            raise BadParentHash("The committer's leaf does not carry the hash of its new path.")
        self.put_leaf(leaf, path.leaf_node)
