"""Applying proposals: in the RFC's order, on a copy, with every leaf checked."""

import pytest

from protocols.mls import errors
from protocols.mls.policy import Policy
from protocols.mls.proposals import Proposed
from protocols.mls.transition import apply_proposals, finish_draft, place_committer
from protocols.mls.wire import Add, ExternalInit, MemberSender, NewMemberCommit, Remove

ME = MemberSender(0)


def apply(trio, now, *proposals, committer=0):
    state, sender = trio.hub.state, ME if committer == 0 else NewMemberCommit()
    listed = [Proposed(proposal, sender) for proposal in proposals]
    return apply_proposals(state, listed, committer, trio.hub.checks(now))


def test_added_clients_take_the_leaves_of_removed_ones(trio, device, now):
    before = trio.hub.to_bytes()
    added = [Add(device(name).bundle.package) for name in ("dave", "erin")]
    draft = apply(trio, now, *added, Remove(1))
    assert (draft.added, draft.removed) == ([1, 3], [1])
    assert draft.identities == {0: "alice", 1: "dave", 2: "carol", 3: "erin"}
    finish_draft(draft)
    assert trio.hub.to_bytes() == before


def test_tree_is_truncated_before_adding(trio, device, now):
    draft = apply(trio, now, Remove(1), Remove(2))
    assert draft.tree.leaf_count == 1
    draft = apply(trio, now, Remove(2), Add(device("dave").bundle.package))
    assert (draft.added, draft.tree.leaf_count) == ([2], 4)


def test_duplicates_are_refused_at_the_end(trio, device, now):
    with pytest.raises(errors.DuplicateMember):
        finish_draft(apply(trio, now, Add(device("bob").bundle.package)))
    other = Add(device("dave", 1).bundle.package)
    with pytest.raises(errors.UnsupportedSuite):
        apply(trio, now, other)


def test_who_joins_from_outside_replaces_somebody_or_is_allowed(trio, now):
    state = trio.hub.state
    draft = apply(trio, now, ExternalInit(b""), committer=None)
    with pytest.raises(errors.ExternalCommitRefused):
        place_committer(state, draft, None, Policy())
    assert place_committer(state, draft, None, Policy(allow_external_join=True)) == 3
    draft = apply(trio, now, ExternalInit(b""), Remove(1), committer=None)
    assert place_committer(state, draft, None, Policy()) == 1
    assert place_committer(state, draft, 2, Policy()) == 2
