"""A member's group: create it, join it, commit, process, encrypt, decrypt (RFC 9420).

Two rules run through it. Nothing is merged before it is verified: `commit` makes a PendingCommit
and `process` a StagedCommit, and until they are merged the group is what it was. And what is
refused changes nothing: after an MLSError, `state.dump` gives the same bytes as before.
"""

from collections.abc import Iterable, Mapping, Sequence

from protocols.mls import epoch as epochs
from protocols.mls import founding, joining
from protocols.mls.checked import CheckedProposal, Member
from protocols.mls.committing import CommitRequest, PendingCommit, build
from protocols.mls.credentials import CredentialValidator
from protocols.mls.epoch import ApplicationMessage
from protocols.mls.errors import (
    NothingPending,
    OwnMessage,
    ProposalsPending,
    StaleStage,
    UnexpectedContent,
    WrongGroup,
)
from protocols.mls.handshake import (
    Add,
    GroupContextExtensions,
    Proposal,
    Remove,
)
from protocols.mls.keypackages import KeyPackageBundle, new_key_package
from protocols.mls.leaf import Credential, Extension, KeyPackage
from protocols.mls.member_framing import frame, sign_content
from protocols.mls.policy import DEFAULT_POLICY, Policy
from protocols.mls.processing import StagedCommit, committed_psks, stage
from protocols.mls.proposals import Proposed
from protocols.mls.proposing import Proposing, ReceivedProposal
from protocols.mls.public_framing import authenticated, proposal_ref, verify_membership_tag
from protocols.mls.selection import committable, standing_together
from protocols.mls.signer import Signer
from protocols.mls.wire import (
    APPLICATION,
    PRIVATE_MESSAGE,
    ApplicationData,
    AuthenticatedContent,
    MemberSender,
    PrivateMessage,
    PublicMessage,
    decode_message,
    expect,
)

__all__ = [
    "ApplicationMessage",
    "Group",
    "KeyPackageBundle",
    "Member",
    "PendingCommit",
    "ReceivedProposal",
    "StagedCommit",
    "new_key_package",
]


