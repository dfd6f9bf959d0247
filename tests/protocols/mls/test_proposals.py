"""The rules of section 12.2, one list at a time."""

import pytest

from protocols.mls import errors
from protocols.mls.policy import Policy
from protocols.mls.proposals import (
    RULES,
    Proposed,
    check_external_list,
    check_list,
    check_path_present,
    check_sender,
    path_required,
)
from protocols.mls.wire import (
    PROPOSAL_TYPES,
    Add,
    Commit,
    ExternalInit,
    ExternalPsk,
    ExternalSenderIndex,
    GroupContextExtensions,
    MemberSender,
    NewMemberCommit,
    NewMemberProposal,
    PreSharedKey,
    PreSharedKeyID,
    ReInit,
    Remove,
    ResumptionPsk,
    Update,
)

ME, BOB = MemberSender(0), MemberSender(1)
PSK = PreSharedKey(PreSharedKeyID(ExternalPsk(b"id"), b"n" * 32))
GCE = GroupContextExtensions(())


def by(sender, *proposals):
    return [Proposed(proposal, sender) for proposal in proposals]


def test_every_type_has_a_rule():
    assert set(RULES) == set(PROPOSAL_TYPES)


def test_good_lists(trio):
    state = trio.hub.state
    check_list(by(ME, Remove(2), PSK, GCE), 0, state.suite, state.tree)
    check_list([], 0, state.suite, state.tree)
    check_external_list(
        by(NewMemberCommit(), ExternalInit(b""), Remove(2), PSK), state.suite, state.tree
    )


def test_bad_lists(trio):
    state = trio.hub.state
    leaf = state.tree.leaf(1)
    short = PreSharedKey(PreSharedKeyID(ExternalPsk(b"id"), b"n"))
    branch = PreSharedKey(PreSharedKeyID(ResumptionPsk(3, b"g", 1), b"n" * 32))
    for listed in (
        by(ME, Remove(0)),
        by(ME, Remove(3)),
        by(ME, Remove(2), Remove(2)),
        by(ME, Update(leaf)),
        by(BOB, Update(leaf)) + by(ME, Remove(1)),
        by(ME, PSK, PSK),
        by(ME, short),
        by(ME, branch),
        by(ME, GCE, GCE),
        by(ME, ExternalInit(b"")),
    ):
        with pytest.raises(errors.InvalidProposalList):
            check_list(listed, 0, state.suite, state.tree)
    with pytest.raises(errors.UnsupportedOperation):
        check_list(by(ME, ReInit(b"", 1, 2, ())), 0, state.suite, state.tree)


def test_bad_external_lists(trio):
    state, joiner = trio.hub.state, NewMemberCommit()
    for listed in (
        by(joiner, Remove(2)),
        by(joiner, ExternalInit(b""), ExternalInit(b"")),
        by(joiner, ExternalInit(b""), GCE),
        [Proposed(ExternalInit(b""), joiner, b"reference")],
    ):
        with pytest.raises(errors.InvalidProposalList):
            check_external_list(listed, state.suite, state.tree)
    listed = by(joiner, ExternalInit(b""), Remove(1), Remove(2))
    with pytest.raises(errors.ExternalCommitRefused):
        check_external_list(listed, state.suite, state.tree)


def test_who_may_send_what(device):
    package = device("dave").bundle.package
    hub = ExternalSenderIndex(0)
    check_sender(Remove(1), hub, Policy())
    check_sender(Add(package), hub, Policy(external_proposals=frozenset({1})))
    check_sender(Add(package), ME, Policy())
    for proposal, sender in (
        (Add(package), hub),
        (PSK, hub),
        (GCE, hub),
        (ExternalInit(b""), ME),
        (Add(package), NewMemberProposal()),
    ):
        with pytest.raises(errors.UnauthorizedProposal):
            check_sender(proposal, sender, Policy())
    with pytest.raises(errors.UnauthorizedProposal):
        check_sender(ExternalInit(b""), hub, Policy(external_proposals=frozenset(range(8))))


def test_paths(device):
    added = by(ME, Add(device("dave").bundle.package), PSK)
    assert not path_required(added)
    assert path_required([])
    assert path_required(by(ME, Remove(1)))
    check_path_present(Commit((), None), added)
    with pytest.raises(errors.PathRequired):
        check_path_present(Commit((), None), by(ME, GCE))
