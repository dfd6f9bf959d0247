"""Joining somebody's TAK server: this gateway is one of its clients.

    server → gateway    every event of the system goes to the channel
    gateway → server    at the start what the shelf holds and is not stale, then every parcel

The server's certificate is checked and the gateway's own is shown, as the configuration says. While
the server cannot be reached parcels wait (`hub.gateway.tak_outbox`), and it is tried again with
growing pauses; that it is down stands in the log and in the metrics (`system_up`). What the server
sends back of ours is known and does not return to the channel.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

import structlog

from hub.gateway.adapter import Edge
from hub.gateway.boundary import boundary
from hub.gateway.bridge import Parcel
from hub.gateway.config import Connecting
from hub.gateway.counters import Count
from hub.gateway.tak_document import OWN_FORMATS
from hub.gateway.tak_outbox import Outbox
from hub.gateway.tak_session import PING_SECONDS, READ_SIZE, TakSession
from protocols.client.link import Backoff
from protocols.clock import Clock
from protocols.errors import CrossbandError, WaitingFull

CONNECT_SECONDS: Final = 15.0

log = structlog.get_logger(__name__)


class TakClientAdapter:
    """A client of one TAK server, for as long as the gateway runs."""

    def __init__(
        self,
        connecting: Connecting,
        edge: Edge,
        *,
        queue: int,
        clock: Clock,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._connecting = connecting
        self._edge = edge
        self._clock = clock
        self._ping_seconds = ping_seconds
        self._server = f"{connecting.host}:{connecting.port}"
        self._uid = f"crossband.{uuid4()}"
        self._outbox = Outbox(queue + len(edge.shelf), edge.counters, self._gave_way)
        self._backoff = Backoff(random.random)
        self._up = False
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """None: nothing is listened on."""
        return 0

    async def start(self) -> None:
        """Begin to connect; a server that is down is no reason not to start."""
        for parcel in self._edge.shelf:
            self.deliver(parcel)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def deliver(self, parcel: Parcel) -> None:
        """Hand a parcel to the server, now or when it can be reached again."""
        if parcel.format_name not in OWN_FORMATS:
            self._edge.counters.add(Count.NOT_CARRIED)
            log.warning("not carried", message=parcel.message.id, format=parcel.format_name)
            return
        self._outbox.put(parcel)

    async def stop(self) -> None:
        """Hang up. What still waits is on the shelf at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def gauges(self) -> Mapping[str, float]:
        """Whether the server can be reached, what waits for it, and what it was sent but has not
        confirmed."""
        return {
            "system_up": int(self._up),
            "system_waiting": len(self._outbox),
            "system_unconfirmed": self._outbox.unconfirmed,
        }

    # --- the connection -------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                with boundary("talking to a TAK server"):
                    reason = await self._ended()
            except CrossbandError as error:
                reason = error.detail
            self._went_down(reason)
            await asyncio.sleep(self._backoff.next())

    async def _ended(self) -> str:
        """One connection, from its beginning to its end; why it ended."""
        try:
            await self._connected()
        except OSError as error:
            return str(error) or type(error).__name__
        return "the server hung up"

    async def _connected(self) -> None:
        """Connect, and serve until the connection ends; raises OSError when it broke."""
        target = self._connecting
        name = None if target.tls is None else target.server_name or target.host
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(
                target.host, target.port, ssl=target.tls, server_hostname=name, limit=READ_SIZE
            )
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        session = TakSession(
            reader,
            writer,
            server=self._server,
            uid=self._uid,
            edge=self._edge,
            outbox=self._outbox,
            clock=self._clock,
            alive=self._heard,
            ping_seconds=self._ping_seconds,
        )
        try:
            await session.run()
        finally:
            self._outbox.lost()
            writer.transport.abort()

    def _gave_way(self, parcel: Parcel) -> None:
        error = WaitingFull(f"too much waits for the TAK server {self._server}")
        log.warning("not sent", server=self._server, message=parcel.message.id)
        self._edge.undelivered(parcel, self._server, error)

    def _heard(self, answered: bool) -> None:
        """The server said something: only now is it known to have let us in (TLS 1.3 refuses a
        client's certificate after the client's handshake is done). One that lets everybody in and
        hangs up at once is still not hammered."""
        if answered:
            self._backoff.reset()
        if not self._up:
            self._up = True
            log.info("tak server joined", server=self._server)

    def _went_down(self, reason: str) -> None:
        if self._up:
            self._edge.counters.add(Count.RECONNECTS)
            log.warning("tak server down", server=self._server, reason=reason)
        else:
            log.info("tak server cannot be reached", server=self._server, reason=reason)
        self._up = False
