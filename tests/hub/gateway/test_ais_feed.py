"""Receivers over UDP and TCP, a channel that hears them, and texts that go out on the air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hub.gateway.ais_feed import REFUSALS_A_MINUTE, AisAdapter
from hub.gateway.bridge import Parcel
from hub.gateway.config import Connecting, Listening
from hub.gateway.counters import Count
from protocols.errors import PortInUse
from protocols.formats.ais.message import decode, encode
from protocols.formats.codec import Settings
from protocols.messages import Message
from protocols.messages.kinds import Alarm, Position, Text
from protocols.messages.values import Exercise, LanguageText
from tests.hub.gateway.edges import LOOPBACK, RecordingEdge, open_listening
from tests.hub.gateway.parties import GN3, clock, says
from tests.protocols.formats.ais.reporting import (
    BOAT,
    SART,
    document,
    lines,
    position,
    text,
)

STATIC = document(type=24, mmsi=BOAT, partno=0, shipname="ST CLAIR 2")


class Edge(RecordingEdge):
    """One that says when something came."""

    def __init__(self) -> None:
        super().__init__("ais", shelf=10)
        self.news = asyncio.Event()

    async def take(self, *given: Any, **more: Any) -> Any:
        try:
            return await super().take(*given, **more)
        finally:
            self.news.set()

    async def until(self, number: int, *, refused: int = 0) -> list[Message]:
        """The messages, once there are so many."""
        async with asyncio.timeout(5):
            while len(self.taken) < number or len(self.refused) < refused:
                self.news.clear()
                await self.news.wait()
        assert len(self.taken) == number
        return [message for message, _ in self.taken]


class Ear(asyncio.DatagramProtocol):
    """A receiver of datagrams."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait(data)


@asynccontextmanager
async def feeding(**given: Any) -> AsyncIterator[tuple[Edge, AisAdapter]]:
    edge = Edge()
    options = {"queue": 100, "clock": clock, "every": 0.0} | given
    adapter = AisAdapter(edge, **options)
    await adapter.start()
    try:
        yield edge, adapter
    finally:
        await adapter.stop()


@asynccontextmanager
async def datagrams(port: int) -> AsyncIterator[asyncio.DatagramTransport]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Ear, remote_addr=(LOOPBACK, port))
    try:
        yield transport
    finally:
        transport.close()


@asynccontextmanager
async def ear() -> AsyncIterator[tuple[tuple[str, int], asyncio.Queue[bytes]]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Ear, local_addr=(LOOPBACK, 0))
    try:
        yield transport.get_extra_info("sockname")[:2], protocol.heard
    finally:
        transport.close()


def parcel(message: Message, seq: int = 7) -> Parcel:
    encoded = encode(message, Settings(station="003669999"))
    return Parcel(message, encoded.data, encoded.losses, seq, "ais")


def saying(words: str, **more: Any) -> Message:
    return says(GN3, Text(text=LanguageText(text=words)), **more)


# --- in over UDP --------------------------------------------------------------------------------


async def test_vessels_over_udp() -> None:
    async with (
        feeding(listening=open_listening(), udp=True) as (edge, adapter),
        datagrams(adapter.port) as sender,
    ):
        sender.sendto(STATIC.strip())
        sender.sendto(position(at=None).strip())
        static, seen = await edge.until(2)
        assert static.kind == "log.note"
        assert isinstance(seen.body, Position)
        assert seen.body.unit == "ST CLAIR 2"
        assert edge.taken[0][1] == LOOPBACK


async def test_a_message_in_several_datagrams() -> None:
    async with (
        feeding(listening=open_listening(), udp=True) as (edge, adapter),
        datagrams(adapter.port) as sender,
    ):
        for line in lines(None, type=14, mmsi=BOAT, text="A" * 120):
            sender.sendto(line.encode())
        (message,) = await edge.until(1)
        assert message.kind == "text"


