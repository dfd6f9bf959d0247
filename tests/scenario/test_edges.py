"""Four systems that share no format and no transport talk over one channel, through four gateways.

A dispatch centre holds a websocket and speaks EIDO, a C5 posts EDXL-DE, a coast station sends AIS
in datagrams, and an incident post puts ICS-213 forms into a folder. Each of their gateways is a
process and a named member of the channel.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self

import aiohttp
import msgspec
import pytest

from hub.gateway.documents import ENVELOPES
from protocols.clock import system_clock
from protocols.formats.codec import Settings
from protocols.formats.registry import FORMATS
from protocols.identity import Identity, Role
from protocols.messages import Message, compose
from protocols.messages.kinds import Alert, AlertInfo, AlertScope, Body, IncidentOpen, Text
from protocols.messages.values import Exercise, LanguageText, Location, Point
from tests.scenario.border import CHANNEL, PATIENCE, Border, GatewayProcess, eventually, soon
from tests.scenario.house import free_port

COUNTY = Identity("US", "pima-co", "Pima County", "cad@pima-co", Role.PARTICIPANT)
PLACE = Location(point=Point(lat=31.33275, lon=-110.9511))
VESSEL = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n"
SAFETY_TEXT = b"!AIVDM,1,1,,A,>5?Per18=HB1U:1@E=B0m<L,2*51\r\n"


def foreign(format_name: str, body: Body, **fields: Any) -> bytes:
    """A document as a system of others writes it, without anything of ours inside."""
    message = compose(COUNTY, body, exercise=Exercise.ACTUAL, **fields)
    format_ = FORMATS[format_name]
    return format_.encode(message, Settings(language="en", carry_canonical=False)).data


class Centre:
    """A dispatch centre with a websocket: EIDO in envelopes."""

    def __init__(self, session: aiohttp.ClientSession, socket: Any) -> None:
        self.session = session
        self.socket: aiohttp.ClientWebSocketResponse = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, document: str) -> dict[str, Any]:
        """Send a document; what it was answered."""
        await self.socket.send_str(msgspec.json.encode({"document": document, "ref": "x"}).decode())
        return await self.until(lambda told: told.get("ref") == "x", take=True)

    async def until(
        self, wanted: Callable[[dict[str, Any]], bool], *, take: bool = False
    ) -> dict[str, Any]:
        """The first frame that is `wanted`, also of those that came before."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for told in self.seen:
                    if wanted(told):
                        if take:
                            self.seen.remove(told)
                        return told
                self.seen.append(msgspec.json.decode(await self.socket.receive_str()))


class Post:
    """A C5 that posts EDXL-DE and asks for what is new."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.seen: dict[str, dict[str, Any]] = {}

    async def post(self, document: bytes) -> tuple[int, dict[str, Any]]:
        """Status and answer of one POST."""
        async with self.session.post("/documents", data=document) as response:
            return response.status, await response.json()

    async def document(self, name: str) -> bytes:
        """One document as it is."""
        async with self.session.get(f"/documents/{name}") as response:
            return await response.read()

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first listed document that is `wanted`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self.session.get("/documents") as response:
                    listed = (await response.json())["documents"]
                self.seen |= {one["id"]: one for one in listed}
                for one in self.seen.values():
                    if wanted(one):
                        return one
                await asyncio.sleep(0.05)


class Coast(asyncio.DatagramProtocol):
    """A coast station: hears sentences, sends sentences."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.transport: Any = None

    @classmethod
    async def at(cls, port: int) -> Self:
        """A station that listens on a port of loopback."""
        loop = asyncio.get_running_loop()
        _, station = await loop.create_datagram_endpoint(cls, local_addr=("127.0.0.1", port))
        return station

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append(data)

    def texts(self) -> list[str]:
        """The safety texts that were heard, as people read them."""
        stream_of = FORMATS["ais"].stream
        assert stream_of is not None
        stream = stream_of(system_clock)
        found = [one for data in self.heard for one in stream.feed(data)]
        messages = [FORMATS["ais"].decode(one) for one in [*found, *stream.close()]]
        return [words for message in messages if (words := _words(message))]


