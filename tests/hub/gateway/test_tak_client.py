"""A gateway joins a TAK server, comes back when it was away, and loses nothing that matters."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import trustme
from structlog.testing import capture_logs

from hub.gateway.config import Connecting
from hub.gateway.cot_stream import CotAdapter
from hub.gateway.counters import Count
from hub.gateway.tak_client import TakClientAdapter
from protocols.clock import to_datetime
from protocols.messages.kinds import EMERGENCY, Alarm, Body, Position, Text
from protocols.messages.values import LanguageText, Location, Point
from tests.hub.gateway.edges import LOOPBACK, RecordingEdge, open_listening
from tests.hub.gateway.parties import GN3, NOON, clock, says
from tests.hub.gateway.tak_party import PATIENCE, Tak, TakServer, chat, event, frame

PLACE = Location(point=Point(lat=31.3, lon=-110.9))


def says_text(text: str) -> Body:
    return Text(text=LanguageText(text=text))


def position(track: str, lat: float = 31.3) -> tuple[Position, Location]:
    return Position(track=track), Location(point=Point(lat=lat, lon=-110.9))


@asynccontextmanager
async def joined(
    server: TakServer,
    *,
    queue: int = 100,
    edge: RecordingEdge | None = None,
    tls: ssl.SSLContext | None = None,
    ping_seconds: float = 0.05,
) -> AsyncIterator[tuple[RecordingEdge, TakClientAdapter]]:
    """A gateway that is a client of `server`, which is running."""
    if not server.port:
        await server.start()
    edge = RecordingEdge("cot") if edge is None else edge
    adapter = TakClientAdapter(
        Connecting(LOOPBACK, server.port, tls),
        edge,
        queue=queue,
        clock=clock,
        ping_seconds=ping_seconds,
    )
    await adapter.start()
    try:
        yield edge, adapter
    finally:
        await adapter.stop()
        await server.stop()


async def until_taken(edge: RecordingEdge, uid: str) -> None:
    """Until the edge has a document of this uid. It has no event to wait for."""
    async with asyncio.timeout(PATIENCE):
        while not any(m.source and m.source.id == uid for m, _ in edge.taken):
            await asyncio.sleep(0.005)


async def reaches(adapter: TakClientAdapter, gauge: str, value: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while adapter.gauges()[gauge] != value:
            await asyncio.sleep(0.005)


async def test_xml_both_ways() -> None:
    server = TakServer(protobuf=False)
    async with joined(server) as (edge, adapter):
        adapter.deliver(edge.parcel(says(GN3, says_text("hola"))))
        await server.until(lambda: len(server.heard) == 1)
        assert b"hola" in server.heard[0]
        assert server.forms == ["xml"]
        server.clients[0].send(event("A"), frame(event("B")))
        await until_taken(edge, "B")
        (first, source), (second, _) = edge.taken
        assert source == f"{LOOPBACK}:{server.port}"
        assert [one.original.format for one in (first, second) if one.original] == ["cot", "tak"]
        assert adapter.port == 0


async def test_it_changes_to_protobuf_when_that_is_offered() -> None:
    server = TakServer(protobuf=True)
    async with joined(server) as (edge, adapter):
        await reaches(adapter, "system_up", 1)
        for number in range(20):
            adapter.deliver(edge.parcel(says(GN3, says_text(f"line {number}"))))
        await server.until(lambda: len(server.heard) == 20)
        assert [f"line {n}".encode() in server.heard[n] for n in range(20)] == [True] * 20
        assert server.forms[-1] == "protobuf"
        await server.until(lambda: server.clients[0].forms.count("protobuf") > 20)  # and pings too
        server.clients[0].send(frame(chat("GeoChat.1", "copied")))
        await until_taken(edge, "GeoChat.1")


async def test_the_clients_certificate_is_shown_and_the_servers_checked(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(LOOPBACK).configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    server = TakServer(protobuf=True, context=context)
    tls = ssl.create_default_context()
    authority.configure_trust(tls)
    authority.issue_cert("gateway@tak.example").configure_cert(tls)
    async with joined(server, tls=tls) as (edge, adapter):
        adapter.deliver(edge.parcel(says(GN3, says_text("hola"))))
        await server.until(lambda: len(server.heard) == 1)
        anonymous = ssl.create_default_context()
        authority.configure_trust(anonymous)
        for refused in (anonymous, ssl.create_default_context()):
            with capture_logs() as logs:
                other = TakClientAdapter(
                    Connecting(LOOPBACK, server.port, refused),
                    RecordingEdge("cot"),
                    queue=1,
                    clock=clock,
                )
                await other.start()
                async with asyncio.timeout(PATIENCE):
                    while not any(one["event"] == "tak server cannot be reached" for one in logs):
                        await asyncio.sleep(0.005)
                assert other.gauges()["system_up"] == 0
                await other.stop()
        assert server.joined == 1


async def test_it_comes_back_and_sends_what_waited() -> None:
    server = TakServer(protobuf=True)
    async with joined(server) as (edge, adapter):
        adapter.deliver(edge.parcel(says(GN3, says_text("before"))))
        await server.until(lambda: len(server.heard) == 1)
        await reaches(adapter, "system_unconfirmed", 0)
        with capture_logs() as logs:
            await server.stop()
            await reaches(adapter, "system_up", 0)
        assert any(one["event"] == "tak server down" for one in logs)
        assert edge.counters[Count.RECONNECTS] == 1
        body, where = position("1", lat=31.3)
        adapter.deliver(edge.parcel(says(GN3, body, location=where)))
        adapter.deliver(edge.parcel(says(GN3, says_text("during"))))
        adapter.deliver(edge.parcel(says(GN3, Alarm(alarm_class=EMERGENCY), location=PLACE)))
        body, where = position("1", lat=31.4)
        adapter.deliver(edge.parcel(says(GN3, body, location=where)))
        assert adapter.gauges()["system_waiting"] == 3
        server.heard.clear()
        await server.start()
        await server.until(lambda: len(server.heard) == 3)
        said = [b"during" in server.heard[0], b"b-a-o" in server.heard[1]]
        assert said == [True, True]
        assert b'lat="31.4"' in server.heard[2]
        assert edge.counters[Count.SUPERSEDED] == 1
        assert edge.counters[Count.NOT_SENT] == 0
        await reaches(adapter, "system_up", 1)


async def test_what_was_under_way_when_the_connection_broke_is_sent_again() -> None:
    server = TakServer(protobuf=False)
    server.mute = True  # pings are not answered: nothing is known to have arrived
    async with joined(server) as (edge, adapter):
        adapter.deliver(edge.parcel(says(GN3, says_text("hola"))))
        await server.until(lambda: len(server.heard) == 1)
        server.clients[-1].writer.transport.abort()
        await server.until(lambda: len(server.heard) == 2)
        assert server.heard[0] == server.heard[1]


async def test_a_server_that_has_gone_silent_is_left_and_joined_again() -> None:
    server = TakServer(protobuf=False)
    async with joined(server, ping_seconds=0.01) as (_, adapter):
        await reaches(adapter, "system_up", 1)
        server.mute = True
        await server.until(lambda: server.joined >= 2)


async def test_too_much_is_counted_and_an_alarm_is_kept() -> None:
    server = TakServer(protobuf=False)
    await server.start()
    await server.stop()
    async with joined(server, queue=5) as (edge, adapter):
        adapter.deliver(edge.parcel(says(GN3, Alarm(alarm_class=EMERGENCY), location=PLACE)))
        for number in range(20):
            adapter.deliver(edge.parcel(says(GN3, says_text(f"line {number}"))))
        assert adapter.gauges() == {
            "system_up": 0,
            "system_waiting": 5,
            "system_unconfirmed": 0,
        }
        assert edge.counters[Count.NOT_SENT] == len(edge.not_delivered) == 16
        assert {(to, why) for _, to, why in edge.not_delivered} == {
            (f"{LOOPBACK}:{server.port}", "waiting_full")
        }
        await server.start()
        await server.until(lambda: len(server.heard) == 5)
        assert b"b-a-o" in server.heard[0]
        assert b"line 19" in server.heard[-1]


async def test_at_the_start_it_sends_what_is_on_the_shelf_and_not_stale() -> None:
    edge = RecordingEdge("cot")
    now = to_datetime(NOON)
    for text, expires in (("stale", now - timedelta(1)), ("holds", now + timedelta(1))):
        edge.parcel(says(GN3, says_text(text), expires=expires))
    server = TakServer(protobuf=False)
    async with joined(server, edge=edge) as (_, adapter):
        adapter.deliver(edge.parcel(says(GN3, says_text("new"))))
        await server.until(lambda: len(server.heard) == 2)
        assert [b"holds" in server.heard[0], b"new" in server.heard[1]] == [True, True]


async def test_its_own_echo_does_not_return() -> None:
    server = TakServer(protobuf=False)
    async with joined(server) as (edge, adapter):
        adapter.deliver(edge.parcel(says(GN3, says_text("hola"))))
        await server.until(lambda: len(server.heard) == 1)
        server.clients[0].send(server.heard[0], event("A"), event("A"), event("B"))
        await until_taken(edge, "B")
        assert [m.source.id for m, _ in edge.taken if m.source] == ["A", "B"]


async def test_poison_costs_itself_alone() -> None:
    server = TakServer(protobuf=False)
    async with joined(server) as (edge, _):
        await server.until(lambda: bool(server.pings))
        poison = [b"<event>?</event>", b"<event>" + b"x" * 300_000 + b"</event>", b"\xbf\x01\x00"]
        for number, document in enumerate(poison):
            server.clients[0].send(document, event(f"after-{number}"))
        await until_taken(edge, "after-2")
        assert len(edge.refused) == 3
        server.clients[0].send(b"\xbf\xff\xff\xff\xff\xff")
        await server.until(lambda: server.joined == 2)  # nothing to go by: a new connection
        assert [m.source.id for m, _ in edge.taken if m.source] == [f"after-{n}" for n in range(3)]
        assert not server.heard  # a server of others is not told


async def test_a_defect_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    server = TakServer(protobuf=False)
    async with joined(server) as (edge, adapter):
        await reaches(adapter, "system_up", 1)
        with monkeypatch.context() as patch:
            patch.setattr(edge, "take", None)
            server.clients[0].send(event("A"))
            await server.until(lambda: server.joined == 2)
        server.clients[-1].send(event("B"))
        await until_taken(edge, "B")


async def test_it_joins_our_own_server_and_both_sides_hear_each_other() -> None:
    house = RecordingEdge("cot")
    theirs = CotAdapter(open_listening(), house, queue=100, clock=clock)
    await theirs.start()
    edge = RecordingEdge("cot")
    ours = TakClientAdapter(
        Connecting(LOOPBACK, theirs.port, None), edge, queue=100, clock=clock, ping_seconds=0.05
    )
    await ours.start()
    tak = await Tak.connect(theirs.port)
    await tak.answered()
    parcel = edge.parcel(says(GN3, says_text("hola")))
    ours.deliver(parcel)
    assert b"hola" in await tak.next()
    tak.send(chat("GeoChat.1", "copied"))
    await until_taken(edge, "GeoChat.1")
    assert any(m.id == parcel.message.id for m, _ in house.taken)
    theirs.deliver(msgspec.structs.replace(parcel))  # it comes back by another way
    tak.send(event("B"))
    await until_taken(edge, "B")
    assert not any(m.id == parcel.message.id for m, _ in edge.taken)
    await ours.stop()
    await theirs.stop()


async def test_a_parcel_in_another_format_is_counted() -> None:
    async with joined(TakServer(protobuf=False)) as (edge, adapter):
        parcel = edge.parcel(says(GN3, says_text("drill")))
        adapter.deliver(msgspec.structs.replace(parcel, format_name="edxl-de"))
        assert edge.counters[Count.NOT_CARRIED] == 1
        assert adapter.gauges()["system_waiting"] == 0
