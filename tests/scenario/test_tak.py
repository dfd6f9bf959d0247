"""TAK clients of both forms at one gateway, a CAP system and a desk on the other side of the line.

Every process is real. The TAK clients are pytak: one writes XML, the other protobuf (TAK_PROTO).
pytak carries the events; what an ATAK device would say by itself (its receipts, its emergency every
few seconds) is said here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from protocols.client.events import Received
from protocols.formats.codec import Settings
from protocols.formats.registry import FORMATS
from protocols.formats.xml import parse
from protocols.frames import Stage
from protocols.messages import compose
from protocols.messages.kinds import (
    Alarm,
    AlarmAck,
    AlarmCancel,
    Body,
    IncidentOpen,
    Text,
)
from protocols.messages.values import LanguageText, Location, Point
from tests.scenario.border import (
    CHANNEL,
    PATIENCE,
    Border,
    CapParty,
    TakParty,
    eventually,
    soon,
)
from tests.scenario.tak import (
    LAT,
    FrameParty,
    chat,
    emergency,
    event,
    no_emergency,
    ping,
    receipt,
    says,
    spoken,
)

ACK = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>C5-ack</identifier>'
    "<sender>c5.sonora.example</sender><sent>{now}</sent><status>Actual</status>"
    "<msgType>Ack</msgType><scope>Restricted</scope><restriction>Nogales</restriction>"
    "<references>{of}</references></alert>"
)
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


@pytest.fixture
async def border(tmp_path: Path) -> AsyncIterator[Border]:
    async with Border(tmp_path) as border:
        yield border


def of_kind(border: Border, kind: str) -> list[Received]:
    return [one for one in border.mx.history(CHANNEL) if one.message.kind == kind]


async def stage(border: Border, message_id: str, least: Stage) -> Stage:
    """How far a message of the Mexican desk has come at the TAK gateway, once it is so far."""

    def there() -> Stage:
        recipients = border.mx.fate(message_id).recipients
        found = (one.stage for one in recipients if one.device == "gateway:cot@uscbp")
        return next(found, Stage.ACCEPTED)

    await soon(border.mx.until(lambda: there() >= least))
    return there()


async def test_xml_and_protobuf_clients_and_a_cap_system(border: Border) -> None:
    cot = await border.gateway("cot", "uscbp")
    cap = await border.gateway("cap", "mxgn", language="es")
    xml, frames = await TakParty.connect(cot), await FrameParty.connect(cot)
    await frames.answered(ping("N9"))
    await xml.answered(ping("N7"))
    async with cap.http() as session:
        c5 = CapParty(session)
        await _positions(border, xml, frames)
        await _chat_out(border, xml, frames)
        await _chat_in(border, xml, frames)
        await eventually(lambda: len(cap.letters()) == 4)  # CAP has no word for a chat line
        assert {letter["error"] for letter in cap.letters()} == {"not_representable"}
        await _emergency_out(border, xml, frames, c5)
        await _emergency_in(border, xml, frames, c5)
    assert frames.reading.frames > 5
    assert not of_kind(border, "alert")  # neither a position nor a chat line became one
    acknowledged = [one.message.body for one in of_kind(border, "alarm.ack")]
    assert acknowledged == [AlarmAck(alarm="N9-9-1-1")]  # a receipt never became one
    for log in (cot.log(), cap.log()):
        assert "defect" not in log, log
    await xml.close()
    await frames.close()
    assert [gateway.stop() for gateway in (cot, cap)] == [0, 0]


async def _positions(border: Border, xml: TakParty, frames: FrameParty) -> None:
    """A position of each reaches the channel, in its own form, and the other one's screen."""
    await xml.send(event("N7", detail='<contact callsign="NOGALES 7"/>'))
    await frames.send(event("N9", detail='<contact callsign="NOGALES 9"/>'))
    for uid, form in (("N7", "cot"), ("N9", "tak")):
        entry = await border.seen(border.mx, lambda one, uid=uid: _source(one) == uid)
        assert entry.message.kind == "position"
        assert entry.message.original is not None
        assert entry.message.original.format == form
        assert entry.sender.device == "gateway:cot@uscbp"
    assert b"NOGALES 9" in await xml.until(lambda seen: b'uid="N9"' in seen)
    assert b"NOGALES 7" in await frames.until(lambda seen: b'uid="N7"' in seen)


def _source(entry: Received) -> str:
    return (entry.message.source.id if entry.message.source else None) or ""


