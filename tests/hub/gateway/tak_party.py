"""A TAK client and a TAK server for tests: they read and write both forms, and say which.

Frames are read and written by takproto, which nobody here wrote.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import takproto
from takproto.constants import TAKProtoVer

from hub.gateway.cot_framing import CotStream
from hub.gateway.tak_control import OFFER, PONG, REQUEST, Control, answer, control, offer, pong
from protocols.clock import to_datetime
from protocols.formats.cot.tak_message import to_xml
from protocols.formats.xml import parse
from tests.hub.gateway.edges import LOOPBACK
from tests.hub.gateway.parties import NOON

PATIENCE = 10
EVENT = (
    '<event version="2.0" uid="{uid}" type="{type}" how="h-g-i-g-o" time="2026-10-25T00:00:00Z" '
    'start="2026-10-25T00:00:00Z" stale="2026-10-27T00:00:00Z"><point lat="31.3" lon="-110.9" '
    'hae="0" ce="9999999" le="9999999"/><detail>{detail}</detail></event>'
)


def event(uid: str = "A", type_: str = "a-f-G-U-C", detail: str = "") -> bytes:
    """An event of a TAK device."""
    return EVENT.format(uid=uid, type=type_, detail=detail).encode()


def chat(uid: str, text: str) -> bytes:
    """A line of GeoChat."""
    said = f'<__chat chatroom="All Chat Rooms" senderCallsign="N7" messageId="{uid}"/>'
    return event(uid, "b-t-f", f"{said}<remarks>{text}</remarks>")


def frame(xml: bytes) -> bytes:
    """An event as a stream frame, as pytak writes it."""
    return bytes(takproto.xml2proto(xml, TAKProtoVer.STREAM))


def kind(xml: bytes) -> str:
    """The type of an event."""
    return parse(xml).get("type", "")


PING = event("A-ping", "t-x-c-t")


class Wire:
    """One end of a TAK stream: sends bytes, reads documents."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.forms: list[str] = []
        """In which form each document came that was read."""
        self._stream = CotStream()
        self._documents: list[bytes] = []

    def send(self, *documents: bytes) -> None:
        """Write documents as they are."""
        self.writer.write(b"".join(documents))

    async def document(self) -> bytes:
        """The next document as an XML event; raises `ConnectionError` when the other end left."""
        async with asyncio.timeout(PATIENCE):
            while not self._documents:
                data = await self.reader.read(65536)
                if not data:
                    raise ConnectionError("the other end hung up")
                self._documents += [
                    one for one in self._stream.feed(data) if isinstance(one, bytes)
                ]
        data = self._documents.pop(0)
        self.forms.append("xml" if data[:1] == b"<" else "protobuf")
        if data[:1] == b"<":
            return data
        assert takproto.parse_stream(data).cotEvent.uid
        return to_xml(data)


class Tak(Wire):
    """A TAK client. Every one of them is sent an offer of protobuf first."""

    offered: Control | None = None

    @classmethod
    async def connect(cls, port: int, context: ssl.SSLContext | None = None) -> Tak:
        return cls(*await asyncio.open_connection(LOOPBACK, port, ssl=context))

    async def next(self) -> bytes:
        """The next event that it is sent after the offer."""
        document = await self.document()
        if self.offered is not None:
            return document
        self.offered = control(document)
        assert self.offered is not None
        assert (self.offered.type, self.offered.version) == (OFFER, "1")
        return await self.document()

    async def next_type(self) -> str:
        """The type of the next event."""
        return kind(await self.next())

    async def answered(self) -> None:
        """Everything sent before has been dealt with: a ping is answered in its turn."""
        self.send(PING)
        assert await self.next_type() == PONG


class TakServer:
    """A TAK server as small as one can be: it remembers, answers pings, offers what it is told."""

    def __init__(self, *, protobuf: bool, context: ssl.SSLContext | None = None) -> None:
        self.heard: list[bytes] = []
        """Every event of a client that is no ping and no request, as XML."""
        self.forms: list[str] = []
        self.clients: list[Wire] = []
        self.joined = 0
        self.pings = 0
        self.mute = False
        """Answers nothing any more."""
        self.port = 0
        self._protobuf = protobuf
        self._context = context
        self._server: asyncio.Server | None = None
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(
            self._serve, LOOPBACK, self.port, ssl=self._context
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut everybody off and do not come back."""
        if self._server is not None:
            self._server.close()
        for client in self.clients:
            client.writer.transport.abort()
        self.clients.clear()
        await asyncio.sleep(0)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Until something that this server has heard makes it true."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def uids(self) -> list[str]:
        """Of everything heard."""
        return [parse(one).get("uid", "") for one in self.heard]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Wire(reader, writer)
        self.clients.append(client)
        self.joined += 1
        try:
            if self._protobuf:
                client.send(offer("protouid", to_datetime(NOON)))
            while True:
                self._answer(client, await client.document())
                self._news.set()
        except OSError:
            writer.close()

    def _answer(self, client: Wire, document: bytes) -> None:
        said = control(document)
        if said is not None and said.type == REQUEST:
            assert said.uid == "protouid"
            client.send(answer(said.uid, to_datetime(NOON), agreed=said.version == "1"))
        elif kind(document) == "t-x-c-t":
            self.pings += 1
            if not self.mute:
                reply = pong(to_datetime(NOON))
                client.send(frame(reply) if client.forms[-1] == "protobuf" else reply)
        else:
            self.heard.append(document)
            self.forms.append(client.forms[-1])
