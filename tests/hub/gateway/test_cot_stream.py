"""A TAK client connects, is told what it missed, speaks, and is never stopped by another one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.gateway.adapter import Taken
from hub.gateway.bridge import Parcel
from hub.gateway.cot_framing import EVENT_LIMIT, KEPT
from hub.gateway.cot_stream import CotAdapter
from hub.gateway.counters import Count
from hub.gateway.tak_control import ANSWER, PONG, Control, control, request
from protocols.clock import to_datetime
from protocols.errors import AlreadyCrossed
from protocols.formats.cot import tak_message
from protocols.formats.cot.event import decode
from protocols.formats.cot.tak_message import from_xml
from protocols.messages.kinds import Read, Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.edges import RecordingEdge, open_listening, tls_listening
from tests.hub.gateway.parties import GN3, NOON, clock, says
from tests.hub.gateway.tak_party import PING, Tak, chat, event, frame, kind


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


def says_text(text: str) -> Text:
    return Text(text=LanguageText(text=text))


async def test_a_client_over_tls_is_heard_and_hears(tmp_path: Path) -> None:
    async with serving(tmp_path) as (edge, adapter, context):
        tak = await Tak.connect(adapter.port, context)
        tak.send(event("A"), event("B"))
        await tak.answered()
        heard = [message.source.id for message, _ in edge.taken if message.source]
        assert heard[:2] == ["A", "B"]
        adapter.deliver(edge.parcel(says(GN3, says_text("hola"))))
        assert b"hola" in await tak.next()


async def test_at_connect_it_is_told_what_is_on_the_shelf_and_not_stale() -> None:
    async with serving() as (edge, adapter, _):
        now = to_datetime(NOON)
        for text, expires in (
            ("stale", now - timedelta(1)),
            ("holds", now + timedelta(1)),
            ("open", None),
        ):
            edge.parcel(says(GN3, says_text(text), expires=expires))
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


def asks(tak: Tak, version: str = "1") -> bytes:
    """A request for a version of the protocol, under the uid of the offer."""
    assert tak.offered is not None
    return request(tak.offered.uid, to_datetime(NOON)).replace(
        b'TakRequest version="1"', f'TakRequest version="{version}"'.encode()
    )


async def test_a_client_that_asks_for_protobuf_gets_it_both_ways() -> None:
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        await tak.answered()
        tak.send(asks(tak))
        said = control(await tak.next())
        assert tak.offered is not None
        assert said == Control(ANSWER, tak.offered.uid, agreed=True)
        adapter.deliver(edge.parcel(says(GN3, says_text("hola"))))
        assert b"hola" in await tak.next()
        tak.send(frame(event("B")), frame(PING))
        assert await tak.next_type() == PONG
        assert tak.forms == ["xml", "xml", "xml", "protobuf", "protobuf"]
        (position,) = (message for message, _ in edge.taken if message.kind == "position")
        assert position.original is not None
        assert (position.original.format, position.original.data) == ("tak", frame(event("B")))


async def test_a_request_for_another_version_is_answered_with_no_and_xml_goes_on() -> None:
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        await tak.answered()
        for version in ("2", "0", ""):
            tak.send(asks(tak, version))
            assert control(await tak.next()) == Control(ANSWER, tak.offered.uid)  # type: ignore[union-attr]  # it was
        await tak.answered()
        assert set(tak.forms) == {"xml"}
        assert {message.kind for message, _ in edge.taken} == {"presence"}


async def test_a_client_that_just_speaks_protobuf_is_answered_in_it() -> None:
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        tak.send(frame(event("B")), frame(PING))
        assert await tak.next_type() == PONG
        assert tak.forms == ["xml", "protobuf"]
        tak.send(PING, frame(PING), event("C"), PING)  # each message by its first byte
        for _ in range(3):
            assert await tak.next_type() == PONG
        heard = [m.source.id for m, _ in edge.taken if m.source and m.kind == "position"]
        assert heard == ["B", "C"]


async def test_both_forms_hear_each_other_and_each_event_is_converted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[bytes] = []

    def counting(event: bytes, mesh: bool = False) -> bytes:
        made.append(event)
        return from_xml(event, mesh)

    monkeypatch.setattr(tak_message, "from_xml", counting)
    async with serving() as (edge, adapter, _):
        xml, *others = [await Tak.connect(adapter.port) for _ in range(4)]
        await xml.answered()
        for tak in others:
            tak.send(frame(PING))
            assert await tak.next_type() == PONG
        made.clear()
        adapter.deliver(edge.parcel(says(GN3, says_text("hola"))))
        xml.send(chat("GeoChat.1", "smoke"))
        for tak in others:
            assert b"hola" in await tak.next()
            assert b"smoke" in await tak.next()
        assert len(made) == 2
        others[0].send(frame(chat("GeoChat.2", "copied")))
        assert b"hola" in await xml.next()
        assert b"copied" in await xml.next()
        assert b"copied" in await others[1].next()
        assert set(xml.forms) == {"xml"}
        assert len(made) == 2


async def test_an_event_that_has_no_frame_costs_itself_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refusing(event: bytes, mesh: bool = False) -> bytes:
        if b"poison" in event:
            raise ZeroDivisionError
        return from_xml(event, mesh)

    monkeypatch.setattr(tak_message, "from_xml", refusing)
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        tak.send(frame(PING))
        assert await tak.next_type() == PONG
        for text in ("poison", "hola"):
            adapter.deliver(edge.parcel(says(GN3, says_text(text))))
        assert b"hola" in await tak.next()
        assert edge.counters[Count.NOT_WRITTEN] == 1


async def until_cut_off(tak: Tak) -> None:
    while True:
        await tak.next()


async def test_a_broken_frame_ends_its_connection_and_no_other() -> None:
    async with serving() as (edge, adapter, _):
        tak, other = await Tak.connect(adapter.port), await Tak.connect(adapter.port)
        await other.answered()
        tak.send(frame(event("B")), b"\xbf\xff\xff\xff\xff\xff", frame(event("C")))
        with pytest.raises(ConnectionError):
            await until_cut_off(tak)
        assert b'uid="B"' in await other.next()
        await other.answered()
        assert [code for code, _ in edge.refused] == ["malformed_document"]
        assert edge.refused[0][1].startswith(b"\xbf\xff")


async def test_a_frame_that_cannot_be_read_costs_itself_alone() -> None:
    poison = [b"\xbf\x00", b"\xbf\x03\xff\xff\xff", b"\xbf\x80\x80\x14" + b"x" * (20 << 14)]
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        for number, document in enumerate(poison):
            tak.send(document, frame(event(f"after-{number}")))
            assert await tak.next_type() == "b-t-f"  # it is told why
        heard = [m.source.id for m, _ in edge.taken if m.source]
        assert heard == [f"after-{number}" for number in range(len(poison))]
        assert [code for code, _ in edge.refused][2] == "unsafe_document"
        assert len(edge.refused[2][1]) == KEPT


async def test_an_emergency_said_again_is_shown_to_its_own_side_only() -> None:
    class Up(RecordingEdge):
        async def take(self, *document: Any) -> Taken:
            if b"b-a-o" in document[0]:
                raise AlreadyCrossed("still up", id="x", again=1)
            return await super().take(*document)

    edge = Up("cot")
    adapter = CotAdapter(open_listening(), edge, queue=10, clock=clock)
    await adapter.start()
    one, two = await Tak.connect(adapter.port), await Tak.connect(adapter.port)
    await two.answered()
    one.send(event("E", "b-a-o-tbl", "<emergency>N7</emergency>"))
    assert kind(await two.next()) == "b-a-o-tbl"
    await adapter.stop()


async def test_a_parcel_in_another_format_is_counted() -> None:
    async with serving() as (edge, adapter, _):
        tak = await Tak.connect(adapter.port)
        await tak.answered()
        wrapped = msgspec.structs.replace(
            edge.parcel(says(GN3, says_text("drill"))), format_name="edxl-de"
        )
        adapter.deliver(wrapped)
        await tak.answered()
        assert edge.counters[Count.NOT_CARRIED] == 1


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
            "unsafe_document",
        ]
        assert edge.refused[3][1] == poison[3][:KEPT]


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
            large = says(GN3, says_text(f"line {number} " + "x" * 50_000))
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
            adapter.deliver(edge.parcel(says(GN3, says_text("hola"))))
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
        message = says(GN3, says_text("señal"))
        parcel: Parcel = edge.parcel(message)
        adapter.deliver(parcel)
        decoded = decode(await tak.next())
        assert (decoded.id, decoded.body) == (message.id, message.body)
        assert msgspec.structs.replace(decoded, source=None, original=None) == message