async def test_an_active_sart_is_told_from_a_test_and_paired_with_its_place() -> None:
    async with (
        feeding(listening=open_listening(), udp=True) as (edge, adapter),
        datagrams(adapter.port) as sender,
    ):
        tested = SART + 1
        for data in (
            position(tested, 15),
            text("SART TEST", tested),
            position(SART, 14),
            position(SART, 14, lat=42.6),
            text("SART ACTIVE", SART),
        ):
            sender.sendto(data)
        messages = await edge.until(5)
        assert [message.emergency for message in messages] == [False, False, True, False, True]
        assert [message.exercise for message in messages[:2]] == 2 * [Exercise.TEST]
        said = messages[-1]
        assert isinstance(said.body, Alarm)
        assert said.location is not None
        assert said.location.point is not None
        assert said.location.point.lat == 42.6


async def test_one_bad_line_stops_nothing_and_a_flood_of_them_is_only_counted() -> None:
    async with (
        feeding(listening=open_listening(), udp=True, queue=1000) as (edge, adapter),
        datagrams(adapter.port) as sender,
    ):
        for number in range(REFUSALS_A_MINUTE + 30):
            sender.sendto(f"!AIVDM,{number},junk".encode())
        sender.sendto(text("HELLO"))
        await edge.until(1, refused=REFUSALS_A_MINUTE)
        assert len(edge.refused) == REFUSALS_A_MINUTE
        assert edge.counters.refusals["malformed_document"] == 30


async def test_a_flood_of_positions_is_one_position() -> None:
    async with (
        feeding(listening=open_listening(), udp=True, every=3600.0) as (edge, adapter),
        datagrams(adapter.port) as sender,
    ):
        adapter.received(b"".join(position(lat=42 + n / 1000) for n in range(50)), LOOPBACK)
        sender.sendto(text("HELLO"))
        text_message, last = sorted(await edge.until(2), key=lambda m: m.kind, reverse=True)
        assert text_message.kind == "text"
        assert last.location is not None
        assert last.location.point is not None
        assert last.location.point.lat == 42.049
        assert edge.counters[Count.SUPERSEDED] == 49


async def test_what_does_not_fit_is_counted() -> None:
    async with feeding(listening=open_listening(), udp=True, queue=5) as (edge, adapter):
        adapter.received(b"".join(text(f"NUMBER {n}") for n in range(20)), LOOPBACK)
        await edge.until(5)
        assert edge.counters[Count.CROWDED_OUT] == 15


async def test_instruments_and_what_is_known_stay_here() -> None:
    async with feeding(listening=open_listening(), udp=True) as (edge, adapter):
        adapter.received(STATIC + b"$INMTW,17.9,C*1B\r\n" + STATIC + text("HELLO"), LOOPBACK)
        messages = await edge.until(2)
        assert [message.kind for message in messages] == ["log.note", "text"]
        assert edge.counters[Count.PASSED_OVER] == 2


async def test_a_report_that_two_receivers_heard_crosses_once() -> None:
    async with feeding(listening=open_listening(), udp=True) as (edge, adapter):
        adapter.received(position(), "192.0.2.1")
        await edge.until(1)
        adapter.received(position(), "192.0.2.2")
        adapter.received(text("HELLO"), "192.0.2.2")
        await edge.until(2)
        assert edge.refused[0][0] == "already_crossed"


async def test_a_taken_address_is_named() -> None:
    async with feeding(listening=open_listening(), udp=True) as (_, adapter):
        second = AisAdapter(
            Edge(), listening=Listening(LOOPBACK, adapter.port, None), udp=True, queue=1,
            clock=clock,
        )  # fmt: skip
        with pytest.raises(PortInUse):
            await second.start()
        await second.stop()


# --- in over TCP --------------------------------------------------------------------------------


