"""A TAK client connects, is told what it missed, speaks, and is never stopped by another one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec

from hub.gateway.bridge import Parcel
from hub.gateway.cot_framing import EVENT_LIMIT, CotStream
from hub.gateway.cot_stream import CotAdapter
from hub.gateway.counters import Count
from hub.gateway.tak_control import ANSWER, PONG
from protocols.clock import to_datetime
from protocols.formats.cot import decode
from protocols.formats.xml import parse
from protocols.messages.kinds import Read, Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.edges import LOOPBACK, RecordingEdge, open_listening, tls_listening
from tests.hub.gateway.parties import GN3, NOON, clock, says

EVENT = (
    '<event version="2.0" uid="{uid}" type="{type}" how="h-g-i-g-o" time="2026-10-25T00:00:00Z" '
    'start="2026-10-25T00:00:00Z" stale="2026-10-27T00:00:00Z"><point lat="31.3" lon="-110.9" '
    'hae="0" ce="9999999" le="9999999"/><detail>{detail}</detail></event>'
)


def event(uid: str = "A", type_: str = "a-f-G-U-C", detail: str = "") -> bytes:
    return EVENT.format(uid=uid, type=type_, detail=detail).encode()


PING = event("A-ping", "t-x-c-t")


class Tak:
    """A TAK client: sends bytes, reads events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._stream = CotStream()
        self._events: list[bytes] = []

    @classmethod
    async def connect(cls, port: int, context: ssl.SSLContext | None = None) -> Tak:
        return cls(*await asyncio.open_connection(LOOPBACK, port, ssl=context))

    def send(self, *documents: bytes) -> None:
        self.writer.write(b"".join(documents))

    async def next(self) -> bytes:
        """The next event that it is sent."""
        async with asyncio.timeout(10):
            while not self._events:
                data = await self.reader.read(65536)
                if not data:
                    raise ConnectionError("the gateway hung up")
                self._events += self._stream.feed(data)
        return self._events.pop(0)

    async def next_type(self) -> str:
        return parse(await self.next()).get("type", "")

    async def answered(self) -> None:
        """Everything sent before has been dealt with: a ping is answered in its turn."""
        self.send(PING)
        assert await self.next_type() == PONG


@asynccontextmanager
async def serving(
    folder: Path | None = None, queue: int = 100
) -> AsyncIterator[tuple[RecordingEdge, CotAdapter, ssl.SSLContext | None]]:
    listening, context = (open_listening(), None) if folder is None else tls_listening(folder)
    edge = RecordingEdge("cot")
    adapter = CotAdapter(listening, edge, queue=queue, clock=clock)
    await adapter.start()
    try:
        yield edge, adapter, context
    finally:
        await adapter.stop()


def chat(text: str) -> Text:
    return Text(text=LanguageText(text=text))


async def test_a_client_over_tls_is_heard_and_hears(tmp_path: Path) -> None:
    async with serving(tmp_path) as (edge, adapter, context):
        tak = await Tak.connect(adapter.port, context)
        tak.send(event("A"), event("B"))
        await tak.answered()
        heard = [message.source.id for message, _ in edge.taken if message.source]
        assert heard[:2] == ["A", "B"]
        adapter.deliver(edge.parcel(says(GN3, chat("hola"))))
        assert b"hola" in await tak.next()


async def test_at_connect_it_is_told_what_is_on_the_shelf_and_not_stale() -> None:
    async with serving() as (edge, adapter, _):
        now = to_datetime(NOON)
        for text, expires in (
            ("stale", now - timedelta(1)),
            ("holds", now + timedelta(1)),
            ("open", None),
        ):
            edge.parcel(says(GN3, chat(text), expires=expires))
        tak = await Tak.connect(adapter.port)
        assert b"holds" in await tak.next()
        assert b"open" in await tak.next()
        await tak.answered()


async def test_others_of_the_system_hear_it_too_and_it_does_not_hear_itself() -> None:
    async with serving() as (edge, adapter, _):
        one, two = await Tak.connect(adapter.port), await Tak.connect(adapter.port)
        await one.answered()
        await two.answered()
        one.send(event("A"))
        assert await two.next() == event("A")
        two.send(event("A"))  # its echo
        await two.answered()
        await one.answered()
        assert sum(m.kind == "position" for m, _ in edge.taken) == 1


