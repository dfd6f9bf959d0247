"""Random lives of a channel: whatever happens, its members and the hub see one and the same group.

hypothesis draws the steps: people are added, removed, updated and come back from outside, keys are
injected, extensions change, commits collide, devices restart. After every step all members and
the hub's PublicGroup agree; who was removed reads nothing more; used keys are gone from the disk.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from protocols.mls import errors, state, wire
from protocols.mls.group import Group
from protocols.mls.public_group import PublicGroup

NOW = 1_800_000_000
MOST = 8
pick = st.integers(0, 10_000)


class Walk(RuleBasedStateMachine):
    """One channel's life; `gone` are removed members who kept all the keys that they had."""

    def __init__(self, channel) -> None:
        super().__init__()
        self._channel = channel
        self._count = 0
        self.gone: list[Group] = []
        self.late: tuple[str, bytes] | None = None

    # --- helpers ---

    @property
    def names(self) -> list[str]:
        return sorted(self.room.groups)

    def member(self, number: int) -> str:
        return self.names[number % len(self.names)]

    def other(self, number: int, *, than: str) -> str:
        rest = [name for name in self.names if name != than]
        return rest[number % len(rest)]

    def new_names(self, count: int) -> list[str]:
        self._count += count
        return [f"unit-{self._count - index}" for index in range(count)]

    def reload(self, group: Group) -> Group:
        """The group as after a restart of its device."""
        data = state.dump(group)
        again = state.load(data, group.signer, self.room.validator, self.room.policy)
        assert state.dump(again) == data
        return again

    def several(self) -> bool:
        return len(self.room.groups) > 1

    def enough(self) -> bool:
        return len(self.room.groups) > 2

    # --- what happens ---

    @initialize(count=st.integers(1, 4), suite=st.sampled_from([1, 2]))
    def found(self, count, suite):
        self.room = self._channel(*self.new_names(count), suite_id=suite)

    @precondition(lambda self: len(self.room.groups) < MOST)
    @rule(by=pick, count=st.integers(1, 2), update=st.booleans(), apart=st.booleans())
    def add(self, by, count, update, apart):
        names = self.new_names(count)
        packages = [self.room.device(name).bundle.key_package for name in names]
        pending = self.room.commit(
            self.member(by), add=packages, update=update, tree_in_welcome=not apart
        )
        for name in names:
            tree = pending.tree if apart else None
            self.room.groups[name] = self.room.join(name, pending.welcome, tree=tree)

    @precondition(lambda self: self.several())
    @rule(by=pick, whom=pick, add=st.booleans())
    def remove(self, by, whom, add):
        by = self.member(by)
        victim = self.other(whom, than=by)
        self.gone.append(self.reload(self.room.groups[victim]))
        leaf = self.room.groups[victim].own_leaf
        names = self.new_names(1) if add else []
        packages = [self.room.device(name).bundle.key_package for name in names]
        pending = self.room.commit(by, remove=[leaf], add=packages)
        for name in names:
            self.room.groups[name] = self.room.join(name, pending.welcome)
        assert victim not in self.room.groups

    @rule(by=pick)
    def update(self, by):
        self.room.commit(self.member(by))

    @precondition(lambda self: self.enough())
    @rule(by=pick, whom=pick, also=pick, removal=st.booleans())
    def by_reference(self, by, whom, also, removal):
        """One proposes its update, perhaps somebody's removal too; another commits both."""
        by = self.member(by)
        proposer = self.other(whom, than=by)
        group = self.room.groups[proposer]
        self.room.propose(proposer, group.propose_update(now=NOW))
        if removal:
            victim = self.other(also, than=by)
            self.gone.append(self.reload(self.room.groups[victim]))
            leaf = self.room.groups[victim].own_leaf
            self.room.propose(proposer, group.propose_remove(leaf, now=NOW))
        self.room.commit(by)

    @rule(by=pick, resumption=st.booleans())
    def pre_shared_key(self, by, resumption):
        name = b"case %d" % self._count
        for group in self.room.groups.values():
            group.register_psk(name, b"s" * 32)
        psks = [name, self.room.hub.epoch] if resumption else [name]
        self.room.commit(self.member(by), psks=psks, update=not resumption)

    @rule(by=pick, data=st.binary(max_size=3))
    def extensions(self, by, data):
        self.room.commit(self.member(by), extensions=[wire.Extension(wire.APPLICATION_ID, data)])

    @precondition(lambda self: self.several())
    @rule(whom=pick, teller=pick)
    def come_back(self, whom, teller):
        """A device that lost its state replaces its own leaf from outside."""
        room, name = self.room, self.member(whom)
        device = room.devices[name]
        pending, group = Group.external_join(
            room.groups[self.other(teller, than=name)].group_info(),
            device.signer,
            device.credential,
            resync=True,
            validator=room.validator,
            now=NOW,
            policy=room.policy,
        )
        room.hub = room.hub.finish(room.hub.check(pending.commit, now=NOW), pending.group_info)
        for member in room.groups.values():
            member.merge(member.process(pending.commit, NOW))
        assert not room.groups[name].active
        room.groups[name] = group

    @precondition(lambda self: self.several())
    @rule(first=pick, second=pick)
    def collide(self, first, second):
        """Two commit at once; the hub takes the first, the other discards its own."""
        winner = self.member(first)
        loser = self.other(second, than=winner)
        late = self.room.groups[loser].commit(now=NOW)
        self.room.commit(winner)
        with pytest.raises(errors.WrongEpoch):
            self.room.hub.check(late.commit, now=NOW)
        assert self.room.groups[loser].pending is None

    @rule(by=pick, ahead=st.integers(0, 3))
    def talk(self, by, ahead):
        """The key of a message is in nobody's state once the message was read."""
        name = self.member(by)
        sender = self.room.groups[name]
        for _ in range(ahead):
            sender.encrypt(b"lost on the way")
        tree = sender._epoch.secret_tree
        key = tree.next_key(sender.own_leaf, "application").key
        message = self.room.say(name, b"observation", aad=b"header")
        for group in [*self.room.groups.values(), *self.gone]:
            assert key not in state.dump(group)
        for group in self.room.groups.values():
            with pytest.raises((errors.ReplayedGeneration, errors.OwnMessage)):
                group.decrypt(message)
        for group in self.gone:
            with pytest.raises(errors.SequenceRefused):
                group.decrypt(message)

    @rule(by=pick)
    def send_late(self, by):
        """A message that is sent now and read after the next commit."""
        self.late = (self.member(by), self.room.groups[self.member(by)].encrypt(b"late"))

    @precondition(lambda self: self.late is not None)
    @rule(by=pick)
    def read_late(self, by):
        sender, message = self.late
        self.late = None
        self.room.commit(self.member(by))
        epoch = wire.expect(message, wire.PrivateMessage).epoch
        for name, group in self.room.groups.items():
            if name != sender and epoch in group._past and sender in self.room.groups:
                assert group.decrypt(message).data == b"late"

    @rule(whom=pick)
    def restart(self, whom):
        """A device and the hub restart: what they wrote to disk is what they were."""
        name, room = self.member(whom), self.room
        room.groups[name] = self.reload(room.groups[name])
        data = room.hub.to_bytes()
        room.hub = PublicGroup.from_bytes(data, validator=room.validator, policy=room.policy)
        assert room.hub.to_bytes() == data

    @rule(by=pick)
    def restart_between_commit_and_echo(self, by):
        name = self.member(by)
        pending = self.room.groups[name].commit(now=NOW)
        self.room.groups[name] = self.reload(self.room.groups[name])
        self.room.accept(name, pending)

    # --- what always holds ---

    @invariant()
    def everybody_agrees(self):
        room = self.room
        room.agree()
        rosters = {
            tuple(member.identity for member in group.members()) for group in room.groups.values()
        }
        assert rosters == {tuple(member.identity for member in room.hub.members())}
        assert set(rosters.pop()) == set(room.groups)
        assert len({group.exporter("walk", b"", 16) for group in room.groups.values()}) == 1
        joiner = PublicGroup.from_group_info(
            room.groups[self.names[0]].group_info(), validator=room.validator
        )
        assert joiner.state.context == room.hub.state.context


def test_random_walk(channel):
    run_state_machine_as_test(
        lambda: Walk(channel),
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
