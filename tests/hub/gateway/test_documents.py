"""Documents of any format over HTTP and a websocket, in envelopes or bare."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from hub.gateway import documents as module
from hub.gateway.adapter import Unsaid
from hub.gateway.bridge import Parcel
from hub.gateway.documents import ENVELOPES, DocumentsAdapter, enveloped_parcel, is_text
from hub.gateway.web import DOCUMENT_LIMIT, WebServer
from hub.gateway.webhook import Webhook
from protocols.formats.cot.event import decode
from protocols.formats.registry import FORMATS
from protocols.messages import Message, to_json
from protocols.messages.kinds import Alarm, Text
from protocols.messages.values import LanguageText, Location, Point
from tests.hub.gateway.edges import RecordingEdge, open_listening
from tests.hub.gateway.parties import DISPATCH, GN3, says
from tests.hub.gateway.test_bridge import CHAT

ALARM = says(
    GN3,
    Alarm(alarm_class="EMERGENCY", unit="GN-3"),
    location=Location(point=Point(lat=31.33, lon=-110.95)),
)


@asynccontextmanager
async def serving(
    format_name: str = "cot",
) -> AsyncIterator[tuple[RecordingEdge, DocumentsAdapter, aiohttp.ClientSession]]:
    edge = RecordingEdge(format_name)
    adapter = DocumentsAdapter(open_listening(), edge, queue=100, format_name=format_name)
    await adapter.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{adapter.port}") as session:
        yield edge, adapter, session
    await adapter.stop()


def line(text: str) -> Message:
    return says(GN3, Text(text=LanguageText(text=text)))


# --- HTTP ---------------------------------------------------------------------------------------


async def test_a_document_is_posted_and_has_a_fate() -> None:
    async with serving() as (edge, _, session):
        response = await session.post("/documents", data=CHAT % b"one")
        told = await response.json()
        assert (response.status, told["kind"]) == (202, "text")
        assert edge.taken[0][0].id == told["id"]
        assert (await session.post("/documents", data=CHAT % b"one")).status == 200
        fate = await (await session.get(f"/fates/{told['id']}")).json()
        assert fate["state"] == "queued"
        refused = await session.post("/documents", data=b"<event")
        assert (refused.status, (await refused.json())["error"]) == (422, "malformed_document")


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("?format=canonical", {}),
        ("", {"Content-Type": FORMATS["canonical"].media_type}),
    ],
)
async def test_another_format_is_named_by_the_query_or_the_media_type(
    query: str, headers: dict[str, str]
) -> None:
    async with serving() as (edge, _, session):
        message = says(DISPATCH, Text(text=LanguageText(text="native")))
        response = await session.post(f"/documents{query}", data=to_json(message), headers=headers)
        assert response.status == 202
        assert edge.taken[0][0].id == message.id


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-unknown"])
async def test_any_other_media_type_means_the_gateways_own_format(media_type: str) -> None:
    async with serving() as (edge, _, session):
        headers = {"Content-Type": media_type}
        response = await session.post("/documents", data=CHAT % b"one", headers=headers)
        assert response.status == 202
        assert len(edge.taken) == 1


async def test_a_format_that_is_not_there_is_named() -> None:
    async with serving() as (_, _, session):
        response = await session.post("/documents?format=tetra", data=b"x")
        assert (response.status, (await response.json())["error"]) == (422, "unknown_format")


async def test_the_list_goes_on_where_a_reader_stopped() -> None:
    async with serving() as (edge, _, session):
        first = edge.shelf
        for seq, text in ((3, "one"), (4, "two"), (0, "a notice"), (9, "three")):
            first.put(msgspec.structs.replace(edge.bridge.parcel(line(text)), seq=seq))

        async def listed(after: str) -> tuple[list[int], int]:
            told = await (await session.get(f"/documents?after={after}")).json()
            return [one["seq"] for one in told["documents"]], told["next"]

        assert await listed("0") == ([3, 4, 0, 9], 9)
        assert await listed("3") == ([4, 0, 9], 9)
        assert await listed("4") == ([0, 9], 9)
        assert await listed("9") == ([], 9)
        assert await listed("12") == ([], 12)
        late = edge.bridge.parcel(line("a letter that passed late"))
        first.put(msgspec.structs.replace(late, seq=2))
        assert await listed("9") == ([2], 9)
        assert await listed("12") == ([], 12)
        for wrong in ("x", "-1", "9" * 30):
            assert (await session.get(f"/documents?after={wrong}")).status == 422


async def test_however_many_stand_out_of_order_what_is_new_is_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    async with serving() as (edge, _, session):
        for seq, text in ((1, "a"), (0, "b"), (0, "c"), (0, "d"), (2, "e"), (3, "f"), (4, "g")):
            edge.shelf.put(msgspec.structs.replace(edge.bridge.parcel(line(text)), seq=seq))
        seen, after = [], 0
        while True:
            told = await (await session.get(f"/documents?after={after}")).json()
            seen += [one["seq"] for one in told["documents"] if one["seq"]]
            if told["next"] == after:
                break
            after = told["next"]
        assert seen == [1, 2, 3, 4]


async def test_a_listed_document_can_be_fetched_with_its_losses() -> None:
    async with serving() as (edge, _, session):
        parcel = edge.parcel(ALARM)
        (entry,) = (await (await session.get("/documents")).json())["documents"]
        assert (entry["id"], entry["kind"], entry["format"]) == (ALARM.id, "alarm", "cot")
        assert entry["sender"] == GN3.device
        response = await session.get(entry["href"])
        assert response.content_type == FORMATS["cot"].media_type
        assert await response.read() == parcel.data
        losses = await (await session.get(f"{entry['href']}/losses")).json()
        assert len(losses) == entry["losses"] == len(parcel.losses)
        assert (await session.get("/documents/none")).status == 404


async def test_what_could_not_be_said_is_listed_without_its_words() -> None:
    async with serving() as (edge, _, session):
        edge.unsaid_messages.append(Unsaid(line("secret"), "why", ALARM.sent))
        response = await session.get("/unsaid")
        (one,) = (await response.json())["unsaid"]
        assert (one["kind"], one["sender"], one["text"]) == ("text", GN3.device, "why")
        assert "secret" not in await response.text()


# --- websocket ----------------------------------------------------------------------------------


async def test_bare_documents_go_both_ways() -> None:
    async with serving() as (edge, adapter, session):
        shelved = edge.parcel(ALARM)
        async with session.ws_connect("/stream") as socket:
            assert (await socket.receive_str(timeout=10)).encode() == shelved.data
            await socket.send_bytes(CHAT % b"one")
            await socket.send_str((CHAT % b"one").decode())  # again: nothing is said
            await socket.send_bytes(b"<event")
            notice = decode((await socket.receive_str(timeout=10)).encode())
            assert isinstance(notice.body, Text)
            live = edge.parcel(line("live"))
            adapter.deliver(live)
            assert (await socket.receive_str(timeout=10)).encode() == live.data
        assert [message.kind for message, _ in edge.taken] == ["text"]
        assert [code for code, _ in edge.refused] == ["already_crossed", "malformed_document"]


async def said(socket: aiohttp.ClientWebSocketResponse, **envelope: object) -> Any:
    await socket.send_bytes(msgspec.json.encode(envelope))
    return msgspec.json.decode(await socket.receive_str(timeout=10))


async def test_envelopes_say_what_a_document_is_and_what_became_of_one() -> None:
    async with serving() as (edge, _, session):
        shelved = edge.parcel(ALARM)
        async with session.ws_connect("/stream", protocols=[ENVELOPES]) as socket:
            got = msgspec.json.decode(await socket.receive_str(timeout=10))
            assert (got["id"], got["kind"], got["seq"], got["format"]) == (
                ALARM.id,
                "alarm",
                7,
                "cot",
            )
            assert got["document"].encode() == shelved.data
            assert len(got["losses"]) == len(shelved.losses)
            document = (CHAT % b"one").decode()
            told = await said(socket, document=document, ref="1")
            assert (told["kind"], told["state"], told["ref"]) == ("text", "queued", "1")
            again = await said(socket, document=document)
            assert again == {"taken": told["taken"], "state": "queued"}
            native = says(DISPATCH, Text(text=LanguageText(text="native")))
            told = await said(socket, document=to_json(native).decode(), format="canonical")
            assert told["taken"] == native.id
            coded = base64.b64encode(CHAT % b"two").decode()
            assert (await said(socket, base64=coded))["state"] == "queued"
            assert len(edge.taken) == 3


async def test_a_poisoned_frame_is_answered_and_the_connection_stays() -> None:
    async with serving() as (edge, _, session):
        edge.parcel(ALARM)
        async with session.ws_connect("/stream", protocols=[ENVELOPES]) as socket:
            await socket.receive_str(timeout=10)
            for frame, code in (
                (b"{", "malformed_document"),
                (b"[" * 10_000, "malformed_document"),
                (b"{}", "malformed_document"),
                (b'{"document": "x", "base64": "eA=="}', "malformed_document"),
                (b'{"document": "<event"}', "malformed_document"),
                (b'{"document": "x", "format": "tetra"}', "unknown_format"),
                (b'{"document": 3}', "malformed_document"),
                (b" " * (DOCUMENT_LIMIT + 1), "unsafe_document"),
            ):
                await socket.send_bytes(frame)
                told = msgspec.json.decode(await socket.receive_str(timeout=10))
                assert told["error"] == code, frame[:40]
            echo = await said(socket, document=edge.parcel(ALARM).data.decode(), ref="e")
            assert (echo["error"], echo["ref"]) == ("already_crossed", "e")
            assert (await said(socket, document=(CHAT % b"fine").decode()))["kind"] == "text"


async def test_webhooks_are_called_and_counted_with_the_websockets() -> None:
    edge = RecordingEdge("cap")
    posted: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        await posted.put(await request.read())
        return web.Response()

    receiver = WebServer(open_listening(), edge, (web.post("/in", receive),))
    await receiver.start()
    hook = Webhook(f"http://127.0.0.1:{receiver.port}/in", edge, queue=10)
    adapter = DocumentsAdapter(open_listening(), edge, queue=10, format_name="cap", webhooks=[hook])
    await adapter.start()
    try:
        parcel = edge.parcel(ALARM)
        adapter.deliver(parcel)
        assert await asyncio.wait_for(posted.get(), 10) == parcel.data
        assert adapter.gauges()["clients"] == 0
    finally:
        await adapter.stop()
        await receiver.stop()


# --- envelopes ----------------------------------------------------------------------------------


def test_what_is_no_text_stands_as_base64() -> None:
    assert is_text(FORMATS["cot"])
    assert is_text(FORMATS["canonical"])
    binary = msgspec.structs.replace(FORMATS["cot"], media_type="application/x-protobuf")
    assert not is_text(binary)
    parcel = Parcel(ALARM, b"<x/>", (), 1, "cot")
    assert msgspec.json.decode(enveloped_parcel(parcel))["document"] == "<x/>"
