"""A night in the life of a channel: people come, go, rekey, lose their state and return."""

import random

import pytest

from protocols.mls import errors, state, wire
from protocols.mls.credentials import basic
from protocols.mls.group import Group, ReceivedProposal
from protocols.mls.policy import Policy
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import SUPPORTED


@pytest.mark.parametrize("suite_id", SUPPORTED)
def test_a_channel_in_every_suite(channel, suite_id):
    room = channel("alice", "bob", suite_id=suite_id)
    room.say("alice")
    room.add("bob", "carol", "dave")
    room.say("dave", b"on scene", aad=b"routine", padding_class=256)
    room.commit("carol", remove=[0])
    assert sorted(room.groups) == ["bob", "carol", "dave"]
    room.add("dave", "alice")
    assert [member.identity for member in room["bob"].members()] == [
        "alice",
        "bob",
        "carol",
        "dave",
    ]
    room.say("alice")


def test_a_night_of_random_changes(channel, now):
    """Sixty changes by whoever is there; the hub and every member agree after each."""
    dice = random.Random(20_270_115)
    room = channel("unit-0", "unit-1")
    for number in range(2, 62):
        by = dice.choice(sorted(room.groups))
        others = [name for name in room.groups if name != by]
        kind = dice.random()
        if kind < 0.45 or len(others) < 2:
            room.add(by, f"unit-{number}", update=dice.random() < 0.5)
        elif kind < 0.7:
            gone = dice.choice(others)
            room.commit(by, remove=[room[gone].own_leaf])
            assert gone not in room.groups
        elif kind < 0.85:
            proposer = dice.choice(others)
            room.propose(proposer, room[proposer].propose_update(now=now))
            room.commit(by)
        else:
            room.commit(by, public=True)
        room.say(dice.choice(sorted(room.groups)))
    assert room.hub.epoch >= 60


def test_updates_of_several_members_in_one_commit(trio, now):
    old = trio["bob"]._epoch.leaf_key.private
    for name in ("bob", "carol"):
        trio.propose(name, trio[name].propose_update(now=now))
    trio.commit("alice")
    assert trio["bob"]._epoch.leaf_key.private != old
    assert trio["bob"]._own_updates == {}
    for name in trio.groups:
        trio.say(name)


def test_own_proposals_echo_is_known_and_own_commits_is_not_processed(trio, now):
    alice = trio["alice"]
    message = alice.propose_remove(2, now=now)
    echo = alice.process(message, now)
    assert isinstance(echo, ReceivedProposal)
    assert echo.reference == alice.proposals[0]
    pending = alice.commit(now=now)
    before = state.dump(alice)
    with pytest.raises(errors.OwnMessage):
        alice.process(pending.commit, now)
    assert state.dump(alice) == before


def test_private_handshakes(trio, now):
    proposal = trio["alice"].propose_remove(2, now=now, public=False)
    for name in ("bob", "carol"):
        assert isinstance(trio[name].process(proposal, now), ReceivedProposal)
        with pytest.raises(errors.ReplayedGeneration):
            trio[name].process(proposal, now)
    pending = trio["bob"].commit(now=now, public=False)
    assert isinstance(wire.decode_message(pending.commit).body, wire.PrivateMessage)
    staged = trio["alice"].process(pending.commit, now)
    assert [member.identity for member in staged.removed] == ["carol"]
    trio["alice"].merge(staged)
    trio["bob"].merge_pending()
    assert trio["alice"].epoch_authenticator == trio["bob"].epoch_authenticator
    assert trio["carol"].process(pending.commit, now).self_removed


def test_lost_race_is_discarded_and_built_again(trio, now):
    mine = trio["alice"].commit(now=now, remove=[2])
    theirs = trio["bob"].commit(now=now)
    trio.accept("bob", theirs)
    assert trio["alice"].pending is None
    with pytest.raises(errors.WrongEpoch):
        trio["carol"].process(mine.commit, now)
    with pytest.raises(errors.NothingPending):
        trio["alice"].merge_pending()
    trio.commit("alice", remove=[2])
    assert sorted(trio.groups) == ["alice", "bob"]


