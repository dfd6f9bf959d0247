"""Taking a commit of another member: everything is computed and verified before anything changes.

RFC 9420 section 12.4.2, the secret part; the public part is `public_group`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from protocols.mls import schedule, treekem, treemath
from protocols.mls.epoch import Epoch, start, verify_confirmation_tag
from protocols.mls.errors import OwnMessage
from protocols.mls.handshake import ExternalInit, PreSharedKey, PreSharedKeyID, Update
from protocols.mls.proposals import Proposed
from protocols.mls.public_group import CheckedCommit, Member
from protocols.mls.secrettree import MessageKey
from protocols.mls.suites import KeyPair
from protocols.mls.wire import MemberSender

PskSource = Callable[[PreSharedKeyID], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class StagedCommit:
    """A verified commit that has changed nothing yet; `Group.merge` takes it.

    `epoch` is the epoch it leads to, `sender` the committer's leaf there. `self_removed` tells
    that this member is no longer in the group; then there is no confirmation tag to verify.
    """

    epoch: int
    sender: int
    external: bool
    added: tuple[Member, ...]
    removed: tuple[Member, ...]
    updated: tuple[Member, ...]
    self_removed: bool
    upcoming: Epoch | None
    used_key: MessageKey | None
    base: bytes


def stage(
    epoch: Epoch,
    checked: CheckedCommit,
    used_key: MessageKey | None,
    own_updates: dict[bytes, KeyPair],
    find_psk: PskSource,
) -> StagedCommit:
    """Derive the epoch that a checked commit leads to; raises an MLSError, changes nothing."""
    removed = epoch.own_leaf in {member.leaf for member in checked.removed}
    if not removed and checked.sender == epoch.own_leaf:
        raise OwnMessage
    upcoming = None if removed else _next_epoch(epoch, checked, own_updates, find_psk)
    return StagedCommit(
        checked.after.epoch,
        checked.sender,
        checked.external,
        checked.added,
        checked.removed,
        checked.updated,
        removed,
        upcoming,
        used_key,
        checked.base,
    )


def _next_epoch(
    epoch: Epoch,
    checked: CheckedCommit,
    own_updates: dict[bytes, KeyPair],
    find_psk: PskSource,
) -> Epoch:
    state = checked.after.state
    suite = state.suite
    psk_secret = schedule.psk_secret(
        suite, [(psk, find_psk(psk)) for psk in committed_psks(checked.proposals)]
    )
    keys = {**epoch.keys, **_updated_key(epoch, checked.proposals, own_updates)}
    commit_secret = bytes(suite.hash_size)
    if checked.path is not None:
        new_leaves = () if checked.external else tuple(member.leaf for member in checked.added)
        derived, commit_secret = treekem.decrypt_path(
            state.tree,
            checked.sender,
            checked.path,
            epoch.own_leaf,
            keys,
            checked.provisional.encoded,
            new_leaves,
        )
        keys.update(derived)
    init_secret = _init_secret(epoch, checked.proposals)
    context = state.context.encoded
    joiner = schedule.joiner_secret(suite, init_secret, commit_secret, context)
    derivation = schedule.derive(suite, joiner, psk_secret, context)
    verify_confirmation_tag(checked.after, derivation)
    return start(checked.after, epoch.own_leaf, derivation, keys)


def committed_psks(proposals: tuple[Proposed, ...] | list[Proposed]) -> list[PreSharedKeyID]:
    """The pre-shared keys that a list of proposals injects, in its order."""
    return [entry.proposal.psk for entry in proposals if isinstance(entry.proposal, PreSharedKey)]


def _updated_key(
    epoch: Epoch, proposals: tuple[Proposed, ...], own_updates: dict[bytes, KeyPair]
) -> dict[int, KeyPair]:
    """The new leaf key, if the commit takes an Update that this member proposed."""
    own = MemberSender(epoch.own_leaf)
    for entry in proposals:
        if isinstance(entry.proposal, Update) and entry.sender == own and entry.reference:
            return {treemath.leaf_to_node(epoch.own_leaf): own_updates[entry.reference]}
    return {}


def _init_secret(epoch: Epoch, proposals: tuple[Proposed, ...]) -> bytes:
    """The init secret: the last epoch's, or the one that an external joiner brings (8.3)."""
    for entry in proposals:
        if isinstance(entry.proposal, ExternalInit):
            suite = epoch.public.state.suite
            pair = schedule.external_key_pair(suite, epoch.secrets.external_secret)
            return suite.export_from(pair, entry.proposal.kem_output, schedule.EXTERNAL_INIT_LABEL)
    return epoch.secrets.init_secret
