"""Building a commit, the Welcome for whom it adds, and the GroupInfo of the epoch it leads to.

RFC 9420 section 12.4.1, for members and for external joiners. What is built is a PendingCommit:
the group it was built from has not changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from protocols.mls import schedule, treekem, treemath
from protocols.mls.epoch import Epoch, confirmation_tag, start
from protocols.mls.handshake import (
    Add,
    Commit,
    HPKECiphertext,
    PreSharedKeyID,
    ProposalRef,
    UpdatePath,
)
from protocols.mls.keypackages import make_leaf, successor_leaf
from protocols.mls.leaf import (
    EXTERNAL_PUB,
    RATCHET_TREE,
    CommitSource,
    Credential,
    Extension,
    ExternalPub,
    LeafNode,
)
from protocols.mls.leafcheck import check_leaf, check_successor
from protocols.mls.private_framing import protect
from protocols.mls.proposals import Proposed, path_required
from protocols.mls.public_framing import (
    key_package_ref,
    public_message,
    sign_framed,
    sign_with_label,
)
from protocols.mls.public_group import PublicGroup
from protocols.mls.schedule import Derivation
from protocols.mls.signer import Signer
from protocols.mls.suites import Suite
from protocols.mls.transition import (
    Draft,
    apply_proposals,
    finish_draft,
    leaf_context,
    next_context,
    place_committer,
    provisional_context,
)
from protocols.mls.wire import (
    PRIVATE_MESSAGE,
    PUBLIC_MESSAGE,
    AuthenticatedContent,
    EncryptedGroupSecrets,
    FramedContent,
    FramedContentAuthData,
    GroupContext,
    GroupInfo,
    GroupSecrets,
    MemberSender,
    NewMemberCommit,
    PathSecret,
    Welcome,
    encode_message,
)


@dataclass(frozen=True, slots=True, repr=False)
class PendingCommit:
    """A commit that was built and not merged; bytes are MLSMessages, `tree` a ratchet_tree.

    `epoch` is the epoch that it leads to. `upcoming`, `signer` and `base` belong to the group.
    """

    commit: bytes
    welcome: bytes | None
    group_info: bytes
    tree: bytes
    epoch: int
    upcoming: Epoch
    signer: Signer
    base: bytes


@dataclass(slots=True, repr=False)
class CommitRequest:
    """What a commit is to hold.

    `committer` is None for an external commit. `signer` signs the commit, `next_signer` is the
    key of the committer's leaf afterwards. `psks` are secrets in the order of the proposals.
    """

    proposals: Sequence[Proposed]
    committer: int | None
    signer: Signer
    next_signer: Signer
    credential: Credential | None
    init_secret: bytes
    psks: Sequence[tuple[PreSharedKeyID, bytes]]
    epoch: Epoch | None
    now: int
    force_path: bool = True
    aad: bytes = b""
    public: bool = True
    tree_in_welcome: bool = True


@dataclass(slots=True, repr=False)
class _Work:
    """A commit in the making: the draft, the committer's place, the fresh path."""

    draft: Draft
    leaf: int
    new_leaves: tuple[int, ...]
    path: treekem.NewPath | None
    provisional: GroupContext


def build(group: PublicGroup, request: CommitRequest) -> PendingCommit:
    """Build a commit on the state of `group`; raises an MLSError if it would not be valid."""
    suite = group.state.suite
    work = _draft(group, request)
    update_path = None
    commit_secret = bytes(suite.hash_size)
    if work.path is not None:
        update_path = treekem.encrypt_path(
            work.draft.tree, work.leaf, work.path, work.provisional.encoded, work.new_leaves
        )
        commit_secret = work.path.commit_secret
    content = _frame(group, request, update_path)
    wire_format = PUBLIC_MESSAGE if request.public else PRIVATE_MESSAGE
    signature = sign_framed(wire_format, content, group.state.context.encoded, request.signer)
    unconfirmed = AuthenticatedContent(wire_format, content, FramedContentAuthData(signature, b""))
    context = next_context(group.state, work.provisional, unconfirmed)
    psk_secret = schedule.psk_secret(suite, request.psks)
    joiner = schedule.joiner_secret(suite, request.init_secret, commit_secret, context.encoded)
    derivation = schedule.derive(suite, joiner, psk_secret, context.encoded)
    tag = confirmation_tag(suite, derivation, context.confirmed_transcript_hash)
    message = replace(unconfirmed, auth=FramedContentAuthData(signature, tag))
    after = group.advance(work.draft, context, tag)
    keys = {} if request.epoch is None else dict(request.epoch.keys)
    if work.path is not None:
        keys.update(work.path.keys)
    info = group_info(after, work.leaf, derivation.secrets.external_secret, request.next_signer)
    bare = info
    if not request.tree_in_welcome and work.new_leaves:
        bare = group_info(
            after,
            work.leaf,
            derivation.secrets.external_secret,
            request.next_signer,
            with_tree=False,
        )
    return PendingCommit(
        commit=_seal(group, request, message),
        welcome=_welcome(suite, request, work, derivation, bare),
        group_info=encode_message(info),
        tree=after.tree,
        epoch=after.epoch,
        upcoming=start(after, work.leaf, derivation, keys),
        signer=request.next_signer,
        base=group.state.interim_transcript_hash,
    )