def test_discarded_commit_leaves_no_secret(trio, now):
    alice = trio["alice"]
    before = state.dump(alice)
    alice.commit(now=now, remove=[1])
    assert state.dump(alice) != before
    alice.discard_pending()
    assert state.dump(alice) == before
    with pytest.raises(errors.NothingPending):
        alice.discard_pending()


def test_removed_member_keeps_no_secret(trio, now):
    carol, secrets = trio["carol"], trio["carol"]._epoch.secrets
    trio.commit("alice", remove=[2])
    assert not carol.active
    assert secrets.membership_key not in state.dump(carol)
    for action in (
        lambda: carol.encrypt(b"x"),
        lambda: carol.decrypt(b""),
        lambda: carol.commit(now=now),
        lambda: carol.process(b"", now),
        lambda: carol.epoch_authenticator,
        lambda: carol.exporter("label", b"", 32),
    ):
        with pytest.raises(errors.RemovedFromGroup):
            action()


def test_removed_member_reads_nothing_of_the_next_epoch(trio):
    carol = trio["carol"]
    saved = state.dump(carol)
    trio.commit("alice", remove=[2])
    message = trio["alice"].encrypt(b"without carol")
    ghost = state.load(saved, carol.signer, trio.validator)
    with pytest.raises(errors.WrongEpoch):
        ghost.decrypt(message)


def test_resync_after_a_lost_state(trio, now):
    pending, bob = Group.external_join(
        trio["alice"].group_info(),
        trio.devices["bob"].signer,
        basic("bob"),
        resync=True,
        validator=trio.validator,
        now=now,
    )
    old = trio.groups.pop("bob")
    checked = trio.hub.check(pending.commit, now=now)
    assert checked.external
    assert [member.identity for member in checked.removed] == ["bob"]
    assert [member.identity for member in checked.added] == ["bob"]
    trio.hub = trio.hub.finish(checked, pending.group_info)
    for group in trio.groups.values():
        staged = group.process(pending.commit, now)
        assert staged.external
        group.merge(staged)
    assert old.process(pending.commit, now).self_removed
    trio.groups["bob"] = bob
    trio.agree()
    trio.say("bob")
    trio.commit("bob")


def test_external_join_where_the_policy_allows_it(channel, device, now, open_policy):
    room = channel("alice", "bob", policy=open_policy)
    dave = device("dave")
    room["alice"].register_psk(b"case 17", b"k" * 32)
    room["bob"].register_psk(b"case 17", b"k" * 32)
    pending, joined = Group.external_join(
        room["alice"].group_info(with_tree=False),
        dave.signer,
        dave.credential,
        tree=room["alice"].tree,
        psks={b"case 17": b"k" * 32},
        validator=room.validator,
        now=now,
        policy=open_policy,
    )
    room.groups["dave"] = joined
    room.hub = room.hub.finish(room.hub.check(pending.commit, now=now), pending.group_info)
    for name in ("alice", "bob"):
        room[name].merge(room[name].process(pending.commit, now))
    room.agree()
    room.say("dave")


def test_external_join_as_somebody_who_is_there_is_refused(channel, device, now, open_policy):
    room = channel("alice", "bob", policy=open_policy)
    twin = device("bob")
    arguments = {"validator": room.validator, "now": now, "policy": open_policy}
    with pytest.raises(errors.DuplicateMember):
        Group.external_join(room["alice"].group_info(), twin.signer, twin.credential, **arguments)
    stranger = device("mallory")
    with pytest.raises(errors.ExternalCommitRefused):
        Group.external_join(
            room["alice"].group_info(),
            stranger.signer,
            stranger.credential,
            resync=True,
            **arguments,
        )


