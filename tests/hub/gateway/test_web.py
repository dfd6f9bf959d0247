"""Tokens, errors as JSON, health and metrics: the same for every transport over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from hub.gateway.web import (
    BODY_LIMIT,
    DOCUMENT_LIMIT,
    WebServer,
    answer,
    fate_response,
    fate_value,
    find_parcel,
    status_of,
    take_document,
)
from protocols.client.fates import Fate, FateState, RecipientFate
from protocols.errors import (
    AlreadyCrossed,
    CrossbandError,
    MalformedDocument,
    MalformedMessage,
    NotAMember,
    UnsafeDocument,
    WaitingFull,
)
from protocols.frames import Stage
from protocols.messages import to_json
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.edges import RecordingEdge, open_listening
from tests.hub.gateway.parties import DISPATCH, GN3, says

TOKEN = "a-token-that-is-long"


async def _size(request: web.Request) -> web.Response:
    return answer(len(await request.read()))


async def _refuse(request: web.Request) -> web.Response:
    raise MalformedDocument("line 3", line=3)


async def _break(request: web.Request) -> web.Response:
    raise KeyError("a defect")


ROUTES = (web.post("/size", _size), web.get("/refuse", _refuse), web.get("/break", _break))


def shared_routes(edge: RecordingEdge) -> tuple[web.RouteDef, ...]:
    async def take(request: web.Request) -> web.Response:
        return await take_document(request, edge)

    async def fate(request: web.Request) -> web.Response:
        return fate_response(request, edge)

    async def find(request: web.Request) -> web.Response:
        return web.Response(body=find_parcel(request, edge).data)

    return web.post("/take", take), web.get("/fates/{id}", fate), web.get("/find/{id}", find)


@asynccontextmanager
async def serving(token: str = "") -> AsyncIterator[tuple[RecordingEdge, aiohttp.ClientSession]]:
    edge = RecordingEdge("canonical")
    server = WebServer(open_listening(token), edge, (*ROUTES, *shared_routes(edge)))
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
        yield edge, session
    await server.stop()


async def test_an_error_is_told_with_its_code_sentence_and_facts() -> None:
    async with serving() as (_, session):
        response = await session.get("/refuse")
        told = await response.json()
        assert response.status == 422
        assert told["error"] == "malformed_document"
        assert "line 3" in told["text"]
        assert told["facts"] == {"line": 3}


async def test_a_defect_costs_one_request() -> None:
    async with serving() as (_, session):
        assert (await session.get("/break")).status == 500
        assert (await session.get("/nothing")).status == 404
        assert await (await session.post("/size", data=b"1234")).json() == 4


async def test_what_is_too_large_is_refused_by_name_and_kept_as_far_as_it_was_read() -> None:
    async with serving() as (edge, session):
        for size, kept in ((DOCUMENT_LIMIT + 1, 1), (BODY_LIMIT + 1, 1)):
            response = await session.post("/take", data=b"x" * size)
            assert response.status == 413
            assert (await response.json())["error"] == "unsafe_document"
            assert len(edge.refused) == kept
        assert edge.counters.refusals["unsafe_document"] == 2
        assert (await session.post("/size", data=b"x" * DOCUMENT_LIMIT)).status == 200


async def test_a_document_is_taken_once_and_its_fate_is_told() -> None:
    async with serving() as (edge, session):
        message = says(DISPATCH, Text(text=LanguageText(text="on my way")))
        first = await session.post("/take", data=to_json(message))
        assert first.status == 202
        assert await first.json() == {"id": message.id, "kind": "text", "state": "queued"}
        again = await session.post("/take", data=to_json(message))
        assert again.status == 200
        assert await again.json() == {"id": message.id, "state": "queued"}
        assert (await (await session.get(f"/fates/{message.id}")).json())["state"] == "queued"
        assert (await session.get("/fates/none")).status == 404
        assert len(edge.taken) == 1


async def test_an_echo_is_a_conflict_and_a_parcel_is_found_while_it_is_on_the_shelf() -> None:
    async with serving() as (edge, session):
        parcel = edge.parcel(says(GN3, Text(text=LanguageText(text="hola"))))
        response = await session.post("/take", data=parcel.data)
        assert response.status == 409
        assert (await response.json())["error"] == "already_crossed"
        found = await session.get(f"/find/{parcel.message.id}")
        assert await found.read() == parcel.data
        assert (await session.get("/find/none")).status == 404


async def test_the_token_is_asked_for_but_for_health_and_metrics() -> None:
    async with serving(TOKEN) as (_, session):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            response = await session.get("/refuse", headers=headers)
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert (await session.get("/refuse", headers=right)).status == 422
        assert (await session.get("/health")).status == 200
        assert (await session.get("/metrics")).status == 200


async def test_health_says_whether_it_serves() -> None:
    async with serving() as (edge, session):
        response = await session.get("/health")
        assert await response.json() == {"status": "ok", "gateway": "gateway · nogales"}
        edge.serving = False
        response = await session.get("/health")
        assert response.status == 503
        assert (await response.json())["status"] == "waiting"


async def test_metrics_are_prometheus_text() -> None:
    async with serving() as (edge, session):
        edge.counters.refused("expired")
        response = await session.get("/metrics")
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert 'refusals_total{code="expired"} 1' in await response.text()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnsafeDocument(), 413),
        (MalformedDocument(), 422),
        (NotAMember(), 403),
        (AlreadyCrossed(), 409),
        (WaitingFull(), 503),
        (MalformedMessage(), 400),
    ],
    ids=lambda value: value.code if isinstance(value, CrossbandError) else "",
)
def test_the_status_says_the_same_as_the_error(error: CrossbandError, status: int) -> None:
    assert status_of(error) == status


def test_a_fate_names_its_states() -> None:
    queued = Fate(message_id="m", channel="c", number=1, queued_at=1)
    assert fate_value(queued) == {"id": "m", "state": "queued", "seq": 0, "recipients": []}
    there = RecipientFate("gn-3@c5son", Stage.DECRYPTED)
    refused = Fate(
        message_id="m",
        channel="c",
        number=1,
        queued_at=1,
        state=FateState.REFUSED,
        code="expired",
        recipients=(there,),
    )
    value = fate_value(refused)
    assert value["error"] == "expired"
    assert value["recipients"] == [{"device": "gn-3@c5son", "stage": "decrypted", "reason": ""}]