class Folder:
    """An incident post: forms in, forms out."""

    def __init__(self, folder: Path) -> None:
        self.inbox, self.outbox = folder / "in", folder / "out"

    def put(self, name: str, document: bytes) -> None:
        """Put a whole form into the inbox."""
        (self.inbox / f"{name}.part").write_bytes(document)
        (self.inbox / f"{name}.part").rename(self.inbox / name)

    def forms(self) -> list[bytes]:
        """The forms in the outbox."""
        return [file.read_bytes() for file in sorted(self.outbox.glob("*.txt"))]

    async def until(self, holding: str) -> bytes:
        """The first form that holds a text."""
        found: list[bytes] = []

        def there() -> bool:
            found[:] = [form for form in self.forms() if holding.encode() in form]
            return bool(found)

        await eventually(there)
        return found[0]


def _words(message: Message) -> str:
    body = message.body
    return body.text.text if isinstance(body, Text) and body.text else ""


@pytest.fixture
async def border(tmp_path: Path) -> AsyncIterator[Border]:
    async with Border(tmp_path) as border:
        yield border


async def test_four_edges_of_one_channel(border: Border, tmp_path: Path) -> None:
    post, out = Folder(tmp_path), free_port()
    eido = await border.gateway("documents", "uscbp", name="eido", format="eido")
    edxl = await border.gateway("documents", "mxgn", name="edxl", format="edxl-de", language="es")
    coast = await border.gateway("ais", "uscbp", udp=True, send_to=f"127.0.0.1:{out}")
    keep = {"name": "no tracks", "let": "stop", "way": "out", "kinds": ["position"]}
    forms = await border.gateway(
        *("ics-213", "mxgn"),
        inbox=str(post.inbox),
        outbox=str(post.outbox),
        every=0.05,
        rule=[keep],
    )
    gateways = (eido, edxl, coast, forms)
    station = await Coast.at(out)
    members = {one.device for one in border.us.roster(CHANNEL)}
    assert {f"gateway:{name}" for name in ("eido", "edxl", "ais", "ics-213")} <= {
        device.partition("@")[0] for device in members
    }
    async with (
        eido.http() as session,
        session.ws_connect("/stream", protocols=[ENVELOPES]) as socket,
        edxl.http() as other,
    ):
        centre, c5 = Centre(session, socket), Post(other)
        await _from_the_centre(border, centre, c5, station, post)
        await _from_the_c5(border, centre, c5, station, post)
        await _from_the_coast(border, coast, station, centre, c5, post)
        await _from_the_post(border, centre, c5, station, post)
        await _nothing_returns(border, coast, station, centre, c5, post)
    station.transport.close()
    for gateway in gateways:
        assert "defect" not in gateway.log()
    assert [gateway.stop() for gateway in gateways] == [0, 0, 0, 0]


async def _entry(border: Border, gateway: str, kind: str) -> Message:
    def wanted(one: Any) -> bool:
        return bool(one.sender.device.startswith(f"{gateway}@") and one.message.kind == kind)

    return (await border.seen(border.mx, wanted)).message


async def _from_the_centre(
    border: Border, centre: Centre, c5: Post, station: Coast, post: Folder
) -> None:
    """An incident: in EDXL-DE, as a form, and, because AIS has no incidents, not on the air."""
    body = IncidentOpen(incident_type="TUNNEL", summary=LanguageText(text="smoke at the fence"))
    document = foreign("eido", body, incident="INC-7", location=PLACE)
    assert "taken" in await centre.send(document.decode())
    message = await _entry(border, "gateway:eido", "incident.open")
    listed = await c5.until(lambda one: bool(one["id"] == message.id))
    assert listed["format"] == "edxl-de"
    assert b"<" in await c5.document(message.id)
    await post.until("INC-7")
    more = IncidentOpen(incident_type="TUNNEL", summary=LanguageText(text="two persons seen"))
    told = await centre.send(foreign("eido", more, incident="INC-7", location=PLACE).decode())
    assert told["kind"] == "incident.update"  # a second snapshot opens nothing
    await post.until("two persons seen")
    assert station.heard == []


