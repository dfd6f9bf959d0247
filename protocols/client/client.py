"""The facade: one asynchronous object through which a program takes part.

    async with Client(Device.open("patrol-7")) as client:
        await client.joined("nogales")
        async for received in client.messages("nogales"):
            ...

It owns the engine, the store and the link, and does the engine's effects in their order: keep,
send, tell. It works without a link; what is queued goes out when there is one.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from protocols.client.device import Device
from protocols.client.engine import Engine
from protocols.client.events import (
    ChannelView,
    Done,
    Event,
    Link,
    LinkChanged,
    LinkState,
    Noticed,
    Received,
)
from protocols.client.fates import Fate
from protocols.client.link import Backoff, open_link
from protocols.client.link import Link as Wire
from protocols.client.notices import Notices
from protocols.client.reading import received_of
from protocols.client.record import write_record
from protocols.client.renewal import keep_renewed
from protocols.client.store import Store, Table
from protocols.client.streams import Events, Sent, wait_for
from protocols.clock import Clock, system_clock, to_datetime
from protocols.errors import (
    CrossbandError,
    LinkDown,
    LocalStoreError,
    LoginRefused,
    Trouble,
    UnknownChannel,
)
from protocols.foresight.audience import Listener, audience
from protocols.frames import DeviceEntry, Devices, Ledger, LedgerRow, Policy, Stage
from protocols.identity import Identity
from protocols.messages.envelope import Message

__all__ = ["Client", "Events", "Sent"]

REFUSED_WAIT = 30.0
"""Seconds before a login that the hub refused is tried again: a person has to do something."""


class Client:
    """One device's part in everything; use it as an asynchronous context manager."""

    def __init__(
        self,
        device: Device,
        *,
        clock: Clock = system_clock,
        passphrase: str | None = None,
        key_passphrase: bytes | None = None,
    ) -> None:
        """`passphrase` opens the local store, `key_passphrase` the key when it is renewed."""
        self.device = device
        self.link = LinkState(since=clock())
        self.closed = False
        self._clock = clock
        self._passphrase = passphrase
        self._key_passphrase = key_passphrase
        self._store: Store | None = None
        self._engine: Engine | None = None
        self._wire: Wire | None = None
        self._failed: CrossbandError | None = None
        self._login_refused: CrossbandError | None = None
        self._listeners: list[Events] = []
        self._done: dict[int, Done] = {}
        self._waiters: list[asyncio.Future[None]] = []
        self._turn = asyncio.Event()
        self._retry = asyncio.Event()
        self._network = asyncio.Event()
        """Set when the hub was reached: the agency may be within reach too."""
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._store = Store.open(self.device.store_path, self._passphrase)
        self._notices = Notices(self._store)
        try:
            self._engine = Engine(self.device, self._store, self._clock)
        except CrossbandError:
            self._store.close()
            raise
        self._tasks = [
            asyncio.create_task(self._run_link()),
            asyncio.create_task(self._run_timer()),
        ]
        if self.device.agency_url:
            self._tasks.append(asyncio.create_task(self._run_renewal()))
        for task in self._tasks:
            task.add_done_callback(self._ended)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the link and closes the store. What was not sent stays queued for next time."""
        if self.closed:
            return
        self.closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._settle()
        if self._store is not None:
            self._store.close()
        for listener in list(self._listeners):
            listener.wake()
        self._wake()

    # --- who and where --------------------------------------------------------------------------

    async def wait_ready(self) -> None:
        """Returns when the hub has accepted the login and others can add this device."""
        await self.until(lambda: self.link.up and self.engine.addable)

    async def connect_once(self) -> None:
        """Like `wait_ready`, but raises the hub's reason when it refuses the login."""

        def decided() -> bool:
            up = self.link.up and self.engine.addable
            return up or self._login_refused is not None

        await self.until(decided)
        if not self.link.up and self._login_refused is not None:
            raise self._login_refused

    async def known(self, channel: str) -> ChannelView:
        """How a channel stands once the hub has told everything; raises `UnknownChannel`."""
        await self.wait_ready()
        if self.engine.expected(channel):
            return await self.joined(channel)
        return self.engine.channel(channel)

    async def joined(self, channel: str) -> ChannelView:
        """Returns when this device is a member and has everything the hub has."""

        def inside() -> bool:
            return any(
                view.channel == channel and view.state == "member" and view.live
                for view in self.engine.channels()
            )

        await self.until(inside)
        return self.engine.channel(channel)

    def roster(self, channel: str) -> tuple[Identity, ...]:
        """Who can read, from the verified MLS tree; raises `UnknownChannel`."""
        return self.engine.roster(channel)

    def channel(self, channel: str) -> ChannelView:
        """How a channel stands; raises `UnknownChannel`."""
        return self.engine.channel(channel)

    def channels(self) -> list[ChannelView]:
        """Every channel that this device is or was in."""
        return self.engine.channels()

    # --- changing who is in ---------------------------------------------------------------------

    async def create(self, channel: str, policy: Policy) -> None:
        """Opens a channel with this device in it; raises what the hub refuses it for."""
        await self._operation(self.engine.create(channel, policy, self._clock()))

    async def add(self, channel: str, devices: Sequence[str]) -> None:
        """Adds devices; returns when the log shows it, or raises why not."""
        await self._operation(self.engine.add(channel, devices, self._clock()))

    async def remove(self, channel: str, devices: Sequence[str]) -> None:
        """Removes devices; returns when the log shows it, or raises why not."""
        await self._operation(self.engine.remove(channel, devices, self._clock()))

    async def set_policy(self, channel: str, policy: Policy) -> None:
        """Asks for a policy, or agrees to it. It may still wait for other owners: see `asked`."""
        await self._operation(self.engine.set_policy(channel, policy))

    async def directory(self) -> tuple[DeviceEntry, ...]:
        """The devices that can be added, as the hub knows them."""
        done = await self._operation(self.engine.directory())
        return done.answer.devices if isinstance(done.answer, Devices) else ()

    async def trace(self, channel: str, seq: int) -> tuple[LedgerRow, ...]:
        """The delivery ledger of one entry, for its sender."""
        done = await self._operation(self.engine.trace(channel, seq))
        return done.answer.rows if isinstance(done.answer, Ledger) else ()

    # --- messages -------------------------------------------------------------------------------

    async def send(self, channel: str, message: Message) -> Sent:
        """Queues a message, on disk, and returns at once; raises what could never be sent."""
        fate = self.engine.send(channel, message, self._clock())
        self._settle()
        return Sent(self, fate)

    async def mark(self, channel: str, seq: int | Sequence[int], stage: Stage) -> None:
        """The person here was shown entries, or acknowledged them."""
        seqs = (seq,) if isinstance(seq, int) else seq
        self.engine.mark(channel, seqs, stage)
        self._settle()

    def fates(self, channel: str | None = None) -> list[Fate]:
        """What became of every message sent from here, in the order of sending."""
        return self.engine.fates(channel)

    def fate(self, message_id: str) -> Fate:
        """What became of one message; raises `UnknownChannel` for one not sent from here."""
        fate = self.engine.fate(message_id)
        if fate is None:
            raise UnknownChannel(f"no message {message_id} was sent from this device")
        return fate

    def history(self, channel: str, after: int = 0) -> list[Received]:
        """Messages of a channel with numbers above `after`, from the local store, in order."""
        return [received_of(row) for row in self.store.after(Table.HISTORY, channel, after)]

    def preview(self, channel: str, message: Message) -> tuple[Listener, ...]:
        """What every other member will have of a message, before it is sent: which fields are
        withheld from it, and which its own system has no place for. Raises `UnknownChannel`."""
        notices = self._notices.of(channel)
        return audience(message, self.roster(channel), notices, to_datetime(self._clock()))

    def events(self) -> Events:
        """Everything that happens from now on."""
        listener = Events(self)
        self._listeners.append(listener)
        return listener

    def drop(self, listener: Events) -> None:
        """No more events for this listener."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    async def messages(self, channel: str, after: int | None = None) -> AsyncIterator[Received]:
        """Messages of a channel as they come; with `after`, first those already here above it."""
        listener = self.events()
        try:
            last = 0
            for received in [] if after is None else self.history(channel, after):
                last = received.seq
                yield received
            async for event in listener:
                if isinstance(event, Received) and event.channel == channel and event.seq > last:
                    yield event
        finally:
            self.drop(listener)

    def export_record(
        self, path: Path | str, channel: str | None = None, language: str = "en"
    ) -> int:
        """Writes what was shown here as JSON lines, for an audit to compare; returns how many."""
        names = [view.channel for view in self.channels()] if channel is None else [channel]
        lines = (line for name in names for line in self.history(name))
        return write_record(Path(path), lines, language)

    def try_again(self) -> None:
        """Connects (and renews) now instead of waiting for the next attempt."""
        self._retry.set()
        self._network.set()

    # --- within ---------------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:
        """The engine, while the client runs; raises `LocalStoreError` after it had to stop."""
        if self._failed is not None:
            raise self._failed
        if self._engine is None:
            raise LocalStoreError("the client is used outside its `async with` block")
        return self._engine

    @property
    def store(self) -> Store:
        """The local store, while the client runs."""
        if self._store is None:
            raise LocalStoreError("the client is used outside its `async with` block")
        return self._store

    async def until(self, condition: Callable[[], bool]) -> None:
        """Returns when `condition` holds; it is looked at after everything that happens.

        Raises `LocalStoreError` if the client had to stop, `LinkDown` if it was closed.
        """
        while not condition():
            if self._failed is not None:
                raise self._failed
            if self.closed:
                raise LinkDown("the client was closed")
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    async def _operation(self, operation: int) -> Done:
        self._settle()
        await self.until(lambda: operation in self._done)
        done = self._done.pop(operation)
        if done.error is not None:
            raise done.error
        return done

    def _settle(self) -> None:
        """Keep, send, tell. If it cannot be kept, nothing is sent and the client stops."""
        engine = self._engine
        if engine is None or self._failed is not None:
            return
        try:
            self.store.apply(engine.take_changes())
        except LocalStoreError as error:
            self._stop(error)
            raise
        frames = engine.take_frames()
        if self._wire is not None:
            self._wire.send(frames)
        for event in engine.take_events():
            self._tell(event)
        self._turn.set()
        self._wake()

    def _stop(self, error: CrossbandError) -> None:
        """The engine is ahead of the disk: nothing more is done with it."""
        self._failed = error
        for task in self._tasks:
            task.cancel()
        self._wake()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task that ends by an error nobody expected stops the client, by name, not in silence.

        This is the one boundary where any exception is turned into an error of the tree.
        """
        error = None if task.cancelled() else task.exception()
        if error is None or self._failed is not None:
            return
        if not isinstance(error, CrossbandError):
            cause, error = error, Trouble(f"the client had to stop: {error!r}")
            error.__cause__ = cause
        self._stop(error)

    def _tell(self, event: Event) -> None:
        if isinstance(event, Done):
            self._done[event.operation] = event
            return
        for listener in self._listeners:
            listener.put(event)

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    # --- the link and the clock -----------------------------------------------------------------

    async def _run_link(self) -> None:
        """Connects, serves, waits, again: until the client is closed."""
        backoff = Backoff(random.SystemRandom().random)
        if not self.device.hubs:
            self._set_link(Link.DOWN, reason="device.toml names no hub")
            return
        for hub in itertools.cycle(self.device.hubs):
            try:
                await self._serve(hub, backoff)
                wait, reason = backoff.next(), "the connection ended"
            except LocalStoreError:
                return
            except LoginRefused as error:
                wait, reason = REFUSED_WAIT, error.detail
                self._login_refused = error
                self._tell(Noticed(error.code, error.detail, error.remedy))
            except CrossbandError as error:
                wait, reason = backoff.next(), error.detail
            self._set_link(Link.DOWN, reason=reason, retry_in=wait)
            self._retry.clear()
            await wait_for(self._retry, wait)

    async def _serve(self, hub: str, backoff: Backoff) -> None:
        """One connection from its beginning to its end."""
        self._set_link(Link.CONNECTING, hub=hub)
        self._renewed(self.device.reread())
        async with open_link(self.device, hub, self._clock) as wire:
            backoff.reset()
            self._wire = wire
            try:
                self.engine.connected(wire.ready, self._clock())
                self._set_link(Link.UP, hub=hub)
                self._network.set()
                self._settle()
                while True:
                    for frame in await wire.receive():
                        self.engine.receive(frame, self._clock())
                    self._settle()
            finally:
                self._wire = None
                self.engine.disconnected()
                self._settle()

    async def _run_timer(self) -> None:
        """Ticks the engine when it asked for it; whatever happens may change when that is."""
        while True:
            now = self._clock()
            at = self.engine.wake_at(now)
            if at is not None and at <= now:
                self.engine.tick(now)
                self._settle()
                at = self.engine.wake_at(now)
            self._turn.clear()
            # No longer than a minute: a sleeping machine stops timers, but not the time.
            wait = 60.0 if at is None else min(max((at - now) / 1_000_000, 0.005), 60.0)
            await wait_for(self._turn, wait)

    async def _run_renewal(self) -> None:
        """Gets a new certificate at half of each one's life."""
        await keep_renewed(
            self.device.folder,
            self.device.chain,
            lambda chain: self._renewed(self.device.with_chain(chain)),
            lambda error: self._tell(Noticed(error.code, error.detail, error.remedy)),
            self._key_passphrase,
            clock=self._clock,
            again=self._network,
        )

    def _renewed(self, device: Device) -> None:
        if device is not self.device:
            self.device = device
            self.engine.renewed(device, self._clock())
            self._settle()

    def _set_link(
        self, link: Link, *, hub: str = "", reason: str = "", retry_in: float = 0.0
    ) -> None:
        now = self._clock()
        retry_at = now + int(retry_in * 1_000_000) if retry_in else 0
        since = self.link.since if self.link.link is link else now
        self.link = LinkState(link, since, retry_at, reason, hub)
        self._tell(LinkChanged(self.link))
        self._wake()
