"""The traps in which MLS implementations have been caught, one test each."""

from dataclasses import replace

import pytest

from protocols.mls import errors, schedule, state, treekem, wire
from protocols.mls.credentials import basic
from protocols.mls.group import Group
from protocols.mls.policy import Policy
from protocols.mls.private_framing import protect
from protocols.mls.proposals import Proposed
from protocols.mls.public_framing import sign_with_label
from protocols.mls.public_group import PublicGroup, external_proposal
from protocols.mls.schedule import joiner_secret
from protocols.mls.signer import SoftwareSigner
from protocols.mls.transition import apply_proposals, provisional_context
from protocols.mls.tree import RatchetTree
from protocols.mls.treehash import original_tree_hash, parent_hash, verify_parent_hashes


def refused(group, error, action):
    """The action is refused with this error, and the group is what it was, byte for byte."""
    before = state.dump(group)
    with pytest.raises(error):
        action()
    assert state.dump(group) == before


# --- deletion -----------------------------------------------------------------------------------


def test_encryption_secret_and_its_parents_are_deleted_once_consumed(trio):
    tree = trio["bob"]._epoch.secret_tree
    root = trio["bob"].public.state.tree.root
    encryption_secret = tree.nodes[root]
    trio.say("alice")
    assert root not in tree.nodes
    assert 1 not in tree.nodes, "the parent of alice's leaf"
    assert 0 not in tree.nodes, "alice's leaf, now two ratchets"
    assert encryption_secret not in state.dump(trio["bob"])
    assert set(tree.nodes) == {2, 5}, "only the copath is left"


def test_used_message_keys_and_ratchet_secrets_are_not_in_the_state(trio):
    alice, bob = trio["alice"], trio["bob"]
    trio.say("alice")
    found = bob._epoch.secret_tree.find(alice.own_leaf, "application", 1)
    before = bob._epoch.secret_tree.ratchets[alice.own_leaf, "application"].secret
    trio.say("alice")
    for secret in (found.key, before):
        assert secret not in state.dump(bob)
        assert secret not in state.dump(alice)


def test_ratchet_key_is_kept_until_the_aead_has_succeeded(trio):
    message = trio["alice"].encrypt(b"observation")
    broken = message[:-1] + bytes([message[-1] ^ 1])
    bob = trio["bob"]
    refused(bob, errors.BadCiphertext, lambda: bob.decrypt(broken))
    assert bob.decrypt(message).data == b"observation"


def test_ratchet_key_is_kept_until_the_signature_has_succeeded(trio):
    alice, bob = trio["alice"], trio["bob"]
    epoch = alice._epoch
    context = epoch.public.state.context
    framed = wire.FramedContent(
        context.group_id, context.epoch, wire.MemberSender(0), b"", wire.ApplicationData(b"lie")
    )
    auth = wire.FramedContentAuthData(b"not a signature")
    forged = wire.AuthenticatedContent(wire.PRIVATE_MESSAGE, framed, auth)
    saved = state.dump(alice)
    message = protect(
        epoch.public.state.suite, forged, epoch.secret_tree, epoch.secrets.sender_data_secret
    )
    refused(bob, errors.BadSignature, lambda: bob.decrypt(message))
    restored = state.load(saved, alice.signer, trio.validator)
    assert bob.decrypt(restored.encrypt(b"truth")).generation == 0


def test_reused_generation_is_refused(trio):
    message = trio["alice"].encrypt(b"once")
    bob = trio["bob"]
    bob.decrypt(message)
    refused(bob, errors.ReplayedGeneration, lambda: bob.decrypt(message))


def test_late_message_is_read_once_from_the_window(trio):
    first, second = trio["alice"].encrypt(b"1"), trio["alice"].encrypt(b"2")
    bob = trio["bob"]
    assert bob.decrypt(second).generation == 1
    assert bob.decrypt(first).generation == 0
    for message in (first, second):
        refused(bob, errors.ReplayedGeneration, lambda message=message: bob.decrypt(message))