def _draft(group: PublicGroup, request: CommitRequest) -> _Work:
    """Apply the proposals and, where there is to be one, put the fresh path into the tree."""
    state, checks = group.state, group.checks(request.now)
    draft = apply_proposals(state, request.proposals, request.committer, checks)
    leaf = place_committer(state, draft, request.committer, group.policy)
    new_leaves = tuple(draft.added)
    path = None
    if request.force_path or path_required(request.proposals):
        old = None if request.committer is None else state.tree.leaf(request.committer)

        def make(encryption_key: bytes, parent_hash: bytes) -> LeafNode:
            source = CommitSource(parent_hash)
            signer, group_id = request.next_signer, group.group_id
            if old is not None:
                return successor_leaf(
                    old, signer, encryption_key, source, group_id, leaf, request.credential
                )
            assert request.credential is not None
            return make_leaf(
                signer,
                request.credential,
                encryption_key,
                source,
                group_id=group_id,
                leaf_index=leaf,
            )

        path = treekem.new_path(draft.tree, leaf, make)
        context = leaf_context(state, draft.extensions, checks)
        identity = check_leaf(context, path.leaf_node, leaf)
        if old is not None:
            check_successor(old, state.identities[leaf], path.leaf_node, identity)
        draft.identities[leaf] = identity
    finish_draft(draft)
    return _Work(draft, leaf, new_leaves, path, provisional_context(state, draft))


def _frame(group: PublicGroup, request: CommitRequest, path: UpdatePath | None) -> FramedContent:
    listed = tuple(
        entry.proposal if entry.reference is None else ProposalRef(entry.reference)
        for entry in request.proposals
    )
    sender = NewMemberCommit() if request.committer is None else MemberSender(request.committer)
    return FramedContent(group.group_id, group.epoch, sender, request.aad, Commit(listed, path))


def _seal(group: PublicGroup, request: CommitRequest, message: AuthenticatedContent) -> bytes:
    """Protect the commit with the keys of the epoch that it ends."""
    suite, epoch = group.state.suite, request.epoch
    if epoch is None:
        return public_message(suite, message, b"", None)
    if request.public:
        key = epoch.secrets.membership_key
        return public_message(suite, message, group.state.context.encoded, key)
    return protect(suite, message, epoch.secret_tree, epoch.secrets.sender_data_secret)


def _welcome(
    suite: Suite,
    request: CommitRequest,
    work: _Work,
    derivation: Derivation,
    info: GroupInfo,
) -> bytes | None:
    """The Welcome for everybody that the commit adds; None if it adds nobody (12.4.3.1)."""
    added = [entry.proposal for entry in request.proposals if isinstance(entry.proposal, Add)]
    if not added:
        return None
    sealed_info = schedule.seal_group_info(suite, derivation.welcome_secret, info)
    psks = tuple(identifier for identifier, _ in request.psks)
    secrets = []
    for proposal, leaf in zip(added, work.new_leaves, strict=True):
        path_secret = None
        if work.path is not None:
            node = treemath.common_ancestor(work.leaf, leaf)
            path_secret = PathSecret(work.path.secrets[node])
        told = GroupSecrets(derivation.joiner_secret, path_secret, psks)
        package = proposal.key_package
        sealed = suite.encrypt_with_label(package.init_key, b"Welcome", sealed_info, told.encoded)
        reference = key_package_ref(suite, package.encoded)
        secrets.append(EncryptedGroupSecrets(reference, HPKECiphertext(*sealed)))
    return encode_message(Welcome(suite.id, tuple(secrets), sealed_info))


def group_info(
    group: PublicGroup,
    signer_leaf: int,
    external_secret: bytes,
    signer: Signer,
    *,
    with_tree: bool = True,
) -> GroupInfo:
    """The signed GroupInfo of an epoch, with external_pub and, by default, the tree."""
    pair = schedule.external_key_pair(group.state.suite, external_secret)
    extensions = [Extension(EXTERNAL_PUB, ExternalPub(pair.public).encoded)]
    if with_tree:
        extensions.insert(0, Extension(RATCHET_TREE, group.tree))
    unsigned = GroupInfo(
        group.state.context, tuple(extensions), group.state.confirmation_tag, signer_leaf, b""
    )
    signature = sign_with_label(signer, b"GroupInfoTBS", unsigned.to_be_signed)
    return replace(unsigned, signature=signature)
