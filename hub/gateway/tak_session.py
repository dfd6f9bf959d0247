"""One connection to a TAK server, as its client: three tasks that end together.

reads     documents for the channel, answers to pings, and what is said about protobuf
writes    what waits, in XML until the server has agreed to protobuf; while it is being asked
          nothing else is written, as TAK clients do
pings     when it is quiet, or when something written is not known to have arrived; a server
          that says nothing for long, not even that, is gone
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from hub.gateway.adapter import Edge
from hub.gateway.cot_framing import Broken, CotStream, TooLarge
from hub.gateway.counters import Count
from hub.gateway.tak_control import (
    ANSWER,
    OFFER,
    PONG,
    PROTOBUF,
    Control,
    ping,
    pong,
    request,
)
from hub.gateway.tak_document import TAK, TakDocument
from hub.gateway.tak_outbox import Outbox
from hub.gateway.tasks import together
from protocols.clock import Clock, to_datetime
from protocols.errors import AlreadyCrossed, CrossbandError
from protocols.messages.kinds import Presence

READ_SIZE: Final = 64 * 1024
PING_SECONDS: Final = 25.0
SILENT_PINGS: Final = 3
"""So many times the ping interval without a byte, and the connection is given up."""
ASKING_PINGS: Final = 3
"""After so many the server has not understood the request for protobuf."""

log = structlog.get_logger(__name__)


class TakSession:
    """A connection that is open. `alive` is called for whatever the server says, with whether it
    was the answer to a ping: then it also deals with what it is told."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        server: str,
        uid: str,
        edge: Edge,
        outbox: Outbox,
        clock: Clock,
        alive: Callable[[bool], None],
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._server = server
        self._uid = uid
        self._edge = edge
        self._outbox = outbox
        self._clock = clock
        self._alive = alive
        self._ping_seconds = ping_seconds
        self._protobuf = False
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._pings = 0
        self._pongs = 0
        self._quiet = 0
        self._asking = 0

    async def run(self) -> None:
        """Serve until the connection ends; raises OSError when it broke."""
        self._ping()
        await together(self._read(), self._write(), self._keep_alive())

    # --- reading --------------------------------------------------------------------------------

    async def _read(self) -> None:
        stream = CotStream()
        while not stream.broken and (data := await self._reader.read(READ_SIZE)):
            self._quiet = 0
            self._alive(False)
            for piece in stream.feed(data):
                if isinstance(piece, bytes):
                    await self._document(TakDocument(piece))
                else:
                    self._unreadable(piece)
        for piece in stream.close():
            if not isinstance(piece, bytes):
                self._unreadable(piece)

    async def _document(self, document: TakDocument) -> None:
        """What the edge refuses it has kept and counted; a server of others is not told."""
        said = document.control()
        if said is not None:
            self._negotiate(said)
            return
        try:
            spoken = TAK if document.is_frame else None
            taken = await self._edge.take(document.data, self._server, spoken)
        except AlreadyCrossed:
            return
        except CrossbandError as error:
            log.info("refused", server=self._server, error=error.code, detail=error.detail)
            return
        if isinstance(taken.message.body, Presence):
            self._say(pong(to_datetime(self._clock())))

    def _negotiate(self, said: Control) -> None:
        if said.type == PONG:
            self._alive(True)
            self._pongs = min(self._pongs + 1, self._pings)
            self._outbox.confirmed(self._pongs)
        elif said.type == OFFER and said.version == PROTOBUF and not self._protobuf:
            self._say(request(said.uid, to_datetime(self._clock())))
            self._may_write.clear()
            self._asking = 0
        elif said.type == ANSWER and not self._may_write.is_set():
            self._protobuf = said.agreed
            self._may_write.set()
            self._ping()
            log.info("tak server answered", server=self._server, protobuf=said.agreed)

    def _unreadable(self, piece: TooLarge | Broken) -> None:
        error = piece.error()
        log.warning("unreadable", server=self._server, detail=error.detail)
        spoken = TAK if TakDocument(piece.beginning).is_frame else None
        self._edge.refuse(piece.beginning, self._server, error, spoken, size=piece.size)

    # --- writing --------------------------------------------------------------------------------

    async def _write(self) -> None:
        while True:
            await self._outbox.wait()
            await self._may_write.wait()
            for parcel in self._outbox.take(to_datetime(self._clock())):
                self._say(parcel.data)
            self._outbox.written(self._pings)
            await self._writer.drain()

    def _say(self, event: bytes) -> None:
        """Write an event in the form that is agreed."""
        try:
            self._writer.write(TakDocument(event).form(protobuf=self._protobuf))
        except CrossbandError as error:
            self._edge.counters.add(Count.NOT_WRITTEN)
            log.warning("not put into its form", server=self._server, reason=error.detail)

    # --- pings ----------------------------------------------------------------------------------

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._ping_seconds)
            if self._quiet >= SILENT_PINGS:
                raise ConnectionError("the server has gone silent")
            self._quiet += 1
            if not self._may_write.is_set():
                self._asking += 1
                if self._asking < ASKING_PINGS:
                    continue
                log.info("no answer about protobuf, xml goes on", server=self._server)
                self._may_write.set()
            self._ping()

    def _ping(self) -> None:
        self._pings += 1
        self._say(ping(self._uid, to_datetime(self._clock())))
