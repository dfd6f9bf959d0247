"""A dispatch system's own program speaks canonical JSON over a websocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from hub.gateway.counters import Count
from hub.gateway.native_ws import NativeAdapter
from hub.gateway.web import DOCUMENT_LIMIT
from protocols.messages import Message, from_json, to_json
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.edges import RecordingEdge, open_listening
from tests.hub.gateway.parties import DISPATCH, GN3, says

HELLO = says(GN3, Text(text=LanguageText(text="hola")))


@asynccontextmanager
async def serving(
    queue: int = 100,
) -> AsyncIterator[tuple[RecordingEdge, NativeAdapter, aiohttp.ClientSession]]:
    edge = RecordingEdge("canonical")
    adapter = NativeAdapter(open_listening(), edge, queue=queue)
    await adapter.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{adapter.port}") as session:
        yield edge, adapter, session
    await adapter.stop()


def own(text: str) -> Message:
    return says(DISPATCH, Text(text=LanguageText(text=text)))


async def told(socket: aiohttp.ClientWebSocketResponse) -> Any:
    return msgspec.json.decode(await socket.receive_str(timeout=10))


async def test_messages_go_both_ways_and_have_a_fate() -> None:
    async with serving() as (edge, adapter, session):
        edge.parcel(HELLO)
        async with session.ws_connect("/messages") as socket:
            shelved = await told(socket)
            assert from_json(msgspec.json.encode(shelved["message"])) == HELLO
            assert shelved["losses"] == []
            message = own("on my way")
            await socket.send_bytes(to_json(message))
            assert await told(socket) == {"taken": message.id, "state": "queued"}
            assert edge.taken[0][0] == message
            live = says(GN3, Text(text=LanguageText(text="otra")))
            adapter.deliver(edge.parcel(live))
            assert (await told(socket))["message"]["id"] == live.id
        fate = await (await session.get(f"/fates/{message.id}")).json()
        assert fate["state"] == "queued"
        assert (await session.get("/fates/none")).status == 404


async def test_a_repeated_message_gets_the_same_answer_and_an_echo_is_refused() -> None:
    async with serving() as (edge, _, session), session.ws_connect("/messages") as socket:
        message = own("once")
        for _ in range(2):
            await socket.send_bytes(to_json(message))
            assert (await told(socket))["taken"] == message.id
        assert len(edge.taken) == 1
        parcel = edge.parcel(HELLO)
        await socket.send_bytes(parcel.data)
        assert (await told(socket))["error"] == "already_crossed"


async def test_poison_is_answered_and_the_connection_stays() -> None:
    async with serving() as (edge, _, session), session.ws_connect("/messages") as socket:
        for document, code in (
            (b"{", "malformed_document"),
            (b"\xff\xfe", "malformed_document"),
            (b'{"id": NaN}', "malformed_document"),
            (b"[" * 10_000, "malformed_document"),
            (b" " * (DOCUMENT_LIMIT + 1), "unsafe_document"),
        ):
            await socket.send_bytes(document)
            answer = await told(socket)
            assert answer["error"] == code
            assert answer["text"]
        message = own("still here")
        await socket.send_str(to_json(message).decode())
        assert (await told(socket))["taken"] == message.id
        assert edge.counters.refusals["unsafe_document"] == 1


async def test_a_client_that_does_not_read_is_cut_off_and_comes_back_to_the_shelf() -> None:
    async with serving(queue=5) as (edge, adapter, session):
        slow = await session.ws_connect("/messages")
        for number in range(200):
            text = f"line {number} " + "x" * 200_000
            adapter.deliver(edge.parcel(says(GN3, Text(text=LanguageText(text=text)))))
            if edge.counters[Count.CUT_OFF]:
                break
        assert edge.counters[Count.CUT_OFF] == 1
        adapter.deliver(edge.parcel(HELLO))  # nobody is there, and nothing is raised
        async with session.ws_connect("/messages", max_msg_size=0) as again:
            ids = [(await told(again))["message"]["id"] for _ in range(len(edge.shelf))]
            assert ids[-1] == HELLO.id
        await slow.close()


async def test_stopping_says_goodbye() -> None:
    async with serving() as (_, adapter, session), session.ws_connect("/messages") as socket:
        message = own("hello")
        await socket.send_bytes(to_json(message))
        await told(socket)
        closing = await _receive_while(adapter.stop(), socket)
        assert closing.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def _receive_while(
    stopping: Any, socket: aiohttp.ClientWebSocketResponse
) -> aiohttp.WSMessage:
    task = asyncio.create_task(stopping)
    message = await socket.receive(timeout=10)
    await task
    return message
