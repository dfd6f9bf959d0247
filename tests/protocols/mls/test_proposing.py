"""Proposals are checked before they are sent, and can be taken back."""

import pytest

from protocols.mls import errors, state
from protocols.mls.wire import Add, PreSharedKey, Update


def test_each_kind_is_taken_by_others(trio, device, now):
    alice, bob = trio["alice"], trio["bob"]
    alice.register_psk(b"case", b"k")
    messages = [
        alice.propose_add(device("dave").bundle.key_package, now=now),
        alice.propose_update(now=now),
        alice.propose_psk(b"case", now=now),
        alice.propose_extensions([], now=now),
    ]
    kinds = [type(bob.process(message, now).proposal) for message in messages]
    assert kinds[:3] == [Add, Update, PreSharedKey]
    assert bob.proposals == alice.proposals
    assert len(alice.proposals) == 4


def test_what_others_would_refuse_is_not_sent(trio, device, now):
    alice = trio["alice"]
    before = state.dump(alice)
    with pytest.raises(errors.InvalidProposalList):
        alice.propose_remove(9, now=now)
    with pytest.raises(errors.ExpiredKeyPackage):
        alice.propose_add(device("dave").bundle.key_package, now=now + 90_000)
    assert state.dump(alice) == before


def test_a_refused_proposal_is_taken_back(trio, now):
    alice = trio["alice"]
    before = state.dump(alice)
    alice.propose_update(now=now)
    alice.discard_proposal(alice.proposals[0])
    assert state.dump(alice) == before
    with pytest.raises(errors.UnknownReference):
        alice.discard_proposal(b"unknown")