async def _chat_out(border: Border, xml: TakParty, frames: FrameParty) -> None:
    """A line of each: delivered when the other agency's device has opened it, read when shown."""
    for party, who, name in ((xml, "N7", "line-xml"), (frames, "N9", "line-frames")):
        await party.send(chat(who, name, f"smoke at the fence, {who}"))
        line = await border.seen(border.mx, lambda one, who=who: spoken(one).endswith(who))
        delivered = await party.of_type("b-t-f-d", name)
        assert b"@mxgn" in delivered  # the desk or its gateway, whoever was first
        await party.answered(ping(who))
        assert not any(says(seen, "b-t-f-r", name) for seen in party.seen)
        await border.mx.mark(CHANNEL, line.seq, Stage.SHOWN)
        await party.of_type("b-t-f-r", name)


async def _chat_in(border: Border, xml: TakParty, frames: FrameParty) -> None:
    """A line of the desk: shown is what a TAK client says was read, and it is never accepted."""
    for party, who in ((xml, "N7"), (frames, "N9")):
        words = Text(text=LanguageText(text=f"enterados, {who}", language="es"))
        message = compose(border.mx.device.identity, words)
        await border.mx.send(CHANNEL, message)
        for one in (xml, frames):
            await one.of_type("b-t-f", f"enterados, {who}")
        await party.send(receipt(who, "b-t-f-d", message.id))
        await party.answered(ping(who))
        assert await stage(border, message.id, Stage.DECRYPTED) is Stage.DECRYPTED
        await party.send(receipt(who, "b-t-f-r", message.id))
        assert await stage(border, message.id, Stage.SHOWN) is Stage.SHOWN


async def _emergency_out(border: Border, xml: TakParty, frames: FrameParty, c5: CapParty) -> None:
    """Sent again and again it is one alarm, moved it is told again, cancelled it is over."""
    for _ in range(5):
        await frames.send(emergency("N9"))
    told = await c5.until(lambda document: b">alarm<" in document and b"N9" in document)
    await xml.of_type("b-a-o-tbl", "N9")
    await c5.post(ACK.format(of=_reference(told), now=datetime.now(UTC).isoformat()).encode())
    await border.seen(border.mx, lambda one: isinstance(one.message.body, AlarmAck))
    await frames.send(emergency("N9"))
    await frames.answered(ping("N9"))
    await frames.send(emergency("N9", LAT + 0.001))  # 111 m
    await border.seen(border.mx, lambda one: len(of_kind(border, "alarm")) == 2)
    assert [_source(one) for one in of_kind(border, "alarm")] == ["N9-9-1-1"] * 2
    await frames.send(no_emergency("N9"))
    await c5.until(lambda document: b">alarm.cancel<" in document)
    cancelled = await xml.of_type("b-a-o-can", "N9")
    assert b'cancel="true"' in cancelled
    await frames.send(emergency("N9", LAT + 0.001))  # in trouble again: that counts
    await border.seen(border.mx, lambda one: len(of_kind(border, "alarm")) == 3)
    await frames.send(no_emergency("N9"))
    await border.seen(border.mx, lambda one: len(of_kind(border, "alarm.cancel")) == 2)
    await frames.answered(ping("N9"))
    assert not any(says(seen, "b-a-o", "N9-9-1-1") for seen in frames.seen)  # no echo


async def _emergency_in(border: Border, xml: TakParty, frames: FrameParty, c5: CapParty) -> None:
    """An emergency of the desk's unit, and its cancel, on every screen."""
    alarm = compose(
        border.mx.device.identity,
        Alarm(alarm_class="EMERGENCY", unit="GN-3"),
        location=Location(point=Point(lat=31.3, lon=-110.9)),
    )
    await border.mx.send(CHANNEL, alarm)
    for party in (xml, frames):
        raised = await party.of_type("b-a-o-tbl", "GN-3")
        assert parse(raised).get("uid") == alarm.id
    await c5.until(lambda document: b"GN-3" in document)
    await border.mx.send(CHANNEL, compose(border.mx.device.identity, AlarmCancel(alarm=alarm.id)))
    for party in (xml, frames):
        ended = await party.of_type("b-a-o-can", alarm.id)
        assert b'cancel="true"' in ended


async def test_an_emergency_outlives_its_gateway(border: Border) -> None:
    cot = await border.gateway("cot", "uscbp")
    tak = await FrameParty.connect(cot)
    await tak.send(emergency("N9"))
    alarm = await border.seen(border.mx, lambda one: one.message.kind == "alarm")
    ack = AlarmAck(alarm="N9-9-1-1")
    await border.mx.send(CHANNEL, compose(border.mx.device.identity, ack))
    cot.kill()
    await tak.close()
    await cot.start()
    tak = await FrameParty.connect(cot)
    for _ in range(3):
        await tak.send(emergency("N9"))
    await tak.send(chat("N9", "line-1", "still here"))
    await border.seen(border.mx, lambda one: spoken(one) == "still here")
    assert [one.seq for one in of_kind(border, "alarm")] == [alarm.seq]
    await tak.send(no_emergency("N9"), emergency("N9"))
    await border.seen(border.mx, lambda one: len(of_kind(border, "alarm")) == 2)
    await tak.close()
    assert cot.stop() == 0


