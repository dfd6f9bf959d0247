"""How every transport listens: taken addresses are named, and TLS handshakes are done in sight.

asyncio swallows a failed handshake. Here a connection first stands in a doorway: the handshake is
done with a time limit, a failure is logged and counted, and only then does the transport's own
protocol get the connection. A stranger without the right certificate costs one log line.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from hub.gateway.config import Listening
from hub.gateway.counters import Count, Counters
from protocols.errors import PortInUse

HANDSHAKE_SECONDS: Final = 10.0
HANDSHAKES_MOST: Final = 100
"""Handshakes under way at the same time; who comes while there are more is turned away."""

log = structlog.get_logger(__name__)


class Listener:
    """One address. `make` gives the protocol of a connection whose handshake is done."""

    def __init__(
        self, listening: Listening, make: Callable[[], asyncio.Protocol], counters: Counters
    ) -> None:
        self._listening = listening
        self._make = make
        self._counters = counters
        self._server: asyncio.Server | None = None
        self._handshakes: set[asyncio.Task[None]] = set()
        self.port = listening.port

    async def start(self) -> None:
        """Listen; raises `PortInUse`."""
        first = self._make if self._listening.tls is None else self._doorway
        with refuse_taken_port(self._listening):
            self._server = await asyncio.get_running_loop().create_server(
                first, self._listening.host, self._listening.port
            )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening; connections that were handed on are not touched."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._handshakes):
            task.cancel()
        await asyncio.gather(*self._handshakes, return_exceptions=True)

    # --- the doorway ----------------------------------------------------------------------------

    def _doorway(self) -> asyncio.Protocol:
        return _Doorway(self._arrived)

    def _arrived(self, doorway: _Doorway, transport: asyncio.Transport) -> None:
        if len(self._handshakes) >= HANDSHAKES_MOST:
            self._counters.add(Count.TURNED_AWAY)
            transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._greet(doorway, transport))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _greet(self, doorway: _Doorway, transport: asyncio.Transport) -> None:
        assert self._listening.tls is not None
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport,
                doorway,
                self._listening.tls,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            )
        except OSError as error:  # ssl.SSLError is one
            self._failed(transport, error)
            return
        if secured is not None and not doorway.left:
            doorway.hand_over(secured, self._make())

    def _failed(self, transport: asyncio.Transport, error: OSError) -> None:
        self._counters.add(Count.HANDSHAKES_FAILED)
        peer = transport.get_extra_info("peername") or ("unknown",)
        reason = error.reason if isinstance(error, ssl.SSLError) else str(error)
        log.info("tls handshake failed", peer=peer[0], reason=reason or type(error).__name__)
        transport.abort()


class _Doorway(asyncio.Protocol):
    """A connection until its handshake is done; keeps what arrives in the very same moment."""

    def __init__(self, arrived: Callable[[_Doorway, asyncio.Transport], None]) -> None:
        self._arrived = arrived
        self._early = bytearray()
        self._ended = False
        self.left = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()  # the first bytes belong to the handshake
        self._arrived(self, transport)

    def data_received(self, data: bytes) -> None:
        self._early += data

    def eof_received(self) -> None:
        self._ended = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.left = True

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """From now on the connection is `protocol`'s."""
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._early:
            protocol.data_received(bytes(self._early))
        if self._ended:
            protocol.eof_received()


@contextmanager
def refuse_taken_port(listening: Listening) -> Iterator[None]:
    """Turn "address already in use" into `PortInUse`, which says which address."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUse(f"{listening.host}:{listening.port} is taken") from error