async def _from_the_c5(
    border: Border, centre: Centre, c5: Post, station: Coast, post: Folder
) -> None:
    """A public alert: on the air in 64 characters, as a form; without an incident not in EIDO."""
    info = AlertInfo(event="Derrumbe en el túnel", headline="Derrumbe en el túnel", language="es")
    body = Alert(scope=AlertScope.PUBLIC, infos=(info,))
    status, told = await c5.post(foreign("edxl-de", body, language="es", location=PLACE))
    assert status == 202, told
    message = await _entry(border, "gateway:edxl", "alert")
    await eventually(lambda: any("DERRUMBE EN EL TUNEL" in text for text in station.texts()))
    await post.until("Derrumbe")
    async with asyncio.timeout(PATIENCE):
        while not any(one["id"] == message.id for one in await _unsaid(centre)):
            await asyncio.sleep(0.05)


async def _unsaid(centre: Centre) -> list[dict[str, Any]]:
    async with centre.session.get("/unsaid") as response:
        found: list[dict[str, Any]] = (await response.json())["unsaid"]
    return found


async def _from_the_coast(
    border: Border, coast: GatewayProcess, station: Coast, centre: Centre, c5: Post, post: Folder
) -> None:
    """A vessel and its safety text: told to the C5, the text as a form, none of it to EIDO."""
    for sentence in (VESSEL, b"$GPGGA,rubbish*00\r\n", SAFETY_TEXT):
        station.transport.sendto(sentence, ("127.0.0.1", coast.port))
    position = await _entry(border, "gateway:ais", "position")
    text = await _entry(border, "gateway:ais", "text")
    for message in (position, text):
        await c5.until(lambda one, name=message.id: bool(one["id"] == name))
    await post.until("RCVD YR TEST MSG")
    assert not any(b"227006760" in form for form in post.forms())  # its rule: no tracks
    async with asyncio.timeout(PATIENCE):
        while not any(one["id"] == text.id for one in await _unsaid(centre)):
            await asyncio.sleep(0.05)


async def _from_the_post(
    border: Border, centre: Centre, c5: Post, station: Coast, post: Folder
) -> None:
    """A form about the incident: in EIDO, in EDXL-DE, and on the air."""
    subject = LanguageText(text="Portal")
    body = Text(text=LanguageText(text="ladder truck needed"), subject=subject)
    post.put("one.txt", foreign("ics-213", body, incident="INC-7"))
    message = await _entry(border, "gateway:ics-213", "text")
    await centre.until(lambda told: told.get("id") == message.id)
    await c5.until(lambda one: bool(one["id"] == message.id))
    await eventually(lambda: any("LADDER TRUCK NEEDED" in text for text in station.texts()))
    assert (post.inbox / "done" / "one.txt").exists()


async def _nothing_returns(
    border: Border, coast: GatewayProcess, station: Coast, centre: Centre, c5: Post, post: Folder
) -> None:
    """Each hands back whatever it was given; nothing of it enters the channel."""
    history = [one.message.id for one in border.mx.history(CHANNEL)]
    own = {
        device: {
            one.message.id for one in border.mx.history(CHANNEL) if one.sender.device == device
        }
        for device in ("gateway:eido@uscbp", "gateway:edxl@mxgn")
    }
    assert not own["gateway:eido@uscbp"] & {told.get("id") for told in centre.seen}
    assert not own["gateway:edxl@mxgn"] & set(c5.seen)
    for told in [told for told in centre.seen if "document" in told]:
        assert (await centre.send(told["document"]))["error"] == "already_crossed"
    for name in tuple(c5.seen):
        assert (await c5.post(await c5.document(name)))[0] in (200, 409)
    for data in tuple(station.heard):
        station.transport.sendto(data, ("127.0.0.1", coast.port))
    forms = list(post.outbox.glob("*.txt"))
    for file in forms:
        shutil.copy(file, post.inbox / f"back-{file.name}")
    done = [post.inbox / "done" / f"back-{file.name}" for file in forms]
    await eventually(lambda: all(file.exists() for file in done))
    words = Text(text=LanguageText(text="the last word"))
    last = compose(border.us.device.identity, words, incident="INC-7")
    await border.us.send(CHANNEL, last)
    await centre.until(lambda told: told.get("id") == last.id)
    await soon(border.mx.until(lambda: border.mx.history(CHANNEL)[-1].message.id == last.id))
    assert [one.message.id for one in border.mx.history(CHANNEL)] == [*history, last.id]
