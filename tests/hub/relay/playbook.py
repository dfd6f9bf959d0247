"""Plays events into a real core over a real log and writes down the effects, without a socket."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from hub.agency.authority import Authority
from hub.relay import effects
from hub.relay.core import Core
from hub.relay.effects import Append, Effect, Reply
from hub.relay.metrics import Metrics
from hub.relay.state import Limits, State
from hub.store.sqlite import SqliteStore
from protocols import frames
from protocols.clock import system_clock
from protocols.frames import Policy
from protocols.identity import DeviceKey, RevocationStatement, Role, Roots
from tests.scenario.member import Member, issue

F = TypeVar("F")
AGENCIES = {"uscbp": "US", "mxgn": "MX", "cbsa": "CA"}
JOINT = Policy(title="joint", owners=("uscbp", "mxgn"), observers=("cbsa",))


class Play:
    """A hub's core with its log, three agencies, and whoever has entered."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        now = system_clock() // 1_000_000
        self.authorities = {
            agency: Authority.create(folder / agency, agency=agency, country=country, now=now)
            for agency, country in AGENCIES.items()
        }
        self.path = folder / "log.sqlite"
        self.key = DeviceKey.generate()
        self.limits = limits or Limits()
        self.numbers = 0
        self.ref = 0
        self.seats: dict[str, int] = {}
        self.store = SqliteStore.open(self.path)
        self.core = self._core()

    def _core(self) -> Core:
        roots = Roots(authority.root for authority in self.authorities.values())
        state = State(
            hub="hub-test",
            key=self.key,
            roots=roots,
            clock=system_clock,
            metrics=Metrics(),
            limits=self.limits,
        )
        return Core(state, self.store.load(), system_clock())

    @property
    def state(self) -> State:
        """What the core knows."""
        return self.core.state

    def restart(self) -> list[Effect]:
        """A new process over the same log; returns what it wants done at once."""
        self.store.close()
        self.store = SqliteStore.open(self.path)
        self.core = self._core()
        self.seats = {}
        return self.core.start(system_clock(), "keys")

    # --- people ---------------------------------------------------------------------------------

    def member(self, name: str, agency: str = "uscbp", role: Role = Role.PARTICIPANT) -> Member:
        """A certified device."""
        roots = Roots(authority.root for authority in self.authorities.values())
        return Member(*issue(self.authorities[agency], name, role), roots=roots)

    async def enter(self, member: Member) -> int:
        """Log a device in; returns its connection."""
        self.numbers += 1
        number = self.numbers
        await self.run(self.core.opened(number, member.identity, "192.0.2.7:1", system_clock()))
        self.seats[member.name] = number
        return number

    def statement(self, member: Member) -> bytes:
        """The agency takes the device back."""
        authority = self.authorities[member.identity.agency]
        statement = RevocationStatement(
            agency=authority.agency, device=member.name, at=member.now(), reason="lost"
        )
        return statement.sign(authority.issuing, authority.key)

    # --- playing --------------------------------------------------------------------------------

    async def send(self, member: Member, frame: Any, now: int = 0) -> list[Effect]:
        """A frame from a device that has entered; all that follows from it, in order."""
        number = self.seats[member.name]
        return await self.run(self.core.received(number, frame, now or system_clock()))

    async def run(self, todo: Sequence[Effect]) -> list[Effect]:
        """Do what the server would: appends to the log, look-ups; returns the other effects."""
        done: list[Effect] = []
        queue = list(todo)
        while queue:
            appends = [one for one in queue if isinstance(one, Append)]
            others = [one for one in queue if not isinstance(one, Append)]
            queue = []
            for one in others:
                queue += await self._look_up(one, done)
            if appends:
                results = await self.store.commit([one.item for one in appends])
                queue += self.core.stored(appends, results, system_clock())
        return done

    async def _look_up(self, one: Effect, done: list[Effect]) -> list[Effect]:
        if isinstance(one, effects.ReadLedger):
            receipts = await self.store.ledger(one.channel, one.seq)
            return self.core.ledger_read(one.connection, one.ref, one.channel, one.seq, receipts)
        if isinstance(one, effects.ReadInbox):
            welcomes = await self.store.welcomes(one.device)
            return self.core.inbox_read(one.connection, one.device, one.joined, welcomes)
        if isinstance(one, effects.ReadDirectory):
            now = system_clock()
            holders = await self.store.key_package_holders(now)
            return self.core.directory_read(one.connection, one.ref, holders, now)
        done.append(one)
        return []

    def next_ref(self) -> int:
        """A fresh ref."""
        self.ref += 1
        return self.ref

    # --- scenes ---------------------------------------------------------------------------------

    async def open_channel(
        self, creator: Member, channel: str = "ch", policy: Policy = JOINT
    ) -> list[Effect]:
        """A device that has entered opens a channel."""
        frame = creator.creation(self.next_ref(), channel, policy, self.state.sender)
        return await self.send(creator, frame)

    async def add(self, by: Member, *devices: Member, channel: str = "ch") -> list[Effect]:
        """Add devices with fresh key packages, merge, and let them join."""
        packages = [device.package() for device in devices]
        frame = by.handshake(self.next_ref(), channel, add=packages)
        done = await self.send(by, frame)
        refused = [one for one in sent(done, self.seats[by.name]) if type(one) is frames.Refusal]
        if refused:
            by.groups[channel].discard_pending()
            return done
        by.groups[channel].merge_pending()
        assert frame.welcome is not None
        for device in devices:
            device.accept_welcome(frames.Welcome(channel, 0, frame.welcome))
        return done


def sent(done: Sequence[Effect], connection: int) -> list[Any]:
    """The frames that went to a connection."""
    return [one.frame for one in done if isinstance(one, Reply) and one.connection == connection]


def only(done: Sequence[Effect], connection: int, kind: type[F]) -> F:
    """The one frame of a type that went to a connection."""
    found = [frame for frame in sent(done, connection) if isinstance(frame, kind)]
    assert len(found) == 1, sent(done, connection)
    return found[0]


def delivered(done: Sequence[Effect]) -> list[tuple[str, int]]:
    """(channel, seq) of all entries that were delivered, in order."""
    return [
        (one.channel, entry.seq)
        for one in done
        if isinstance(one, effects.Deliver)
        for entry in one.entries
    ]