def test_skip_and_window_are_bounded(channel):
    room = channel("alice", "bob", policy=Policy(skip=10, window=4))
    messages = [room["alice"].encrypt(bytes([number])) for number in range(22)]
    bob = room["bob"]
    refused(bob, errors.GenerationTooFar, lambda: bob.decrypt(messages[11]))
    assert bob.decrypt(messages[10]).data == b"\x0a"
    assert len(bob._epoch.secret_tree.ratchets[0, "application"].skipped) == 4
    refused(bob, errors.ReplayedGeneration, lambda: bob.decrypt(messages[5]))
    assert bob.decrypt(messages[6]).data == b"\x06"


def test_init_secret_and_epoch_secrets_go_with_their_epoch(trio):
    bob = trio["bob"]
    old = bob._epoch.secrets
    trio.commit("alice")
    dump = state.dump(bob)
    for name in ("init_secret", "membership_key", "exporter_secret", "external_secret"):
        assert getattr(old, name) not in dump, name


def test_replaced_path_keys_are_deleted(trio):
    alice = trio["alice"]
    old = {node: pair.private for node, pair in alice._epoch.keys.items()}
    trio.commit("alice")
    kept = {pair.private for pair in alice._epoch.keys.values()}
    assert kept.isdisjoint(old.values())


def test_path_secrets_and_joiner_secret_are_not_kept(trio, monkeypatch):
    seen = []
    original = treekem.new_path

    def spy(*arguments):
        path = original(*arguments)
        seen.extend([*path.secrets.values(), path.commit_secret])
        return path

    monkeypatch.setattr(treekem, "new_path", spy)

    def joiner(*arguments):
        seen.append(joiner_secret(*arguments))
        return seen[-1]

    monkeypatch.setattr(schedule, "joiner_secret", joiner)
    pending = trio["alice"].commit(now=1_800_000_000)
    assert len(seen) >= 3
    assert not any(secret in state.dump(trio["alice"]) for secret in seen)
    trio.accept("alice", pending)
    assert not any(secret in state.dump(trio["bob"]) for secret in seen)


def test_past_epochs_are_bounded(trio):
    old = trio["alice"].encrypt(b"late")
    for _ in range(3):
        trio.commit("alice")
    assert trio["bob"].decrypt(old).data == b"late"
    trio.commit("alice")
    bob, carol = trio["bob"], trio["carol"]
    refused(carol, errors.EpochTooOld, lambda: carol.decrypt(old))
    refused(bob, errors.EpochTooOld, lambda: bob.decrypt(old))


# --- signatures and tags ------------------------------------------------------------------------


def test_empty_signature_is_never_valid(trio, now):
    forged = trio.forge("alice", wire.Remove(2), signature=b"")
    bob = trio["bob"]
    refused(bob, errors.EmptySignature, lambda: bob.process(forged, now))
    with pytest.raises(errors.EmptySignature):
        trio.hub.check(forged, now=now)


def test_empty_signature_on_a_key_package_is_refused(trio, device, now):
    package = wire.expect(device("dave").bundle.key_package, wire.KeyPackage)
    unsigned = wire.encode_message(replace(package, signature=b""))
    alice = trio["alice"]
    refused(alice, errors.EmptySignature, lambda: alice.commit(now=now, add=[unsigned]))


def test_signature_of_another_member_is_refused(trio, now):
    forged = trio.forge("alice", wire.Remove(2), signer=trio["bob"].signer)
    carol = trio["carol"]
    refused(carol, errors.BadSignature, lambda: carol.process(forged, now))


def test_forged_member_without_membership_key_is_refused(trio, now):
    body = wire.expect(trio.forge("alice", wire.Remove(1)), wire.PublicMessage)
    forged = wire.encode_message(replace(body, membership_tag=bytes(32)))
    carol = trio["carol"]
    refused(carol, errors.BadMembershipTag, lambda: carol.process(forged, now))


def test_rejected_commit_changes_nothing(trio, now):
    pending = trio["alice"].commit(now=now, remove=[2])
    wrong = trio.reframe("alice", pending.commit, confirmation_tag=bytes(32))
    bob = trio["bob"]
    refused(bob, errors.BadConfirmationTag, lambda: bob.process(wrong, now))
    assert bob.process(pending.commit, now).epoch == bob.epoch + 1


def test_staged_commit_changes_nothing_before_the_merge(trio, now):
    pending = trio["alice"].commit(now=now)
    bob = trio["bob"]
    before = state.dump(bob)
    staged = bob.process(pending.commit, now)
    assert state.dump(bob) == before
    bob.merge(staged)
    assert bob.epoch == staged.epoch


