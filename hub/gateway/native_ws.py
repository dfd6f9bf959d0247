"""Native documents over a websocket: canonical JSON for a dispatch system's own program.

GET /messages           websocket; every frame is one JSON object
  system → gateway      a canonical message
  gateway → system      {"message": ..., "losses": [...]}   the shelf at connect, then live
                        {"taken": ID, "state": ...}         a message is queued for the channel;
                                                            the same for one that was before
                        {"error": CODE, "text": ..., "facts": {...}}
GET /fates/ID           what became of a message, at every reader
GET /health, /metrics   see `hub.gateway.web`

A document that is refused costs nothing but itself. A client that does not read is disconnected,
and finds what it missed on the shelf when it comes back.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from hub.gateway.adapter import Edge
from hub.gateway.bridge import Parcel
from hub.gateway.config import Listening
from hub.gateway.counters import Count
from hub.gateway.waiting import Waiting
from hub.gateway.web import DOCUMENT_LIMIT, WebServer, answer, fate_value, fault
from protocols.errors import AlreadyCrossed, CrossbandError, UnsafeDocument

CLIENTS_MOST: Final = 100
FRAME_LIMIT: Final = 4 * DOCUMENT_LIMIT
"""Bytes of a frame for which the connection is kept; between the limits the document is refused."""
HEARTBEAT_SECONDS: Final = 20.0

log = structlog.get_logger(__name__)


class NativeAdapter:
    """The websocket server of a system that speaks our own format."""

    def __init__(self, listening: Listening, edge: Edge, *, queue: int) -> None:
        self._edge = edge
        self._queue = queue
        self._clients: dict[web.WebSocketResponse, Waiting] = {}
        self._server = WebServer(
            listening,
            edge,
            (web.get("/messages", self._connected), web.get("/fates/{id}", self._fate)),
        )

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._server.port

    async def start(self) -> None:
        """Listen; raises `PortInUse`."""
        await self._server.start()

    def deliver(self, parcel: Parcel) -> None:
        """Queue a parcel for every client; one that has too many waiting is cut off."""
        document = _document(parcel)
        for client in tuple(self._clients):
            self._hand(client, document)

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        closing = (client.close(code=WSCloseCode.GOING_AWAY) for client in tuple(self._clients))
        await asyncio.gather(*closing)
        await self._server.stop()

    # --- one connection -------------------------------------------------------------------------

    async def _connected(self, request: web.Request) -> web.StreamResponse:
        if len(self._clients) >= CLIENTS_MOST:
            self._edge.counters.add(Count.TURNED_AWAY)
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(
            max_msg_size=FRAME_LIMIT, heartbeat=HEARTBEAT_SECONDS, compress=False
        )
        await socket.prepare(request)
        waiting = self._clients[socket] = Waiting(self._queue + len(self._edge.shelf))
        for parcel in self._edge.shelf:
            self._hand(socket, _document(parcel))
        writing = asyncio.create_task(_write(socket, waiting))
        try:
            async for frame in socket:
                if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    data = frame.data.encode() if isinstance(frame.data, str) else frame.data
                    self._hand(socket, await self._take(data, request.remote or ""))
        finally:
            self._clients.pop(socket, None)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return socket

    def _hand(self, client: web.WebSocketResponse, document: bytes) -> None:
        """Queue a document for one client; one that does not read is cut off, once."""
        waiting = self._clients.get(client)
        if waiting is None or waiting.put(document):
            return
        self._edge.counters.add(Count.CUT_OFF)
        log.warning("native client too slow, disconnected", waiting=len(waiting))
        del self._clients[client]
        transport = client.get_extra_info("transport")
        if transport is not None:
            transport.abort()

    async def _take(self, document: bytes, source: str) -> bytes:
        if len(document) > DOCUMENT_LIMIT:
            error = UnsafeDocument(f"a document may have {DOCUMENT_LIMIT} bytes")
            self._edge.counters.refused(error.code)
            return msgspec.json.encode(fault(error, self._edge))
        try:
            taken = await self._edge.take(document, source)
        except AlreadyCrossed as crossed:
            first = self._edge.fate(str(crossed.facts.get("id", "")))
            if first is None:  # not sent here: it came from the channel
                return msgspec.json.encode(fault(crossed, self._edge))
            return msgspec.json.encode({"taken": first.message_id, "state": first.state})
        except CrossbandError as refusal:
            return msgspec.json.encode(fault(refusal, self._edge))
        state = None if taken.fate is None else taken.fate.state
        return msgspec.json.encode({"taken": taken.message.id, "state": state})

    async def _fate(self, request: web.Request) -> web.Response:
        fate = self._edge.fate(request.match_info["id"])
        if fate is None:
            raise web.HTTPNotFound
        return answer(fate_value(fate))


def _document(parcel: Parcel) -> bytes:
    return msgspec.json.encode({"message": msgspec.Raw(parcel.data), "losses": parcel.losses})


async def _write(socket: web.WebSocketResponse, waiting: Waiting) -> None:
    """Send what waits until the connection ends."""
    try:
        while not socket.closed:
            for document in await waiting.take():
                await socket.send_str(document.decode())
    except ConnectionError as error:
        log.info("native client gone", reason=str(error))
