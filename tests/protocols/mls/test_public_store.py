"""A stored public state is the same state."""

import msgspec
import pytest

from protocols.mls import public_store


def test_round_trip_with_proposals(trio, now):
    trio.propose("alice", trio["alice"].propose_remove(2, now=now))
    data = public_store.dump(trio.hub.state, trio.hub.proposals)
    state, proposals = public_store.load(data)
    assert state.context == trio.hub.state.context
    assert state.identities == {0: "alice", 1: "bob", 2: "carol"}
    assert state.tree.encode() == trio.hub.tree
    assert proposals == trio.hub.proposals
    assert public_store.dump(state, proposals) == data


def test_other_bytes_are_refused(trio):
    data = public_store.dump(trio.hub.state, {})
    with pytest.raises(ValueError, match="version 9"):
        public_store.load(data[:1] + b"\x09" + data[2:])
    with pytest.raises(msgspec.DecodeError):
        public_store.load(data[:-3])
