"""A CAP system posts alerts and reads a feed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from hub.gateway.cap_http import ATOM, CAP_TYPE, CapAdapter
from protocols.formats.registry import FORMATS
from protocols.formats.xml import parse
from protocols.messages.kinds import Alarm, Alert
from tests.hub.gateway.edges import RecordingEdge, open_listening
from tests.hub.gateway.parties import C5, DISPATCH, says

POSTED = (
    b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>C5-1</identifier>'
    b"<sender>c5.sonora.example</sender><sent>2026-10-25T00:00:00-07:00</sent>"
    b"<status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>"
    b"<language>es-MX</language><category>Security</category><event>Derrumbe</event>"
    b"<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>"
    b"</info></alert>"
)


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[RecordingEdge, CapAdapter, aiohttp.ClientSession]]:
    edge = RecordingEdge("cap")
    adapter = CapAdapter(open_listening(), edge, language="es")
    await adapter.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{adapter.port}") as session:
        yield edge, adapter, session
    await adapter.stop()


async def test_an_alert_is_taken_with_its_fate() -> None:
    async with serving() as (edge, _, session):
        response = await session.post("/alerts", data=POSTED)
        told = await response.json()
        ((message, source),) = edge.taken
        assert response.status == 202
        assert told == {"id": message.id, "kind": "alert", "state": "queued"}
        assert source == "127.0.0.1"
        assert message.sender.device == C5.device
        fate = await (await session.get(f"/fates/{message.id}")).json()
        assert fate["state"] == "queued"
        assert fate["recipients"][0]["stage"] == "decrypted"


async def test_the_same_alert_again_gets_the_same_answer() -> None:
    async with serving() as (edge, _, session):
        first = await (await session.post("/alerts", data=POSTED)).json()
        again = await session.post("/alerts", data=POSTED)
        assert again.status == 200
        assert (await again.json())["id"] == first["id"]
        assert len(edge.taken) == 1


async def test_what_came_from_the_channel_cannot_be_posted_back() -> None:
    async with serving() as (edge, _, session):
        parcel = edge.parcel(says(DISPATCH, Alarm(alarm_class="EMERGENCY")))
        response = await session.post("/alerts", data=parcel.data)
        assert response.status == 409
        assert (await response.json())["error"] == "already_crossed"


async def test_a_poisoned_document_is_refused_by_name_and_the_next_is_taken() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "xxxx">]><alert>&x;</alert>'
    async with serving() as (edge, _, session):
        for document, status, code in (
            (b"", 422, "malformed_document"),
            (b"\x00\xff\xfe", 413, "unsafe_document"),
            (bomb, 413, "unsafe_document"),
            (b"<alert/>", 422, "unsupported_version"),
            (POSTED.replace(b"Actual", b"Real"), 422, "malformed_document"),
        ):
            response = await session.post("/alerts", data=document)
            assert (response.status, (await response.json())["error"]) == (status, code)
        assert (await session.post("/alerts", data=POSTED)).status == 202
        assert len(edge.refused) == 5


async def test_the_feed_lists_the_newest_first_and_links_to_each() -> None:
    async with serving() as (edge, adapter, session):
        alarm = says(DISPATCH, Alarm(alarm_class="EMERGENCY"))
        alert = says(DISPATCH, Alert())
        for message in (alarm, alert):
            adapter.deliver(edge.parcel(message))
        response = await session.get("/feed")
        assert response.content_type == "application/atom+xml"
        feed = parse(await response.read())
        entries = feed.findall(f"{{{ATOM}}}entry")
        assert [one.findtext(f"{{{ATOM}}}id") for one in entries] == [
            f"urn:uuid:{alert.id}",
            f"urn:uuid:{alarm.id}",
        ]
        link = entries[1].find(f"{{{ATOM}}}link")
        assert link is not None
        document = await session.get(link.get("href", ""))
        assert document.content_type == CAP_TYPE
        assert FORMATS["cap"].decode(await document.read()).id == alarm.id
        losses = await (await session.get(f"/alerts/{alarm.id}/losses")).json()
        assert all(set(loss) == {"field", "value", "reason"} for loss in losses)


async def test_an_empty_feed_is_a_feed() -> None:
    async with serving() as (_, _, session):
        feed = parse(await (await session.get("/feed")).read())
        assert feed.tag == f"{{{ATOM}}}feed"
        assert feed.findall(f"{{{ATOM}}}entry") == []


async def test_what_is_not_there_is_not_found() -> None:
    async with serving() as (_, _, session):
        for path in ("/alerts/none", "/alerts/none/losses", "/fates/none"):
            assert (await session.get(path)).status == 404
