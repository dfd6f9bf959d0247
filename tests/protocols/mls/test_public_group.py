"""The hub's view: it follows every handshake without a secret, and refuses what members would."""

import subprocess
import sys
from dataclasses import replace

import pytest

from protocols.mls import errors, wire
from protocols.mls.public_framing import sign_with_label
from protocols.mls.public_group import CheckedCommit, CheckedProposal, PublicGroup, welcome_refs
from protocols.mls.tree import RatchetTree

SECRET = ("schedule", "secrettree", "group", "state", "treekem", "private_framing", "epoch")


def test_no_secret_is_reachable_by_import():
    code = "import sys, protocols.mls.public_group; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    modules = set(loaded.stdout.split())
    assert "protocols.mls.public_group" in modules
    assert modules.isdisjoint(f"protocols.mls.{name}" for name in SECRET)


def test_check_changes_nothing_and_finish_gives_the_next_epoch(trio, now):
    package = trio.device("dave").bundle
    pending = trio["alice"].commit(now=now, add=[package.key_package], remove=[1])
    before = trio.hub.to_bytes()
    checked = trio.hub.check(pending.commit, now=now)
    assert isinstance(checked, CheckedCommit)
    assert trio.hub.to_bytes() == before
    assert checked.adds == (package.ref,) == welcome_refs(pending.welcome)
    assert [one.identity for one in checked.added] == ["dave"]
    assert [one.identity for one in checked.removed] == ["bob"]
    assert [one.identity for one in checked.updated] == ["alice"]
    assert (checked.sender, checked.external) == (0, False)
    after = trio.hub.finish(checked, pending.group_info)
    assert after.epoch == trio.hub.epoch + 1
    assert after.tree == pending.tree


def test_proposals_are_cached_and_referred_to(trio, now):
    checked = trio.hub.check(trio["bob"].propose_remove(2, now=now), now=now)
    assert isinstance(checked, CheckedProposal)
    assert checked.sender == wire.MemberSender(1)
    with_it = trio.hub.apply(checked)
    assert trio.hub.proposals == {}
    trio["alice"].process(wire.encode_message(_public(trio, now)), now)
    assert list(with_it.proposals) == [checked.reference]
    trio.propose("carol", trio["carol"].propose_remove(1, now=now))
    commit = trio.hub.check(trio["alice"].commit(now=now, cached=False).commit, now=now)
    assert commit.proposal_refs == ()


def _public(trio, now):
    return wire.expect(trio["carol"].propose_update(now=now), wire.PublicMessage)


@pytest.mark.parametrize(
    "change",
    [
        lambda info: replace(info, group_context=replace(info.group_context, tree_hash=b"x")),
        lambda info: replace(info, group_context=replace(info.group_context, epoch=7)),
        lambda info: replace(info, confirmation_tag=bytes(32)),
        lambda info: replace(info, extensions=info.extensions[:1]),
        lambda info: replace(
            info,
            extensions=(replace(info.extensions[0], extension_data=b"\x00"), info.extensions[1]),
        ),
    ],
)
def test_a_group_info_that_says_something_else_is_refused(trio, now, change):
    alice = trio["alice"]
    pending = alice.commit(now=now)
    checked = trio.hub.check(pending.commit, now=now)
    info = change(wire.expect(pending.group_info, wire.GroupInfo))
    unsigned = replace(info, signature=b"")
    signature = sign_with_label(alice.signer, b"GroupInfoTBS", unsigned.to_be_signed)
    other = wire.encode_message(replace(unsigned, signature=signature))
    with pytest.raises(errors.GroupInfoMismatch):
        trio.hub.finish(checked, other)


def test_group_info_with_a_broken_signature_is_refused(trio, now):
    pending = trio["alice"].commit(now=now)
    checked = trio.hub.check(pending.commit, now=now)
    with pytest.raises(errors.BadSignature):
        trio.hub.finish(checked, pending.group_info[:-1] + b"\x00")