async def test_a_client_without_a_certificate_is_told_nothing(border: Border) -> None:
    cot = await border.gateway("cot", "uscbp")
    stranger = ssl.create_default_context(cafile=str(cot.certificate))
    with pytest.raises((OSError, asyncio.IncompleteReadError)):
        await soon(_first_event(cot.port, stranger))
    await eventually(lambda: "tls handshake failed" in cot.log())
    tak = await TakParty.connect(cot)
    offered = await tak.until(lambda seen: b"t-x-takp-v" in seen)
    assert b'<TakProtocolSupport version="1"/>' in offered
    await tak.close()


async def _first_event(port: int, context: ssl.SSLContext) -> bytes:
    reader, _ = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    return await reader.readuntil(b"</event>")


# --- and an emergency call centre ---------------------------------------------------------------

INCIDENT = "MX-2026-0117"


class EidoParty:
    """An emergency call centre: a websocket of EIDO documents."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.seen: list[str] = []

    async def until(self, *holding: str) -> str:
        """The first document, also of those that came before, that holds these texts."""
        for document in self.seen:
            if all(text in document for text in holding):
                return document
        while True:
            document = await self._socket.receive_str(timeout=PATIENCE)
            self.seen.append(document)
            if all(text in document for text in holding):
                return document

    async def send(self, border: Border, body: Body, **fields: Any) -> None:
        """What a system of others would send: an EIDO without anything of ours inside."""
        message = compose(border.mx.device.identity, body, **fields)
        plain = FORMATS["eido"].encode(message, Settings(carry_canonical=False))
        await self._socket.send_str(plain.data.decode())


async def test_xml_and_protobuf_clients_and_an_eido_system(border: Border) -> None:
    cot = await border.gateway("cot", "uscbp")
    eido = await border.gateway("documents", "mxgn", format="eido")
    xml, frames = await TakParty.connect(cot), await FrameParty.connect(cot)
    await frames.answered(ping("N9"))
    await xml.answered(ping("N7"))
    async with eido.http() as session, session.ws_connect("/stream") as socket:
        centre = EidoParty(socket)

        # What EIDO has no word for is a dead letter and a count, and stops nothing.
        await frames.send(event("N9"), chat("N9", "line-1", "smoke at the fence"))
        await frames.of_type("b-t-f-d", "line-1")
        await eventually(lambda: len(eido.letters()) == 1)
        assert eido.letters()[0]["error"] == "not_representable"

        # An emergency, however often it is sent, and its cancel.
        for _ in range(3):
            await frames.send(emergency("N9"))
        await centre.until("N9-9-1-1")
        await frames.send(no_emergency("N9"))
        await centre.until("N9-9-1-1", "alarm.cancel")
        assert len(of_kind(border, "alarm")) == 1

        # An incident of theirs on every TAK screen, and a line about it that is delivered and read.
        place = Location(point=Point(lat=31.33, lon=-110.95))
        summary = LanguageText(text="Collapse at the tunnel", language="en")
        opened = IncidentOpen(incident_type="TUNNEL", summary=summary)
        await centre.send(border, opened, incident=INCIDENT, location=place)
        for party in (xml, frames):
            await party.until(lambda seen: b"Collapse at the tunnel" in seen)
        words = Text(text=LanguageText(text="Who is at the portal?", language="en"))
        await centre.send(border, words, incident=INCIDENT)
        line = await border.seen(border.mx, lambda one: spoken(one) == "Who is at the portal?")
        for party in (xml, frames):
            await party.of_type("b-t-f", "Who is at the portal?")
        await xml.send(receipt("N7", "b-t-f-r", line.message.id))
        await _until_shown(session, line.message.id)
    for log in (cot.log(), eido.log()):
        assert "defect" not in log, log
    await xml.close()
    await frames.close()
    assert [gateway.stop() for gateway in (cot, eido)] == [0, 0]


async def _until_shown(session: aiohttp.ClientSession, message_id: str) -> None:
    """Until the call centre is told that a TAK client showed its line."""
    async with asyncio.timeout(PATIENCE):
        while True:
            fate = await (await session.get(f"/fates/{message_id}")).json()
            stages = {one["device"]: one["stage"] for one in fate["recipients"]}
            if stages.get("gateway:cot@uscbp") == "shown":
                return
            await asyncio.sleep(0.05)


def _reference(document: bytes) -> str:
    """How a CAP acknowledgement names an alert."""
    alert = parse(document)
    return ",".join(
        alert.findtext(f"{CAP}{name}") or "" for name in ("sender", "identifier", "sent")
    )
