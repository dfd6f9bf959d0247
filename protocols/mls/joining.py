"""Joining by Welcome: RFC 9420 section 12.4.3.1, in the order of its list."""

from collections.abc import Mapping

from protocols.mls import schedule, treekem, treemath
from protocols.mls.credentials import CredentialValidator
from protocols.mls.epoch import Epoch, start, verify_confirmation_tag
from protocols.mls.errors import (
    BadKeyPackage,
    BadUpdatePath,
    NotForThisClient,
    UnsupportedSuite,
)
from protocols.mls.keypackages import KeyPackageBundle
from protocols.mls.leaf import KeyPackageSource
from protocols.mls.leafcheck import check_lifetime
from protocols.mls.policy import Policy
from protocols.mls.psks import external_psk
from protocols.mls.public_group import PublicGroup
from protocols.mls.signer import Signer
from protocols.mls.suites import KeyPair, Suite
from protocols.mls.wire import GroupInfo, GroupSecrets, Welcome, expect


def join(
    welcome: bytes,
    bundle: KeyPackageBundle,
    signer: Signer,
    *,
    tree: bytes | None,
    psks: Mapping[bytes, bytes],
    validator: CredentialValidator,
    policy: Policy,
    now: int,
) -> Epoch:
    """The epoch that a Welcome leads to; raises an MLSError and changes nothing.

    1. find and open this client's secrets; 2. hold every pre-shared key; 3. open the GroupInfo;
    4. verify its signature and the whole tree; 5. find the own leaf; 6. take the path secret;
    7. derive the epoch and verify its confirmation tag.
    """
    message: Welcome = expect(welcome, Welcome)
    package, suite = bundle.package, bundle.suite
    if message.cipher_suite != suite.id:
        raise UnsupportedSuite("The Welcome is of another cipher suite than the key package.")
    if signer.public_key != package.leaf_node.signature_key:
        raise BadKeyPackage("The key package is for another signature key.")
    if isinstance(package.leaf_node.source, KeyPackageSource):
        check_lifetime(package.leaf_node.source, now, policy)
    secrets = _open_secrets(message, bundle, suite)
    psk_secret = schedule.psk_secret(
        suite, [(psk, external_psk(psk, psks)) for psk in secrets.psks]
    )
    welcome_secret = schedule.welcome_secret(suite, secrets.joiner_secret, psk_secret)
    info = schedule.open_group_info(suite, welcome_secret, message.encrypted_group_info)
    if info.group_context.cipher_suite != suite.id:
        raise UnsupportedSuite("The GroupInfo is of another cipher suite than the Welcome.")
    public = PublicGroup.from_info(info, tree, validator=validator, policy=policy)
    own = _own_leaf(public, bundle)
    keys = {treemath.leaf_to_node(own): bundle.leaf_pair()}
    if secrets.path_secret is not None:
        keys.update(_path_keys(public, info, own, secrets.path_secret.path_secret))
    derivation = schedule.derive(
        suite, secrets.joiner_secret, psk_secret, info.group_context.encoded
    )
    verify_confirmation_tag(public, derivation)
    return start(public, own, derivation, keys)


def _open_secrets(message: Welcome, bundle: KeyPackageBundle, suite: Suite) -> GroupSecrets:
    for entry in message.secrets:
        if entry.new_member == bundle.ref:
            sealed = entry.encrypted_group_secrets
            return GroupSecrets.decode(
                suite.decrypt_with_label(
                    bundle.init_pair(),
                    b"Welcome",
                    message.encrypted_group_info,
                    sealed.kem_output,
                    sealed.ciphertext,
                )
            )
    raise NotForThisClient


def _own_leaf(public: PublicGroup, bundle: KeyPackageBundle) -> int:
    wanted = bundle.package.leaf_node.encoded
    for index, leaf in public.state.tree.leaves():
        if leaf.encoded == wanted:
            return index
    raise NotForThisClient("The group's tree does not hold this client's leaf.")


def _path_keys(
    public: PublicGroup, info: GroupInfo, own: int, path_secret: bytes
) -> dict[int, KeyPair]:
    """The keys from the lowest node shared with the committer upward; or BadUpdatePath."""
    tree = public.state.tree
    shared = treemath.common_ancestor(own, info.signer)
    path = [node for node, _ in tree.filtered_direct_path(info.signer)]
    if own == info.signer or shared not in path:
        raise BadUpdatePath("The path secret belongs to no node above this member.")
    if any(tree.nodes[node] is None for node in path[path.index(shared) :]):
        raise BadUpdatePath("A node that the path secret belongs to is blank.")
    keys, _ = treekem.keys_above(tree, path[path.index(shared) :], path_secret)
    return keys