async def test_a_receiver_connects() -> None:
    async with feeding(listening=open_listening()) as (edge, adapter):
        _, writer = await asyncio.open_connection(LOOPBACK, adapter.port)
        feed = STATIC + position() + text("HELLO")
        for at in range(0, len(feed), 7):
            writer.write(feed[at : at + 7])
        await edge.until(3)
        writer.write(b"$GPGLL,4426.1130,N,07140.5579,W,194102,A")
        writer.close()
        assert (await edge.until(4))[-1].kind == "position"


async def test_a_fast_connection_is_held_back_and_loses_nothing() -> None:
    async with feeding(listening=open_listening(), queue=3) as (edge, adapter):
        _, writer = await asyncio.open_connection(LOOPBACK, adapter.port)
        writer.write(b"".join(text(f"NUMBER {number}") for number in range(50)))
        await edge.until(50)
        assert edge.counters[Count.CROWDED_OUT] == 0
        writer.close()


async def test_connecting_to_a_receiver_and_again_after_it_hung_up() -> None:
    served: list[asyncio.StreamWriter] = []

    def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        writer.write(text(f"CONNECTION {len(served)}"))
        if len(served) == 1:
            writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    async with feeding(connecting=Connecting(LOOPBACK, port, None)) as (edge, adapter):
        assert adapter.port == 0
        await edge.until(2)
        assert len(served) == 2
        assert edge.counters[Count.RECONNECTS] == 1
        assert adapter.gauges() == {"feed_waiting": 0, "system_up": 1}
        assert edge.taken[0][1] == f"{LOOPBACK}:{port}"
    server.close()


# --- out ----------------------------------------------------------------------------------------


async def test_a_text_goes_out_without_tag_blocks() -> None:
    async with ear() as (address, heard), feeding(send_to=address) as (_, adapter):
        adapter.deliver(parcel(saying("Niño en el agua " * 5)))
        async with asyncio.timeout(5):
            first, second = await heard.get(), await heard.get()
        assert first.startswith(b"!AIVDM,2,1,")
        assert all(len(line) <= 82 for line in (first, second))
        body = decode(first + second).body
        assert isinstance(body, Text)
        assert body.text is not None
        assert body.text.text == ("NINO EN EL AGUA " * 5).strip()


async def test_only_texts_of_the_channel_go_on_the_air() -> None:
    async with ear() as (address, heard), feeding(send_to=address) as (edge, adapter):
        own = parcel(saying("NOTICE OF THE GATEWAY"), seq=0)
        vessel = decode(position())
        others = decode(position() + text("HELLO"))
        wrapped = Parcel(saying("X"), b"<xml/>", (), 7, "edxl-de")
        for one in (own, parcel(vessel), parcel(others), wrapped):
            adapter.deliver(one)
        adapter.deliver(parcel(saying("LAST")))
        async with asyncio.timeout(5):
            body = decode(await heard.get()).body
        assert body == Text(text=LanguageText(text="LAST"))
        assert edge.counters[Count.NOT_CARRIED] == 3


async def test_its_own_words_do_not_come_back() -> None:
    async with (
        ear() as (address, heard),
        feeding(listening=open_listening(), udp=True, send_to=address) as (edge, adapter),
    ):
        adapter.deliver(parcel(saying("OBJECT ADRIFT")))
        async with asyncio.timeout(5):
            sent = await heard.get()
        adapter.received(sent, LOOPBACK)
        adapter.received(text("HELLO"), LOOPBACK)
        (message,) = await edge.until(1)
        assert message.body == Text(text=LanguageText(text="HELLO"))
        assert edge.counters[Count.DUPLICATES] == 1


async def test_nobody_at_the_other_end_stops_nothing() -> None:
    async with ear() as (address, _):
        pass
    async with feeding(listening=open_listening(), udp=True, send_to=address) as (edge, adapter):
        for number in range(3):
            adapter.deliver(parcel(saying(f"NUMBER {number}")))
        adapter.received(text("HELLO"), LOOPBACK)
        await edge.until(1)
