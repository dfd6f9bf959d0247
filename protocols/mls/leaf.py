"""Leaf nodes and key packages on the wire: RFC 9420 sections 5.3, 7.2, 10 and 11.1."""

from dataclasses import replace
from typing import Annotated, ClassVar

from protocols.mls.codec import (
    UINT8,
    UINT16,
    Opaque,
    Struct,
    UInt16,
    UInt64,
    select,
    struct,
    vector,
    write_opaque,
)
from protocols.mls.errors import DuplicateExtension, UnknownCredential

MLS10 = 1

# Extension types (RFC 9420 section 17.3; last_resort_key_package from its registry).
APPLICATION_ID = 0x0001
RATCHET_TREE = 0x0002
REQUIRED_CAPABILITIES = 0x0003
EXTERNAL_PUB = 0x0004
EXTERNAL_SENDERS = 0x0005
LAST_RESORT = 0x000A
DEFAULT_EXTENSIONS = frozenset(range(1, 6))
DEFAULT_PROPOSALS = frozenset(range(1, 8))

# Credential types (section 17.5).
BASIC = 1
X509 = 2

UInt16s = Annotated[tuple[int, ...], vector(UINT16)]


class Extension(Struct):
    """One typed extension; its data is opaque to whoever does not know the type."""

    extension_type: UInt16
    extension_data: Opaque


Extensions = Annotated[tuple[Extension, ...], vector(struct(Extension))]


def find_extension(extensions: tuple[Extension, ...], kind: int) -> bytes | None:
    """The data of the extension of this type, or None."""
    for extension in extensions:
        if extension.extension_type == kind:
            return extension.extension_data
    return None


def check_extensions(extensions: tuple[Extension, ...]) -> None:
    """Section 13.4: no list of extensions holds two of one type; raises DuplicateExtension."""
    if len({extension.extension_type for extension in extensions}) != len(extensions):
        raise DuplicateExtension


class Certificate(Struct):
    """One DER-encoded X.509 certificate."""

    cert_data: Opaque


class BasicCredential(Struct):
    """A bare assertion of an identity."""

    credential_type: ClassVar[int] = BASIC
    identity: Opaque


class X509Credential(Struct):
    """A certificate chain, the end entity's certificate first."""

    credential_type: ClassVar[int] = X509
    certificates: Annotated[tuple[Certificate, ...], vector(struct(Certificate))]


Credential = BasicCredential | X509Credential
CREDENTIAL = select(
    UINT16, ((BASIC, struct(BasicCredential)), (X509, struct(X509Credential))), UnknownCredential
)


class Capabilities(Struct):
    """What a client supports, beyond the defaults of section 7.2."""

    versions: UInt16s
    cipher_suites: UInt16s
    extensions: UInt16s
    proposals: UInt16s
    credentials: UInt16s


class RequiredCapabilities(Struct):
    """What every member of a group must support (section 11.1)."""

    extension_types: UInt16s
    proposal_types: UInt16s
    credential_types: UInt16s


class KeyPackageSource(Struct):
    """The leaf came in a key package: valid from `not_before` to `not_after`, unix seconds."""

    not_before: UInt64
    not_after: UInt64


class UpdateSource(Struct):
    """The leaf came in an Update proposal."""


class CommitSource(Struct):
    """The leaf came in a commit's update path."""

    parent_hash: Opaque


LeafNodeSource = KeyPackageSource | UpdateSource | CommitSource
LEAF_NODE_SOURCE = select(
    UINT8, ((1, struct(KeyPackageSource)), (2, struct(UpdateSource)), (3, struct(CommitSource)))
)


class LeafNode(Struct):
    """One member's appearance in the tree, signed by itself (section 7.2)."""

    encryption_key: Opaque
    signature_key: Opaque
    credential: Annotated[Credential, CREDENTIAL]
    capabilities: Capabilities
    source: Annotated[LeafNodeSource, LEAF_NODE_SOURCE]
    extensions: Extensions
    signature: Opaque

    def to_be_signed(self, group_id: bytes, leaf_index: int) -> bytes:
        """LeafNodeTBS; group and index count only for leaves made inside a group."""
        content = self.encoded[: -len(write_opaque(self.signature))]
        if isinstance(self.source, KeyPackageSource):
            return content
        return content + write_opaque(group_id) + leaf_index.to_bytes(4, "big")

    def signed(self, signature: bytes) -> "LeafNode":
        """The same leaf with this signature."""
        return replace(self, signature=signature)


class KeyPackage(Struct):
    """What a client publishes so that others can add it (section 10)."""

    version: UInt16
    cipher_suite: UInt16
    init_key: Opaque
    leaf_node: LeafNode
    extensions: Extensions
    signature: Opaque

    @property
    def to_be_signed(self) -> bytes:
        """KeyPackageTBS: every field but the signature."""
        return self.encoded[: -len(write_opaque(self.signature))]

    @property
    def last_resort(self) -> bool:
        """True if the client marked it as usable more than once (section 16.8)."""
        return find_extension(self.extensions, LAST_RESORT) is not None


class ExternalSender(Struct):
    """Somebody outside the group whose proposals are taken (section 12.1.8.1)."""

    signature_key: Opaque
    credential: Annotated[Credential, CREDENTIAL]


EXTERNAL_SENDER_LIST = vector(struct(ExternalSender))


def external_senders(senders: tuple[ExternalSender, ...]) -> Extension:
    """The external_senders extension: its data is itself a vector with its own length."""
    return Extension(EXTERNAL_SENDERS, EXTERNAL_SENDER_LIST.write(senders))


def read_external_senders(extensions: tuple[Extension, ...]) -> tuple[ExternalSender, ...]:
    """The external senders of a group context; none when the extension is absent."""
    data = find_extension(extensions, EXTERNAL_SENDERS)
    return () if data is None else EXTERNAL_SENDER_LIST.decode(data)


def check_group_extensions(extensions: tuple[Extension, ...]) -> None:
    """The extensions of a group context are single and readable; raises a MalformedMLS."""
    check_extensions(extensions)
    read_external_senders(extensions)
    data = find_extension(extensions, REQUIRED_CAPABILITIES)
    if data is not None:
        RequiredCapabilities.decode(data)


class ExternalPub(Struct):
    """The external_pub extension: an HPKE key with its own vector length (12.4.3.2)."""

    external_pub: Opaque
