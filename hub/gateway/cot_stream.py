"""TAK streaming over TLS: a TAK client connects to it as to any TAK server.

    client → gateway    events; a ping (t-x-c-t) and a protocol request (t-x-takp-q) are answered
                        here, receipts become ledger stages, everything else goes to the channel;
                        all of it but pings also goes to the system's other clients
    gateway → client    the offer of protobuf (t-x-takp-v), what the shelf holds and is not stale,
                        then every parcel

Every client is written to in XML until it asks for protobuf or simply sends it; from then on in
protobuf. What it sends is recognised message by message, whatever was agreed.

An event that is refused is answered with a chat line that says why; the connection stays, unless
its bytes make no sense any more. A client that reads too slowly is disconnected, and finds what it
missed of the channel on the shelf when it comes back. A client that says nothing may stay: TAK
clients listen for hours.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final
from uuid import uuid4

import structlog

from hub.gateway.adapter import Edge
from hub.gateway.bridge import Parcel
from hub.gateway.config import Listening
from hub.gateway.cot_framing import Broken, CotStream, TooLarge
from hub.gateway.counters import Count
from hub.gateway.listening import Listener
from hub.gateway.tak_control import PROTOBUF, REQUEST, Control, answer, offer, pong
from hub.gateway.tak_document import OWN_FORMATS, TAK, TakDocument
from hub.gateway.waiting import Waiting
from protocols.clock import Clock, to_datetime
from protocols.errors import AlreadyCrossed, CrossbandError
from protocols.messages.kinds import Presence

READ_SIZE: Final = 64 * 1024
CLIENTS_MOST: Final = 200

log = structlog.get_logger(__name__)


class TakClient:
    """One connected TAK client and the documents that wait for it."""

    def __init__(self, name: str, writer: asyncio.StreamWriter, most: int) -> None:
        self.name = name
        self.protobuf = False
        self._writer = writer
        self._waiting = Waiting(most)

    def hand(self, document: TakDocument) -> bool:
        """Queue a document in the form that the client reads now; False when too much is waiting.

        Raises a `CrossbandError` when the document cannot be put into that form.
        """
        return self._waiting.put(document.form(protobuf=self.protobuf))

    def cut_off(self) -> None:
        """End the connection now, without waiting for a client that does not read."""
        self._writer.transport.abort()

    async def write(self) -> None:
        """Write what waits, everything there is in one piece, until the connection ends."""
        try:
            while True:
                self._writer.write(b"".join(await self._waiting.take()))
                await self._writer.drain()
        except OSError as error:
            log.info("tak client gone", client=self.name, reason=str(error))


class CotAdapter:
    """The TLS server for TAK clients."""

    def __init__(self, listening: Listening, edge: Edge, *, queue: int, clock: Clock) -> None:
        self._edge = edge
        self._queue = queue
        self._clock = clock
        self._clients: set[TakClient] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener = Listener(listening, self._protocol, edge.counters)

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._listener.port

    async def start(self) -> None:
        """Listen; raises `PortInUse`."""
        await self._listener.start()

    def deliver(self, parcel: Parcel) -> None:
        """Hand a parcel to every connected client."""
        if parcel.format_name not in OWN_FORMATS:
            self._edge.counters.add(Count.NOT_CARRIED)
            log.warning("not carried", message=parcel.message.id, format=parcel.format_name)
            return
        self._spread(TakDocument(parcel.data))

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        await self._listener.stop()
        for client in tuple(self._clients):
            client.cut_off()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- connections ----------------------------------------------------------------------------

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(READ_SIZE), self._connected)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= CLIENTS_MOST:
            self._edge.counters.add(Count.TURNED_AWAY)
            log.warning("too many tak clients, turned away", most=CLIENTS_MOST)
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # it may be idle for hours
        host, port = (writer.get_extra_info("peername") or ("unknown", 0))[:2]
        client = TakClient(f"{host}:{port}", writer, self._queue + len(self._edge.shelf) + 1)
        self._clients.add(client)
        self._greet(client)
        log.info("tak client connected", client=client.name)
        writing = asyncio.create_task(client.write())
        try:
            await self._read(reader, client)
        except OSError as error:
            log.info("tak client gone", client=client.name, reason=str(error))
        finally:
            self._clients.discard(client)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            writer.close()

    def _greet(self, client: TakClient) -> None:
        self._hand(client, TakDocument(offer(str(uuid4()), to_datetime(self._clock()))))
        for parcel in self._edge.shelf:
            if parcel.format_name in OWN_FORMATS and not self._stale(parcel):
                self._hand(client, TakDocument(parcel.data))

    async def _read(self, reader: asyncio.StreamReader, client: TakClient) -> None:
        stream = CotStream()
        while not stream.broken and (data := await reader.read(READ_SIZE)):
            for piece in stream.feed(data):
                if isinstance(piece, bytes):
                    await self._document(TakDocument(piece), client)
                else:
                    self._unreadable(piece, client)
        for piece in stream.close():
            if not isinstance(piece, bytes):
                self._unreadable(piece, client)
        log.info("tak client hung up", client=client.name, unread=stream.unread)

    # --- what a client says ---------------------------------------------------------------------

    async def _document(self, document: TakDocument, client: TakClient) -> None:
        if document.is_frame and not client.protobuf:
            client.protobuf = True
            log.info("tak client speaks protobuf", client=client.name)
        said = document.control()
        if said is not None:
            self._negotiate(said, client)
            return
        try:
            spoken = TAK if document.is_frame else None
            taken = await self._edge.take(document.data, client.name, spoken)
        except AlreadyCrossed as error:
            if error.facts.get(
                "again"
            ):  # an alarm that is still up: its own side goes on seeing it
                self._spread(document, but=client)
            return
        except CrossbandError as error:
            self._tell(client, error)
            return
        if isinstance(taken.message.body, Presence):
            self._hand(client, TakDocument(pong(to_datetime(self._clock()))))
        else:
            self._spread(document, but=client)

    def _negotiate(self, said: Control, client: TakClient) -> None:
        """Answer a request, in the form that was spoken so far, and then change over."""
        if said.type != REQUEST:
            return
        agreed = said.version == PROTOBUF
        now = to_datetime(self._clock())
        self._hand(client, TakDocument(answer(said.uid, now, agreed=agreed)))
        if agreed and not client.protobuf:
            client.protobuf = True
            log.info("tak client changes to protobuf", client=client.name)

    def _unreadable(self, piece: TooLarge | Broken, client: TakClient) -> None:
        error = piece.error()
        log.warning("unreadable", client=client.name, detail=error.detail)
        spoken = TAK if TakDocument(piece.beginning).is_frame else None
        self._edge.refuse(piece.beginning, client.name, error, spoken, size=piece.size)
        self._tell(client, error)

    # --- documents for clients ------------------------------------------------------------------

    def _spread(self, document: TakDocument, *, but: TakClient | None = None) -> None:
        for client in tuple(self._clients):
            if client is not but:
                self._hand(client, document)

    def _hand(self, client: TakClient, document: TakDocument) -> None:
        """Queue a document; a client that does not read is cut off, once."""
        if client not in self._clients:
            return
        try:
            if client.hand(document):
                return
        except CrossbandError as error:
            self._edge.counters.add(Count.NOT_WRITTEN)
            log.warning("not put into its form", client=client.name, reason=error.detail)
            return
        self._edge.counters.add(Count.CUT_OFF)
        log.warning("tak client too slow, disconnected", client=client.name)
        self._clients.discard(client)
        client.cut_off()

    def _tell(self, client: TakClient, error: CrossbandError) -> None:
        parcel = self._edge.notice(self._edge.said(error))
        if parcel is not None:
            self._hand(client, TakDocument(parcel.data))

    def _stale(self, parcel: Parcel) -> bool:
        expires = parcel.message.expires
        return expires is not None and expires < to_datetime(self._clock())
