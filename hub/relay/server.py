"""The relay's sockets, and the one place where effects are executed.

A connection, from its first byte:

    client → TLS 1.3, then GET / with Upgrade: websocket and a subprotocol
             `crossband.v1.msgpack` or `crossband.v1.json`
    hub    → challenge(nonce, hub, time)
    client → login(device, chain, signature)         within 10 s
    hub    → ready(device, time, channels, packages, sender)
             welcome(channel, seq, body)              each that waits for this device
    client → subscribe(ref, channel, after)
    hub    → accepted(ref), entry…, caught_up(channel, seq), then entries as they come
    client → send(ref, body)                          a PrivateMessage; the hub reads its head
             ↓  core: member? role? epoch? time limit?
             ↓  log: one transaction for all that gathered while the last one ran
    hub    → entry(seq, time, kind, body)             to every member, the sender too
    hub    → accepted((ref, seq, time), …)            one frame a connection and transaction
    client → receipt(channel, stage, seqs)            ledger(0, channel, seq, rows) → the sender

Whatever is wrong with a frame is answered by `refused` or `slow_down` and the connection lives on;
before login it ends. A connection that cannot keep up is fed from the log (`delivery`). Nothing
that goes wrong on one connection reaches another. GET /health, /metrics and /checkpoint are
answered on the same port without login (`web`).

This file is longer than most because everything that touches a socket is here and nowhere else.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import structlog
from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from hub.relay import effects
from hub.relay.batches import Batches
from hub.relay.config import Settings
from hub.relay.core import Core
from hub.relay.delivery import Deliveries, Link
from hub.relay.effects import Append, Effect
from hub.relay.sockets import RelayConnection, choose_subprotocol, tls_context
from hub.relay.upkeep import Upkeep
from hub.relay.web import Web
from hub.store.interface import SignCheckpoint, Store
from hub.store.items import Result
from protocols.clock import Clock, system_clock
from protocols.errors import CrossbandError, LoginRefused, PortInUse, StoreUnavailable
from protocols.frames import (
    GROUP_FRAME_LIMIT,
    LOGIN_FRAME_LIMIT,
    LOGIN_SECONDS,
    PING_SECONDS,
    SUBPROTOCOL_JSON,
    SUBPROTOCOL_MSGPACK,
    Codec,
    Notice,
    refusal,
)
from protocols.session import (
    NONCE_BYTES,
    LoggedIn,
    Rejected,
    ServerEvent,
    ServerSession,
    SessionState,
    StatementGiven,
)

LARGEST_MESSAGE = 2 * GROUP_FRAME_LIMIT
"""Above this a WebSocket message is not even read and the connection ends (close code 1009)."""
WRITE_BUFFER = 64 * 1024
"""Bytes in a transport beyond which a connection counts as full."""
LOGINS_WAITING = 10_000
"""Connections that have not logged in yet, beyond which no more are let in (HTTP 503).

