"""One WebSocket connection of `websockets`, with what the relay adds: it tells when it is full.

Deliveries are written to the transport directly, already framed and joined, and once a device has
logged in its whole messages are handed on as they are parsed, without the library's queue and a
task switch for each. The library keeps the opening handshake, parsing, control frames and closing.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event
from websockets.typing import Subprotocol

from hub.relay.config import Settings
from hub.relay.delivery import Link
from protocols.frames import SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK, Codec

WHOLE = frozenset({Opcode.TEXT, Opcode.BINARY})
"""Opcodes that begin a message; with FIN it is whole (RFC 6455 section 5.4)."""


class RelayConnection(ServerConnection):
    """A server connection that keeps a `Link` told about the state of its transport."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.link: Link | None = None
        self._drained: Callable[[Link], None] | None = None
        self._take: Callable[[bytes], None] | None = None

    def process_event(self, event: Event) -> None:
        """A parsed frame: a whole message goes straight on, everything else the library's way."""
        if self._take is not None and type(event) is Frame and event.fin and event.opcode in WHOLE:
            self._take(bytes(event.data))
        else:
            super().process_event(event)

    def hand_on(self, take: Callable[[bytes], None]) -> None:
        """From now on give whole messages to `take`, which must not raise."""
        self._take = take

    def attach(self, number: int, codec: Codec, drained: Callable[[Link], None]) -> Link:
        """The sending side; `drained` is called when the transport can take more again."""
        self.link = Link(number, codec, self._write)
        self._drained = drained
        return self.link

    def _write(self, data: bytes) -> None:
        transport = self.transport
        if not transport.is_closing():
            transport.write(data)

    def pause_writing(self) -> None:
        """The transport's buffer is over its limit (asyncio flow control)."""
        super().pause_writing()
        if self.link is not None:
            self.link.full = True

    def resume_writing(self) -> None:
        """The transport's buffer is nearly empty again."""
        super().resume_writing()
        if self.link is not None and self._drained is not None:
            self._drained(self.link)

    @property
    def remote(self) -> str:
        """The peer's address, for the log."""
        address = self.remote_address
        return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS 1.3 only (RFC 8446); no session tickets, because every login is proven anew."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context


def choose_subprotocol(
    connection: ServerConnection, offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    """msgpack where both are offered; none where none is asked for (then msgpack is spoken)."""
    for wanted in (SUBPROTOCOL_MSGPACK, SUBPROTOCOL_JSON):
        if wanted in offered:
            return Subprotocol(wanted)
    return None
