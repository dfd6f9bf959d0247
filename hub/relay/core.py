"""The relay's decisions: events in, effects out; no socket, no clock, no file.

    opened, closed        a connection has logged in, is gone
    received, statement   a frame came from it
    stored, failed        a commit is on disk, or could not be written
    pressure, tick        the log can(not) be written, time has passed
    …_read                answers to what the core asked the server to look up

Each kind of frame has one room (`sending`, `handshakes`, `founding`, `packages`, `ledger`,
`reading`, `revocation`); the tables below are the only place that knows which. A room refuses by
raising; here that becomes a frame, and a log entry where it matters. A refused frame changes
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hub.relay.channels import Channel, Waiting
from hub.relay.connections import Connections
from hub.relay.effects import Append, Effect, Reply
from hub.relay.founding import Founding
from hub.relay.handshakes import Handshakes
from hub.relay.ledger import Ledgers
from hub.relay.packages import Packages
from hub.relay.reading import Reading
from hub.relay.revocation import Revocation
from hub.relay.rounds import Round
from hub.relay.sending import Sending
from hub.relay.state import Seat, State
from hub.store import items
from hub.store.interface import PackageHolder, Receipt, Snapshot, WaitingWelcome
from hub.store.items import AppendEvent
from protocols import frames
from protocols.errors import (
    AccessRefused,
    ChannelExists,
    CrossbandError,
    MLSError,
    RateLimited,
    Refused,
    UnexpectedFrame,
    UnknownDevice,
    WelcomeMismatch,
)
from protocols.frames import Accepted, Ack, ClientFrame, Notice, Ready, SlowDown
from protocols.identity import Identity
from protocols.tlog.entry import Kind

RETRY_AFTER = {"disk": 5000, "storage": 2000, "busy": 250}
"""Milliseconds after which a sender may try again, by why it could not now."""
DISK_LOW = Notice(
    "disk_low",
    "The hub's disk is nearly full; nothing is acknowledged until there is space.",
    "Keep the messages queued; the hub's operator must free space on the log's disk.",
)
DISK_OK = Notice("disk_ok", "The hub's disk has space again.", "Nothing to do.")
_WRITES = (
    frames.Create,
    frames.SetPolicy,
    frames.Send,
    frames.Handshake,
    frames.Propose,
    frames.Publish,
    frames.Claim,
)
_WEIGHTS: dict[type[items.Item], int] = {
    items.CreateChannel: 256,
    items.AppendHandshake: 256,
    items.PutKeyPackages: 256,
}
"""What counts for more than one among the items of a connection that wait for the log."""
_LOGGED = (AccessRefused, MLSError, WelcomeMismatch)
_NOT_LOGGED = (RateLimited, UnknownDevice, ChannelExists)

FrameHandler = Callable[[Seat, Any, int], list[Effect]]
ResultHandler = Callable[[Append, items.Result, Round], None]


class Core:
    """All decisions of one relay."""

    def __init__(self, state: State, snapshot: Snapshot, now: int) -> None:
        self.state = state
        ledgers = Ledgers(state)
        sending = Sending(state, ledgers)
        handshakes = Handshakes(state)
        founding = Founding(state)
        packages = Packages(state)
        reading = Reading(state)
        revocation = Revocation(state)
        self._ledgers = ledgers
        self._handshakes = handshakes
        self._packages = packages
        self._reading = reading
        self._revocation = revocation
        self.connections = Connections(state)
        self._frames: dict[type, FrameHandler] = {
            frames.Send: sending.send,
            frames.Receipt: ledgers.receipt,
            frames.Subscribe: reading.subscribe,
            frames.Handshake: handshakes.commit,
            frames.Propose: handshakes.propose,
            frames.Create: founding.create,
            frames.SetPolicy: founding.set_policy,
            frames.Publish: packages.publish,
            frames.Claim: packages.claim,
            frames.Directory: packages.directory,
            frames.Fetch: reading.fetch,
            frames.Joined: reading.joined,
            frames.Trace: ledgers.trace,
            frames.Cannot: reading.cannot,
        }
        self._results: dict[type[items.Item], ResultHandler] = {
            items.AppendMessage: sending.stored,
            items.AppendHandshake: handshakes.stored,
            items.CreateChannel: founding.created,
            items.SetPolicy: founding.policy_set,
            items.PutKeyPackages: _stored_plainly,
            items.ClaimKeyPackage: packages.claimed,
            items.Revoke: revocation.stored,
        }
        revocation.load(snapshot.revoked)
        for stored in snapshot.channels:
            channel = Channel.load(stored, state.validator, now)
            handshakes.recall_removals(channel)
            state.add_channel(channel)

    def start(self, now: int, keys: str) -> list[Effect]:
        """What is to be done before anybody connects: removals that a stop interrupted.

        `keys` are the public keys that sign the log's checkpoints from now on; they are logged.
        """
        started = AppendEvent(Kind.START, self.state.hub, now, body=keys.encode())
        return [Append(started), *self._free(self.state.channels.values(), now)]

    # --- connections ----------------------------------------------------------------------------

    def opened(self, number: int, identity: Identity, remote: str, now: int) -> list[Effect]:
        """A device has proven itself; raises a `LoginRefused` where it may not come in."""
        return self.connections.opened(number, identity, remote, now)

    def greeting(self, number: int, packages: int, now: int) -> Ready:
        """The frame that establishes the session; `packages` are the device's at the hub."""
        return self.connections.greeting(number, packages, now)

    def closed(self, number: int) -> list[Effect]:
        """A connection is gone."""
        self.connections.closed(number)
        return []

    def login_refused(self, remote: str, error: CrossbandError, now: int) -> list[Effect]:
        """Somebody did not get in."""
        return self.connections.login_refused(remote, error, now)

    # --- frames ---------------------------------------------------------------------------------

    def received(self, number: int, frame: ClientFrame, now: int) -> list[Effect]:
        """A frame of a logged-in connection."""
        state = self.state
        seat = state.seats.get(number)
        if seat is None:
            return []
        state.metrics.received += 1
        if state.refusing and isinstance(frame, _WRITES):
            reason = state.refusing
            return [Reply(number, SlowDown(frame.ref, RETRY_AFTER[reason], reason))]
        try:
            if seat.in_flight > state.limits.in_flight:
                raise RateLimited(
                    "too much of this connection waits", retry_after=RETRY_AFTER["busy"]
                )
            if self._must_wait(seat, frame):
                return []
            handler = self._frames.get(type(frame))
            if handler is None:
                raise UnexpectedFrame("this frame does not belong here")
            effects = handler(seat, frame, now)
        except Refused as error:
            return self._refusal(seat, frame, error, now)
        for effect in effects:
            if isinstance(effect, Append) and effect.connection:
                seat.in_flight += _WEIGHTS.get(type(effect.item), 1)
        return effects

    def _must_wait(self, seat: Seat, frame: ClientFrame) -> bool:
        """Handshakes and policies of one channel go one after another.

        Only who may have a say waits, and nobody fills the queue alone.
        """
        if isinstance(frame, frames.Handshake | frames.Propose):
            channel, _ = self._handshakes.channel_of(frame.body)
        elif isinstance(frame, frames.SetPolicy):
            channel = self.state.channel(frame.channel)
        else:
            return False
        if not channel.busy:
            return False
        if not self.state.concerns(channel, seat.identity):
            channel.check_member(seat.identity.device)
        limit = self.state.limits.waiting_handshakes
        own = sum(one.connection == seat.number for one in channel.waiting)
        if len(channel.waiting) >= limit or own >= limit // 8:
            raise RateLimited("too many handshakes wait for this channel", retry_after=1000)
        channel.waiting.append(Waiting(seat.number, frame))
        return True

    def _refusal(self, seat: Seat, frame: ClientFrame, error: Refused, now: int) -> list[Effect]:
        ref = getattr(frame, "ref", 0)
        if isinstance(error, RateLimited):
            wait = int(error.facts.get("retry_after", 1000))
            self.state.metrics.refused(error.code)
            return [Reply(seat.number, SlowDown(ref, wait, error.code))]
        effects: list[Effect] = [self.state.refuse(seat.number, ref, error)]
        if isinstance(error, _LOGGED) and not isinstance(error, _NOT_LOGGED):
            name = getattr(frame, "channel", "")
            effects += self.state.log_refusal(seat, error, now, name)
        return effects

    def statement(self, number: int, body: bytes, now: int) -> list[Effect]:
        """An agency's signed statement, from anybody."""
        try:
            return self._revocation.take(number, body, now)
        except Refused as error:
            return [self.state.refuse(number, 0, error)]

    # --- the log --------------------------------------------------------------------------------

    def stored(
        self, appends: Sequence[Append], results: Sequence[items.Result], now: int
    ) -> list[Effect]:
        """A commit is on disk: what follows from each of its items, in order."""
        self._landed(appends)
        round_ = Round()
        handlers = self._results
        for append, result in zip(appends, results, strict=True):
            handler = handlers.get(type(append.item))
            if handler is not None:
                handler(append, result, round_)
        effects = round_.finish()
        return effects + self._free(self._touched(appends), now)

    def failed(self, appends: Sequence[Append], now: int) -> list[Effect]:
        """A commit could not be written: nothing of it happened; senders are to try again."""
        self._landed(appends)
        effects: list[Effect] = []
        for append in appends:
            if isinstance(append.item, items.Revoke):
                effects += self._revocation.unwritten(append)
            elif append.ref:
                wait = SlowDown(append.ref, RETRY_AFTER["storage"], "storage")
                effects.append(Reply(append.connection, wait))
        touched = self._touched(appends)
        for channel in touched:
            channel.busy = False
        return effects + self._free(touched, now)

    def _landed(self, appends: Sequence[Append]) -> None:
        """These wait for the log no longer, whatever became of them."""
        seats = self.state.seats
        for append in appends:
            seat = seats.get(append.connection)
            if seat is not None:
                seat.in_flight -= _WEIGHTS.get(type(append.item), 1)

    def _touched(self, appends: Iterable[Append]) -> list[Channel]:
        """Channels for which one of the gated items was written, or was to be."""
        names = {
            append.item.channel: None
            for append in appends
            if isinstance(append.item, items.AppendHandshake | items.SetPolicy)
        }
        gone = self._revocation.affected(append.item for append in appends)
        channels = self.state.channels
        return [channels[name] for name in (*names, *gone) if name in channels]

    def _free(self, channels: Iterable[Channel], now: int) -> list[Effect]:
        """The hub's own removals first, then what has waited."""
        effects: list[Effect] = []
        for channel in channels:
            if not self.state.refusing:
                effects += self._handshakes.remove_revoked(channel, now)
            while channel.waiting and not channel.busy:
                waiting = channel.waiting.popleft()
                effects += self.received(waiting.connection, waiting.frame, now)
        return effects

    def pressure(self, reason: str, now: int) -> list[Effect]:
        """Whether the log can be written: `disk`, `busy`, `storage`, or empty when it can."""
        before, self.state.refusing = self.state.refusing, reason
        effects: list[Effect] = []
        if "disk" in (before, reason) and before != reason:
            notice = DISK_LOW if reason == "disk" else DISK_OK
            effects += [Reply(number, notice) for number in self.state.seats]
        if before and not reason:
            effects += self._free(self.state.channels.values(), now)
        return effects

    # --- time and look-ups ----------------------------------------------------------------------

    def tick(self, now: int) -> list[Effect]:
        """Time has passed; call it several times a second."""
        return self._ledgers.tick(now)

    def ledger_read(
        self, number: int, ref: int, channel: str, seq: int, receipts: Iterable[Receipt]
    ) -> list[Effect]:
        """The answer to `ReadLedger`."""
        return [Reply(number, self._ledgers.read(ref, channel, seq, receipts))]

    def inbox_read(
        self,
        number: int,
        device: str,
        joined: tuple[str, int] | None,
        welcomes: Iterable[WaitingWelcome],
    ) -> list[Effect]:
        """The answer to `ReadInbox`, and what a device finds at login."""
        return self._reading.inbox(number, device, joined, welcomes)

    def directory_read(
        self, number: int, ref: int, holders: Sequence[PackageHolder], now: int
    ) -> list[Effect]:
        """The answer to `ReadDirectory`."""
        return [Reply(number, self._packages.listed(ref, holders, now))]


def _stored_plainly(append: Append, result: items.Result, round_: Round) -> None:
    """An item whose sender only wants to know that it is on disk."""
    if isinstance(result, items.Committed):
        round_.add(Reply(append.connection, Accepted((Ack(append.ref, 0, result.at),))))
