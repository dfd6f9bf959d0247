"""Proposals, commits, update paths, pre-shared key ids: RFC 9420 sections 7.6, 8.4 and 12."""

from typing import Annotated, ClassVar

from protocols.mls.codec import (
    UINT8,
    UINT16,
    UINT32,
    Codec,
    Opaque,
    Struct,
    UInt16,
    UInt32,
    UInt64,
    enumerated,
    optional,
    select,
    struct,
    vector,
)
from protocols.mls.errors import UnknownProposal
from protocols.mls.leaf import Extensions, KeyPackage, LeafNode

# ResumptionPSKUsage (section 8.4).
USAGE_APPLICATION, USAGE_REINIT, USAGE_BRANCH = 1, 2, 3


class HPKECiphertext(Struct):
    """An HPKE base-mode encryption, its two parts apart."""

    kem_output: Opaque
    ciphertext: Opaque


class UpdatePathNode(Struct):
    """A new public key, and its path secret for each node of the copath's resolution."""

    encryption_key: Opaque
    encrypted_path_secret: Annotated[tuple[HPKECiphertext, ...], vector(struct(HPKECiphertext))]


class UpdatePath(Struct):
    """The committer's new leaf and the nodes of its filtered direct path, upward."""

    leaf_node: LeafNode
    nodes: Annotated[tuple[UpdatePathNode, ...], vector(struct(UpdatePathNode))]


class ExternalPsk(Struct):
    """A pre-shared key that the application provides."""

    psk_id: Opaque


class ResumptionPsk(Struct):
    """A pre-shared key out of an epoch of a group."""

    usage: Annotated[int, enumerated(UINT8, USAGE_APPLICATION, USAGE_REINIT, USAGE_BRANCH)]
    psk_group_id: Opaque
    psk_epoch: UInt64


PSK = select(UINT8, ((1, struct(ExternalPsk)), (2, struct(ResumptionPsk))))


class PreSharedKeyID(Struct):
    """Which key, and the fresh nonce of this use of it."""

    psk: Annotated[ExternalPsk | ResumptionPsk, PSK]
    psk_nonce: Opaque


class Add(Struct):
    """Add the client of this key package (12.1.1)."""

    proposal_type: ClassVar[int] = 1
    key_package: KeyPackage


class Update(Struct):
    """Replace the sender's leaf (12.1.2)."""

    proposal_type: ClassVar[int] = 2
    leaf_node: LeafNode


class Remove(Struct):
    """Remove the member at this leaf index (12.1.3)."""

    proposal_type: ClassVar[int] = 3
    removed: UInt32


class PreSharedKey(Struct):
    """Inject a pre-shared key (12.1.4)."""

    proposal_type: ClassVar[int] = 4
    psk: PreSharedKeyID


class ReInit(Struct):
    """Start over with other parameters (12.1.5); parsed, never performed here."""

    proposal_type: ClassVar[int] = 5
    group_id: Opaque
    version: UInt16
    cipher_suite: UInt16
    extensions: Extensions


class ExternalInit(Struct):
    """The key that an external joiner starts the epoch with (12.1.6)."""

    proposal_type: ClassVar[int] = 6
    kem_output: Opaque


class GroupContextExtensions(Struct):
    """Replace the group's extensions (12.1.7)."""

    proposal_type: ClassVar[int] = 7
    extensions: Extensions


Proposal = Add | Update | Remove | PreSharedKey | ReInit | ExternalInit | GroupContextExtensions
PROPOSAL_TYPES: tuple[type[Proposal], ...] = (
    Add,
    Update,
    Remove,
    PreSharedKey,
    ReInit,
    ExternalInit,
    GroupContextExtensions,
)
PROPOSAL: Codec[Proposal] = select(
    UINT16, tuple((kind.proposal_type, struct(kind)) for kind in PROPOSAL_TYPES), UnknownProposal
)


class ProposalRef(Struct):
    """The hash of the AuthenticatedContent that carried a proposal."""

    reference: Opaque


PROPOSAL_OR_REF = select(UINT8, ((1, PROPOSAL), (2, struct(ProposalRef))))


class Commit(Struct):
    """The proposals to apply, by value or reference, and the committer's path (12.4)."""

    proposals: Annotated[tuple[Proposal | ProposalRef, ...], vector(PROPOSAL_OR_REF)]
    path: Annotated[UpdatePath | None, optional(struct(UpdatePath))]


class ParentNode(Struct):
    """An inner node of the ratchet tree (section 7.1)."""

    encryption_key: Opaque
    parent_hash: Opaque
    unmerged_leaves: Annotated[tuple[int, ...], vector(UINT32)]


Node = LeafNode | ParentNode
NODE = select(UINT8, ((1, struct(LeafNode)), (2, struct(ParentNode))))
RATCHET_TREE_NODES: Codec[tuple[Node | None, ...]] = vector(optional(NODE))
