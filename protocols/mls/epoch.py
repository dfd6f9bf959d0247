"""A member's secret view of one epoch, and what is kept of the few epochs before."""

from dataclasses import dataclass

from protocols.mls import treemath
from protocols.mls.errors import BadConfirmationTag, OwnMessage, UnexpectedContent, UnknownSender
from protocols.mls.private_framing import open_sender_data, unprotect
from protocols.mls.public_framing import verify_framed
from protocols.mls.public_group import PublicGroup
from protocols.mls.schedule import Derivation, EpochSecrets
from protocols.mls.secrettree import MessageKey, SecretTree
from protocols.mls.suites import KeyPair, Suite, same
from protocols.mls.wire import (
    APPLICATION,
    ApplicationData,
    AuthenticatedContent,
    PrivateMessage,
)


@dataclass(slots=True, repr=False)
class Epoch:
    """The current epoch of a member.

    `keys` holds the private keys of its leaf and of ancestors, by node index; each belongs to
    the public key that the tree has there.
    """

    public: PublicGroup
    own_leaf: int
    secrets: EpochSecrets
    secret_tree: SecretTree
    keys: dict[int, KeyPair]

    @property
    def leaf_key(self) -> KeyPair:
        """The key pair of the member's own leaf."""
        return self.keys[treemath.leaf_to_node(self.own_leaf)]


@dataclass(slots=True, repr=False)
class PastEpoch:
    """What late messages and sealed parts of an epoch that has passed still need.

    `senders` are signature keys and identities by leaf.
    """

    epoch: int
    suite: Suite
    context: bytes
    sender_data_secret: bytes
    secret_tree: SecretTree
    senders: dict[int, tuple[bytes, str]]
    resumption_psk: bytes
    own_leaf: int
    leaf_key: KeyPair


@dataclass(frozen=True, slots=True)
class ApplicationMessage:
    """A decrypted application message whose sender is verified."""

    data: bytes
    sender: int
    sender_identity: str
    aad: bytes
    epoch: int
    generation: int


def start(
    public: PublicGroup, own_leaf: int, derivation: Derivation, keys: dict[int, KeyPair]
) -> Epoch:
    """The member's view of a new epoch; keys that the tree no longer has are left behind."""
    tree, policy = public.state.tree, public.policy
    kept = {}
    for node, pair in keys.items():
        value = tree.nodes[node] if node < len(tree.nodes) else None
        if value is not None and value.encryption_key == pair.public:
            kept[node] = pair
    secret_tree = SecretTree.start(
        public.state.suite,
        derivation.encryption_secret,
        tree.leaf_count,
        skip=policy.skip,
        window=policy.window,
    )
    return Epoch(public, own_leaf, derivation.secrets, secret_tree, kept)


def close(epoch: Epoch) -> PastEpoch:
    """What is kept of an epoch when the next one begins."""
    state = epoch.public.state
    return PastEpoch(
        state.context.epoch,
        state.suite,
        state.context.encoded,
        epoch.secrets.sender_data_secret,
        epoch.secret_tree,
        {
            index: (leaf.signature_key, state.identities[index])
            for index, leaf in state.tree.leaves()
        },
        epoch.secrets.resumption_psk,
        epoch.own_leaf,
        epoch.leaf_key,
    )


def confirmation_tag(suite: Suite, derivation: Derivation, confirmed_hash: bytes) -> bytes:
    """MAC(confirmation_key, confirmed_transcript_hash) (section 6.1)."""
    return suite.mac(derivation.confirmation_key, confirmed_hash)


def verify_confirmation_tag(public: PublicGroup, derivation: Derivation) -> None:
    """Raise BadConfirmationTag unless the epoch's tag confirms its transcript."""
    state = public.state
    expected = confirmation_tag(state.suite, derivation, state.context.confirmed_transcript_hash)
    if not same(expected, state.confirmation_tag):
        raise BadConfirmationTag


def open_private(
    message: PrivateMessage,
    suite: Suite,
    sender_data_secret: bytes,
    secret_tree: SecretTree,
    own_leaf: int,
    members: "dict[int, tuple[bytes, str]] | PublicGroup",
) -> tuple[AuthenticatedContent, MessageKey]:
    """Decrypt a private message of another member; consumes nothing, verifies no signature."""
    sender = open_sender_data(suite, message, sender_data_secret)
    known = (
        sender.leaf_index in members
        if isinstance(members, dict)
        else members.state.tree.leaf(sender.leaf_index) is not None
    )
    if not known:
        raise UnknownSender(f"There is no member at leaf {sender.leaf_index}.")
    if sender.leaf_index == own_leaf:
        raise OwnMessage
    return unprotect(suite, message, secret_tree, sender)


def read_application(view: "Epoch | PastEpoch", message: PrivateMessage) -> ApplicationMessage:
    """Decrypt and verify an application message of this epoch, then consume its key.

    The key goes only after decryption and signature have both held. Raises a
    CryptographyRefused, SequenceRefused or MalformedMLS and changes nothing then.
    """
    if message.content_type != APPLICATION:
        raise UnexpectedContent("A handshake is processed, not decrypted.")
    if isinstance(view, PastEpoch):
        suite, context, secret = view.suite, view.context, view.sender_data_secret
        content, key = open_private(
            message, suite, secret, view.secret_tree, view.own_leaf, view.senders
        )
        signature_key, identity = view.senders[key.leaf]
    else:
        state = view.public.state
        suite, context = state.suite, state.context.encoded
        content, key = open_private(
            message,
            suite,
            view.secrets.sender_data_secret,
            view.secret_tree,
            view.own_leaf,
            view.public,
        )
        leaf = state.tree.leaf(key.leaf)
        assert leaf is not None
        signature_key, identity = leaf.signature_key, state.identities[key.leaf]
    verify_framed(suite, content, context, signature_key)
    view.secret_tree.consume(key)
    data = content.content.content
    assert isinstance(data, ApplicationData)
    return ApplicationMessage(
        data.data,
        key.leaf,
        identity,
        message.authenticated_data,
        message.epoch,
        key.generation,
    )


def bury(epoch: Epoch) -> Epoch:
    """The epoch of a member that was removed: its public half, without any secret."""
    empty = EpochSecrets(b"", b"", b"", b"", b"", b"", b"")
    nothing = SecretTree(epoch.public.state.suite, {}, {})
    return Epoch(epoch.public, epoch.own_leaf, empty, nothing, {})
