"""Which cached proposals a member puts into its commit (RFC 9420 sections 12.2 and 12.4)."""

from collections.abc import Callable, Sequence

from protocols.mls.errors import MLSError
from protocols.mls.handshake import (
    Add,
    GroupContextExtensions,
    PreSharedKey,
    PreSharedKeyID,
    Proposal,
    Remove,
    Update,
)
from protocols.mls.leaf import KeyPackageSource
from protocols.mls.proposals import Proposed
from protocols.mls.public_group import PublicGroup
from protocols.mls.transition import apply_proposals, finish_draft
from protocols.mls.wire import MemberSender

CACHED_LIMIT = 128


def committable(
    group: PublicGroup,
    own_leaf: int,
    holds: Callable[[PreSharedKeyID], bool],
    now: int,
    explicit: Sequence[Proposal] = (),
) -> list[Proposed]:
    """The cached proposals that can stand together in a commit of this member.

    A Remove is preferred to an Update, the latest Update and extensions to earlier ones. Left
    out are the member's own Updates, its own removal, keys that it does not hold, expired key
    packages, clients that are members or added already, and what contradicts the `explicit`
    proposals that the commit will hold by value.
    """
    cached = list(group.proposals.values())
    removed: set[int] = set()
    replaced = {proposal.removed for proposal in explicit if isinstance(proposal, Remove)}
    chosen: list[Proposed] = []
    for entry in cached:
        proposal = entry.proposal
        if isinstance(proposal, Remove) and proposal.removed not in {own_leaf, *removed}:
            removed.add(proposal.removed)
            chosen.append(entry)
    updates: dict[int, Proposed] = {}
    extensions: list[Proposed] = []
    for entry in cached:
        if isinstance(entry.proposal, Update) and isinstance(entry.sender, MemberSender):
            leaf = entry.sender.leaf_index
            if leaf != own_leaf and leaf not in removed | replaced:
                updates[leaf] = entry
        elif isinstance(entry.proposal, GroupContextExtensions):
            extensions = [entry]
    if any(isinstance(proposal, GroupContextExtensions) for proposal in explicit):
        extensions = []
    chosen += [*updates.values(), *extensions]
    chosen += [
        entry
        for entry in cached
        if isinstance(entry.proposal, PreSharedKey) and holds(entry.proposal.psk)
    ]
    adding = {
        proposal.key_package.leaf_node.signature_key
        for proposal in explicit
        if isinstance(proposal, Add)
    }
    return chosen + _adds(group, cached, removed | replaced, adding, now)


def standing_together(
    group: PublicGroup,
    own_leaf: int,
    cached: Sequence[Proposed],
    own: Sequence[Proposed],
    now: int,
) -> list[Proposed]:
    """Those cached proposals that can be committed beside the committer's own ones.

    Each was valid when it came, yet two may exclude each other, or an Add name a present member.
    Whoever proposes such a thing must not keep others from committing, so it is left out; nor
    may a flood of them, so no more than CACHED_LIMIT are taken beside the Removes.
    """
    removes = [entry for entry in cached if isinstance(entry.proposal, Remove)]
    others = [entry for entry in cached if not isinstance(entry.proposal, Remove)]
    cached = [*removes, *others[:CACHED_LIMIT]]
    if not cached or _holds_together(group, own_leaf, [*cached, *own], now):
        return list(cached)
    kept: list[Proposed] = []
    for entry in cached:
        if _holds_together(group, own_leaf, [*kept, entry, *own], now):
            kept.append(entry)
    return kept


def _holds_together(
    group: PublicGroup, own_leaf: int, proposals: Sequence[Proposed], now: int
) -> bool:
    try:
        finish_draft(apply_proposals(group.state, proposals, own_leaf, group.checks(now)))
    except MLSError:
        return False
    return True


def _adds(
    group: PublicGroup, cached: list[Proposed], removed: set[int], adding: set[bytes], now: int
) -> list[Proposed]:
    """The Adds whose clients are new to the group and whose key packages are still valid."""
    taken = {
        leaf.signature_key for index, leaf in group.state.tree.leaves() if index not in removed
    }
    taken |= adding
    chosen = []
    for entry in cached:
        if not isinstance(entry.proposal, Add):
            continue
        leaf = entry.proposal.key_package.leaf_node
        source = leaf.source
        valid = (
            isinstance(source, KeyPackageSource) and source.not_before <= now <= source.not_after
        )
        if valid and leaf.signature_key not in taken:
            taken.add(leaf.signature_key)
            chosen.append(entry)
    return chosen
