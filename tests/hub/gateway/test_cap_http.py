"""A CAP system posts alerts and reads a feed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp

from hub.gateway.adapter import Unsaid
from hub.gateway.cap_http import ATOM, ATOM_TYPE, CapAdapter
from hub.gateway.webhook import CAP_TYPE
from protocols.formats.registry import FORMATS
from protocols.formats.xml import parse
from protocols.messages.kinds import Alarm, Alert, Text
from protocols.messages.values import Exercise, LanguageText
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


def _of(element: object, name: str) -> list[str]:
    return [one.text for one in element.findall(f"{{{ATOM}}}{name}")]  # type: ignore[attr-defined]  # an element


async def test_every_entry_has_what_atom_asks_for() -> None:
    async with serving() as (edge, _, session):
        edge.parcel(says(DISPATCH, Alarm(alarm_class="EMERGENCY"), exercise=Exercise.EXERCISE))
        edge.parcel(says(DISPATCH, Alert(), exercise=Exercise.ACTUAL))
        response = await session.get("/feed")
        assert response.content_type == ATOM_TYPE
        feed = parse(await response.read())
        entries = feed.findall(f"{{{ATOM}}}entry")
        for part in (feed, *entries):
            for name in ("id", "title", "updated"):
                (text,) = _of(part, name)
                assert text
            (identifier,) = _of(part, "id")
            assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", identifier)
            assert datetime.fromisoformat(_of(part, "updated")[0]).tzinfo is not None
        for entry in entries:
            assert entry.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name")
            assert _of(entry, "summary")
            relations = {link.get("rel") for link in entry.findall(f"{{{ATOM}}}link")}
            assert relations == {"alternate", "enclosure"}
        link = feed.find(f"{{{ATOM}}}link")
        assert link is not None
        assert (link.get("rel"), link.get("href")) == ("self", "/feed")
        titles = [_of(entry, "title")[0] for entry in entries]
        assert [words.startswith("SIMULACRO: ") for words in titles] == [False, True]


async def test_a_poller_that_has_the_feed_is_told_so() -> None:
    async with serving() as (edge, _, session):
        parcel = edge.parcel(says(DISPATCH, Alert()))
        first = await session.get("/feed")
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "no-cache"
        again = await session.get("/feed", headers={"If-None-Match": f'"other", {tag}'})
        assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
        weak = await session.get("/feed", headers={"If-None-Match": f"W/{tag}"})
        assert weak.status == 304
        edge.parcel(says(DISPATCH, Alert()))
        newer = await session.get("/feed", headers={"If-None-Match": tag})
        assert newer.status == 200
        assert newer.headers["ETag"] != tag
        path = f"/alerts/{parcel.message.id}"
        alert = await session.get(path)
        same = await session.get(path, headers={"If-None-Match": alert.headers["ETag"]})
        assert same.status == 304


async def test_what_cap_cannot_say_is_noticed_in_the_feed_and_not_told() -> None:
    async with serving() as (edge, _, session):
        alert = edge.parcel(says(DISPATCH, Alert())).message
        chat = says(DISPATCH, Text(text=LanguageText(text="the informant is Juan")))
        later = alert.sent + timedelta(seconds=5)
        edge.unsaid_messages.append(Unsaid(chat, "una línea de chat nunca es una alerta", later))
        body = await (await session.get("/feed")).read()
        assert b"informant" not in body
        first, second = parse(body).findall(f"{{{ATOM}}}entry")
        assert _of(first, "id") == [f"urn:uuid:{chat.id}"]
        assert _of(first, "content") == ["una línea de chat nunca es una alerta"]
        assert DISPATCH.device in _of(first, "title")[0]
        assert first.find(f"{{{ATOM}}}link") is None
        assert _of(second, "id") == [f"urn:uuid:{alert.id}"]
        assert (await session.get(f"/alerts/{chat.id}")).status == 404


async def test_an_unsaid_message_that_is_older_than_all_alerts_stands_last() -> None:
    async with serving() as (edge, _, session):
        chat = says(DISPATCH, Text(text=LanguageText(text="x")))
        edge.unsaid_messages.append(Unsaid(chat, "no", datetime(2001, 1, 1, tzinfo=UTC)))
        alert = edge.parcel(says(DISPATCH, Alert())).message
        feed = parse(await (await session.get("/feed")).read())
        assert [_of(entry, "id")[0] for entry in feed.findall(f"{{{ATOM}}}entry")] == [
            f"urn:uuid:{alert.id}",
            f"urn:uuid:{chat.id}",
        ]
        assert _of(feed, "updated") == [alert.sent.isoformat()]


async def test_hostile_words_are_only_text_in_the_feed() -> None:
    async with serving() as (edge, _, session):
        hostile = '</title><script>alert("x")</script>\x00'
        chat = says(DISPATCH, Text(text=LanguageText(text="x")))
        edge.unsaid_messages.append(Unsaid(chat, hostile, chat.sent))
        feed = parse(await (await session.get("/feed")).read())
        (entry,) = feed.findall(f"{{{ATOM}}}entry")
        assert _of(entry, "content") == [hostile.replace("\x00", "\ufffd")]
