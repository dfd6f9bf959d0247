"""The C5 of Sonora: a system that speaks the Common Alerting Protocol, in Spanish, over HTTP."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import aiohttp
import msgspec

from protocols.formats.xml import parse

ATOM: Final = "{http://www.w3.org/2005/Atom}"
CAP: Final = "{urn:oasis:names:tc:emergency:cap:1.2}"
POLL_SECONDS: Final = 0.25
SENDER: Final = "c5.sonora.example"


class Seen(msgspec.Struct, frozen=True):
    """One alert on the operator's screen."""

    identifier: str
    sender: str
    sent: str
    type: str
    event: str
    headline: str
    description: str
    parameters: dict[str, str]
    area: str

    @property
    def kind(self) -> str:
        """Which kind of message the parameters say it is."""
        return self.parameters.get("crossband:kind", "")

    @property
    def reference(self) -> str:
        """How a later alert refers to it."""
        return f"{self.sender},{self.identifier},{self.sent}"


class C5:
    """Posts alerts and reads the feed."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self._session: aiohttp.ClientSession | None = None
        self._polling: asyncio.Task[None] | None = None
        self._root = ""

    async def connect(self, port: int, certificate: Path) -> None:
        """HTTPS, with the gateway's certificate pinned."""
        context = ssl.create_default_context(cafile=str(certificate))
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))
        self._root = f"https://127.0.0.1:{port}"
        self._polling = asyncio.create_task(self._poll())

    async def close(self) -> None:
        """Hang up."""
        if self._polling is not None:
            self._polling.cancel()
        if self._session is not None:
            await self._session.close()

    def find(self, kind: str, **body: str) -> Seen | None:
        """The newest alert of this kind whose body has these values."""
        for seen in reversed(self.seen.values()):
            stated = seen.parameters
            if seen.kind == kind and all(
                stated.get(f"crossband:body.{name}") == body[name] for name in body
            ):
                return seen
        return None

    async def post(
        self,
        event: str,
        description: str,
        *,
        type_: str = "Alert",
        note: str = "",
        about: Seen | None = None,
        code: tuple[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Post one alert; the gateway's answer (message id and fate)."""
        document = _alert(event, description, type_, note, about, code, parameters or {})
        answer = await self._request("POST", "/alerts", document.encode())
        told: dict[str, Any] = msgspec.json.decode(answer)
        return told

    async def fate(self, message_id: str) -> dict[str, Any]:
        """What became of a posted alert."""
        told: dict[str, Any] = msgspec.json.decode(
            await self._request("GET", f"/fates/{message_id}")
        )
        return told

    async def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        assert self._session is not None
        async with self._session.request(method, self._root + path, data=body) as response:
            return await response.read()

    async def _poll(self) -> None:
        while True:
            feed = parse(await self._request("GET", "/feed"))
            for link in reversed(feed.findall(f"{ATOM}entry/{ATOM}link")):
                href = link.get("href", "")
                if href not in self.seen:
                    self.seen[href] = _screen(await self._request("GET", href))
            await asyncio.sleep(POLL_SECONDS)


def _alert(
    event: str,
    description: str,
    type_: str,
    note: str,
    about: Seen | None,
    code: tuple[str, str] | None,
    parameters: Mapping[str, str],
) -> str:
    """A CAP 1.2 alert as the C5's own system writes it."""
    sent = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">',
        f"<identifier>C5-{uuid.uuid4().hex[:12]}</identifier><sender>{SENDER}</sender>",
        f"<sent>{sent}</sent><status>Actual</status><msgType>{type_}</msgType>",
        "<scope>Restricted</scope><restriction>Nogales</restriction>",
        f"<note>{escape(note)}</note>" if note else "",
        f"<references>{escape(about.reference)}</references>" if about else "",
        "<info><language>es-MX</language><category>Security</category>",
        f"<event>{escape(event)}</event><urgency>Immediate</urgency>",
        "<severity>Severe</severity><certainty>Observed</certainty>",
    ]
    if code:
        lines.append(
            f"<eventCode><valueName>{code[0]}</valueName><value>{code[1]}</value></eventCode>"
        )
    lines += [
        f"<headline>{escape(event)}</headline>",
        f"<description>{escape(description)}</description>",
    ]
    for name, value in parameters.items():
        lines.append(
            f"<parameter><valueName>crossband:{name}</valueName>"
            f"<value>{escape(value)}</value></parameter>"
        )
    return "".join([*lines, "</info></alert>"])


def _screen(document: bytes) -> Seen:
    """What an operator's program takes out of an alert."""
    root = parse(document)
    info = root.find(f"{CAP}info")

    def text(name: str) -> str:
        element = root.find(f"{CAP}{name}")
        if element is None and info is not None:
            element = info.find(f"{CAP}{name}")
        return "" if element is None or element.text is None else element.text

    pairs = [] if info is None else info.findall(f"{CAP}parameter")
    return Seen(
        identifier=text("identifier"),
        sender=text("sender"),
        sent=text("sent"),
        type=text("msgType"),
        event=text("event"),
        headline=text("headline"),
        description=text("description"),
        parameters={
            pair.findtext(f"{CAP}valueName", ""): pair.findtext(f"{CAP}value", "") for pair in pairs
        },
        area=" ".join(circle.text or "" for circle in root.iter(f"{CAP}circle")),
    )