def test_stage_of_another_state_is_not_merged(trio, now):
    pending = trio["alice"].commit(now=now)
    staged = trio["bob"].process(pending.commit, now)
    trio.accept("alice", pending)
    bob = trio["bob"]
    refused(bob, errors.StaleStage, lambda: bob.merge(staged))


# --- the tree -----------------------------------------------------------------------------------


def test_filtered_direct_path_includes_new_leaves_but_nothing_is_encrypted_to_them(channel, now):
    room = channel("alice", "bob")
    pending = room["alice"].commit(now=now, add=[room.device("carol").bundle.key_package])
    commit = wire.expect(pending.commit, wire.PublicMessage).content.content
    assert len(commit.path.nodes) == 2, "bob's parent and the new root above carol"
    assert [len(node.encrypted_path_secret) for node in commit.path.nodes] == [1, 0]
    room.accept("alice", pending)
    room.groups["carol"] = room.join("carol", pending.welcome)
    room.agree()
    room.say("carol")


def test_provisional_context_has_the_new_tree_and_the_old_transcript(trio, now):
    public = trio["alice"].public
    proposals = [Proposed(wire.Remove(2), wire.MemberSender(0))]
    draft = apply_proposals(public.state, proposals, 0, public.checks(now))
    provisional = provisional_context(public.state, draft)
    assert provisional.epoch == public.epoch + 1
    assert provisional.tree_hash == draft.tree.root_hash != public.tree_hash
    assert provisional.confirmed_transcript_hash == public.confirmed_transcript_hash


def test_parent_hash_leaves_unmerged_leaves_out_of_the_sibling(channel):
    room = channel("alice", "bob", "carol")
    room.commit("alice")
    room.add("alice", "dave", update=False)
    tree = room.hub.state.tree
    top = tree.nodes[tree.root]
    assert top.unmerged_leaves == (3,)
    verify_parent_hashes(tree)
    original = original_tree_hash(tree, 5, frozenset({3}))
    now_hash = original_tree_hash(tree, 5, frozenset())
    assert original != now_hash
    expected = parent_hash(tree.suite, top.encryption_key, b"", original)
    assert expected in {tree.nodes[1].parent_hash, tree.nodes[0].source.parent_hash}


def test_parent_node_that_nobody_vouches_for_is_refused(trio):
    trio.commit("alice")
    tree = RatchetTree.decode(trio.hub.state.suite, trio.hub.tree)
    stranger = tree.suite.generate_key_pair().public
    tree.nodes[tree.root] = replace(tree.nodes[tree.root], encryption_key=stranger)
    with pytest.raises(errors.BadParentHash):
        verify_parent_hashes(tree)


def test_same_identity_twice_is_refused(trio, device, now):
    twin = device("bob")
    alice = trio["alice"]
    packages = [twin.bundle.key_package]
    refused(alice, errors.DuplicateMember, lambda: alice.commit(now=now, add=packages))
    pending = trio["alice"].commit(now=now, remove=[1], add=packages)
    assert trio["carol"].process(pending.commit, now).removed[0].identity == "bob"


def test_same_signature_key_twice_is_refused(trio, device, now):
    impostor = device("dave")
    impostor.signer = trio["bob"].signer
    alice = trio["alice"]
    packages = [impostor.publish().key_package]
    refused(alice, errors.DuplicateKey, lambda: alice.commit(now=now, add=packages))


# --- proposals and pre-shared keys --------------------------------------------------------------


def test_missing_psk_is_an_error(trio, now):
    alice, bob = trio["alice"], trio["bob"]
    refused(alice, errors.MissingPsk, lambda: alice.commit(now=now, psks=[b"case 17"]))
    alice.register_psk(b"case 17", b"s" * 32)
    pending = alice.commit(now=now, psks=[b"case 17"])
    refused(bob, errors.MissingPsk, lambda: bob.process(pending.commit, now))
    bob.register_psk(b"case 17", b"s" * 32)
    assert bob.process(pending.commit, now).epoch == alice.epoch + 1


