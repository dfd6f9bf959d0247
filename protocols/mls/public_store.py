"""A public state as bytes for a store, and back: MessagePack, no secrets, versioned."""

import msgspec

from protocols.mls.codec import Reader
from protocols.mls.handshake import PROPOSAL
from protocols.mls.proposals import Proposed
from protocols.mls.suites import suite
from protocols.mls.transition import PublicState
from protocols.mls.tree import RatchetTree
from protocols.mls.wire import SENDER, GroupContext

VERSION = 1


class StoredPublicState(msgspec.Struct, array_like=True):
    """The layout of a stored state."""

    version: int
    context: bytes
    tree: bytes
    confirmation_tag: bytes
    interim_transcript_hash: bytes
    identities: list[tuple[int, str]]
    proposals: list[tuple[bytes, bytes, bytes]]


def store(state: PublicState, proposals: dict[bytes, Proposed]) -> StoredPublicState:
    """The stored form of a state and its cached proposals."""
    return StoredPublicState(
        VERSION,
        state.context.encoded,
        state.tree.encode(),
        state.confirmation_tag,
        state.interim_transcript_hash,
        sorted(state.identities.items()),
        [
            (reference, SENDER.write(entry.sender), PROPOSAL.write(entry.proposal))
            for reference, entry in proposals.items()
        ],
    )


def restore(stored: StoredPublicState) -> tuple[PublicState, dict[bytes, Proposed]]:
    """The state of a stored form."""
    if stored.version != VERSION:
        raise ValueError(f"stored group of version {stored.version}, not {VERSION}")
    context = GroupContext.decode(stored.context)
    chosen = suite(context.cipher_suite)
    state = PublicState(
        chosen,
        context,
        RatchetTree.decode(chosen, stored.tree),
        stored.confirmation_tag,
        stored.interim_transcript_hash,
        dict(stored.identities),
    )
    proposals = {
        reference: Proposed(PROPOSAL.read(Reader(proposal)), SENDER.read(Reader(sender)), reference)
        for reference, sender, proposal in stored.proposals
    }
    return state, proposals


def dump(state: PublicState, proposals: dict[bytes, Proposed]) -> bytes:
    """A state and its cached proposals as bytes."""
    return msgspec.msgpack.encode(store(state, proposals))


def load(data: bytes) -> tuple[PublicState, dict[bytes, Proposed]]:
    """What `dump` made; raises msgspec.DecodeError or an MLSError for anything else."""
    return restore(msgspec.msgpack.decode(data, type=StoredPublicState))
