"""Whether a leaf node or key package may enter a group: RFC 9420 sections 7.3 and 10.1."""

from dataclasses import dataclass

from protocols.mls import treemath
from protocols.mls.credentials import CredentialValidator
from protocols.mls.errors import (
    BadKeyPackage,
    BadLeafSource,
    DuplicateKey,
    DuplicateMember,
    ExpiredKeyPackage,
    IdentityChanged,
    LifetimeTooLong,
    MalformedTree,
    MissingCapability,
    UnsupportedSuite,
)
from protocols.mls.handshake import ParentNode
from protocols.mls.leaf import (
    DEFAULT_EXTENSIONS,
    DEFAULT_PROPOSALS,
    MLS10,
    REQUIRED_CAPABILITIES,
    Extension,
    KeyPackage,
    KeyPackageSource,
    LeafNode,
    RequiredCapabilities,
    check_extensions,
    find_extension,
)
from protocols.mls.policy import Policy
from protocols.mls.suites import Suite
from protocols.mls.tree import RatchetTree
from protocols.mls.treehash import verify_parent_hashes


@dataclass(frozen=True, slots=True)
class LeafContext:
    """What a leaf is checked against: the group it is in, or is to enter."""

    suite: Suite
    group_id: bytes
    extensions: tuple[Extension, ...]
    validator: CredentialValidator


def check_leaf(context: LeafContext, leaf: LeafNode, index: int) -> str:
    """Check a leaf node at its place in the tree; returns its identity name.

    Covers keys, signature, capabilities, extensions and credential; the source and what
    concerns other members are the caller's. Raises a LeafRefused or CryptographyRefused.
    """
    suite = context.suite
    suite.check_hpke_key(leaf.encryption_key)
    content = leaf.to_be_signed(context.group_id, index)
    suite.verify_once(leaf.signature_key, b"LeafNodeTBS", content, leaf.signature)
    check_extensions(leaf.extensions)
    check_capabilities(suite, leaf, context.extensions)
    return context.validator.validate(leaf.credential, leaf.signature_key)


def check_capabilities(suite: Suite, leaf: LeafNode, extensions: tuple[Extension, ...]) -> None:
    """The leaf supports the group's parameters and what it uses itself; or MissingCapability."""
    able = leaf.capabilities
    if MLS10 not in able.versions or suite.id not in able.cipher_suites:
        raise MissingCapability("A member does not support the group's version or cipher suite.")
    if leaf.credential.credential_type not in able.credentials:
        raise MissingCapability("A leaf does not list the type of its own credential.")
    supported = DEFAULT_EXTENSIONS.union(able.extensions)
    for extension in (*leaf.extensions, *extensions):
        if extension.extension_type not in supported:
            raise MissingCapability(
                f"A member does not support extension {extension.extension_type:#06x}."
            )
    data = find_extension(extensions, REQUIRED_CAPABILITIES)
    if data is not None:
        required = RequiredCapabilities.decode(data)
        if not (
            supported.issuperset(required.extension_types)
            and DEFAULT_PROPOSALS.union(able.proposals).issuperset(required.proposal_types)
            and set(able.credentials).issuperset(required.credential_types)
        ):
            raise MissingCapability("A member lacks a capability that the group requires.")


def check_lifetime(source: KeyPackageSource, now: int, policy: Policy) -> None:
    """Raise ExpiredKeyPackage or LifetimeTooLong; `now` in unix seconds."""
    if not source.not_before <= now <= source.not_after:
        raise ExpiredKeyPackage
    if (
        policy.max_lifetime is not None
        and source.not_after - source.not_before > policy.max_lifetime
    ):
        raise LifetimeTooLong


def check_key_package_for(
    context: LeafContext, key_package: KeyPackage, now: int, policy: Policy
) -> str:
    """Section 10.1; returns the identity name. Raises a LeafRefused or CryptographyRefused."""
    if key_package.version != MLS10:
        raise BadKeyPackage("The key package is of another protocol version.")
    if key_package.cipher_suite != context.suite.id:
        raise UnsupportedSuite("The key package is of another cipher suite than the group.")
    leaf = key_package.leaf_node
    if not isinstance(leaf.source, KeyPackageSource):
        raise BadLeafSource("The leaf of a key package must say that it comes from one.")
    check_lifetime(leaf.source, now, policy)
    if key_package.init_key == leaf.encryption_key:
        raise BadKeyPackage("The init key and the leaf's encryption key are the same.")
    context.suite.check_hpke_key(key_package.init_key)
    check_extensions(key_package.extensions)
    context.suite.verify_once(
        leaf.signature_key, b"KeyPackageTBS", key_package.to_be_signed, key_package.signature
    )
    return check_leaf(context, leaf, 0)


def check_successor(old: LeafNode, old_identity: str, new: LeafNode, identity: str) -> None:
    """What replaces a leaf has a new encryption key and names the same identity."""
    if new.encryption_key == old.encryption_key:
        raise DuplicateKey("A leaf must be replaced with a fresh encryption key.")
    if identity != old_identity:
        raise IdentityChanged(f"The leaf of {old_identity} was replaced by one of {identity}.")


def check_members(tree: RatchetTree, identities: dict[int, str]) -> None:
    """Sections 7.3 and 16.7 across members: names and keys differ, credentials are understood.

    Raises DuplicateMember, DuplicateKey or MissingCapability.
    """
    if len(set(identities.values())) != len(identities):
        raise DuplicateMember
    leaves = [leaf for _, leaf in tree.leaves()]
    keys = {leaf.encryption_key for leaf in leaves}
    keys.update(node.encryption_key for _, node in tree.parents())
    total = len(leaves) + sum(1 for _ in tree.parents())
    if len(keys) != total or len({leaf.signature_key for leaf in leaves}) != len(leaves):
        raise DuplicateKey
    used = {leaf.credential.credential_type for leaf in leaves}
    if not all(used.issubset(leaf.capabilities.credentials) for leaf in leaves):
        raise MissingCapability("A member does not understand a credential type that is in use.")


def check_tree(context: LeafContext, tree: RatchetTree) -> dict[int, str]:
    """The integrity of a whole tree, as when joining (12.4.3.1); returns identities by leaf.

    Raises a TreeRefused, LeafRefused or CryptographyRefused.
    """
    for index, node in tree.parents():
        if list(node.unmerged_leaves) != sorted(set(node.unmerged_leaves)):
            raise MalformedTree(f"The unmerged leaves of node {index} are not in order.")
        for leaf in node.unmerged_leaves:
            _check_unmerged(tree, index, leaf)
    verify_parent_hashes(tree)
    identities = {index: check_leaf(context, leaf, index) for index, leaf in tree.leaves()}
    check_members(tree, identities)
    return identities


def _check_unmerged(tree: RatchetTree, index: int, leaf: int) -> None:
    """An unmerged leaf is a member below the node, and unmerged at every node in between."""
    if tree.leaf(leaf) is None or not treemath.contains_leaf(index, leaf):
        raise MalformedTree(f"Leaf {leaf} is no member below node {index}, yet unmerged there.")
    for between in treemath.direct_path(leaf, tree.leaf_count):
        if between == index:
            return
        node = tree.nodes[between]
        if isinstance(node, ParentNode) and leaf not in node.unmerged_leaves:
            raise MalformedTree(f"Leaf {leaf} is unmerged at {index} but not at {between}.")
