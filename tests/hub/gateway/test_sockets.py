"""Websocket clients: each in the manner of its subprotocol, none held up by another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from hub.gateway import sockets as module
from hub.gateway.bridge import Parcel
from hub.gateway.counters import Count
from hub.gateway.sockets import Manner, Sockets
from hub.gateway.web import WebServer
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.edges import RecordingEdge, open_listening
from tests.hub.gateway.parties import GN3, says


def hello(text: str = "hola") -> Parcel:
    return Parcel(says(GN3, Text(text=LanguageText(text=text))), text.encode(), (), 7, "canonical")


async def echo(frame: bytes, source: str) -> bytes | None:
    return b"heard " + frame if frame != b"hush" else None


MANNERS = {
    "": Manner(lambda parcel: parcel.data, echo),
    "loud": Manner(lambda parcel: parcel.data.upper(), echo, binary=True),
}


@asynccontextmanager
async def serving(
    queue: int = 100,
) -> AsyncIterator[tuple[RecordingEdge, Sockets, aiohttp.ClientSession]]:
    edge = RecordingEdge("canonical")
    sockets = Sockets(edge, MANNERS, queue=queue)
    server = WebServer(open_listening(), edge, (web.get("/", sockets.serve),))
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
        yield edge, sockets, session
    await sockets.close()
    await server.stop()


async def test_each_client_is_spoken_to_in_its_own_manner() -> None:
    async with serving() as (edge, sockets, session):
        edge.shelf.put(hello("shelved"))
        async with (
            session.ws_connect("/") as plain,
            session.ws_connect("/", protocols=["loud"]) as loud,
            session.ws_connect("/", protocols=["unheard-of"]) as other,
        ):
            assert loud.protocol == "loud"
            assert other.protocol is None
            assert await plain.receive_str(timeout=10) == "shelved"
            assert await loud.receive_bytes(timeout=10) == b"SHELVED"
            sockets.deliver(hello("live"))
            assert await plain.receive_str(timeout=10) == "live"
            assert await loud.receive_bytes(timeout=10) == b"LIVE"


async def test_frames_are_answered_where_there_is_something_to_say() -> None:
    async with serving() as (_, _, session), session.ws_connect("/") as socket:
        await socket.send_str("hush")
        await socket.send_bytes(b"one")
        assert await socket.receive_str(timeout=10) == "heard one"


async def test_who_does_not_read_is_cut_off_and_nobody_else() -> None:
    async with serving(queue=5) as (edge, sockets, session):
        slow = await session.ws_connect("/")
        async with session.ws_connect("/", max_msg_size=0) as good:
            for number in range(200):
                sockets.deliver(hello(f"line {number} " + "x" * 200_000))
                assert (await good.receive_str(timeout=10)).startswith(f"line {number} ")
                if edge.counters[Count.CUT_OFF]:
                    break
            assert edge.counters[Count.CUT_OFF] == 1
            sockets.deliver(hello("still here"))
            assert await good.receive_str(timeout=10) == "still here"
        await slow.close()


async def test_too_many_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLIENTS_MOST", 1)
    async with serving() as (edge, _, session), session.ws_connect("/"):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect("/")
        assert edge.counters[Count.TURNED_AWAY] == 1