def test_new_key_and_credential_of_a_member(trio):
    fresh = SoftwareSigner.generate()
    trio.commit("bob", signer=fresh)
    assert trio["alice"].members()[1].signature_key == fresh.public_key
    trio.say("bob")
    with pytest.raises(errors.IdentityChanged):
        trio["bob"].commit(now=1_800_000_000, credential=basic("mallory"))


def test_welcome_without_a_tree(channel, now):
    room = channel("alice")
    package = room.device("bob").bundle.key_package
    pending = room.commit("alice", add=[package], tree_in_welcome=False)
    with pytest.raises(errors.MissingTree):
        room.join("bob", pending.welcome)
    room.groups["bob"] = room.join("bob", pending.welcome, tree=pending.tree)
    room.say("bob")
    wrong = channel("alice")["alice"].tree
    with pytest.raises(errors.BadTreeHash):
        room.join("bob", pending.welcome, tree=wrong)


def test_resumption_key_of_an_earlier_epoch(trio):
    trio.commit("alice")
    trio.commit("bob", psks=[trio.hub.epoch - 1])
    trio.commit("bob", psks=[trio.hub.epoch])
    with pytest.raises(errors.MissingPsk):
        trio["bob"].commit(now=1_800_000_000, psks=[99])


def test_extensions_of_the_group_change(trio):
    hub_key = SoftwareSigner.generate()
    senders = wire.external_senders((wire.ExternalSender(hub_key.public_key, basic("hub")),))
    trio.commit("alice", extensions=[senders])
    assert trio["carol"].public.extensions == (senders,)
    trio.propose("hub", trio.hub.propose_remove(0, hub_key))
    trio.commit("bob")
    assert sorted(trio.groups) == ["bob", "carol"]
    with pytest.raises(errors.MissingCapability):
        trio["bob"].commit(now=1_800_000_000, extensions=[wire.Extension(0xFF01, b"")])


def test_reinit_is_read_and_refused(trio, now):
    reinit = wire.ReInit(b"next", 1, 2, ())
    forged = trio.forge("alice", reinit)
    for attempt in (
        lambda: trio["bob"].process(forged, now),
        lambda: trio.hub.check(forged, now=now),
    ):
        with pytest.raises(errors.UnsupportedOperation):
            attempt()


def test_committed_data_first_where_the_policy_says_so(channel, now):
    room = channel("alice", "bob", "carol", policy=Policy(commit_before_data=True))
    room.propose("alice", room["alice"].propose_remove(2, now=now))
    with pytest.raises(errors.ProposalsPending):
        room["bob"].encrypt(b"x")
    room.commit("bob")
    room.say("bob")


def test_several_welcomes_in_one_message(channel):
    room = channel("alice")
    names = [f"unit-{number}" for number in range(9)]
    pending = room.add("alice", *names)
    assert len(wire.expect(pending.welcome, wire.Welcome).secrets) == 9
    for name in names[::4]:
        room.say(name)


def test_own_application_message_is_not_decrypted(trio):
    message = trio["alice"].encrypt(b"x")
    with pytest.raises(errors.OwnMessage):
        trio["alice"].decrypt(message)
    with pytest.raises(errors.UnexpectedContent):
        trio["bob"].process(message, 0)


def test_commit_by_a_stranger_to_the_group_is_refused(trio, now):
    ghost = trio.forge("alice", wire.Remove(1), sender=wire.MemberSender(7))
    with pytest.raises(errors.UnknownSender):
        trio["bob"].process(ghost, now)
    newcomer = trio.forge("alice", wire.Remove(1), sender=wire.NewMemberProposal())
    with pytest.raises(errors.UnauthorizedProposal):
        trio["bob"].process(newcomer, now)
    joiner = trio.forge("alice", wire.Remove(1), sender=wire.NewMemberCommit())
    with pytest.raises(errors.UnexpectedContent):
        trio["bob"].process(joiner, now)
