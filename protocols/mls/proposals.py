"""Which proposals may be sent by whom, and which lists of them may be committed.

RFC 9420 sections 12.1, 12.1.8, 12.2 and 12.4. One table holds what depends on the type alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.mls.errors import (
    ExternalCommitRefused,
    InvalidProposalList,
    PathRequired,
    UnauthorizedProposal,
    UnsupportedOperation,
)
from protocols.mls.handshake import (
    USAGE_APPLICATION,
    Add,
    Commit,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ReInit,
    Remove,
    ResumptionPsk,
    Update,
)
from protocols.mls.leaf import check_group_extensions
from protocols.mls.policy import Policy
from protocols.mls.suites import Suite
from protocols.mls.tree import RatchetTree
from protocols.mls.wire import ExternalSenderIndex, MemberSender, Sender


@dataclass(frozen=True, slots=True)
class Rule:
    """What the type of a proposal decides (section 17.4 and 12.2).

    path: a commit that covers it needs an update path; external: RFC 9420 lets external senders
    send it; joining: it may stand in an external commit; once: at most one in a list.
    """

    path: bool
    external: bool
    joining: bool
    once: bool


RULES: dict[type, Rule] = {
    #                              path   external joining once
    Add: Rule(False, True, False, False),
    Update: Rule(True, False, False, False),
    Remove: Rule(True, True, True, False),
    PreSharedKey: Rule(False, True, True, False),
    ReInit: Rule(False, True, False, True),
    ExternalInit: Rule(True, False, True, True),
    GroupContextExtensions: Rule(True, True, False, True),
}


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal, who sent it, and its reference (None if it stands in the commit itself)."""

    proposal: Proposal
    sender: Sender
    reference: bytes | None = None


def check_sender(proposal: Proposal, sender: Sender, policy: Policy) -> None:
    """Whether this kind of sender may send this kind of proposal on its own.

    Raises UnauthorizedProposal; UnsupportedOperation for ReInit.
    """
    if isinstance(proposal, ReInit):
        raise UnsupportedOperation("Groups are not re-initialised here.")
    if isinstance(sender, MemberSender):
        if isinstance(proposal, ExternalInit):
            raise UnauthorizedProposal("ExternalInit only stands in an external commit.")
        return
    if not isinstance(sender, ExternalSenderIndex):
        raise UnauthorizedProposal("New members do not propose themselves here.")
    if (
        not RULES[type(proposal)].external
        or proposal.proposal_type not in policy.external_proposals
    ):
        raise UnauthorizedProposal(f"An external sender may not send {type(proposal).__name__}.")


def check_alone(proposal: Proposal, suite: Suite, tree: RatchetTree) -> None:
    """What can be said of one proposal without its leaf: section 12.1.

    Raises InvalidProposalList or UnsupportedOperation.
    """
    if isinstance(proposal, Remove) and tree.leaf(proposal.removed) is None:
        raise InvalidProposalList(f"There is no member at leaf {proposal.removed}.")
    if isinstance(proposal, GroupContextExtensions):
        check_group_extensions(proposal.extensions)
    if isinstance(proposal, PreSharedKey):
        identifier = proposal.psk
        if len(identifier.psk_nonce) != suite.hash_size:
            raise InvalidProposalList("The nonce of a pre-shared key has the wrong length.")
        psk = identifier.psk
        if isinstance(psk, ResumptionPsk) and psk.usage != USAGE_APPLICATION:
            raise InvalidProposalList("A resumption key of this usage does not belong here.")
    if isinstance(proposal, ReInit):
        raise UnsupportedOperation("Groups are not re-initialised here.")


def check_list(
    proposals: Sequence[Proposed], committer: int, suite: Suite, tree: RatchetTree
) -> None:
    """Section 12.2 for a regular commit; raises InvalidProposalList."""
    _check_common(proposals, suite, tree)
    touched: set[int] = set()
    for entry in proposals:
        proposal = entry.proposal
        if isinstance(proposal, ExternalInit):
            raise InvalidProposalList("A regular commit holds an ExternalInit.")
        if isinstance(proposal, Update):
            if not isinstance(entry.sender, MemberSender) or entry.sender.leaf_index == committer:
                raise InvalidProposalList("A committer's own Update is in the list.")
            leaf = entry.sender.leaf_index
        elif isinstance(proposal, Remove):
            leaf = proposal.removed
            if leaf == committer:
                raise InvalidProposalList("The commit removes its own committer.")
        else:
            continue
        if leaf in touched:
            raise InvalidProposalList(f"Leaf {leaf} is updated or removed twice.")
        touched.add(leaf)


def check_external_list(proposals: Sequence[Proposed], suite: Suite, tree: RatchetTree) -> None:
    """Section 12.2 for an external commit; raises InvalidProposalList, ExternalCommitRefused."""
    _check_common(proposals, suite, tree)
    if any(entry.reference is not None for entry in proposals):
        raise InvalidProposalList("An external commit refers to a proposal of the group.")
    if not all(RULES[type(entry.proposal)].joining for entry in proposals):
        raise InvalidProposalList("An external commit holds a proposal of another kind.")
    if sum(isinstance(entry.proposal, ExternalInit) for entry in proposals) != 1:
        raise InvalidProposalList("An external commit needs exactly one ExternalInit.")
    if sum(isinstance(entry.proposal, Remove) for entry in proposals) > 1:
        raise ExternalCommitRefused("An external commit removes more than the joiner's old leaf.")


def _check_common(proposals: Sequence[Proposed], suite: Suite, tree: RatchetTree) -> None:
    seen: set[bytes] = set()
    for kind, rule in RULES.items():
        if rule.once and sum(isinstance(entry.proposal, kind) for entry in proposals) > 1:
            raise InvalidProposalList(f"There is more than one {kind.__name__}.")
    for entry in proposals:
        check_alone(entry.proposal, suite, tree)
        if isinstance(entry.proposal, PreSharedKey):
            if entry.proposal.psk.encoded in seen:
                raise InvalidProposalList("A pre-shared key is named twice.")
            seen.add(entry.proposal.psk.encoded)


def path_required(proposals: Sequence[Proposed]) -> bool:
    """Whether a commit of these proposals needs an update path (section 12.4)."""
    return not proposals or any(RULES[type(entry.proposal)].path for entry in proposals)


def check_path_present(commit: Commit, proposals: Sequence[Proposed]) -> None:
    """Raise PathRequired if the commit needs a path and has none."""
    if commit.path is None and path_required(proposals):
        raise PathRequired