async def test_a_read_receipt_goes_to_the_edge_and_to_the_others() -> None:
    receipt = event("r", "b-t-f-r", '<__chatreceipt messageId="42" senderCallsign="X"/>')
    async with serving() as (edge, adapter, _):
        one, two = await Tak.connect(adapter.port), await Tak.connect(adapter.port)
        await two.answered()
        one.send(receipt)
        assert await two.next() == receipt
        assert any(m.body == Read(of="42") for m, _ in edge.taken)


async def test_a_request_for_protobuf_is_answered_with_no_and_xml_goes_on() -> None:
    asked = event("protouid", "t-x-takp-q", '<TakControl><TakRequest version="1"/></TakControl>')
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        tak.send(asked, asked.replace(b"takp-q", b"takp-v"))
        assert await tak.next_type() == ANSWER
        await tak.answered()
        assert [message.kind for message, _ in edge.taken] == ["presence"]


async def test_poison_costs_itself_alone() -> None:
    poison = [
        b"<event>no attributes</event>",
        b'<!DOCTYPE e [<!ENTITY x "x">]><event>&x;</event>',
        b"\x00\x01garbage \xff\xfe",
        b"<event>" + b"x" * EVENT_LIMIT + b"</event>",
    ]
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        for number, document in enumerate(poison):
            tak.send(document, event(f"after-{number}"))
            assert await tak.next_type() == "b-t-f"  # it is told why
        await tak.answered()
        heard = [m.source.id for m, _ in edge.taken if m.source and m.kind == "position"]
        assert heard == [f"after-{number}" for number in range(len(poison))]
        assert [code for code, _ in edge.refused] == [
            "unsupported_version",
            "unsafe_document",
            "unsafe_document",
        ]
        assert edge.counters.refusals == {"unsafe_document": 1}  # the edge counts its own


async def test_half_an_event_and_gone_disturbs_nobody() -> None:
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        tak.send(event("A") + event("B")[:40])
        tak.writer.close()
        other = await Tak.connect(adapter.port)
        other.send(event("C"))
        await other.answered()
        heard = {m.source.id for m, _ in edge.taken if m.source}
        assert {"A", "C"} <= heard
        assert "B" not in heard


async def test_a_client_that_does_not_read_is_cut_off_and_finds_the_rest_on_the_shelf() -> None:
    async with serving(queue=5) as (edge, adapter, _):
        slow, good = await Tak.connect(adapter.port), await Tak.connect(adapter.port)
        await slow.answered()
        await good.answered()
        for number in range(400):
            large = says(GN3, chat(f"line {number} " + "x" * 50_000))
            adapter.deliver(edge.parcel(large))
            assert f"line {number} ".encode() in await good.next()
            if edge.counters[Count.CUT_OFF]:
                break
        assert edge.counters[Count.CUT_OFF] == 1
        again = await Tak.connect(adapter.port)
        assert b"line " in await again.next()
        await good.answered()


async def test_deliver_never_raises_for_a_client_that_has_gone() -> None:
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        await tak.answered()
        tak.writer.transport.abort()
        for _ in range(3):
            adapter.deliver(edge.parcel(says(GN3, chat("hola"))))
            await asyncio.sleep(0)


async def test_stopping_ends_every_connection() -> None:
    async with serving() as (_, adapter, _):
        tak = await Tak.connect(adapter.port)
        await tak.answered()
        await adapter.stop()
        assert await tak.reader.read() == b""


async def test_what_it_hears_is_an_event_that_decodes_to_the_same_message() -> None:
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        await tak.answered()
        message = says(GN3, chat("señal"))
        parcel: Parcel = edge.parcel(message)
        adapter.deliver(parcel)
        decoded = decode(await tak.next())
        assert (decoded.id, decoded.body) == (message.id, message.body)
        assert msgspec.structs.replace(decoded, source=None, original=None) == message