Nobody waits for another's login: whoever stays silent must not keep others out.
"""
DRAIN_SECONDS = 5.0
CLOSING = Notice("closing", "The hub is stopping.", "Nothing is lost; connect again later.")

log = structlog.get_logger("hub.relay")


class Relay:
    """One hub process's sockets around a `Core` and a `Store`."""

    def __init__(
        self,
        settings: Settings,
        core: Core,
        store: Store,
        sign: SignCheckpoint,
        certificate: bytes,
        keys: str,
        clock: Clock = system_clock,
    ) -> None:
        """`certificate` is the DER that clients see; `keys` the public keys of `sign`, as text."""
        self._settings = settings
        self._core = core
        self._store = store
        self._certificate = certificate
        self._keys = keys
        self._clock = clock
        self._batches = Batches(store, self._stored, self._failed, self._fatal)
        self._deliveries = Deliveries(time.monotonic, self._wake, self._overwhelmed)
        self._connections: dict[int, RelayConnection] = {}
        self._feeding: dict[Link, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._numbers = 0
        self._waiting_logins = 0
        self._upkeep = Upkeep(core, store, sign, clock, self.execute, self._spawn)
        self._web = Web(core.state, store, self._readings, self._too_many_logins)
        self._stopping = asyncio.Event()
        self.failure: BaseException | None = None
        """What stopped the hub, where it was not asked to stop."""
        self._executors: dict[type[Effect], Callable[[Any], None]] = {
            effects.Append: self._batches.add,
            effects.Reply: self._reply,
            effects.Deliver: self._deliver,
            effects.Follow: self._follow,
            effects.Unfollow: self._unfollow,
            effects.Disconnect: self._disconnect,
            effects.ReadLedger: self._read_ledger,
            effects.ReadInbox: self._read_inbox,
            effects.ReadDirectory: self._read_directory,
        }

    # --- life -----------------------------------------------------------------------------------

    async def run(self, ready: Callable[[str, int], None]) -> None:
        """Serve until `stop`; `ready` is told address and port. Raises `PortInUse`.

        Raises what made the hub stop, if it was not asked to.
        """
        self.execute(self._core.start(self._clock(), self._keys))
        server = await self._listen()
        ticking = self._spawn(self._upkeep.run(self._deliveries.hand_over))
        try:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            ready(host, port)
            await self._stopping.wait()
        finally:
            ticking.cancel()
            await self._shut_down(server)
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """Begin to stop: no new connections, drain, last checkpoint."""
        self._stopping.set()

    async def _listen(self) -> WebSocketServer:
        settings = self._settings
        try:
            return await serve(
                self._serve,
                settings.host,
                settings.port,
                ssl=None if settings.behind_proxy else tls_context(settings),
                ssl_handshake_timeout=None if settings.behind_proxy else LOGIN_SECONDS,
                create_connection=RelayConnection,
                process_request=self._web.answer,
                subprotocols=[Subprotocol(SUBPROTOCOL_MSGPACK), Subprotocol(SUBPROTOCOL_JSON)],
                select_subprotocol=choose_subprotocol,
                compression=None,
                max_size=LARGEST_MESSAGE,
                write_limit=WRITE_BUFFER,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
                open_timeout=LOGIN_SECONDS,
                close_timeout=2,
                server_header=None,
                backlog=1024,
            )
        except OSError as error:
            if error.errno is None:
                raise
            raise PortInUse(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
            ) from error

    async def _shut_down(self, server: WebSocketServer) -> None:
        server.close(close_connections=False)
        for connection in self._connections.values():
            if connection.link is not None:
                self._deliveries.reply(connection.link, CLOSING)
        self._deliveries.flush()
        for task in self._feeding.values():
            task.cancel()
        if self.failure is None:
            try:
                async with asyncio.timeout(DRAIN_SECONDS):
                    await self._batches.drain()
                    await self._upkeep.last_checkpoint()
            except (TimeoutError, StoreUnavailable) as error:
                log.warning("not drained", error=str(error))
        closing = [
            asyncio.create_task(connection.close(1001, "the hub is stopping"))
            for connection in self._connections.values()
        ]
        if closing:
            await asyncio.wait(closing, timeout=DRAIN_SECONDS)
        await server.wait_closed()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside; an error in it is a fault of ours and stops the hub."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned)
        return task

    def _spawned(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fatal(error)

    # --- connections ----------------------------------------------------------------------------

    async def _serve(self, connection: ServerConnection) -> None:
        """One connection, from the end of the WebSocket handshake to the last byte."""
        assert isinstance(connection, RelayConnection)
        self._numbers += 1
        number = self._numbers
        link = connection.attach(number, Codec.of(connection.subprotocol), self._deliveries.drained)
        self._connections[number] = connection
        try:
            session = await self._log_in(connection, link)
            if session is not None:
                connection.protocol.max_message_size = LARGEST_MESSAGE
                connection.hand_on(partial(self._take, connection, link, session))
                async for message in connection:  # what came in fragments, or before hand_on
                    self._take(connection, link, session, message)
        except ConnectionClosed:
            pass
        except Exception as error:  # noqa: BLE001 - the boundary, as in `_take`
            self._fault(connection, link, error)
        finally:
            del self._connections[number]
            self._deliveries.leave(link)
            feeding = self._feeding.pop(link, None)
            if feeding is not None:
                feeding.cancel()
            self.execute(self._core.closed(number))

    def _take(
        self,
        connection: RelayConnection,
        link: Link,
        session: ServerSession,
        message: str | bytes,
    ) -> None:
        """A message of a logged-in device. The boundary: a fault on one connection stays there."""
        try:
            self._receive(link, session, message)
        except Exception as error:  # noqa: BLE001 - the boundary
            self._fault(connection, link, error)

    def _fault(self, connection: RelayConnection, link: Link, error: Exception) -> None:
        """Tell the operator everything, the peer only that it happened; end the connection."""
        log.error("fault on a connection", remote=connection.remote, exc_info=error)
        fault = error if isinstance(error, CrossbandError) else StoreUnavailable()
        self._deliveries.reply(link, refusal(0, fault))
        self._deliveries.flush()
        self._spawn(connection.close(1011, fault.code))

    async def _log_in(self, connection: RelayConnection, link: Link) -> ServerSession | None:
        """Challenge and answer; None when the connection is to end."""
        connection.protocol.max_message_size = 2 * LOGIN_FRAME_LIMIT
        self._waiting_logins += 1
        try:
            session = self._challenge(link)
            try:
                async with asyncio.timeout(LOGIN_SECONDS):
                    while session.state is SessionState.CHALLENGED:
                        message = await connection.recv()
                        event = session.receive(message, self._clock())
                        self._before_login(link, connection, event)
                        self._pump(link, session)
            except TimeoutError:
                late = session.expire(session.deadline)
                if late is not None:
                    self._before_login(link, connection, late)
            if session.state is SessionState.PROVEN:
                await self._greet(connection, link, session)
        finally:
            self._waiting_logins -= 1
        self._pump(link, session)
        if session.state is SessionState.ESTABLISHED:
            return session
        await connection.close(1008, "not logged in")
        return None

    def _challenge(self, link: Link) -> ServerSession:
        session = ServerSession(
            link.codec,
            hub=self._settings.name,
            certificate=self._certificate,
            roots=self._core.state.roots,
            nonce=os.urandom(NONCE_BYTES),
            now=self._clock(),
        )
        self._pump(link, session)
        return session

    async def _greet(self, connection: RelayConnection, link: Link, session: ServerSession) -> None:
        identity = session.identity
        assert identity is not None
        number, now = link.number, self._clock()
        try:
            opened = self._core.opened(number, identity, connection.remote, now)
        except LoginRefused as error:
            self._before_login(link, connection, session.refuse(error))
            return
        self.execute(opened)
        count = await self._store.key_package_count(identity.device, now)
        welcomes = await self._store.welcomes(identity.device)
        session.establish(self._core.greeting(number, count, now))
        self._pump(link, session)
        self.execute(self._core.inbox_read(number, identity.device, None, welcomes))

    def _before_login(self, link: Link, connection: RelayConnection, event: ServerEvent) -> None:
        now = self._clock()
        if isinstance(event, Rejected):
            self.execute(self._core.login_refused(connection.remote, event.error, now))
        elif isinstance(event, StatementGiven):
            self.execute(self._core.statement(link.number, event.body, now))
        else:
            assert isinstance(event, LoggedIn)

    def _pump(self, link: Link, session: ServerSession) -> None:
        """What the session wants sent, in its place among the replies."""
        for payload in session.data_to_send():
            self._deliveries.put(link, payload)
        self._deliveries.flush()

    def _receive(self, link: Link, session: ServerSession, message: str | bytes) -> None:
        now = self._clock()
        event = session.receive(message, now)
        if isinstance(event, Rejected):
            self._core.state.metrics.refused(event.error.code)
            self._pump(link, session)
        elif isinstance(event, StatementGiven):
            self.execute(self._core.statement(link.number, event.body, now))
        else:
            assert not isinstance(event, LoggedIn)
            self.execute(self._core.received(link.number, event, now))

    # --- effects --------------------------------------------------------------------------------

    def execute(self, todo: Sequence[Effect]) -> None:
        """Do what the core wants, in order; then write what has gathered for each connection."""
        executors = self._executors
        for effect in todo:
            executors[type(effect)](effect)
        self._deliveries.flush()

    def _reply(self, effect: effects.Reply) -> None:
        connection = self._connections.get(effect.connection)
        if connection is not None and connection.link is not None:
            self._deliveries.reply(connection.link, effect.frame)

    def _deliver(self, effect: effects.Deliver) -> None:
        self._deliveries.deliver(effect.channel, effect.entries)

    def _follow(self, effect: effects.Follow) -> None:
        connection = self._connections.get(effect.connection)
        if connection is not None and connection.link is not None:
            self._deliveries.follow(connection.link, effect.channel, effect.after, effect.last)

    def _unfollow(self, effect: effects.Unfollow) -> None:
        connection = self._connections.get(effect.connection)
        if connection is not None and connection.link is not None:
            self._deliveries.unfollow(connection.link, effect.channel)

    def _disconnect(self, effect: effects.Disconnect) -> None:
        connection = self._connections.get(effect.connection)
        if connection is not None:
            self._deliveries.flush()
            if connection.link is not None:
                self._deliveries.leave(connection.link)
            # The closing handshake takes the peer's time; nothing more is heard from it.
            self.execute(self._core.closed(effect.connection))
            self._spawn(connection.close(1008, effect.reason))

    def _read_ledger(self, effect: effects.ReadLedger) -> None:
        async def read() -> None:
            receipts = await self._store.ledger(effect.channel, effect.seq)
            self.execute(
                self._core.ledger_read(
                    effect.connection, effect.ref, effect.channel, effect.seq, receipts
                )
            )

        self._spawn(read())

    def _read_inbox(self, effect: effects.ReadInbox) -> None:
        async def read() -> None:
            welcomes = await self._store.welcomes(effect.device)
            self.execute(
                self._core.inbox_read(effect.connection, effect.device, effect.joined, welcomes)
            )

        self._spawn(read())

    def _read_directory(self, effect: effects.ReadDirectory) -> None:
        async def read() -> None:
            now = self._clock()
            holders = await self._store.key_package_holders(now)
            self.execute(self._core.directory_read(effect.connection, effect.ref, holders, now))

        self._spawn(read())

    # --- the log --------------------------------------------------------------------------------

    def _stored(self, appends: Sequence[Append], results: Sequence[Result]) -> None:
        try:
            self.execute(self._core.stored(appends, results, self._clock()))
        except Exception as error:  # noqa: BLE001 - memory and log would no longer agree: stop
            self._fatal(error)
            return
        self._upkeep.committed(self._batches.backlog)

    def _failed(self, appends: Sequence[Append], error: StoreUnavailable) -> None:
        log.error("the log cannot be written", error=error.detail, items=len(appends))
        self._upkeep.storage_failed()
        self.execute(self._core.failed(appends, self._clock()))

    def _fatal(self, error: BaseException) -> None:
        """Carrying on could contradict the log: stop, and let the supervisor start again."""
        log.critical("stopping", error=repr(error), exc_info=error)
        self.failure = self.failure or error
        self._stopping.set()

    # --- feeding --------------------------------------------------------------------------------

    def _wake(self, link: Link) -> None:
        if link not in self._feeding and link.number in self._connections:
            self._feeding[link] = asyncio.create_task(self._feed(link))

    async def _feed(self, link: Link) -> None:
        try:
            while await self._deliveries.feed(link, self._store):
                await asyncio.sleep(0)
        except StoreUnavailable as error:
            log.warning("the log cannot be read", error=error.detail)
            self._overwhelmed(link)
        finally:
            self._feeding.pop(link, None)

    def _overwhelmed(self, link: Link) -> None:
        """The connection cannot be served; its client comes back and resumes."""
        connection = self._connections.get(link.number)
        if connection is not None:
            connection.transport.abort()

    def _too_many_logins(self) -> bool:
        return self._waiting_logins > LOGINS_WAITING

    def _readings(self) -> dict[str, float]:
        state = self._core.state
        return {
            "connections": len(self._connections),
            "devices_online": len(state.online),
            "channels": len(state.channels),
            "log_entries": self._store.size,
            "log_entries_since_checkpoint": self._store.entries_since_checkpoint,
            "log_commits_total": self._store.commits,
            "log_committed_total": self._store.committed,
            "log_backlog": self._batches.backlog,
            "refusing": float(bool(state.refusing)),
            "deliveries_total": self._deliveries.delivered,
            "handed_over_total": self._deliveries.handed_over,
            "feeding": len(self._feeding),
        }
