"""TreeKEM's private side: path secrets made, sealed and opened (RFC 9420 sections 7.4 to 7.6)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from protocols.mls import treemath
from protocols.mls.errors import BadUpdatePath
from protocols.mls.handshake import HPKECiphertext, UpdatePath, UpdatePathNode
from protocols.mls.leaf import LeafNode
from protocols.mls.suites import KeyPair, Suite, random_bytes
from protocols.mls.tree import RatchetTree

PATH_LABEL = b"UpdatePathNode"


@dataclass(slots=True, repr=False)
class NewPath:
    """A path that was made and put into a tree, before it is encrypted to anybody.

    `secrets` maps each node of the filtered direct path to its path secret.
    """

    leaf_node: LeafNode
    keys: dict[int, KeyPair]
    secrets: dict[int, bytes]
    commit_secret: bytes


def new_path(
    tree: RatchetTree, leaf: int, make_leaf: Callable[[bytes, bytes], LeafNode]
) -> NewPath:
    """Make a fresh path for `leaf` and put it into `tree` (the caller's own copy).

    `make_leaf(encryption_key, parent_hash)` returns the signed new leaf node.
    """
    suite = tree.suite
    nodes = [node for node, _ in tree.filtered_direct_path(leaf)]
    secrets: dict[int, bytes] = {}
    keys: dict[int, KeyPair] = {}
    secret = random_bytes(suite.hash_size)
    for node in nodes:
        secrets[node] = secret
        keys[node] = node_key_pair(suite, secret)
        secret = suite.derive_secret(secret, b"path")
    own = suite.generate_key_pair()
    above = tree.set_path(leaf, [keys[node].public for node in nodes])
    leaf_node = make_leaf(own.public, above)
    tree.put_leaf(leaf, leaf_node)
    keys[treemath.leaf_to_node(leaf)] = own
    return NewPath(leaf_node, keys, secrets, secret)


def encrypt_path(
    tree: RatchetTree, leaf: int, path: NewPath, context: bytes, new_leaves: Collection[int]
) -> UpdatePath:
    """Encrypt a new path's secrets to the copath; leaves added by the same commit are left out.

    `tree` already holds the path; `context` is the encoded provisional GroupContext.
    """
    suite = tree.suite
    nodes = []
    for node, copath in tree.filtered_direct_path(leaf):
        secret = path.secrets[node]
        sealed = tuple(
            HPKECiphertext(
                *suite.encrypt_with_label(_key(tree, target), PATH_LABEL, context, secret)
            )
            for target in tree.recipients(copath, new_leaves)
        )
        nodes.append(UpdatePathNode(path.keys[node].public, sealed))
    return UpdatePath(path.leaf_node, tuple(nodes))


def decrypt_path(
    tree: RatchetTree,
    sender: int,
    path: UpdatePath,
    own_leaf: int,
    keys: dict[int, KeyPair],
    context: bytes,
    new_leaves: Collection[int],
) -> tuple[dict[int, KeyPair], bytes]:
    """Find and open the path secret meant for this member.

    `tree` already holds the path, `keys` are the member's private keys by node. Returns the key
    pairs of the nodes above and the commit secret. Raises BadUpdatePath if the path does not fit
    the tree, BadCiphertext if it does not open.
    """
    suite = tree.suite
    filtered = tree.filtered_direct_path(sender)
    tree.check_path_recipients(sender, path, new_leaves)
    for position, (_, copath) in enumerate(filtered):
        if not treemath.contains_leaf(copath, own_leaf):
            continue
        for target, sealed in zip(
            tree.recipients(copath, new_leaves),
            path.nodes[position].encrypted_path_secret,
            strict=True,
        ):
            pair = keys.get(target)
            if pair is None or pair.public != _key(tree, target):
                continue
            secret = suite.decrypt_with_label(
                pair, PATH_LABEL, context, sealed.kem_output, sealed.ciphertext
            )
            if len(secret) != suite.hash_size:
                raise BadUpdatePath("The path secret has the wrong length.")
            return keys_above(tree, [node for node, _ in filtered[position:]], secret)
    raise BadUpdatePath("No part of the update path is encrypted to this member.")


def keys_above(
    tree: RatchetTree, nodes: list[int], secret: bytes
) -> tuple[dict[int, KeyPair], bytes]:
    """The key pairs of these nodes, upward from a path secret, and the secret above the last.

    Raises BadUpdatePath unless each public key is the one in the tree.
    """
    keys = {}
    for node in nodes:
        pair = node_key_pair(tree.suite, secret)
        if pair.public != _key(tree, node):
            raise BadUpdatePath(f"The path secret does not yield the public key of node {node}.")
        keys[node] = pair
        secret = tree.suite.derive_secret(secret, b"path")
    return keys, secret


def node_key_pair(suite: Suite, path_secret: bytes) -> KeyPair:
    """The HPKE key pair of a node with this path secret."""
    return suite.derive_key_pair(suite.derive_secret(path_secret, b"node"))


def _key(tree: RatchetTree, node: int) -> bytes:
    value = tree.nodes[node]
    assert value is not None
    return value.encryption_key
