"""Who is in a channel: wishes become commits, one at a time, until the log shows them.

    wished      add, remove, renew: in the order asked for
    claiming    a key package is taken for each device to add
    pending     the commit is built and kept, and offered to the hub
    done        the commit came back in the log

The first valid commit of an epoch wins. Who comes second (`epoch_conflict`) discards, catches up,
waits a random moment and builds again from the wish, not from the old commit: what somebody else
has done meanwhile is left out. A device that the hub wants removed (its proposal stands in the
log) is removed by whoever commits first; if nobody had a reason to, somebody's patience ends.

Sans-io: `Committer` is one channel's queue; the engine sends the frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from protocols.client.groups import MemberGroup, Passed, Pending
from protocols.identity import Identity, Role
from protocols.mls.wire import Credential

_SECOND = 1_000_000
_JITTER = 250_000
"""Microseconds: the mean wait before a commit is built again, times the number of attempts."""
_ATTEMPTS = 12
_TIDY = {Role.COMMAND: 100_000, Role.PARTICIPANT: 1_500_000, Role.GATEWAY: 3_000_000}
_LAST = 6_000_000
"""Patience (µs) before a device commits the hub's removals itself, by role; the rest comes last."""
_HURRY = 50_000
"""The same for a device that has something to say, which must wait for that commit."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A change of who is in the channel. `operation` 0: nobody waits for its end."""

    operation: int
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    credential: Credential | None = None


class Committer:
    """The wishes of one channel. `random` gives numbers from 0 to 1."""

    def __init__(self, own: Identity, random: Callable[[], float]) -> None:
        self._own = own
        self._random = random
        self._wishes: list[Wish] = []
        self._packages: dict[str, bytes] = {}
        self._claiming: set[str] = set()
        self._building: Wish | None = None
        self._attempts = 0
        self._not_before = 0
        self._wait_epoch = 0
        self._tidy_at: int | None = None
        self.offered = False
        """The pending commit has been given to the hub on this link."""

    @property
    def busy(self) -> bool:
        """Whether anything is wished for."""
        return bool(self._wishes)

    def wish(self, wish: Wish) -> None:
        """Asks for a change; its end is among `passed` or `failed`."""
        self._wishes.append(wish)

    def renews(self, credential: Credential) -> bool:
        """Whether a wish to put this credential into the tree is under way."""
        return any(wish.credential == credential for wish in self._wishes)

    # --- claiming -------------------------------------------------------------------------------

    def to_claim(self, roster: Sequence[Identity]) -> list[str]:
        """Devices of the first wish whose key package has to be claimed now."""
        if not self._wishes:
            return []
        inside = {identity.device for identity in roster}
        wanted = [d for d in self._wishes[0].add if d not in inside]
        new = [d for d in wanted if d not in self._packages and d not in self._claiming]
        self._claiming.update(new)
        return new

    def claimed(self, device: str, package: bytes) -> None:
        """The key package of a device to add."""
        self._claiming.discard(device)
        self._packages[device] = package

    def refused_claim(self, device: str) -> list[Wish]:
        """There is none: the first wish ends, if it is the one that wanted it."""
        self._claiming.discard(device)
        if not self._wishes or device not in self._wishes[0].add:
            return []
        return self._drop_first()

    # --- committing -----------------------------------------------------------------------------

    def outstanding(self, now: int) -> None:
        """The hub wants somebody removed: from now on patience runs, by role and with jitter."""
        if self._tidy_at is None:
            patience = _TIDY.get(self._own.role, _LAST)
            self._tidy_at = now + int(patience * (0.5 + self._random()))

    def hurry(self, now: int, *, urgent: bool) -> None:
        """Something waits to be said until the removals are committed."""
        soon = now if urgent else now + int(_HURRY * self._random())
        self._tidy_at = soon if self._tidy_at is None else min(soon, self._tidy_at)

    def build(self, group: MemberGroup, now: int) -> Pending | list[Wish] | None:
        """A commit for the first wish or the hub's removals; None while there is nothing to do.

        A list: these wishes were fulfilled already, by somebody else's commit. Raises `MLSError`
        where the commit cannot be made; call `failed` then.
        """
        if group.pending is not None or now < self._not_before or group.epoch < self._wait_epoch:
            return None
        if not self._wishes:
            if self._tidy_at is None or now < self._tidy_at:
                return None
            self._building = None
            return group.commit((), (), now // _SECOND)
        wish = self._wishes[0]
        inside = {identity.device for identity in group.roster}
        add = [device for device in wish.add if device not in inside]
        remove = [device for device in wish.remove if device in inside]
        if not add and not remove and wish.credential is None:
            return self._drop_first()
        if any(device not in self._packages for device in add):
            return None
        self._building = wish
        packages = [self._packages[device] for device in add]
        return group.commit(packages, remove, now // _SECOND, credential=wish.credential)

    def conflict(self, epoch: int, now: int) -> bool:
        """Somebody else's commit came first. False when it has been tried often enough."""
        self.offered = False
        self._attempts += 1
        self._wait_epoch = max(epoch, self._wait_epoch)
        self._not_before = now + int(_JITTER * self._attempts * self._random())
        return self._attempts < _ATTEMPTS

    def failed(self) -> list[Wish]:
        """The commit cannot be made, or was refused for good: its wish ends."""
        self.offered = False
        self._tidy_at = None
        return self._drop_first() if self._building is not None or self._wishes else []

    def passed(self, passed: Passed, now: int) -> list[Wish]:
        """A handshake was taken from the log. The wishes that it fulfilled."""
        if not passed.committed:
            return []
        self._tidy_at = None
        self._wait_epoch = 0
        overtaken, self.offered = self.offered, False
        if not passed.own:
            if overtaken:
                self.conflict(0, now)
            return []
        self._attempts = 0
        building, self._building = self._building, None
        if building is None or building not in self._wishes:
            return []
        return self._drop_first()

    def cut(self) -> None:
        """The link is gone; claims and offers are made again."""
        self._claiming.clear()
        self.offered = False

    def give_up(self) -> list[Wish]:
        """This device is out: every wish ends."""
        wishes, self._wishes = self._wishes, []
        self._packages.clear()
        self._claiming.clear()
        self._tidy_at = None
        return wishes

    def wake_at(self) -> int | None:
        """When `build` may have something to do that it has not now."""
        times = [self._tidy_at] if self._tidy_at is not None else []
        if self._wishes and self._not_before:
            times.append(self._not_before)
        return min(times, default=None)

    def _drop_first(self) -> list[Wish]:
        if not self._wishes:
            return []
        wish = self._wishes.pop(0)
        for device in wish.add:
            self._packages.pop(device, None)
        self._attempts = self._not_before = 0
        self._building = None
        return [wish]
