"""Wishes: in order, one commit at a time, again after a conflict, and by whom at the latest."""

from __future__ import annotations

from typing import Any

from protocols.client.commits import Committer, Wish
from protocols.client.groups import MemberGroup, Passed, Pending
from protocols.identity import Identity, Role

NOW = 1_800_000_000_000_000


def committer(role: Role = Role.COMMAND, chance: float = 0.5) -> Committer:
    return Committer(Identity("US", "uscbp", "Nogales", "x@uscbp", role), lambda: chance)


def group_of(actor: Any) -> MemberGroup:
    group = actor.engine._desk.channels["nogales"].group
    assert isinstance(group, MemberGroup)
    return group


def now(actor: Any) -> int:
    return int(actor.now)


def test_a_removal_is_built_and_ends_with_its_echo(both: Any) -> None:
    us, _ = both
    queue, group = committer(), group_of(us)
    wish = Wish(operation=4, remove=("desk@c5",))
    queue.wish(wish)
    pending = queue.build(group, now(us))
    assert isinstance(pending, Pending)
    assert queue.build(group, now(us)) is None  # one at a time
    assert queue.passed(group.take(pending.commit, now(us) // 1_000_000), now(us)) == [wish]
    assert not queue.busy


def test_what_others_have_done_already_is_fulfilled(both: Any) -> None:
    us, _ = both
    queue = committer()
    wishes = [Wish(operation=1, add=("desk@c5",)), Wish(operation=2, remove=("gone@c5",))]
    for wish in wishes:
        queue.wish(wish)
    assert queue.to_claim(group_of(us).roster) == []
    assert queue.build(group_of(us), now(us)) == wishes[:1]
    assert queue.build(group_of(us), now(us)) == wishes[1:]


def test_claims_are_made_once_and_wait_for_their_answer(both: Any) -> None:
    us, _ = both
    queue = committer()
    wish = Wish(operation=1, add=("gn-3@c5", "desk@c5"))
    queue.wish(wish)
    roster = group_of(us).roster
    assert queue.to_claim(roster) == ["gn-3@c5"]
    assert queue.to_claim(roster) == []
    assert queue.build(group_of(us), now(us)) is None
    queue.cut()
    assert queue.to_claim(roster) == ["gn-3@c5"]
    assert queue.refused_claim("gn-3@c5") == [wish]


def test_a_conflict_waits_by_chance_and_for_the_epoch(both: Any) -> None:
    us, _ = both
    queue, group = committer(chance=1.0), group_of(us)
    queue.wish(Wish(operation=1, remove=("desk@c5",)))
    queue.build(group, now(us))
    group.discard()
    assert queue.conflict(group.epoch, now(us))
    wake = queue.wake_at()
    assert wake is not None
    assert queue.build(group, wake - 1) is None
    assert isinstance(queue.build(group, wake), Pending)
    group.discard()
    queue.conflict(group.epoch + 1, wake)
    assert queue.build(group, wake + 10_000_000) is None


def test_it_gives_up_at_last(both: Any) -> None:
    queue = committer()
    tries = [queue.conflict(0, NOW) for _ in range(12)]
    assert tries == [True] * 11 + [False]


def test_command_devices_tidy_up_first() -> None:
    times = []
    for role in (Role.COMMAND, Role.PARTICIPANT, Role.GATEWAY, Role.OBSERVER):
        queue = committer(role)
        queue.outstanding(NOW)
        times.append(queue.wake_at())
    assert times == sorted(times, key=lambda at: at or 0)
    assert len(set(times)) == 4


def test_whoever_has_something_to_say_tidies_up_sooner() -> None:
    queue = committer(Role.OBSERVER)
    queue.outstanding(NOW)
    late = queue.wake_at()
    queue.hurry(NOW, urgent=False)
    sooner = queue.wake_at()
    assert late is not None
    assert sooner is not None
    assert sooner < late
    queue.hurry(NOW, urgent=True)
    assert queue.wake_at() == NOW


def test_anothers_commit_ends_the_patience() -> None:
    queue = committer()
    queue.outstanding(NOW)
    assert queue.passed(Passed(own=False), NOW) == []
    assert queue.wake_at() is None


def test_giving_up_ends_every_wish() -> None:
    queue = committer()
    wishes = [Wish(operation=n, remove=("a@c5",)) for n in range(3)]
    for wish in wishes:
        queue.wish(wish)
    assert queue.give_up() == wishes
    assert not queue.busy