def test_missing_psk_in_a_welcome_is_an_error(channel, now):
    room = channel("alice")
    room["alice"].register_psk(b"case 17", b"s" * 32)
    package = room.device("bob").bundle.key_package
    pending = room["alice"].commit(now=now, add=[package], psks=[b"case 17"])
    with pytest.raises(errors.MissingPsk):
        room.join("bob", pending.welcome)
    room["alice"].merge_pending()
    bob = room.join("bob", pending.welcome, psks={b"case 17": b"s" * 32})
    assert bob.epoch_authenticator == room["alice"].epoch_authenticator


def test_wrong_psk_fails_at_the_confirmation_tag(trio, now):
    alice, bob = trio["alice"], trio["bob"]
    alice.register_psk(b"case 17", b"s" * 32)
    bob.register_psk(b"case 17", b"t" * 32)
    pending = alice.commit(now=now, psks=[b"case 17"])
    refused(bob, errors.BadConfirmationTag, lambda: bob.process(pending.commit, now))


def test_cached_proposals_are_cleared_at_every_epoch(trio, now):
    trio.propose("alice", trio["alice"].propose_remove(2, now=now))
    assert all(len(group.proposals) == 1 for group in trio.groups.values())
    assert len(trio.hub.proposals) == 1
    reference = trio["bob"].proposals[0]
    trio.commit("bob", cached=False)
    assert all(group.proposals == () for group in trio.groups.values())
    assert trio.hub.proposals == {}
    late = trio.forge("alice", wire.Commit((wire.ProposalRef(reference),), None), tag=bytes(32))
    bob = trio["bob"]
    refused(bob, errors.UnknownReference, lambda: bob.process(late, now))


def test_external_sender_may_only_remove(channel, device, now):
    hub_key = SoftwareSigner.generate()
    senders = wire.external_senders((wire.ExternalSender(hub_key.public_key, basic("hub")),))
    room = channel("alice", "bob", "carol", extensions=[senders])
    add = wire.Add(wire.expect(device("mallory").bundle.key_package, wire.KeyPackage))
    bob = room["bob"]
    for proposal in (add, wire.GroupContextExtensions(())):
        forged = external_proposal(bob.group_id, bob.epoch, proposal, hub_key)
        refused(bob, errors.UnauthorizedProposal, lambda forged=forged: bob.process(forged, now))
        with pytest.raises(errors.UnauthorizedProposal):
            room.hub.check(forged, now=now)
    room.propose("hub", room.hub.propose_remove(2, hub_key))
    room.commit("alice")
    assert "carol" not in room.groups
    room.say("bob")


def test_external_sender_who_is_not_listed_is_refused(channel, now):
    hub_key, other = SoftwareSigner.generate(), SoftwareSigner.generate()
    senders = wire.external_senders((wire.ExternalSender(hub_key.public_key, basic("hub")),))
    room = channel("alice", "bob", extensions=[senders])
    bob = room["bob"]
    forged = room.hub.propose_remove(0, other)
    refused(bob, errors.BadSignature, lambda: bob.process(forged, now))
    forged = room.hub.propose_remove(0, hub_key, sender_index=1)
    refused(bob, errors.UnknownSender, lambda: bob.process(forged, now))


def test_external_pub_and_external_senders_carry_an_inner_length(channel):
    hub_key = SoftwareSigner.generate()
    senders = wire.external_senders((wire.ExternalSender(hub_key.public_key, basic("hub")),))
    one = wire.ExternalSender(hub_key.public_key, basic("hub")).encoded
    assert senders.extension_data == bytes([0x40, len(one)]) + one
    room = channel("alice", extensions=[senders])
    info = wire.expect(room["alice"].group_info(), wire.GroupInfo)
    data = wire.find_extension(info.extensions, wire.EXTERNAL_PUB)
    assert data[:2] == bytes([0x40, 65]), "a P-256 point behind its own length"
    assert data[2] == 4


# --- time, group info, framing ------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [(-500, -1), (1, 500)])
def test_expired_key_packages_are_refused(trio, device, now, before, after):
    dave = device("dave")
    package = dave.publish(now + before, now + after).key_package
    alice = trio["alice"]
    refused(alice, errors.ExpiredKeyPackage, lambda: alice.commit(now=now, add=[package]))
    pending = alice.commit(now=now + before, add=[package])
    bob = trio["bob"]
    refused(bob, errors.ExpiredKeyPackage, lambda: bob.process(pending.commit, now))
    with pytest.raises(errors.ExpiredKeyPackage):
        trio.hub.check(pending.commit, now=now)


