"""Epochs that no Welcome leads to: a new group's first, and an external joiner's."""

from collections.abc import Mapping, Sequence

from protocols.mls import epoch as epochs
from protocols.mls import schedule
from protocols.mls.committing import CommitRequest, PendingCommit, build
from protocols.mls.credentials import CredentialValidator
from protocols.mls.epoch import Epoch
from protocols.mls.errors import ExternalCommitRefused
from protocols.mls.handshake import ExternalInit, Proposal, Remove
from protocols.mls.keypackages import make_leaf
from protocols.mls.leaf import (
    EXTERNAL_PUB,
    MLS10,
    Credential,
    Extension,
    ExternalPub,
    KeyPackageSource,
    check_group_extensions,
    find_extension,
)
from protocols.mls.leafcheck import LeafContext, check_tree
from protocols.mls.policy import DAY, Policy
from protocols.mls.processing import committed_psks
from protocols.mls.proposals import Proposed
from protocols.mls.psks import external_psk, psk_proposal
from protocols.mls.public_group import PublicGroup
from protocols.mls.signer import Signer
from protocols.mls.suites import random_bytes, suite
from protocols.mls.transcript import interim_transcript_hash
from protocols.mls.transition import PublicState
from protocols.mls.tree import RatchetTree
from protocols.mls.wire import GroupContext, GroupInfo, NewMemberCommit, expect

FOUNDER_LIFETIME = 90 * DAY  # of the founder's first leaf, until its first commit replaces it


def found(
    group_id: bytes,
    suite_id: int,
    signer: Signer,
    credential: Credential,
    *,
    extensions: Sequence[Extension],
    validator: CredentialValidator,
    policy: Policy,
    now: int,
) -> Epoch:
    """Epoch 0 of a new group (section 11); raises an MLSError."""
    chosen = suite(suite_id)
    own = chosen.generate_key_pair()
    source = KeyPackageSource(max(0, now - 3600), now + FOUNDER_LIFETIME)
    tree = RatchetTree(chosen, [make_leaf(signer, credential, own.public, source)])
    context = GroupContext(MLS10, suite_id, group_id, 0, tree.root_hash, b"", tuple(extensions))
    check_group_extensions(context.extensions)
    leaves = LeafContext(chosen, group_id, context.extensions, validator)
    identities = check_tree(leaves, tree)
    derivation = schedule.derive_from_epoch_secret(chosen, random_bytes(chosen.hash_size))
    tag = epochs.confirmation_tag(chosen, derivation, b"")
    interim = interim_transcript_hash(chosen, b"", tag)
    state = PublicState(chosen, context, tree, tag, interim, identities)
    return epochs.start(PublicGroup(state, validator, policy), 0, derivation, {0: own})


def external_commit(
    group_info: bytes,
    signer: Signer,
    credential: Credential,
    *,
    tree: bytes | None,
    resync: bool,
    psks: Mapping[bytes, bytes],
    validator: CredentialValidator,
    policy: Policy,
    now: int,
) -> PendingCommit:
    """A commit that joins from outside (12.4.3.2); raises an MLSError.

    1. verify the GroupInfo and its tree; 2. make the init secret for the group's external key;
    3. remove the old leaf of the same identity; 4. commit with a path from a free leaf.
    """
    info: GroupInfo = expect(group_info, GroupInfo)
    public = PublicGroup.from_info(info, tree, validator=validator, policy=policy)
    chosen = public.state.suite
    key = find_extension(info.extensions, EXTERNAL_PUB)
    if key is None:
        raise ExternalCommitRefused("The GroupInfo holds no key for external joins.")
    kem_output, init_secret = chosen.export_to(
        ExternalPub.decode(key).external_pub, schedule.EXTERNAL_INIT_LABEL
    )
    proposals: list[Proposal] = [ExternalInit(kem_output)]
    if resync:
        identity = validator.validate(credential, signer.public_key)
        old = [member.leaf for member in public.members() if member.identity == identity]
        if not old:
            raise ExternalCommitRefused("There is no old leaf of this identity to replace.")
        proposals.append(Remove(old[0]))
    proposals += [psk_proposal(name, public.group_id, chosen) for name in psks]
    listed = [Proposed(proposal, NewMemberCommit()) for proposal in proposals]
    request = CommitRequest(
        proposals=listed,
        committer=None,
        signer=signer,
        next_signer=signer,
        credential=credential,
        init_secret=init_secret,
        psks=[(psk, external_psk(psk, psks)) for psk in committed_psks(listed)],
        epoch=None,
        now=now,
    )
    return build(public, request)
