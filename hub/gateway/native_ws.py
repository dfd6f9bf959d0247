"""Native documents over a websocket: canonical JSON for a dispatch system's own program.

GET /messages           websocket; every frame is one JSON object
  system → gateway      a canonical message
  gateway → system      {"message": ..., "losses": [...]}   the shelf at connect, then live
                        {"taken": ID, "state": ...}         a message is queued for the channel;
                                                            the same for one that was before
                        {"error": CODE, "text": ..., "facts": {...}}
GET /fates/ID           what became of a message, at every reader
GET /health, /metrics   see `hub.gateway.web`
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from hub.gateway.adapter import Edge
from hub.gateway.bridge import Parcel
from hub.gateway.config import Listening
from hub.gateway.sockets import Manner, Sockets
from hub.gateway.web import WebServer, check_size, fate_response, fault, first_of
from protocols.errors import AlreadyCrossed, CrossbandError


class NativeAdapter:
    """The websocket server of a system that speaks our own format."""

    def __init__(self, listening: Listening, edge: Edge, *, queue: int) -> None:
        self._edge = edge
        self._sockets = Sockets(edge, {"": Manner(_document, self._take)}, queue=queue)
        self._server = WebServer(
            listening,
            edge,
            (web.get("/messages", self._sockets.serve), web.get("/fates/{id}", self._fate)),
        )

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._server.port

    async def start(self) -> None:
        """Listen; raises `PortInUse`."""
        await self._server.start()

    def deliver(self, parcel: Parcel) -> None:
        """Queue a parcel for every client."""
        self._sockets.deliver(parcel)

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        await self._sockets.close()
        await self._server.stop()

    async def _take(self, document: bytes, source: str) -> bytes:
        try:
            check_size(document, source, self._edge)
            taken = await self._edge.take(document, source)
        except AlreadyCrossed as crossed:
            first = first_of(crossed, self._edge)
            if first is None:  # not sent here: it came from the channel
                return msgspec.json.encode(fault(crossed, self._edge))
            return msgspec.json.encode({"taken": first.message_id, "state": first.state})
        except CrossbandError as refusal:
            return msgspec.json.encode(fault(refusal, self._edge))
        state = None if taken.fate is None else taken.fate.state
        return msgspec.json.encode({"taken": taken.message.id, "state": state})

    async def _fate(self, request: web.Request) -> web.Response:
        return fate_response(request, self._edge)


def _document(parcel: Parcel) -> bytes:
    return msgspec.json.encode({"message": msgspec.Raw(parcel.data), "losses": parcel.losses})