def test_expired_key_package_does_not_join(channel, now):
    room = channel("alice")
    package = room.device("bob").bundle.key_package
    pending = room.commit("alice", add=[package])
    bob = room.devices["bob"]
    with pytest.raises(errors.ExpiredKeyPackage):
        Group.join(
            pending.welcome, bob.bundle, bob.signer, validator=room.validator, now=now + 90_000
        )


def test_group_info_is_signed_by_its_named_signer_only(trio):
    alice, bob = trio["alice"], trio["bob"]
    info = wire.expect(alice.group_info(), wire.GroupInfo)
    assert PublicGroup.from_info(info, validator=trio.validator).epoch == alice.epoch
    unsigned = replace(info, signer=bob.own_leaf, signature=b"")
    by_alice = sign_with_label(alice.signer, b"GroupInfoTBS", unsigned.to_be_signed)
    with pytest.raises(errors.BadSignature):
        PublicGroup.from_info(replace(unsigned, signature=by_alice), validator=trio.validator)
    with pytest.raises(errors.UnknownSender):
        PublicGroup.from_info(replace(info, signer=3), validator=trio.validator)


def test_group_info_beside_a_commit_is_the_committers_own(trio, now):
    pending = trio["alice"].commit(now=now)
    checked = trio.hub.check(pending.commit, now=now)
    info = wire.expect(pending.group_info, wire.GroupInfo)
    unsigned = replace(info, signer=1, signature=b"")
    signature = sign_with_label(trio["bob"].signer, b"GroupInfoTBS", unsigned.to_be_signed)
    theirs = wire.encode_message(replace(unsigned, signature=signature))
    with pytest.raises(errors.GroupInfoMismatch):
        trio.hub.finish(checked, theirs)
    assert trio.hub.finish(checked, pending.group_info).epoch == trio.hub.epoch + 1


def test_external_commit_needs_the_removal_of_the_same_identity(trio, device, now):
    mallory = device("mallory")
    outside = Policy(allow_external_join=True)
    pending, _ = Group.external_join(
        trio["alice"].group_info(),
        mallory.signer,
        mallory.credential,
        validator=trio.validator,
        now=now,
        policy=outside,
    )
    bob = trio["bob"]
    refused(bob, errors.ExternalCommitRefused, lambda: bob.process(pending.commit, now))
    with pytest.raises(errors.ExternalCommitRefused):
        trio.hub.check(pending.commit, now=now)


def test_padding_that_is_not_zero_is_refused(trio):
    alice, bob = trio["alice"], trio["bob"]
    epoch = alice._epoch
    suite = epoch.public.state.suite
    sealed = []

    def seal(self, key, nonce, aad, plaintext):
        sealed.append(plaintext)
        body = plaintext[:-1] + b"\x01" if len(sealed) == 1 else plaintext
        return original(self, key, nonce, aad, body)

    original = type(suite).aead_seal
    type(suite).aead_seal = seal
    try:
        message = alice.encrypt(b"position", padding_class=512)
    finally:
        type(suite).aead_seal = original
    assert 512 < len(sealed[0]) <= 512 + 74, "the content padded, and the signature"
    refused(bob, errors.BadPadding, lambda: bob.decrypt(message))


def test_vector_length_must_be_minimal(trio):
    message = trio["alice"].encrypt(b"x")
    longer = message[:4] + b"\x40" + message[4:]
    bob = trio["bob"]
    refused(bob, errors.NotMinimalVector, lambda: bob.decrypt(longer))


def test_message_of_another_epoch_or_group_is_refused(trio, channel, now):
    bob = trio["bob"]
    old = trio.forge("alice", wire.Remove(2))
    trio.commit("alice")
    refused(bob, errors.WrongEpoch, lambda: bob.process(old, now))
    other = channel("alice", "bob", "carol")
    proposal = wire.expect(other["alice"].propose_remove(2, now=now), wire.PublicMessage)
    elsewhere = replace(proposal, content=replace(proposal.content, group_id=b"elsewhere"))
    refused(bob, errors.WrongGroup, lambda: bob.process(wire.encode_message(elsewhere), now))
