"""The public half of a group: what a relay checks, and all that it can know.

A relay holds one `PublicGroup` a channel. It checks each handshake (`check`), takes proposals
(`apply`) and commits with the GroupInfo that must describe their outcome (`finish`). Every step
returns a new value; a refused input changes nothing. Members build on the same value
(`protocols.mls.group`). Nothing that this module imports, directly or through others, derives
or holds a secret; what a relay cannot see are membership tags, confirmation tags and whether
path secrets open.

For a relay this module is the only door to `protocols.mls`; what it needs is re-exported here,
which makes a quarter of this file imports.
"""

from collections.abc import Iterator

from protocols.mls import public_store
from protocols.mls.checked import CheckedCommit, CheckedProposal, Member
from protocols.mls.credentials import (
    BasicValidator,
    CredentialValidator,
    X509Validator,
    basic,
    chain_of,
    x509_credential,
)
from protocols.mls.directory import KeyPackageInfo, check_key_package, welcome_refs
from protocols.mls.errors import (
    BadConfirmationTag,
    BadTreeHash,
    GroupInfoMismatch,
    MissingTree,
    UnexpectedContent,
    UnknownReference,
    UnknownSender,
    WrongEpoch,
    WrongGroup,
)
from protocols.mls.handshake import (
    Add,
    Commit,
    Proposal,
    ProposalRef,
    Remove,
    Update,
)
from protocols.mls.header import PrivateHeader, PublicHeader, peek
from protocols.mls.leaf import (
    EXTERNAL_PUB,
    RATCHET_TREE,
    ExternalPub,
    check_extensions,
    check_group_extensions,
    find_extension,
    read_external_senders,
)
from protocols.mls.leafcheck import LeafContext, check_key_package_for, check_tree
from protocols.mls.policy import DEFAULT_POLICY, Policy
from protocols.mls.proposals import Proposed, check_alone, check_path_present, check_sender
from protocols.mls.public_framing import (
    Signs,
    authenticated,
    key_package_ref,
    proposal_ref,
    public_message,
    sign_framed,
    verify_framed,
)
from protocols.mls.signer import Signer, SoftwareSigner
from protocols.mls.suites import SUPPORTED, Suite, suite
from protocols.mls.transcript import interim_transcript_hash
from protocols.mls.transition import (
    Checks,
    Draft,
    PublicState,
    apply_proposals,
    check_update,
    finish_draft,
    leaf_context,
    merge_path,
    next_context,
    next_state,
    place_committer,
    provisional_context,
)
from protocols.mls.tree import RatchetTree
from protocols.mls.wire import (
    PUBLIC_MESSAGE,
    AuthenticatedContent,
    Credential,
    Extension,
    ExternalSender,
    ExternalSenderIndex,
    FramedContent,
    FramedContentAuthData,
    GroupContext,
    GroupInfo,
    MemberSender,
    NewMemberCommit,
    PublicMessage,
    expect,
    external_senders,
)

__all__ = [
    "DEFAULT_POLICY",
    "SUPPORTED",
    "BasicValidator",
    "CheckedCommit",
    "CheckedProposal",
    "Credential",
    "CredentialValidator",
    "Extension",
    "ExternalSender",
    "KeyPackageInfo",
    "Member",
    "Policy",
    "PrivateHeader",
    "PublicGroup",
    "PublicHeader",
    "Signer",
    "SoftwareSigner",
    "X509Validator",
    "basic",
    "chain_of",
    "check_key_package",
    "external_proposal",
    "external_senders",
    "peek",
    "welcome_refs",
    "x509_credential",
]


