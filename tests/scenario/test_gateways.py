"""Two systems that speak neither each other's format nor MLS talk through their gateways.

Every process is real: the hub, one gateway a system. The TAK client is pytak.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from protocols.client.events import Received
from protocols.formats.registry import FORMATS
from protocols.messages import compose, to_json
from protocols.messages.kinds import Alarm, Read, Receipt, Text
from protocols.messages.values import LanguageText, Location, Point
from tests.scenario.border import (
    CHANNEL,
    Border,
    CapParty,
    GatewayProcess,
    TakParty,
    eventually,
    soon,
)

EVENT = (
    '<event version="2.0" uid="{uid}" type="{type}" how="h-e" time="{now}" start="{now}" '
    'stale="{stale}"><point lat="31.33275" lon="-110.9511" hae="1200" ce="10" le="10"/>'
    "<detail>{detail}</detail></event>"
)
CHAT = (
    '<__chat chatroom="All Chat Rooms" senderCallsign="NOGALES 7" messageId="{id}"/>'
    "<remarks>{text}</remarks>"
)
ALERT = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{id}</identifier>'
    "<sender>c5.sonora.example</sender><sent>{now}</sent><status>Actual</status>"
    "<msgType>Alert</msgType><scope>Restricted</scope><restriction>Nogales</restriction><info>"
    "<language>es-MX</language><category>Security</category><event>{event}</event>"
    "<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>"
    "</info></alert>"
)


def event(uid: str, type_: str = "a-f-G-U-C", detail: str = "") -> bytes:
    now = datetime.now(UTC)
    times = {"now": _zulu(now), "stale": _zulu(now + timedelta(hours=1))}
    return EVENT.format(uid=uid, type=type_, detail=detail, **times).encode()


def chat(uid: str, text: str) -> bytes:
    return event(uid, "b-t-f", CHAT.format(id=uid, text=text))


def ping() -> bytes:
    return event("NOGALES-7-ping", "t-x-c-t")


def alert(identifier: str, what: str) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return ALERT.format(id=identifier, event=what, now=now).encode()


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def texts(entries: list[Received]) -> list[str]:
    return [
        one.message.body.text.text
        for one in entries
        if isinstance(one.message.body, Text) and one.message.body.text
    ]


@pytest.fixture
async def border(tmp_path: Path) -> AsyncIterator[Border]:
    async with Border(tmp_path) as border:
        yield border


async def test_tak_and_cap_talk_through_two_gateways(border: Border) -> None:
    cot = await border.gateway("cot", "uscbp")
    cap = await border.gateway("cap", "mxgn", language="es")
    roster = {member.device for member in border.us.roster(CHANNEL)}
    assert {"gateway:cot@uscbp", "gateway:cap@mxgn"} <= roster
    tak = await TakParty.connect(cot)
    async with cap.http() as session:
        c5 = CapParty(session)

        # A position and a chat line reach the channel; CAP cannot say either, and says so.
        await tak.send(event("NOGALES-7", detail='<contact callsign="NOGALES 7"/>'))
        position = await border.seen(border.mx, lambda one: one.message.kind == "position")
        assert position.sender.device == "gateway:cot@uscbp"
        await tak.send(chat("GeoChat.1", "smoke at the fence"))
        line = await border.seen(border.mx, lambda one: one.message.kind == "text")
        assert texts([line]) == ["smoke at the fence"]
        await eventually(lambda: len(cap.letters()) == 1)
        assert cap.letters()[0]["error"] == "not_representable"
        assert "not_written_total 2" in await c5.metrics()  # a position is counted, no letter

        # The chat's delivery comes back as CoT's own receipt, naming the message.
        await tak.of_type("b-t-f-d", "GeoChat.1")

        # Emergency and its cancel reach the CAP system.
        emergency = '<emergency type="911 Alert">NOGALES 7</emergency>'
        await tak.send(event("NOGALES-7-9-1-1", "b-a-o-tbl", emergency))
        await c5.until(lambda document: b">alarm<" in document and b"NOGALES 7" in document)
        cancel = '<emergency cancel="true">NOGALES 7</emergency>'
        await tak.send(event("NOGALES-7-9-1-1", "b-a-o-can", cancel))
        await c5.until(lambda document: b">alarm.cancel<" in document)

        # And the other way: an alert of the C5 and a line of its desk.
        status, told = await c5.post(alert("C5-1", "Derrumbe en el túnel"))
        assert status == 202
        await tak.until(lambda seen: "Derrumbe en el túnel".encode() in seen)
        words = Text(text=LanguageText(text="enterados", language="es"))
        await border.mx.send(CHANNEL, compose(border.mx.device.identity, words))
        await tak.of_type("b-t-f", "enterados")
        alarm = Alarm(alarm_class="EMERGENCY", unit="GN-3")
        place = Location(point=Point(lat=31.3, lon=-110.9))
        await border.mx.send(CHANNEL, compose(border.mx.device.identity, alarm, location=place))
        await tak.of_type("b-a-o-tbl", "GN-3")
        assert (await c5.fate(told["id"]))["state"] == "on_disk"

        # Nobody's own words came back.
        await tak.answered(ping())
        assert not any(b'uid="NOGALES-7"' in seen for seen in tak.seen)
        assert not any(b"smoke at the fence" in seen for seen in tak.seen)
        await c5.poll()
        assert not any(b"C5-1" in document for document in c5.seen.values())
    await tak.close()
    assert [gateway.stop() for gateway in (cot, cap)] == [0, 0]


async def test_poison_on_both_sides_stops_nothing(border: Border) -> None:
    cot = await border.gateway("cot", "uscbp", status_listen="")
    cap = await border.gateway("cap", "mxgn")
    bomb = b'<!DOCTYPE e [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><event>&b;</event>'
    poison = [
        b"<event><unclosed></event>",
        bomb,
        b"<event>" + b"x" * 300 * 1024 + b"</event>",
        bytes(range(128, 256)) * 8,
        b'<event version="2.0"></event>',
    ]
    tak = await TakParty.connect(cot)
    for number, document in enumerate(poison):
        await tak.send(document, chat(f"GeoChat.after.{number}", f"after {number}"))
    await border.seen(border.mx, lambda one: texts([one]) == [f"after {len(poison) - 1}"])
    _, half = await asyncio.open_connection("127.0.0.1", cot.port, ssl=cot.context)
    half.write(chat("GeoChat.half", "half")[:200])
    half.close()
    _, stranger = await asyncio.open_connection("127.0.0.1", cot.port)
    stranger.write(b"GET / HTTP/1.0\r\n\r\n")
    stranger.close()
    await tak.send(chat("GeoChat.last", "last"))
    await border.seen(border.mx, lambda one: texts([one]) == ["last"])
    assert texts(border.mx.history(CHANNEL)) == [*(f"after {n}" for n in range(5)), "last"]
    errors = Counter(letter["error"] for letter in cot.letters())
    assert errors == {"malformed_document": 3, "unsafe_document": 2}
    await eventually(lambda: "tls handshake failed" in cot.log())
    assert "defect" not in cot.log()
    await tak.close()

    async with cap.http() as session:
        c5 = CapParty(session)
        for document in poison:
            status, answer = await c5.post(document)
            assert status in (413, 422)
            assert answer["error"]
        assert (await c5.post(alert("C5-2", "sigue")))[0] == 202
        assert "defect" not in cap.log()


async def test_a_gateway_killed_and_started_loses_and_doubles_nothing(border: Border) -> None:
    cot = await border.gateway("cot", "uscbp")
    sent: list[str] = []
    for round_ in range(3):
        tak = await TakParty.connect(cot)
        for number in range(20):
            text = f"round {round_} line {number}"
            await tak.send(chat(f"GeoChat.{round_}.{number}", text))
            sent.append(text)
        await tak.answered(ping())  # taken: on the gateway's disk
        cot.kill()
        await tak.close()
        words = Text(text=LanguageText(text=f"while you were away {round_}"))
        await border.us.send(CHANNEL, compose(border.us.device.identity, words))
        await cot.start()
    await border.seen(border.mx, lambda one: texts([one]) == [sent[-1]])
    from_tak = [
        one for one in border.mx.history(CHANNEL) if one.sender.device == "gateway:cot@uscbp"
    ]
    assert sorted(texts(from_tak)) == sorted(sent)
    assert [texts([one])[0] for one in from_tak if "round 2" in texts([one])[0]] == sent[40:]
    tak = await TakParty.connect(cot)
    await tak.answered(ping())
    for round_ in range(3):
        missed = [s for s in tak.seen if f"while you were away {round_}".encode() in s]
        assert len(missed) == 1
    assert not any(b"line 1" in seen for seen in tak.seen)
    await tak.send(chat("GeoChat.2.0", "x"))
    await tak.close()


async def post_all(system: GatewayProcess, documents: list[bytes], done: asyncio.Event) -> None:
    """What a patient system does: it posts each document until it has an answer to it."""
    for document in documents:
        while True:
            try:
                async with system.http() as session:
                    response = await session.post("/documents", data=document)
                    assert response.status in (200, 202, 422), await response.text()
                    break
            except (aiohttp.ClientError, ConnectionError):
                await asyncio.sleep(0.01)
    done.set()


async def listed(system: GatewayProcess) -> list[dict[str, Any]]:
    """Everything that the gateway has for its system."""
    found: list[dict[str, Any]] = []
    async with system.http() as session:
        while True:
            after = found[-1]["seq"] if found else 0
            page = await (await session.get(f"/documents?after={after}")).json()
            if not page["documents"]:
                return found
            found += page["documents"]


async def test_killed_while_documents_flow_both_ways_with_poison_between_them(
    border: Border,
) -> None:
    desk = await border.gateway("documents", "mxgn", format="cap")
    names = [f"C5-{number}" for number in range(40)]
    poison = b"<alert><unclosed></alert>"
    documents = [part for name in names for part in (alert(name, "Derrumbe"), poison)]
    done = asyncio.Event()
    posting = asyncio.create_task(post_all(desk, documents, done))
    wanted: list[str] = []
    kills = 0
    while not done.is_set() or kills < 3:
        for _ in range(3 if len(wanted) < 150 else 0):
            alarm = Alarm(alarm_class="EMERGENCY", unit=f"USBP-{len(wanted)}")
            message = compose(border.us.device.identity, alarm)
            await border.us.send(CHANNEL, message)
            wanted.append(message.id)
        if kills < 3:
            desk.kill()
            kills += 1
            await desk.start()
        await asyncio.sleep(0.02)
    await soon(posting)

    def arrived() -> list[str]:
        history = border.us.history(CHANNEL)
        alerts = [one.message for one in history if one.message.kind == "alert"]
        return sorted(str(one.source and one.source.id) for one in alerts)

    await soon(border.us.until(lambda: len(arrived()) >= len(names)))
    assert arrived() == sorted(names)
    async with asyncio.timeout(20):
        while {one["id"] for one in await listed(desk)} < set(wanted):
            await asyncio.sleep(0.05)
    shown = Counter(one["id"] for one in await listed(desk))
    assert set(shown) == set(wanted)  # nothing of its own came back
    assert set(shown.values()) == {1}
    assert "defect" not in desk.log()
    assert {letter["error"] for letter in desk.letters()} == {"malformed_document"}


async def test_one_system_behind_two_gateways_hears_nothing_twice(border: Border) -> None:
    """It speaks CoT and CAP, and hands on by each way whatever it hears by the other."""
    cot = await border.gateway("documents", "uscbp", name="cot", format="cot")
    cap = await border.gateway("documents", "uscbp", name="cap", format="cap")
    alarm = Alarm(alarm_class="EMERGENCY", unit="GN-3")
    place = Location(point=Point(lat=31.3, lon=-110.9))
    raised = compose(border.mx.device.identity, alarm, location=place)
    await border.mx.send(CHANNEL, raised)
    async with cot.http() as session:
        response = await session.post("/documents", data=chat("GeoChat.1", "one line"))
        assert response.status == 202
    async with cap.http() as session:
        assert (await session.post("/documents", data=alert("C-1", "Derrumbe"))).status == 202
    sides = {"cot": cot, "cap": cap}
    await soon(border.mx.until(lambda: len(border.mx.history(CHANNEL)) == 3))
    for _ in range(3):
        for heard, side in sides.items():
            async with asyncio.timeout(20):
                while raised.id not in {one["id"] for one in await listed(side)}:
                    await asyncio.sleep(0.05)
            for other in sides.values():
                answers = await handed_on(side, heard, other)
                assert set(answers) <= {200, 409}, answers
    history = border.mx.history(CHANNEL)
    assert [one.message.kind for one in history].count("alarm") == 1
    assert len(history) == 3
    for side in sides.values():
        ids = [one["id"] for one in await listed(side)]
        assert len(ids) == len(set(ids))


async def handed_on(heard: GatewayProcess, format_name: str, other: GatewayProcess) -> list[int]:
    """Every document of one gateway posted to another; how it answered each."""
    answers = []
    async with heard.http() as from_, other.http() as to:
        for one in await listed(heard):
            document = await (await from_.get(one["href"])).read()
            response = await to.post(f"/documents?format={format_name}", data=document)
            answers.append(response.status)
    return answers


async def test_an_operator_looks_after_what_did_not_pass(border: Border) -> None:
    stop = {"name": "no alerts yet", "let": "stop", "way": "in", "kinds": ["alert"]}
    cap = await border.gateway("cap", "mxgn", rule=[stop])
    async with cap.http() as session:
        c5 = CapParty(session)
        status, answer = await c5.post(alert("C5-1", "Derrumbe"))
        assert (status, answer["error"]) == (403, "policy_refused")
        assert (await c5.post(alert("C5-\x1b[2J", "x").replace(b"\x1b", b"&#27;")))[0] == 422
        assert 'stopped_total{way="in",rule="no alerts yet"} 1' in await c5.metrics()
    status, lines = await cap.command("rules", "--kind", "alert")
    assert (status, lines[1]["rule"], lines[1]["let"]) == (0, "no alerts yet", "stop")
    status, letters = await cap.command("letters")
    assert [one["error"] for one in letters] == ["policy_refused", "malformed_document"]
    first, second = (one["id"] for one in letters)
    status, shown = await cap.command("letters", "show", first)
    assert "Derrumbe" in shown["document"]
    assert (await cap.command("letters", "drop", second, "--yes"))[0] == 0
    status, (told,) = await cap.command("retry", first)
    assert (status, told["outcome"], told["attempts"]) == (1, "stopped", 1)
    assert cap.stop() == 0
    status, (told,) = await cap.command("retry", first, "--seconds", "0")
    assert (status, told["outcome"]) == (1, "waiting")
    cap.set(rule=[])
    await cap.start()  # it finds what it was asked for while it was away
    await border.seen(border.us, lambda one: one.message.kind == "alert")
    await eventually(lambda: not cap.letters())
    assert (await cap.command("retry", "--all")) == (0, [])


async def test_a_hub_killed_and_started_under_the_gateway(border: Border) -> None:
    cot = await border.gateway("cot", "uscbp")
    tak = await TakParty.connect(cot)
    await tak.send(chat("GeoChat.before", "before"))
    await border.seen(border.mx, lambda one: texts([one]) == ["before"])
    border.house.kill()
    for number in range(10):
        await tak.send(chat(f"GeoChat.{number}", f"during {number}"))
    await tak.answered(ping())
    cot.kill()  # and the gateway as well: it serves again without a hub
    await tak.close()
    await cot.start()
    tak = await TakParty.connect(cot)
    await tak.send(chat("GeoChat.10", "during 10"))
    await tak.answered(ping())
    border.house.start()
    border.mx.try_again()
    await border.seen(border.mx, lambda one: texts([one]) == ["during 10"])
    expected = ["before", *(f"during {number}" for number in range(11))]
    assert texts(border.mx.history(CHANNEL)) == expected
    await tak.close()
    assert cot.stop() == 0


async def test_a_slow_tak_client_is_cut_off_and_finds_the_rest_on_the_shelf(
    border: Border,
) -> None:
    cot = await border.gateway("cot", "uscbp", queue=3)
    _, writer = await asyncio.open_connection("127.0.0.1", cot.port, ssl=cot.context, limit=1024)
    good = await TakParty.connect(cot)
    await good.answered(ping())
    count = 0
    while "too slow" not in cot.log():
        words = Text(text=LanguageText(text=f"line {count} " + "x" * 15_000))
        sent = await border.us.send(CHANNEL, compose(border.us.device.identity, words))
        await soon(sent.settled())
        await good.of_type("b-t-f", f"line {count} ")
        count += 1
        assert count < 1000
    writer.transport.abort()
    again = await TakParty.connect(cot)
    for number in range(max(0, count - 100), count):
        await again.of_type("b-t-f", f"line {number} ")
    await again.close()
    await good.close()


async def test_a_dispatch_system_speaks_canonical_json(border: Border) -> None:
    native = await border.gateway("native", "uscbp")
    async with native.http() as session, session.ws_connect("/messages") as socket:
        message = compose(border.us.device.identity, Text(text=LanguageText(text="en route")))
        for _ in range(2):  # the second is the same message and gets the same answer
            await socket.send_bytes(to_json(message))
            assert (await _said(socket, "taken"))["taken"] == message.id
        seen = await border.seen(border.mx, lambda one: one.message.kind == "text")
        assert seen.sender.device == "gateway:native@uscbp"
        assert seen.message.sender.device == "gateway:native@uscbp"
        words = Text(text=LanguageText(text="understood"))
        answer = compose(border.mx.device.identity, words, in_reply_to=message.id)
        await border.mx.send(CHANNEL, answer)
        got = await _said(socket, "text")
        assert got["message"]["id"] == answer.id
        assert got["message"]["in_reply_to"] == message.id
        await socket.send_bytes(b"{")
        assert (await _said(socket, "error"))["error"] == "malformed_document"
        await _until_opened(session, message.id)
        health = await (await session.get("/health")).json()
        assert health == {"status": "ok", "gateway": "gateway:native@uscbp · nogales"}
    assert native.stop() == 0


async def _said(socket: aiohttp.ClientWebSocketResponse, what: str) -> dict[str, Any]:
    """The next answer of that name, or message of that kind; receipts come when they come."""
    while True:
        told: dict[str, Any] = json.loads(await socket.receive_str(timeout=10))
        message = told.get("message")
        if what in told or (message and message["body"]["kind"] == what):
            return told


async def _until_opened(session: aiohttp.ClientSession, message_id: str) -> None:
    async with asyncio.timeout(10):
        while True:
            fate: dict[str, Any] = await (await session.get(f"/fates/{message_id}")).json()
            stages = {one["device"]: one["stage"] for one in fate["recipients"]}
            if stages.get("desk@mxgn") == "decrypted":
                assert fate["state"] == "on_disk"
                return
            await asyncio.sleep(0.05)


# --- other people's messages --------------------------------------------------------------------

EXPIRES = re.compile(rb"(<(?:cap:)?expires>)[^<]+(</)")
TIMES = re.compile(rb"\b(time|start|stale)=([\"'])[^\"']*[\"']")


def dated_now(document: bytes) -> bytes:
    """A captured event as its device would send it today."""
    now = datetime.now(UTC)
    moments = {b"time": now, b"start": now, b"stale": now + timedelta(hours=1)}
    head, bracket, rest = document.partition(b">")
    if document.lstrip().startswith(b"<?xml"):
        more, bracket2, rest = rest.partition(b">")
        head, bracket = head + bracket + more, bracket2
    head = TIMES.sub(lambda m: m[1] + b'="' + _zulu(moments[m[1]]).encode() + b'"', head)
    return head + bracket + rest


def not_expired(document: bytes) -> bytes:
    """A published alert as if it were of today; its identity is left as it is."""
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    return EXPIRES.sub(rb"\g<1>" + later.encode() + rb"\g<2>", document)


async def test_real_captures_travel_through_one_gateway_and_out_of_the_other(
    border: Border, shared: Path
) -> None:
    cot = await border.gateway("cot", "uscbp")
    cap = await border.gateway("cap", "mxgn", language="es")
    captures = sorted((shared / "corpus/cot/samples").rglob("*.cot"))
    alerts = sorted(path for path in (shared / "corpus/cap/samples").rglob("*") if path.is_file())
    tak = await TakParty.connect(cot)
    async with cap.http() as session:
        c5 = CapParty(session)
        await _send_captures(border, cot, tak, captures)
        accepted, refused = await _post_alerts(c5, alerts)
        assert accepted + refused == len(alerts)
        await _tak_side_has(border, cot, tak)
        await _cap_side_has(border, cap, c5)
        assert (await c5.post(alert("C5-end", "fin")))[0] == 202  # both still serve
        await tak.of_type("b-t-f", "fin")
    assert "defect" not in cot.log() + cap.log()
    await tak.close()


async def _send_captures(
    border: Border, cot: GatewayProcess, tak: TakParty, captures: list[Path]
) -> None:
    """Every capture over one connection: it enters the channel, is refused by name, or stays at
    the edge because it is a receipt."""
    receipts = [
        path
        for path in captures
        if isinstance(FORMATS["cot"].decode(path.read_bytes()).body, Receipt | Read)
    ]
    positions = 0
    for path in captures:
        await tak.send(dated_now(path.read_bytes()))
        if FORMATS["cot"].decode(path.read_bytes()).kind == "position":
            positions += 1  # a newer one of its track would take its place while it waits
            await soon(border.mx.until(partial(_has_positions, border, positions)))
    await tak.answered(ping())
    refused = Counter(f"refused {letter['error']}" for letter in cot.letters())
    entered = len(captures) - len(receipts) - refused.total()
    await soon(border.mx.until(lambda: len(border.mx.history(CHANNEL)) >= entered))
    history = border.mx.history(CHANNEL)
    assert len(history) == entered
    assert all(one.refused is None for one in history)
    kinds = Counter(one.message.kind for one in history)
    print("cot", dict(kinds + refused), "receipts kept at the edge", len(receipts))


def _has_positions(border: Border, count: int) -> bool:
    return sum(one.message.kind == "position" for one in border.mx.history(CHANNEL)) >= count


async def _post_alerts(c5: CapParty, alerts: list[Path]) -> tuple[int, int]:
    """Every document is refused by name or accepted and logged by the hub. Most of them have long
    expired, which is a refusal; those are posted again as if they were of today."""
    outcome: Counter[str] = Counter()
    expired = 0
    for path in alerts:
        status, answer = await c5.post(path.read_bytes())
        if answer.get("error") == "expired":
            expired += 1
            status, answer = await c5.post(not_expired(path.read_bytes()))
        if status == 202:
            outcome[await _settled(c5, answer["id"])] += 1
        elif status == 200:
            outcome["the same alert was posted before"] += 1
        else:
            outcome[f"refused {answer['error']}"] += 1
    print("cap", dict(outcome), "expired as published", expired)
    accepted = outcome["on_disk"]
    return accepted, outcome.total() - accepted


async def _settled(c5: CapParty, message_id: str) -> str:
    async with asyncio.timeout(10):
        while True:
            fate = await c5.fate(message_id)
            if fate["state"] == "refused":
                return f"refused {fate['error']}"
            if fate["state"] == "on_disk":
                return "on_disk"
            await asyncio.sleep(0.02)


async def _tak_side_has(border: Border, cot: GatewayProcess, tak: TakParty) -> None:
    """Each alert of the channel reached the TAK screen and reads back as the same message."""
    await tak.answered(ping())
    sent = {
        one.message.id: one.message
        for one in border.mx.history(CHANNEL)
        if one.sender.device == "gateway:cap@mxgn"
    }
    shown = {message.id: message for message in map(FORMATS["cot"].decode, tak.seen)}
    letters = [letter for letter in cot.letters() if letter["way"] == "out"]
    print("alerts on the TAK side:", len(sent.keys() & shown.keys()), "of", len(sent))
    assert len(sent.keys() & shown.keys()) + len(letters) == len(sent)
    assert all(shown[name].body == sent[name].body for name in sent.keys() & shown.keys())


async def _cap_side_has(border: Border, cap: GatewayProcess, c5: CapParty) -> None:
    """Each event is in the feed, or a dead letter says that CAP has no word for it."""
    await c5.poll()
    sent = {
        one.message.id: one.message
        for one in border.mx.history(CHANNEL)
        if one.sender.device == "gateway:cot@uscbp"
    }
    shown = {message.id for message in map(FORMATS["cap"].decode, c5.seen.values())}
    letters = Counter(letter["error"] for letter in cap.letters() if letter["way"] == "out")
    positions = [m for m in sent.values() if m.kind == "position" and m.id not in shown]
    print("events on the CAP side:", len(sent.keys() & shown), "of", len(sent), dict(letters))
    assert set(letters) <= {"not_representable"}, cap.log()
    assert len(sent.keys() & shown) + letters.total() + len(positions) == len(sent)