class Group(Proposing):
    """One group as one of its members holds it; see `Membership` for what can be asked of it."""

    __slots__ = ()

    # --- entering ---

    @classmethod
    def create(
        cls,
        group_id: bytes,
        suite_id: int,
        signer: Signer,
        credential: Credential,
        *,
        validator: CredentialValidator,
        now: int,
        extensions: Sequence[Extension] = (),
        policy: Policy = DEFAULT_POLICY,
    ) -> "Group":
        """A new group of one member (section 11); `now` in unix seconds. Raises an MLSError."""
        epoch = founding.found(
            group_id,
            suite_id,
            signer,
            credential,
            extensions=extensions,
            validator=validator,
            policy=policy,
            now=now,
        )
        return cls(epoch, signer)

    @classmethod
    def join(
        cls,
        welcome: bytes,
        bundle: KeyPackageBundle,
        signer: Signer,
        *,
        tree: bytes | None = None,
        psks: Mapping[bytes, bytes] | None = None,
        validator: CredentialValidator,
        now: int,
        policy: Policy = DEFAULT_POLICY,
    ) -> "Group":
        """Join by a Welcome (an MLSMessage) for this key package; raises an MLSError.

        `tree` is a `ratchet_tree` if the Welcome holds none, `psks` external keys by id. The
        caller deletes the bundle afterwards, unless it is a last resort.
        """
        held = dict(psks or {})
        epoch = joining.join(
            welcome,
            bundle,
            signer,
            tree=tree,
            psks=held,
            validator=validator,
            policy=policy,
            now=now,
        )
        group = cls(epoch, signer)
        group._psks.update(held)
        return group

    @classmethod
    def external_join(
        cls,
        group_info: bytes,
        signer: Signer,
        credential: Credential,
        *,
        tree: bytes | None = None,
        resync: bool = False,
        psks: Mapping[bytes, bytes] | None = None,
        validator: CredentialValidator,
        now: int,
        policy: Policy = DEFAULT_POLICY,
    ) -> "tuple[PendingCommit, Group]":
        """Join by an external commit; `resync` removes this identity's old leaf with it.

        Returns the commit to send and the group as it will be once the commit is accepted; if
        another commit comes first, drop both. `psks` are injected in their order. Raises an
        MLSError; without resync the policy must allow external joins.
        """
        held = dict(psks or {})
        pending = founding.external_commit(
            group_info,
            signer,
            credential,
            tree=tree,
            resync=resync,
            psks=held,
            validator=validator,
            policy=policy,
            now=now,
        )
        group = cls(pending.upcoming, signer)
        group._psks.update(held)
        return pending, group

    # --- committing ---

    def commit(
        self,
        *,
        now: int,
        add: Iterable[bytes] = (),
        remove: Iterable[int] = (),
        update: bool = True,
        proposals: Iterable[Proposal] = (),
        extensions: Iterable[Extension] | None = None,
        psks: Iterable[bytes | int] = (),
        cached: bool = True,
        aad: bytes = b"",
        public: bool = True,
        tree_in_welcome: bool = True,
        signer: Signer | None = None,
        credential: Credential | None = None,
    ) -> PendingCommit:
        """Build a commit and keep it pending; raises an MLSError.

        add         key packages (MLSMessages); remove: leaf indices; extensions: the new list
        update      refresh this member's path even where the RFC would let it be omitted
        proposals   further proposals by value; cached: include the cached ones by reference
        psks        ids of external keys, or epochs (int) of this group for resumption keys
        public      False encrypts the commit as a PrivateMessage
        signer, credential   the new key and credential of this member's leaf, if they change
        """
        epoch = self._live()
        me = MemberSender(epoch.own_leaf)
        inline: list[Proposal] = [Add(expect(package, KeyPackage)) for package in add]
        inline += [Remove(leaf) for leaf in remove]
        inline += [self._psk_proposal(name) for name in psks]
        if extensions is not None:
            inline.append(GroupContextExtensions(tuple(extensions)))
        inline += list(proposals)
        listed: list[Proposed] = []
        if cached:
            listed = committable(epoch.public, epoch.own_leaf, self._holds, now, inline)
        known = {entry.proposal for entry in listed if isinstance(entry.proposal, Remove)}
        inline = [proposal for proposal in inline if proposal not in known]
        own = [Proposed(proposal, me) for proposal in inline]
        listed = [*standing_together(epoch.public, epoch.own_leaf, listed, own, now), *own]
        pending = build(
            epoch.public,
            CommitRequest(
                proposals=listed,
                committer=epoch.own_leaf,
                signer=self.signer,
                next_signer=self.signer if signer is None else signer,
                credential=credential,
                init_secret=epoch.secrets.init_secret,
                psks=[(psk, self._psk(psk)) for psk in committed_psks(listed)],
                epoch=epoch,
                now=now,
                force_path=update or signer is not None or credential is not None,
                aad=aad,
                public=public,
                tree_in_welcome=tree_in_welcome,
            ),
        )
        self._pending = pending
        return pending

    def merge_pending(self) -> None:
        """Enter the epoch of the pending commit, on its own echo; raises NothingPending."""
        pending = self._pending
        if pending is None:
            raise NothingPending
        self._enter(pending.upcoming)
        self.signer = pending.signer

    def discard_pending(self) -> None:
        """Forget the pending commit and its secrets; raises NothingPending."""
        if self._pending is None:
            raise NothingPending
        self._pending = None

    # --- processing ---

    def process(self, message: bytes, now: int) -> ReceivedProposal | StagedCommit:
        """Verify a handshake of this epoch; raises an MLSError and changes nothing then.

        A proposal is cached. A commit is staged, its confirmation tag verified; `merge` takes it.
        """
        epoch = self._live()
        body = decode_message(message).body
        if isinstance(body, PublicMessage):
            content, key = self._open_public(body), None
        elif isinstance(body, PrivateMessage):
            if body.content_type == APPLICATION:
                raise UnexpectedContent("An application message is decrypted, not processed.")
            epoch.public.check_place(body.group_id, body.epoch)
            content, key = epochs.open_private(
                body,
                epoch.public.state.suite,
                epoch.secrets.sender_data_secret,
                epoch.secret_tree,
                epoch.own_leaf,
                epoch.public,
            )
        else:
            raise UnexpectedContent(f"A {type(body).__name__} is no handshake.")
        own = content.content.sender == MemberSender(epoch.own_leaf)
        if own:
            return self._own_echo(content)
        checked = epoch.public.check_content(content, now)
        if not isinstance(checked, CheckedProposal):
            return stage(epoch, checked, key, self._own_updates, self._psk)
        epoch.public = epoch.public.apply(checked)
        if key is not None:
            epoch.secret_tree.consume(key)
        return ReceivedProposal(checked.reference, checked.proposal, checked.sender, self.epoch)

    def _open_public(self, body: PublicMessage) -> AuthenticatedContent:
        """Verify the membership tag of a PublicMessage that a member sent (section 6.2)."""
        state = self.public.state
        self.public.check_place(body.content.group_id, body.content.epoch)
        if isinstance(body.content.sender, MemberSender):
            verify_membership_tag(
                state.suite,
                body,
                state.context.encoded,
                self._epoch.secrets.membership_key,
            )
        return authenticated(body)

    def _own_echo(self, content: AuthenticatedContent) -> ReceivedProposal:
        """The echo of an own proposal is known; that of an own commit is merged, not processed."""
        reference = proposal_ref(self.public.state.suite, content)
        known = self.public.proposals.get(reference)
        if known is None:
            raise OwnMessage
        return ReceivedProposal(reference, known.proposal, known.sender, self.epoch)

    def merge(self, staged: StagedCommit) -> None:
        """Enter the epoch of a staged commit; a pending commit is discarded with it.

        Raises StaleStage if the group has moved since.
        """
        self._live()
        if staged.base != self.public.state.interim_transcript_hash:
            raise StaleStage
        if staged.used_key is not None:
            self._epoch.secret_tree.consume(staged.used_key)
        if staged.upcoming is not None:
            self._enter(staged.upcoming)
            return
        self._removed = True
        self._past, self._psks, self._own_updates, self._pending = {}, {}, {}, None
        self._epoch = epochs.bury(self._epoch)

    # --- application messages ---

    def encrypt(self, data: bytes, *, aad: bytes = b"", padding_class: int = 0) -> bytes:
        """Encrypt application data to the group: an MLSMessage with a PrivateMessage.

        `aad` travels in the clear, authenticated. `padding_class` rounds the content up to a
        multiple of so many bytes.
        """
        epoch = self._live()
        if epoch.public.policy.commit_before_data and epoch.public.proposals:
            raise ProposalsPending
        message = sign_content(epoch, self.signer, PRIVATE_MESSAGE, ApplicationData(data), aad)
        return frame(epoch, message, padding_class)

    def decrypt(self, message: bytes) -> ApplicationMessage:
        """Decrypt and verify an application message of this or a recent epoch.

        Raises an MLSError and changes nothing then; ReplayedGeneration for one read before.
        """
        self._live()
        body: PrivateMessage = expect(message, PrivateMessage)
        if body.group_id != self.group_id:
            raise WrongGroup
        return epochs.read_application(self._view(body.epoch), body)
