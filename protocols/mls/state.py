"""A member's group as bytes and back: MessagePack, for the caller to keep encrypted.

Equal groups give equal bytes. Secrets that were consumed are not in the group any more, so they
are not in its bytes either. A pending commit is kept, so that its echo can still be merged after
a restart. The layout is versioned; key pairs are stored by their private half.
"""

import msgspec

from protocols.mls import public_store
from protocols.mls.committing import PendingCommit
from protocols.mls.credentials import CredentialValidator
from protocols.mls.epoch import Epoch, PastEpoch
from protocols.mls.group import Group
from protocols.mls.policy import DEFAULT_POLICY, Policy
from protocols.mls.public_group import PublicGroup
from protocols.mls.public_store import StoredPublicState
from protocols.mls.schedule import EpochSecrets
from protocols.mls.secrettree import Ratchet, SecretTree
from protocols.mls.signer import Signer
from protocols.mls.suites import KeyPair, Suite, suite

VERSION = 1


class StoredRatchet(msgspec.Struct, array_like=True):
    """One ratchet: whose, which, where it stands, and the keys skipped."""

    leaf: int
    kind: str
    secret: bytes
    generation: int
    skipped: list[tuple[int, bytes, bytes]]


class StoredSecretTree(msgspec.Struct, array_like=True):
    """The unconsumed tree secrets and the ratchets."""

    nodes: list[tuple[int, bytes]]
    ratchets: list[StoredRatchet]


class StoredEpoch(msgspec.Struct, array_like=True):
    """An epoch: its public state, secrets in the order of EpochSecrets, private keys by node."""

    public: StoredPublicState
    own_leaf: int
    secrets: tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes]
    secret_tree: StoredSecretTree
    keys: list[tuple[int, bytes]]


class StoredPastEpoch(msgspec.Struct, array_like=True):
    """What is kept of an epoch that has passed."""

    epoch: int
    suite: int
    context: bytes
    sender_data_secret: bytes
    secret_tree: StoredSecretTree
    senders: list[tuple[int, bytes, str]]
    resumption_psk: bytes
    own_leaf: int
    leaf_key: bytes


class StoredPending(msgspec.Struct, array_like=True):
    """A pending commit; `signer_key` is the key of the leaf afterwards."""

    commit: bytes
    welcome: bytes | None
    group_info: bytes
    tree: bytes
    epoch: int
    upcoming: StoredEpoch
    signer_key: bytes
    base: bytes


class StoredGroup(msgspec.Struct, array_like=True):
    """The whole group."""

    version: int
    removed: bool
    current: StoredEpoch
    past: list[StoredPastEpoch]
    psks: list[tuple[bytes, bytes]]
    own_updates: list[tuple[bytes, bytes]]
    pending: StoredPending | None


def dump(group: Group) -> bytes:
    """The group as bytes; they hold secrets, so the caller encrypts them at rest."""
    pending = group._pending
    stored = StoredGroup(
        VERSION,
        group._removed,
        _store_epoch(group._epoch),
        [_store_past(past) for past in group._past.values()],
        sorted(group._psks.items()),
        sorted((reference, pair.private) for reference, pair in group._own_updates.items()),
        None if pending is None else _store_pending(pending),
    )
    return msgspec.msgpack.encode(stored)


def load(
    data: bytes,
    signer: Signer,
    validator: CredentialValidator,
    policy: Policy = DEFAULT_POLICY,
    next_signer: Signer | None = None,
) -> Group:
    """The group that `dump` made these bytes of.

    `next_signer` is needed only if a pending commit changes the member's signature key. Raises
    msgspec.DecodeError or ValueError for other bytes.
    """
    stored = msgspec.msgpack.decode(data, type=StoredGroup)
    if stored.version != VERSION:
        raise ValueError(f"stored group of version {stored.version}, not {VERSION}")
    group = Group(_load_epoch(stored.current, validator, policy), signer)
    own = group.public.state.tree.leaf(group.own_leaf)
    if not stored.removed and (own is None or own.signature_key != signer.public_key):
        raise ValueError("the signer does not hold the key of this member's leaf")
    group._removed = stored.removed
    group._past = {past.epoch: _load_past(past, policy) for past in stored.past}
    group._psks = dict(stored.psks)
    kem = suite(group.suite).kem
    group._own_updates = {
        reference: kem.load_private(private) for reference, private in stored.own_updates
    }
    if stored.pending is not None:
        signers = {one.public_key: one for one in (next_signer, signer) if one is not None}
        group._pending = _load_pending(stored.pending, signers, validator, policy)
    return group


