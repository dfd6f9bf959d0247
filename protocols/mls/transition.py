"""From one epoch's public state to the next: proposals applied, the path merged, all checked.

RFC 9420 sections 12.3 and 12.4, without a secret. Members and the relay run the same code; it
works on a copy of the tree, so the state before it stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from protocols.mls.credentials import CredentialValidator
from protocols.mls.errors import (
    BadLeafSource,
    BadUpdatePath,
    DuplicateKey,
    ExternalCommitRefused,
    WrongEpoch,
)
from protocols.mls.handshake import (
    Add,
    GroupContextExtensions,
    Remove,
    Update,
    UpdatePath,
)
from protocols.mls.leaf import CommitSource, Extension, LeafNode, UpdateSource
from protocols.mls.leafcheck import (
    LeafContext,
    check_capabilities,
    check_key_package_for,
    check_leaf,
    check_members,
    check_successor,
)
from protocols.mls.policy import Policy
from protocols.mls.proposals import Proposed, check_external_list, check_list
from protocols.mls.suites import Suite
from protocols.mls.transcript import confirmed_transcript_hash, interim_transcript_hash
from protocols.mls.tree import RatchetTree
from protocols.mls.wire import AuthenticatedContent, GroupContext, MemberSender

LAST_EPOCH = (1 << 64) - 1  # the largest epoch that a GroupContext can name


@dataclass(frozen=True, slots=True)
class PublicState:
    """What everybody, the relay included, may know of an epoch."""

    suite: Suite
    context: GroupContext
    tree: RatchetTree
    confirmation_tag: bytes
    interim_transcript_hash: bytes
    identities: dict[int, str]


@dataclass(frozen=True, slots=True)
class Checks:
    """By what a new state is judged: who vouches for credentials, the policy, unix seconds."""

    validator: CredentialValidator
    policy: Policy
    now: int


@dataclass(slots=True)
class Draft:
    """A next state in the making; the leaf indices of `removed` are those of the old tree."""

    tree: RatchetTree
    extensions: tuple[Extension, ...]
    identities: dict[int, str]
    added: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)


def apply_proposals(
    state: PublicState, proposals: Sequence[Proposed], committer: int | None, checks: Checks
) -> Draft:
    """Validate a list of proposals and apply it in the order of section 12.3.

    `committer` is None for an external commit. Raises a ProposalRefused or LeafRefused.
    """
    if committer is None:
        check_external_list(proposals, state.suite, state.tree)
    else:
        check_list(proposals, committer, state.suite, state.tree)
    draft = Draft(state.tree.copy(), state.context.extensions, dict(state.identities))
    for entry in proposals:
        if isinstance(entry.proposal, GroupContextExtensions):
            draft.extensions = entry.proposal.extensions
    context = leaf_context(state, draft.extensions, checks)
    for entry in proposals:
        if isinstance(entry.proposal, Update):
            _apply_update(state, draft, context, entry)
    for entry in proposals:
        if isinstance(entry.proposal, Remove):
            draft.tree.remove(entry.proposal.removed)
            del draft.identities[entry.proposal.removed]
            draft.removed.append(entry.proposal.removed)
    if draft.removed:
        draft.tree.truncate()
    for entry in proposals:
        if isinstance(entry.proposal, Add):
            package = entry.proposal.key_package
            identity = check_key_package_for(context, package, checks.now, checks.policy)
            leaf = draft.tree.add(package.leaf_node)
            draft.identities[leaf] = identity
            draft.added.append(leaf)
    if draft.extensions != state.context.extensions:
        for _, member in draft.tree.leaves():
            check_capabilities(state.suite, member, draft.extensions)
    return draft


def leaf_context(
    state: PublicState, extensions: tuple[Extension, ...], checks: Checks
) -> LeafContext:
    """What leaves of the next epoch are checked against."""
    return LeafContext(state.suite, state.context.group_id, extensions, checks.validator)


def _apply_update(state: PublicState, draft: Draft, context: LeafContext, entry: Proposed) -> None:
    assert isinstance(entry.proposal, Update)
    assert isinstance(entry.sender, MemberSender)
    leaf = entry.sender.leaf_index
    draft.identities[leaf] = check_update(state, context, leaf, entry.proposal.leaf_node)
    draft.tree.update(leaf, entry.proposal.leaf_node)
    draft.updated.append(leaf)


def check_update(state: PublicState, context: LeafContext, leaf: int, new: LeafNode) -> str:
    """The leaf of an Update proposal is valid for its sender; returns its identity."""
    if not isinstance(new.source, UpdateSource):
        raise BadLeafSource("The leaf of an Update must say that it comes from one.")
    old = state.tree.leaf(leaf)
    assert old is not None
    identity = check_leaf(context, new, leaf)
    check_successor(old, state.identities[leaf], new, identity)
    return identity


def place_committer(state: PublicState, draft: Draft, committer: int | None, policy: Policy) -> int:
    """The leaf that the path starts from: the committer's, or a free one for who joins.

    An external commit must replace a leaf, unless the policy lets anybody join.
    """
    if committer is not None:
        return committer
    if not draft.removed and not policy.allow_external_join:
        raise ExternalCommitRefused
    return draft.tree.free_leaf()


def merge_path(
    state: PublicState,
    draft: Draft,
    committer: int | None,
    leaf: int,
    path: UpdatePath,
    checks: Checks,
) -> None:
    """Validate a commit's path and merge it into the draft (12.4.2).

    Raises a TreeRefused, LeafRefused or CryptographyRefused.
    """
    new = path.leaf_node
    if not isinstance(new.source, CommitSource):
        raise BadLeafSource("The leaf of an update path must say that it comes from a commit.")
    identity = check_leaf(leaf_context(state, draft.extensions, checks), new, leaf)
    replaced = committer if committer is not None else next(iter(draft.removed), None)
    if replaced is not None:
        old = state.tree.leaf(replaced)
        assert old is not None
        if committer is None and identity != state.identities[replaced]:
            raise ExternalCommitRefused("An external commit removes a leaf of somebody else.")
        check_successor(old, state.identities[replaced], new, identity)
    keys = [new.encryption_key, *(node.encryption_key for node in path.nodes)]
    present = {node.encryption_key for node in draft.tree.nodes if node is not None}
    if len(set(keys)) != len(keys) or not present.isdisjoint(keys):
        raise DuplicateKey("The update path repeats a public key.")
    for node in path.nodes:
        state.suite.check_hpke_key(node.encryption_key)
    draft.tree.check_path_recipients(leaf, path, draft.added)
    draft.tree.merge_path(leaf, path)
    draft.identities[leaf] = identity
    (draft.added if committer is None else draft.updated).append(leaf)


def finish_draft(draft: Draft) -> None:
    """The checks across members, once the draft is complete; raises a LeafRefused, DuplicateKey."""
    if not draft.identities:
        raise BadUpdatePath("The commit leaves a group without members.")
    check_members(draft.tree, draft.identities)


def provisional_context(state: PublicState, draft: Draft) -> GroupContext:
    """The context that a path is encrypted under: new tree, old confirmed transcript hash.

    Raises WrongEpoch in a group that was started at the end of the epoch counter.
    """
    if state.context.epoch >= LAST_EPOCH:
        raise WrongEpoch("The group's epoch counter is exhausted.")
    return replace(
        state.context,
        epoch=state.context.epoch + 1,
        tree_hash=draft.tree.root_hash,
        extensions=draft.extensions,
    )


def next_context(
    state: PublicState, provisional: GroupContext, commit: AuthenticatedContent
) -> GroupContext:
    """The context of the next epoch: the provisional one with this commit in its transcript."""
    confirmed = confirmed_transcript_hash(state.suite, state.interim_transcript_hash, commit)
    return replace(provisional, confirmed_transcript_hash=confirmed)


def next_state(
    state: PublicState, draft: Draft, context: GroupContext, confirmation_tag: bytes
) -> PublicState:
    """The public state of the next epoch."""
    interim = interim_transcript_hash(
        state.suite, context.confirmed_transcript_hash, confirmation_tag
    )
    return PublicState(
        state.suite, context, draft.tree, confirmation_tag, interim, draft.identities
    )
