"""A webhook is called in order, patiently, and never for a document that its receiver refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from hub.gateway.bridge import Parcel
from hub.gateway.cap_http import CapAdapter
from hub.gateway.counters import Count
from hub.gateway.webhook import FAULTS_MOST, Webhook, retry_after
from protocols.client.link import Backoff
from protocols.errors import ConfigurationError
from protocols.formats.registry import FORMATS
from protocols.messages.kinds import Alarm, Alert
from tests.hub.gateway.edges import RecordingEdge, open_listening
from tests.hub.gateway.parties import DISPATCH, clock, says

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
LONGEST = 10


class Receiver:
    """An HTTP server that answers as a test says: a status, or a handler, for each request."""

    def __init__(self, answers: list[int | Answer]) -> None:
        self.answers = answers
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.news = asyncio.Event()
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.got.append((dict(request.headers), await request.read()))
        answer = self.answers.pop(0) if self.answers else 200
        self.news.set()
        if isinstance(answer, int):
            return web.Response(status=answer, headers={"Location": "/elsewhere"})
        return await answer(request)

    @property
    def keys(self) -> list[str]:
        return [headers["Idempotency-Key"].strip('"') for headers, _ in self.got]

    async def until(self, number: int) -> None:
        async with asyncio.timeout(LONGEST):
            while len(self.got) < number:
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def receiving(*answers: int | Answer) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(answers))
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", receiver.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/in?key=secret"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def webhook(receiver: str | Receiver, edge: RecordingEdge, **given: Any) -> Webhook:
    url = receiver if isinstance(receiver, str) else receiver.url
    patience = Backoff(lambda: 0.0, first=0.001, last=0.002)
    settings: dict[str, Any] = {"queue": 10, "backoff": patience, "clock": clock} | given
    return Webhook(url, edge, **settings)


async def idle(hook: Webhook) -> None:
    async with asyncio.timeout(LONGEST):
        while hook.waiting:
            await asyncio.sleep(0.001)


def parcels(edge: RecordingEdge, number: int) -> list[Parcel]:
    return [edge.parcel(says(DISPATCH, Alert())) for _ in range(number)]


async def test_a_parcel_is_posted_with_its_key_and_the_token() -> None:
    edge = RecordingEdge("cap")
    async with receiving() as receiver:
        hook = webhook(receiver, edge, token="a-token-that-is-long")
        await hook.start()
        parcel = edge.parcel(says(DISPATCH, Alarm(alarm_class="EMERGENCY")))
        hook.deliver(parcel)
        await receiver.until(1)
        await idle(hook)
        await hook.stop()
        ((headers, body),) = receiver.got
        assert body == parcel.data
        assert FORMATS["cap"].decode(body).id == parcel.message.id
        assert headers["Content-Type"] == "application/cap+xml"
        assert headers["Authorization"] == "Bearer a-token-that-is-long"
        assert headers["Idempotency-Key"] == f'"{parcel.message.id}"'
        assert hook.up


async def test_order_is_kept_while_the_receiver_is_busy() -> None:
    edge = RecordingEdge("cap")
    async with receiving(503, 429, 502, 500, 200) as receiver:
        hook = webhook(receiver, edge)
        await hook.start()
        first, second, third = parcels(edge, 3)
        for parcel in (first, second, third):
            hook.deliver(parcel)
        await receiver.until(7)
        await idle(hook)
        await hook.stop()
        ids = [one.message.id for one in (first, second, third)]
        assert receiver.keys == [ids[0]] * 5 + ids[1:]
        assert edge.not_delivered == []
        assert edge.counters[Count.RECONNECTS] == 1


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422, 301, 302, 307])
async def test_a_refused_parcel_is_a_dead_letter_and_the_next_follows(status: int) -> None:
    edge = RecordingEdge("cap")
    async with receiving(status) as receiver:
        hook = webhook(receiver, edge)
        await hook.start()
        refused, taken = parcels(edge, 2)
        hook.deliver(refused)
        hook.deliver(taken)
        await receiver.until(2)
        await idle(hook)
        await hook.stop()
        assert receiver.keys == [refused.message.id, taken.message.id]  # no redirect was followed
        ((parcel, name, code),) = edge.not_delivered
        assert (parcel, code) == (refused, "delivery_refused")
        assert "secret" not in name
        assert edge.counters[Count.UNDELIVERED] == 1


async def test_a_document_that_its_receiver_cannot_stand_stops_nobody() -> None:
    edge = RecordingEdge("cap")
    async with receiving(*[500] * FAULTS_MOST) as receiver:
        hook = webhook(receiver, edge)
        await hook.start()
        poisoned, next_one = parcels(edge, 2)
        hook.deliver(poisoned)
        hook.deliver(next_one)
        await receiver.until(FAULTS_MOST + 1)
        await idle(hook)
        await hook.stop()
        assert receiver.keys == [poisoned.message.id] * FAULTS_MOST + [next_one.message.id]
        assert [code for _, _, code in edge.not_delivered] == ["delivery_refused"]


async def test_a_receiver_that_is_down_is_waited_for() -> None:
    edge = RecordingEdge("cap")
    async with receiving() as receiver:
        url = receiver.url
    hook = webhook(url, edge)
    await hook.start()
    (parcel,) = parcels(edge, 1)
    hook.deliver(parcel)
    async with asyncio.timeout(LONGEST):
        while hook.up:
            await asyncio.sleep(0.001)
    assert hook.waiting == 1
    assert edge.not_delivered == []
    await hook.stop()


async def test_a_receiver_that_hangs_up_gets_the_same_parcel_again() -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    edge = RecordingEdge("cap")
    async with receiving(hang_up, 200) as receiver:
        hook = webhook(receiver, edge)
        await hook.start()
        (parcel,) = parcels(edge, 1)
        hook.deliver(parcel)
        await receiver.until(2)
        await idle(hook)
        await hook.stop()
        assert receiver.keys == [parcel.message.id] * 2


async def test_an_endless_answer_is_not_read() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except ConnectionError:
            return response

    edge = RecordingEdge("cap")
    async with receiving(endless) as receiver:
        hook = webhook(receiver, edge)
        await hook.start()
        first, second = parcels(edge, 2)
        hook.deliver(first)
        hook.deliver(second)
        await receiver.until(2)
        await idle(hook)
        await hook.stop()
        assert receiver.keys == [first.message.id, second.message.id]


async def test_where_the_queue_is_full_the_oldest_gives_way_and_is_told() -> None:
    edge = RecordingEdge("cap")
    hook = webhook("http://127.0.0.1:9/in", edge, queue=2)
    first, *rest = parcels(edge, 3)
    for parcel in (first, *rest):
        hook.deliver(parcel)
    assert [(one, code) for one, _, code in edge.not_delivered] == [(first, "waiting_full")]
    assert edge.counters[Count.NOT_SENT] == 1
    assert hook.waiting == 2


async def test_a_restart_neither_skips_nor_repeats(tmp_path: Path) -> None:
    edge = RecordingEdge("cap")
    bridge = edge.bridge
    made = [bridge.parcel(says(DISPATCH, Alert()), seq) for seq in (1, 2, 3)]
    progress = tmp_path / "webhook.seq"
    edge.shelf.put(made[0])
    async with receiving() as receiver:
        hook = webhook(receiver, edge, progress=progress)
        await hook.start()  # what was there before the webhook was configured is not posted
        edge.shelf.put(made[1])
        hook.deliver(made[1])
        await receiver.until(1)
        await idle(hook)
        await hook.stop()
        assert progress.read_text() == "2"
        edge.shelf.put(made[2])  # came while the gateway was down
        again = webhook(receiver, edge, progress=progress)
        await again.start()
        await receiver.until(2)
        await idle(again)
        await again.stop()
        assert receiver.keys == [made[1].message.id, made[2].message.id]
        assert progress.read_text() == "3"


async def test_a_progress_file_that_is_none_starts_with_what_comes(tmp_path: Path) -> None:
    edge = RecordingEdge("cap")
    progress = tmp_path / "webhook.seq"
    progress.write_text("many")
    edge.parcel(says(DISPATCH, Alert()))
    hook = webhook("http://127.0.0.1:9/in", edge, progress=progress)
    await hook.start()
    assert hook.waiting == 0
    await hook.stop()


async def test_the_adapter_calls_its_webhooks() -> None:
    edge = RecordingEdge("cap")
    async with receiving() as receiver:
        hook = webhook(receiver, edge)
        adapter = CapAdapter(open_listening(), edge, language="es", webhooks=(hook,))
        await adapter.start()
        (parcel,) = parcels(edge, 1)
        adapter.deliver(parcel)
        await receiver.until(1)
        await idle(hook)
        assert adapter.gauges() == {"system_up": 1, "system_waiting": 0}
        await adapter.stop()
        assert receiver.keys == [parcel.message.id]
    assert CapAdapter(open_listening(), edge, language="es").gauges() == {}


@pytest.mark.parametrize(
    "url",
    [
        "http://c5.example/in",
        "ftp://c5.example/in",
        "https:///in",
        "https://user:word@c5.example/in",
        "http://127.0.0.1.example/",
        "https://c5.example:port/",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="webhook"):
        Webhook(url, RecordingEdge("cap"), queue=1)


@pytest.mark.parametrize(
    "url", ["https://c5.example/in", "http://127.0.0.1:8000/", "http://[::1]/", "http://localhost/"]
)
def test_https_and_loopback_are_taken(url: str) -> None:
    assert Webhook(url, RecordingEdge("cap"), queue=1).receiver


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("99999999999", 300),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30),
        ("Sun, 22 Nov 2026 13:00:00 GMT", 300),
        ("Sun, 22 Nov 2020 12:00:00 GMT", 0),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("٣", 0),
    ],
)
def test_a_receiver_may_ask_for_patience_within_bounds(text: str, seconds: float) -> None:
    assert retry_after(text, datetime(2026, 11, 22, 12, tzinfo=UTC)) == seconds
