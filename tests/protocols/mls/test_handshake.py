"""Proposals and pre-shared key identifiers keep their type numbers and layouts."""

import pytest

from protocols.mls import errors
from protocols.mls.handshake import (
    PROPOSAL,
    PROPOSAL_TYPES,
    Commit,
    ExternalPsk,
    PreSharedKey,
    PreSharedKeyID,
    ProposalRef,
    ReInit,
    Remove,
    ResumptionPsk,
)


def test_type_numbers_are_those_of_the_registry():
    assert [kind.proposal_type for kind in PROPOSAL_TYPES] == [1, 2, 3, 4, 5, 6, 7]
    assert PROPOSAL.write(Remove(5)) == b"\x00\x03\x00\x00\x00\x05"


@pytest.mark.parametrize(
    "proposal",
    [
        PreSharedKey(PreSharedKeyID(ExternalPsk(b"id"), b"n" * 32)),
        PreSharedKey(PreSharedKeyID(ResumptionPsk(1, b"group", 7), b"n" * 32)),
        ReInit(b"next", 1, 2, ()),
    ],
)
def test_proposals_round_trip(proposal):
    assert PROPOSAL.decode(PROPOSAL.write(proposal)) == proposal


def test_unknown_kinds_are_refused():
    with pytest.raises(errors.UnknownProposal):
        PROPOSAL.decode(b"\x0a\x0a\x00")
    with pytest.raises(errors.UnknownValue):
        ResumptionPsk.decode(b"\x04\x00" + bytes(8))


def test_commit_holds_values_and_references():
    commit = Commit((Remove(1), ProposalRef(b"r" * 32)), None)
    assert Commit.decode(commit.encoded) == commit
    assert commit.encoded.endswith(b"\x00")
