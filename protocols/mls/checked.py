"""What a check of the public side found: values for whoever decides what to do with them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocols.mls.handshake import Proposal, UpdatePath
from protocols.mls.proposals import Proposed
from protocols.mls.wire import Credential, ExternalSenderIndex, GroupContext, MemberSender

if TYPE_CHECKING:
    from protocols.mls.public_group import PublicGroup


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group: its leaf index, and who it is."""

    leaf: int
    identity: str
    credential: Credential
    signature_key: bytes


@dataclass(frozen=True, slots=True)
class CheckedProposal:
    """A proposal that may be taken into the group's cache."""

    reference: bytes
    proposal: Proposal
    sender: MemberSender | ExternalSenderIndex
    proposed: Proposed
    epoch: int
    group_id: bytes


@dataclass(frozen=True, slots=True)
class CheckedCommit:
    """A commit whose public side holds.

    `after` is the group of the next epoch, on the condition that the confirmation tag is right.
    `sender` is the committer's leaf in the next epoch. `adds` are key package references.
    `added` and `updated` are members of the next epoch, `removed` of the one before.
    """

    after: "PublicGroup"
    sender: int
    external: bool
    adds: tuple[bytes, ...]
    added: tuple[Member, ...]
    removed: tuple[Member, ...]
    updated: tuple[Member, ...]
    proposal_refs: tuple[bytes, ...]
    proposals: tuple[Proposed, ...]
    path: UpdatePath | None
    provisional: GroupContext
    confirmation_tag: bytes
    base: bytes
