"""One connection to a TAK server: what is said in which order, and when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hub.gateway.tak_control import PONG, REQUEST, answer, control, offer, pong
from hub.gateway.tak_outbox import Outbox
from hub.gateway.tak_session import TakSession
from protocols.clock import to_datetime
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.edges import LOOPBACK, RecordingEdge
from tests.hub.gateway.parties import GN3, NOON, clock, says
from tests.hub.gateway.tak_party import PING, Wire, event, frame, kind

NOW = to_datetime(NOON)


class Talk:
    """A session, the server's end of its connection, and the task that runs it."""

    def __init__(self, wire: Wire, edge: RecordingEdge, outbox: Outbox) -> None:
        self.wire = wire
        self.edge = edge
        self.outbox = outbox
        self.alive: list[bool] = []
        self.running: asyncio.Task[None] | None = None

    def put(self, text: str) -> None:
        body = Text(text=LanguageText(text=text))
        self.outbox.put(self.edge.parcel(says(GN3, body)))

    async def told(self) -> bytes:
        """The next event that is no ping."""
        while kind(document := await self.wire.document()) == "t-x-c-t":
            pass
        return document

    async def ended(self) -> None:
        assert self.running is not None
        async with asyncio.timeout(10):
            await self.running


@asynccontextmanager
async def talking(ping_seconds: float = 60) -> AsyncIterator[Talk]:
    arrived: asyncio.Queue[Wire] = asyncio.Queue()
    server = await asyncio.start_server(
        lambda reader, writer: arrived.put_nowait(Wire(reader, writer)), LOOPBACK, 0
    )
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    edge = RecordingEdge("cot")
    talk = Talk(await arrived.get(), edge, Outbox(10, edge.counters, lambda parcel: None))
    session = TakSession(
        reader,
        writer,
        server="them",
        uid="us",
        edge=edge,
        outbox=talk.outbox,
        clock=clock,
        alive=talk.alive.append,
        ping_seconds=ping_seconds,
    )
    talk.running = asyncio.create_task(session.run())
    try:
        yield talk
    finally:
        talk.running.cancel()
        await asyncio.gather(talk.running, return_exceptions=True)
        writer.close()
        talk.wire.writer.close()
        server.close()


async def test_it_begins_with_a_ping_and_hangs_up_when_the_server_does() -> None:
    async with talking() as talk:
        assert b'uid="us-ping"' in await talk.wire.document()
        talk.wire.send(pong(NOW), event("A"))
        talk.wire.writer.close()
        await talk.ended()
        assert talk.alive[:2] == [False, True]
        assert [m.kind for m, _ in talk.edge.taken] == ["position"]


async def test_while_it_asks_for_protobuf_it_says_nothing_else() -> None:
    async with talking() as talk:
        await talk.wire.document()
        talk.wire.send(offer("protouid", NOW))
        asked = control(await talk.told())
        assert asked is not None
        assert (asked.type, asked.uid, asked.version) == (REQUEST, "protouid", "1")
        talk.put("one")
        talk.put("two")
        talk.wire.send(event("A"), event("B"))  # it goes on listening
        while len(talk.edge.taken) < 2:
            await asyncio.sleep(0.005)
        assert len(talk.outbox) == 2
        talk.wire.send(answer("protouid", NOW, agreed=True))
        assert b"one" in await talk.told()
        assert b"two" in await talk.told()
        assert talk.wire.forms[2:] == ["protobuf"] * 3  # a ping first
        talk.wire.send(offer("protouid", NOW), frame(PING))  # no use in asking again
        assert kind(await talk.told()) == PONG


async def test_a_no_is_taken_for_an_answer() -> None:
    async with talking() as talk:
        talk.wire.send(offer("protouid", NOW))
        await talk.told()
        talk.wire.send(answer("protouid", NOW, agreed=False))
        talk.put("one")
        assert b"one" in await talk.told()
        assert set(talk.wire.forms) == {"xml"}


async def test_an_offer_of_something_else_is_left_alone() -> None:
    async with talking() as talk:
        other = offer("protouid", NOW).replace(b'version="1"/>', b'version="2"/>')
        talk.wire.send(other, answer("x", NOW, agreed=True), event("A"))
        talk.put("one")
        assert b"one" in await talk.told()
        assert talk.wire.forms == ["xml"] * len(talk.wire.forms)


async def test_a_server_that_never_answers_the_request_is_spoken_to_in_xml() -> None:
    async with talking(ping_seconds=0.02) as talk:
        talk.wire.send(offer("protouid", NOW))
        talk.put("one")
        heard = asyncio.create_task(talk.told())
        while not heard.done():
            talk.wire.send(event("A"))  # it is not silent
            await asyncio.sleep(0.005)
        found = heard.result()
        assert b"one" in (await talk.told() if b"takp-q" in found else found)
        assert set(talk.wire.forms) == {"xml"}


async def test_pings_are_answered_and_confirm_what_was_written_before() -> None:
    async with talking(ping_seconds=0.02) as talk:
        talk.put("one")
        assert b"one" in await talk.told()
        assert talk.outbox.unconfirmed == 1
        talk.wire.send(PING)
        assert kind(await talk.told()) == PONG
        while talk.outbox.unconfirmed:
            await talk.wire.document()
            talk.wire.send(pong(NOW))
        talk.wire.send(pong(NOW) * 5)  # more than there were pings
        talk.put("two")
        assert b"two" in await talk.told()
        assert talk.outbox.unconfirmed == 1


async def test_a_silent_server_is_given_up() -> None:
    async with talking(ping_seconds=0.01) as talk:
        with pytest.raises(ConnectionError, match="silent"):
            await talk.ended()


async def test_a_broken_stream_ends_it() -> None:
    async with talking() as talk:
        talk.wire.send(event("A"), b"\xbf\xff\xff\xff\xff\xff", event("B"))
        await talk.ended()
        assert [m.source.id for m, _ in talk.edge.taken if m.source] == ["A"]
        assert talk.edge.refused == [
            ("malformed_document", b"\xbf\xff\xff\xff\xff\xff" + event("B"))
        ]