def _store_secret_tree(tree: SecretTree) -> StoredSecretTree:
    return StoredSecretTree(
        sorted(tree.nodes.items()),
        [
            StoredRatchet(
                leaf,
                kind,
                ratchet.secret,
                ratchet.generation,
                [(number, *keys) for number, keys in sorted(ratchet.skipped.items())],
            )
            for (leaf, kind), ratchet in sorted(tree.ratchets.items())
        ],
    )


def _load_secret_tree(stored: StoredSecretTree, chosen: Suite, policy: Policy) -> SecretTree:
    ratchets = {
        (one.leaf, one.kind): Ratchet(
            one.secret,
            one.generation,
            {number: (key, nonce) for number, key, nonce in one.skipped},
        )
        for one in stored.ratchets
    }
    return SecretTree(chosen, dict(stored.nodes), ratchets, policy.skip, policy.window)


def _store_epoch(epoch: Epoch) -> StoredEpoch:
    secrets = epoch.secrets
    return StoredEpoch(
        public_store.store(epoch.public.state, epoch.public.proposals),
        epoch.own_leaf,
        (
            secrets.init_secret,
            secrets.sender_data_secret,
            secrets.exporter_secret,
            secrets.epoch_authenticator,
            secrets.external_secret,
            secrets.membership_key,
            secrets.resumption_psk,
        ),
        _store_secret_tree(epoch.secret_tree),
        sorted((node, pair.private) for node, pair in epoch.keys.items()),
    )


def _load_epoch(stored: StoredEpoch, validator: CredentialValidator, policy: Policy) -> Epoch:
    state, proposals = public_store.restore(stored.public)
    keys: dict[int, KeyPair] = {
        node: state.suite.kem.load_private(private) for node, private in stored.keys
    }
    return Epoch(
        PublicGroup(state, validator, policy, proposals),
        stored.own_leaf,
        EpochSecrets(*stored.secrets),
        _load_secret_tree(stored.secret_tree, state.suite, policy),
        keys,
    )


def _store_past(past: PastEpoch) -> StoredPastEpoch:
    return StoredPastEpoch(
        past.epoch,
        past.suite.id,
        past.context,
        past.sender_data_secret,
        _store_secret_tree(past.secret_tree),
        [(leaf, *known) for leaf, known in past.senders.items()],
        past.resumption_psk,
        past.own_leaf,
        past.leaf_key.private,
    )


def _load_past(stored: StoredPastEpoch, policy: Policy) -> PastEpoch:
    chosen = suite(stored.suite)
    return PastEpoch(
        stored.epoch,
        chosen,
        stored.context,
        stored.sender_data_secret,
        _load_secret_tree(stored.secret_tree, chosen, policy),
        {leaf: (key, identity) for leaf, key, identity in stored.senders},
        stored.resumption_psk,
        stored.own_leaf,
        chosen.kem.load_private(stored.leaf_key),
    )


def _store_pending(pending: PendingCommit) -> StoredPending:
    return StoredPending(
        pending.commit,
        pending.welcome,
        pending.group_info,
        pending.tree,
        pending.epoch,
        _store_epoch(pending.upcoming),
        pending.signer.public_key,
        pending.base,
    )


def _load_pending(
    stored: StoredPending,
    signers: dict[bytes, Signer],
    validator: CredentialValidator,
    policy: Policy,
) -> PendingCommit:
    signer = signers.get(stored.signer_key)
    if signer is None:
        raise ValueError("the pending commit changes the signature key: pass next_signer")
    return PendingCommit(
        stored.commit,
        stored.welcome,
        stored.group_info,
        stored.tree,
        stored.epoch,
        _load_epoch(stored.upcoming, validator, policy),
        signer,
        stored.base,
    )
