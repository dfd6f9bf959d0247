"""Websocket clients of a transport: each reads in its own time, and none holds up another.

What a parcel or an answer looks like on the wire is the transport's business (`Manner`), and may
differ from client to client by the subprotocol that it chose. A document that is refused costs
nothing but itself. A client that does not read is disconnected, and finds what it missed on the
shelf when it comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from hub.gateway.adapter import Edge
from hub.gateway.bridge import Parcel
from hub.gateway.counters import Count
from hub.gateway.waiting import Waiting
from hub.gateway.web import BODY_LIMIT

CLIENTS_MOST: Final = 100
HEARTBEAT_SECONDS: Final = 20.0

log = structlog.get_logger(__name__)


class Manner(msgspec.Struct, frozen=True):
    """How one subprotocol says things. Each is a whole frame."""

    write: Callable[[Parcel], bytes]
    """A parcel of the channel."""
    take: Callable[[bytes, str], Awaitable[bytes | None]]
    """What a frame of the client (second: its address) is answered; never raises."""
    binary: bool = False
    """Whether frames to the client are binary ones."""


class Sockets:
    """The websocket clients of one transport. `manners` by subprotocol, "" for those without."""

    def __init__(self, edge: Edge, manners: Mapping[str, Manner], *, queue: int) -> None:
        self._edge = edge
        self._manners = manners
        self._queue = queue
        self._clients: dict[web.WebSocketResponse, _Client] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle one connection from its handshake to its end."""
        if len(self._clients) >= CLIENTS_MOST:
            self._edge.counters.add(Count.TURNED_AWAY)
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(
            max_msg_size=BODY_LIMIT,
            heartbeat=HEARTBEAT_SECONDS,
            compress=False,
            protocols=[name for name in self._manners if name],
        )
        await socket.prepare(request)
        manner = self._manners[socket.ws_protocol or ""]
        waiting = Waiting(self._queue + len(self._edge.shelf))
        client = self._clients[socket] = _Client(socket, manner, waiting)
        for parcel in self._edge.shelf:
            self._hand(client, manner.write(parcel))
        writing = asyncio.create_task(client.write())
        try:
            async for frame in socket:
                if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    data = frame.data.encode() if isinstance(frame.data, str) else frame.data
                    told = await manner.take(data, request.remote or "")
                    if told is not None:
                        self._hand(client, told)
        finally:
            self._clients.pop(socket, None)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return socket

    def deliver(self, parcel: Parcel) -> None:
        """Queue a parcel for every client; one that has too many waiting is cut off."""
        frames: dict[str, bytes] = {}
        for client in tuple(self._clients.values()):
            name = client.socket.ws_protocol or ""
            if name not in frames:
                frames[name] = client.manner.write(parcel)
            self._hand(client, frames[name])

    def __len__(self) -> int:
        return len(self._clients)

    async def close(self) -> None:
        """Say goodbye to every client."""
        closing = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._clients))
        await asyncio.gather(*closing)

    def _hand(self, client: _Client, frame: bytes) -> None:
        """Queue a frame for one client; one that does not read is cut off, once."""
        if client.socket not in self._clients or client.waiting.put(frame):
            return
        self._edge.counters.add(Count.CUT_OFF)
        log.warning("client too slow, disconnected", waiting=len(client.waiting))
        del self._clients[client.socket]
        transport = client.socket.get_extra_info("transport")
        if transport is not None:
            transport.abort()


class _Client:
    """One connection and the frames that wait for it."""

    def __init__(self, socket: web.WebSocketResponse, manner: Manner, waiting: Waiting) -> None:
        self.socket = socket
        self.manner = manner
        self.waiting = waiting

    async def write(self) -> None:
        """Send what waits until the connection ends."""
        try:
            while not self.socket.closed:
                for frame in await self.waiting.take():
                    if self.manner.binary:
                        await self.socket.send_bytes(frame)
                    else:
                        await self.socket.send_str(frame.decode())
        except ConnectionError as error:
            log.info("client gone", reason=str(error))
