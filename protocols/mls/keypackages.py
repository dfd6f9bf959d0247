"""Making leaf nodes and key packages: what a client publishes, and the private keys it keeps."""

import msgspec

from protocols.mls.leaf import (
    BASIC,
    LAST_RESORT,
    MLS10,
    X509,
    Capabilities,
    CommitSource,
    Credential,
    Extension,
    KeyPackage,
    KeyPackageSource,
    LeafNode,
    LeafNodeSource,
    UpdateSource,
)
from protocols.mls.public_framing import key_package_ref, sign_with_label
from protocols.mls.signer import Signer
from protocols.mls.suites import SUPPORTED, KeyPair, Suite, random_bytes, suite
from protocols.mls.wire import encode_message, expect

SUPPORTED_EXTENSIONS = (LAST_RESORT,)


def own_capabilities() -> Capabilities:
    """What this implementation supports, with one GREASE value a list (section 13.5)."""
    grease = 0x0A0A + 0x1010 * (random_bytes(1)[0] % 15)
    return Capabilities(
        versions=(MLS10,),
        cipher_suites=(*SUPPORTED, grease),
        extensions=(*SUPPORTED_EXTENSIONS, grease),
        proposals=(grease,),
        credentials=(BASIC, X509, grease),
    )


def make_leaf(
    signer: Signer,
    credential: Credential,
    encryption_key: bytes,
    source: LeafNodeSource,
    *,
    capabilities: Capabilities | None = None,
    extensions: tuple[Extension, ...] = (),
    group_id: bytes = b"",
    leaf_index: int = 0,
) -> LeafNode:
    """A signed leaf node; group and index only matter for leaves made inside a group."""
    able = own_capabilities() if capabilities is None else capabilities
    leaf = LeafNode(encryption_key, signer.public_key, credential, able, source, extensions, b"")
    content = leaf.to_be_signed(group_id, leaf_index)
    return leaf.signed(sign_with_label(signer, b"LeafNodeTBS", content))


def successor_leaf(
    old: LeafNode,
    signer: Signer,
    encryption_key: bytes,
    source: UpdateSource | CommitSource,
    group_id: bytes,
    leaf_index: int,
    credential: Credential | None = None,
) -> LeafNode:
    """The leaf that follows `old` in the same place, with a new key and perhaps credential."""
    return make_leaf(
        signer,
        old.credential if credential is None else credential,
        encryption_key,
        source,
        capabilities=old.capabilities,
        extensions=old.extensions,
        group_id=group_id,
        leaf_index=leaf_index,
    )


class KeyPackageBundle(msgspec.Struct, frozen=True):
    """A key package and its private keys.

    `key_package` is an MLSMessage. Delete the bundle once its Welcome was used, unless it is
    marked as last resort.
    """

    key_package: bytes
    ref: bytes
    init_private: bytes
    leaf_private: bytes

    def __repr__(self) -> str:
        """The reference alone; private keys are not for logs."""
        return f"KeyPackageBundle({self.ref.hex()})"

    @property
    def package(self) -> KeyPackage:
        """The decoded key package."""
        package: KeyPackage = expect(self.key_package, KeyPackage)
        return package

    @property
    def suite(self) -> Suite:
        """The key package's cipher suite."""
        return suite(self.package.cipher_suite)

    def init_pair(self) -> KeyPair:
        """The init key pair."""
        return self.suite.kem.load_private(self.init_private)

    def leaf_pair(self) -> KeyPair:
        """The leaf's encryption key pair."""
        return self.suite.kem.load_private(self.leaf_private)

    def to_bytes(self) -> bytes:
        """For the caller to keep encrypted."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> "KeyPackageBundle":
        """What `to_bytes` made; raises msgspec.DecodeError."""
        return msgspec.msgpack.decode(data, type=cls)


def new_key_package(
    suite_id: int,
    signer: Signer,
    credential: Credential,
    *,
    not_before: int,
    not_after: int,
    last_resort: bool = False,
    leaf_extensions: tuple[Extension, ...] = (),
) -> KeyPackageBundle:
    """A fresh key package, valid between two unix times; raises UnsupportedSuite."""
    chosen = suite(suite_id)
    init, own = chosen.generate_key_pair(), chosen.generate_key_pair()
    source = KeyPackageSource(not_before, not_after)
    leaf = make_leaf(signer, credential, own.public, source, extensions=leaf_extensions)
    extensions = (Extension(LAST_RESORT, b""),) if last_resort else ()
    unsigned = KeyPackage(MLS10, suite_id, init.public, leaf, extensions, b"")
    signature = sign_with_label(signer, b"KeyPackageTBS", unsigned.to_be_signed)
    package = KeyPackage(MLS10, suite_id, init.public, leaf, extensions, signature)
    return KeyPackageBundle(
        encode_message(package),
        key_package_ref(chosen, package.encoded),
        init.private,
        own.private,
    )