class PublicGroup:
    """One epoch of a group as the public sees it; a value that is never changed."""

    __slots__ = ("policy", "proposals", "state", "validator")

    def __init__(
        self,
        state: PublicState,
        validator: CredentialValidator,
        policy: Policy = DEFAULT_POLICY,
        proposals: dict[bytes, Proposed] | None = None,
    ) -> None:
        self.state = state
        self.validator = validator
        self.policy = policy
        self.proposals: dict[bytes, Proposed] = proposals or {}

    @classmethod
    def from_group_info(
        cls,
        group_info: bytes,
        tree: bytes | None = None,
        *,
        validator: CredentialValidator,
        policy: Policy = DEFAULT_POLICY,
    ) -> "PublicGroup":
        """The group that an MLSMessage with a GroupInfo describes, verified as by a joiner.

        `tree` is a `ratchet_tree` if the message holds none. Raises an MLSError.
        """
        return cls.from_info(
            expect(group_info, GroupInfo), tree, validator=validator, policy=policy
        )

    @classmethod
    def from_info(
        cls,
        info: GroupInfo,
        tree: bytes | None = None,
        *,
        validator: CredentialValidator,
        policy: Policy = DEFAULT_POLICY,
    ) -> "PublicGroup":
        """The same for a decoded GroupInfo.

        1. the tree has the context's tree hash; 2. its signer signed it; 3. the whole tree holds.
        """
        context = info.group_context
        chosen = suite(context.cipher_suite)
        check_extensions(info.extensions)
        check_group_extensions(context.extensions)
        data = find_extension(info.extensions, RATCHET_TREE) if tree is None else tree
        if data is None:
            raise MissingTree
        ratchet_tree = RatchetTree.decode(chosen, data)
        if ratchet_tree.root_hash != context.tree_hash:
            raise BadTreeHash
        _verify_group_info(chosen, ratchet_tree, info)
        leaves = LeafContext(chosen, context.group_id, context.extensions, validator)
        identities = check_tree(leaves, ratchet_tree)
        interim = interim_transcript_hash(
            chosen, context.confirmed_transcript_hash, info.confirmation_tag
        )
        state = PublicState(
            chosen, context, ratchet_tree, info.confirmation_tag, interim, identities
        )
        return cls(state, validator, policy)

    # --- looking ---

    @property
    def group_id(self) -> bytes:
        """The group's identifier."""
        return self.state.context.group_id

    @property
    def epoch(self) -> int:
        """The epoch's number."""
        return self.state.context.epoch

    @property
    def suite(self) -> int:
        """The cipher suite's number."""
        return self.state.context.cipher_suite

    @property
    def tree_hash(self) -> bytes:
        """The tree hash of this epoch."""
        return self.state.context.tree_hash

    @property
    def confirmed_transcript_hash(self) -> bytes:
        """The transcript hash of this epoch."""
        return self.state.context.confirmed_transcript_hash

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """The group context's extensions."""
        return self.state.context.extensions

    @property
    def tree(self) -> bytes:
        """The `ratchet_tree` of this epoch."""
        return self.state.tree.encode()

    def members(self) -> tuple[Member, ...]:
        """Every member, from left to right."""
        return tuple(self._member(index) for index, _ in self.state.tree.leaves())

    def _member(self, index: int) -> Member:
        leaf = self.state.tree.leaf(index)
        assert leaf is not None
        identity = self.state.identities[index]
        return Member(index, identity, leaf.credential, leaf.signature_key)

    # --- checking ---

    def check(self, message: bytes, *, now: int) -> CheckedProposal | CheckedCommit:
        """Check a handshake (an MLSMessage with a PublicMessage); `now` in unix seconds.

        Verifies place, signature and every public rule. Raises an MLSError; changes nothing.
        """
        return self.check_content(authenticated(expect(message, PublicMessage)), now)

    def check_content(
        self, message: AuthenticatedContent, now: int
    ) -> CheckedProposal | CheckedCommit:
        """Check a handshake that was unframed by a member; see `check`."""
        content = message.content
        self.check_place(content.group_id, content.epoch)
        verify_framed(
            self.state.suite, message, self.state.context.encoded, self._sender_key(content)
        )
        if isinstance(content.content, Commit):
            return self._check_commit(message, content.content, now)
        return self._check_proposal(message, now)

    def check_place(self, group_id: bytes, epoch: int) -> None:
        """Raise WrongGroup or WrongEpoch for a message of another place."""
        if group_id != self.group_id:
            raise WrongGroup
        if epoch != self.epoch:
            raise WrongEpoch(f"The message is of epoch {epoch}, the group in {self.epoch}.")

    def _sender_key(self, content: FramedContent) -> bytes:
        """The key that must have signed (section 6.1); also which sender may send which content."""
        sender, commit = content.sender, isinstance(content.content, Commit)
        if isinstance(sender, MemberSender):
            leaf = self.state.tree.leaf(sender.leaf_index)
            if leaf is None:
                raise UnknownSender(f"There is no member at leaf {sender.leaf_index}.")
            if not commit and not isinstance(content.content, Proposal):
                raise UnexpectedContent("Application data must never be sent in the clear.")
            return leaf.signature_key
        if isinstance(sender, NewMemberCommit):
            if not isinstance(content.content, Commit) or content.content.path is None:
                raise UnexpectedContent("Who joins sends a commit with an update path.")
            return content.content.path.leaf_node.signature_key
        if not isinstance(content.content, Proposal):
            raise UnexpectedContent("Who is outside the group only sends proposals.")
        check_sender(content.content, sender, self.policy)
        senders = read_external_senders(self.extensions)
        assert isinstance(sender, ExternalSenderIndex)
        if sender.sender_index >= len(senders):
            raise UnknownSender(f"There is no external sender {sender.sender_index}.")
        return senders[sender.sender_index].signature_key

    def _check_proposal(self, message: AuthenticatedContent, now: int) -> CheckedProposal:
        proposal, sender = message.content.content, message.content.sender
        assert isinstance(proposal, Proposal)
        assert isinstance(sender, (MemberSender, ExternalSenderIndex))
        check_sender(proposal, sender, self.policy)
        check_alone(proposal, self.state.suite, self.state.tree)
        checks = self.checks(now)
        context = leaf_context(self.state, self.extensions, checks)
        if isinstance(proposal, Add):
            check_key_package_for(context, proposal.key_package, now, self.policy)
        elif isinstance(proposal, Update):
            assert isinstance(sender, MemberSender)
            check_update(self.state, context, sender.leaf_index, proposal.leaf_node)
        reference = proposal_ref(self.state.suite, message)
        proposed = Proposed(proposal, sender, reference)
        return CheckedProposal(reference, proposal, sender, proposed, self.epoch, self.group_id)

    def checks(self, now: int) -> Checks:
        """By what this group judges a next state at this time."""
        return Checks(self.validator, self.policy, now)

    def _check_commit(
        self, message: AuthenticatedContent, commit: Commit, now: int
    ) -> CheckedCommit:
        """The public part of section 12.4.2, in its order."""
        sender = message.content.sender
        committer = sender.leaf_index if isinstance(sender, MemberSender) else None
        tag = message.auth.confirmation_tag
        if tag is None or len(tag) != self.state.suite.hash_size:
            raise BadConfirmationTag("The commit carries no confirmation tag.")
        proposals = tuple(self._resolve(commit, message.content.sender))
        draft = apply_proposals(self.state, proposals, committer, self.checks(now))
        check_path_present(commit, proposals)
        leaf = place_committer(self.state, draft, committer, self.policy)
        if commit.path is not None:
            merge_path(self.state, draft, committer, leaf, commit.path, self.checks(now))
        finish_draft(draft)
        provisional = provisional_context(self.state, draft)
        context = next_context(self.state, provisional, message)
        after = self.advance(draft, context, tag)
        return CheckedCommit(
            after=after,
            sender=leaf,
            external=committer is None,
            adds=tuple(
                key_package_ref(self.state.suite, entry.proposal.key_package.encoded)
                for entry in proposals
                if isinstance(entry.proposal, Add)
            ),
            added=tuple(after._member(index) for index in draft.added),
            removed=tuple(self._member(index) for index in draft.removed),
            updated=tuple(after._member(index) for index in draft.updated),
            proposal_refs=tuple(
                entry.reference for entry in proposals if entry.reference is not None
            ),
            proposals=proposals,
            path=commit.path,
            provisional=provisional,
            confirmation_tag=tag,
            base=self.state.interim_transcript_hash,
        )

    def _resolve(
        self, commit: Commit, sender: MemberSender | NewMemberCommit | object
    ) -> Iterator[Proposed]:
        """The committed proposals: those by value are the committer's, the others were cached."""
        for entry in commit.proposals:
            if not isinstance(entry, ProposalRef):
                assert isinstance(sender, (MemberSender, NewMemberCommit))
                yield Proposed(entry, sender)
                continue
            known = self.proposals.get(entry.reference)
            if known is None:
                raise UnknownReference
            yield known

    # --- advancing ---

    def apply(self, checked: CheckedProposal) -> "PublicGroup":
        """The group with this proposal cached, so that a commit can refer to it."""
        self.check_place(checked.group_id, checked.epoch)
        proposals = {**self.proposals, checked.reference: checked.proposed}
        return PublicGroup(self.state, self.validator, self.policy, proposals)

    def advance(self, draft: Draft, context: GroupContext, tag: bytes) -> "PublicGroup":
        """The group of the next epoch; its cache of proposals is empty."""
        state = next_state(self.state, draft, context, tag)
        return PublicGroup(state, self.validator, self.policy)

    def finish(self, checked: CheckedCommit, group_info: bytes) -> "PublicGroup":
        """The group after a commit, if the GroupInfo beside it describes exactly that.

        1. the commit was checked against this group; 2. the context is the computed one; 3. the
        confirmation tag is the commit's; 4. the committer is its signer and signed it; 5. tree,
        if present, and 6. external_pub are there. Raises GroupInfoMismatch, BadSignature or a
        MalformedMLS.
        """
        if checked.base != self.state.interim_transcript_hash:
            raise WrongEpoch("The commit was checked against another state.")
        info, after = expect(group_info, GroupInfo), checked.after
        if info.group_context.encoded != after.state.context.encoded:
            raise GroupInfoMismatch
        if info.confirmation_tag != checked.confirmation_tag:
            raise GroupInfoMismatch("The GroupInfo carries another confirmation tag.")
        if info.signer != checked.sender:
            raise GroupInfoMismatch("The GroupInfo is not signed by the committer.")
        _verify_group_info(after.state.suite, after.state.tree, info)
        check_extensions(info.extensions)
        tree = find_extension(info.extensions, RATCHET_TREE)
        if tree is not None and tree != after.tree:
            raise GroupInfoMismatch("The GroupInfo carries another tree.")
        external_pub = find_extension(info.extensions, EXTERNAL_PUB)
        if external_pub is None:
            raise GroupInfoMismatch("The GroupInfo lacks the key for external joins.")
        after.state.suite.check_hpke_key(ExternalPub.decode(external_pub).external_pub)
        return after

    def propose_remove(self, leaf: int, signer: Signs, sender_index: int = 0) -> bytes:
        """A Remove by the external sender at this index: an MLSMessage for the members."""
        check_alone(Remove(leaf), self.state.suite, self.state.tree)
        return external_proposal(
            self.group_id, self.epoch, Remove(leaf), signer, sender_index=sender_index
        )

    # --- storing ---

    def to_bytes(self) -> bytes:
        """The group for a store; holds no secret."""
        return public_store.dump(self.state, self.proposals)

    @classmethod
    def from_bytes(
        cls, data: bytes, *, validator: CredentialValidator, policy: Policy = DEFAULT_POLICY
    ) -> "PublicGroup":
        """The group out of one's own store; what was verified before is not verified again."""
        state, proposals = public_store.load(data)
        return cls(state, validator, policy, proposals)


def _verify_group_info(chosen: Suite, tree: RatchetTree, info: GroupInfo) -> None:
    """A GroupInfo is signed by the member that it names, and nobody else (12.4.3)."""
    leaf = tree.leaf(info.signer)
    if leaf is None:
        raise UnknownSender(f"The GroupInfo names leaf {info.signer}, which is blank.")
    chosen.verify_with_label(leaf.signature_key, b"GroupInfoTBS", info.to_be_signed, info.signature)


def external_proposal(
    group_id: bytes, epoch: int, proposal: Proposal, signer: Signs, *, sender_index: int = 0
) -> bytes:
    """A proposal by an external sender (12.1.8): an MLSMessage with a PublicMessage."""
    content = FramedContent(group_id, epoch, ExternalSenderIndex(sender_index), b"", proposal)
    signature = sign_framed(PUBLIC_MESSAGE, content, b"", signer)
    message = AuthenticatedContent(PUBLIC_MESSAGE, content, FramedContentAuthData(signature))
    return public_message(suite(2), message, b"", None)