def test_a_check_belongs_to_its_state(trio, now):
    pending = trio["alice"].commit(now=now)
    checked = trio.hub.check(pending.commit, now=now)
    trio.accept("alice", pending)
    with pytest.raises(errors.WrongEpoch):
        trio.hub.finish(checked, pending.group_info)


def test_private_messages_are_not_checked(trio, now):
    with pytest.raises(errors.UnknownWireFormat):
        trio.hub.check(trio["alice"].encrypt(b"x"), now=now)


def test_a_group_is_read_from_its_group_info_or_from_the_store(trio, now):
    info = trio["bob"].group_info(with_tree=False)
    with pytest.raises(errors.MissingTree):
        PublicGroup.from_group_info(info, validator=trio.validator)
    read = PublicGroup.from_group_info(info, trio["bob"].tree, validator=trio.validator)
    assert read.to_bytes() == trio.hub.to_bytes()
    stored = PublicGroup.from_bytes(trio.hub.to_bytes(), validator=trio.validator)
    assert stored.members() == trio.hub.members()
    assert stored.tree_hash == trio.hub.tree_hash
    trio.hub = stored
    trio.commit("carol")


def test_commit_without_the_path_it_needs_is_refused(trio, now):
    for proposals in ((), (wire.Remove(2),)):
        forged = trio.forge("alice", wire.Commit(proposals, None), tag=bytes(32))
        with pytest.raises(errors.PathRequired):
            trio.hub.check(forged, now=now)
    short = trio.forge("alice", wire.Commit((), None), tag=b"short")
    with pytest.raises(errors.BadConfirmationTag):
        trio.hub.check(short, now=now)


def test_path_that_does_not_fit_is_refused(trio, now):
    commit = wire.expect(trio["alice"].commit(now=now).commit, wire.PublicMessage).content.content
    path = commit.path
    stranger = trio["alice"].public.state.suite.generate_key_pair().public
    taken = trio["alice"].public.state.tree.leaf(2).encryption_key
    cases = {
        errors.BadUpdatePath: [
            replace(path, nodes=path.nodes[:1]),
            replace(path, nodes=(replace(path.nodes[0], encrypted_path_secret=()), path.nodes[1])),
        ],
        errors.BadParentHash: [
            replace(path, nodes=(replace(path.nodes[0], encryption_key=stranger), path.nodes[1]))
        ],
        errors.DuplicateKey: [
            replace(path, nodes=(path.nodes[1], path.nodes[1])),
            replace(path, nodes=(replace(path.nodes[0], encryption_key=taken), path.nodes[1])),
        ],
        errors.BadSignature: [replace(path, leaf_node=path.leaf_node.signed(b"x"))],
        errors.BadLeafSource: [
            replace(path, leaf_node=trio["alice"].public.state.tree.leaf(1)),
        ],
    }
    for error, paths in cases.items():
        for broken in paths:
            forged = trio.forge("alice", wire.Commit((), broken), tag=bytes(32))
            with pytest.raises(error):
                trio.hub.check(forged, now=now)
            with pytest.raises(error):
                trio["bob"].process(forged, now)


def test_a_tree_with_a_key_that_nobody_vouches_for_is_refused(trio):
    """Well signed, with a matching tree hash: only the parent hashes tell."""
    trio.commit("alice")
    alice = trio["alice"]
    tree = RatchetTree.decode(trio.hub.state.suite, trio.hub.tree)
    own = replace(tree.nodes[tree.root], encryption_key=tree.suite.generate_key_pair().public)
    tree.nodes[tree.root] = own
    info = wire.expect(alice.group_info(with_tree=False), wire.GroupInfo)
    context = replace(info.group_context, tree_hash=tree.root_hash)
    unsigned = replace(info, group_context=context, signature=b"")
    signature = sign_with_label(alice.signer, b"GroupInfoTBS", unsigned.to_be_signed)
    forged = replace(unsigned, signature=signature)
    with pytest.raises(errors.BadParentHash):
        PublicGroup.from_info(forged, tree.encode(), validator=trio.validator)
