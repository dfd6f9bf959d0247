"""What a commit holds, and what travels beside it."""

import pytest

from protocols.mls import errors, wire
from protocols.mls.committing import group_info


def _commit(pending):
    return wire.expect(pending.commit, wire.PublicMessage).content.content


def test_path_is_left_out_only_where_it_may_be(trio, device, now):
    package = device("dave").bundle.key_package
    alice = trio["alice"]
    assert _commit(alice.commit(now=now, add=[package], update=False)).path is None
    assert _commit(alice.commit(now=now, add=[package])).path is not None
    assert _commit(alice.commit(now=now, remove=[1], update=False)).path is not None
    assert _commit(alice.commit(now=now, update=False)).path is not None


def test_group_info_has_tree_and_external_key(trio, now):
    pending = trio["alice"].commit(now=now)
    info = wire.expect(pending.group_info, wire.GroupInfo)
    kinds = {extension.extension_type for extension in info.extensions}
    assert kinds == {wire.RATCHET_TREE, wire.EXTERNAL_PUB}
    assert wire.find_extension(info.extensions, wire.RATCHET_TREE) == pending.tree
    assert info.group_context.epoch == pending.epoch == 2
    epoch = trio["alice"]._epoch
    secret = epoch.secrets.external_secret
    bare = group_info(epoch.public, 0, secret, trio["alice"].signer, with_tree=False)
    assert [one.extension_type for one in bare.extensions] == [wire.EXTERNAL_PUB]


def test_welcome_only_for_whom_is_added(trio, device, now):
    assert trio["alice"].commit(now=now).welcome is None
    package = device("dave").bundle
    pending = trio["alice"].commit(now=now, add=[package.key_package])
    (entry,) = wire.expect(pending.welcome, wire.Welcome).secrets
    assert entry.new_member == package.ref


def test_hub_removal_is_not_repeated_by_value(trio, now):
    trio.propose("bob", trio["bob"].propose_remove(2, now=now))
    commit = _commit(trio["alice"].commit(now=now, remove=[2]))
    assert len(commit.proposals) == 1
    assert isinstance(commit.proposals[0], wire.ProposalRef)


def test_lists_that_break_a_rule_are_not_committed(trio, now):
    alice = trio["alice"]
    for options in ({"remove": [0]}, {"remove": [1, 1]}, {"remove": [9]}):
        with pytest.raises(errors.InvalidProposalList):
            alice.commit(now=now, **options)
    with pytest.raises(errors.InvalidProposalList):
        alice.commit(now=now, extensions=[], proposals=[wire.GroupContextExtensions(())])
    assert alice.pending is None
