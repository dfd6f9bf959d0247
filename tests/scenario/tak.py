"""A TAK client of protobuf for the scenarios, and what TAK devices say by themselves.

pytak carries the events; what an ATAK device would add (its receipts, its emergency every few
seconds) is made here.
"""

from __future__ import annotations

import asyncio
from configparser import ConfigParser
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pytak  # type: ignore[import-untyped]  # it ships no types
import takproto

from protocols.client.events import Received
from protocols.formats.xml import parse
from protocols.messages.kinds import Text
from tests.scenario.border import GatewayProcess, TakParty

EVENT = (
    '<event version="2.0" uid="{uid}" type="{type}" how="h-e" time="{now}" start="{now}" '
    'stale="{stale}"><point lat="{lat}" lon="-110.9511" hae="1200" ce="10" le="10"/>'
    "<detail>{detail}</detail></event>"
)
CHAT = (
    '<__chat chatroom="All Chat Rooms" senderCallsign="{who}" messageId="{id}"/>'
    '<link uid="{who}" type="a-f-G-U-C" relation="p-p"/><remarks>{text}</remarks>'
)
RECEIPT = '<__chatreceipt chatroom="All Chat Rooms" senderCallsign="{who}" messageId="{of}"/>'
LAT = 31.33275


def event(uid: str, type_: str = "a-f-G-U-C", detail: str = "", lat: float = LAT) -> bytes:
    now = datetime.now(UTC)
    times = {"now": _zulu(now), "stale": _zulu(now + timedelta(hours=1))}
    return EVENT.format(uid=uid, type=type_, detail=detail, lat=lat, **times).encode()


def chat(who: str, name: str, text: str) -> bytes:
    return event(
        f"GeoChat.{who}.All Chat Rooms.{name}", "b-t-f", CHAT.format(who=who, id=name, text=text)
    )


def receipt(who: str, type_: str, of: str) -> bytes:
    return event(of, type_, RECEIPT.format(who=who, of=of))


def ping(who: str) -> bytes:
    return event(f"{who}-ping", "t-x-c-t")


def emergency(who: str, lat: float = LAT) -> bytes:
    """What ATAK sends every few seconds, until it is cancelled."""
    detail = f'<emergency type="911 Alert">{who}</emergency><contact callsign="{who}"/>'
    return event(f"{who}-9-1-1", "b-a-o-tbl", detail, lat)


def no_emergency(who: str) -> bytes:
    return event(f"{who}-9-1-1", "b-a-o-can", f'<emergency cancel="true">{who}</emergency>')


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def says(seen: bytes, type_: str, holding: str) -> bool:
    """Whether an event is of a type and holds a text."""
    return holding.encode() in seen and parse(seen).get("type", "").startswith(type_)


def spoken(entry: Received) -> str:
    """The words of a chat line in the channel."""
    body = entry.message.body
    return body.text.text if isinstance(body, Text) and body.text else ""


# --- a pytak client that speaks protobuf --------------------------------------------------------


class BothForms(pytak.RXWorker):  # type: ignore[misc]  # pytak ships no types
    """pytak reads a TCP stream as XML whatever it writes; its own reader of frames (that of its
    websocket) is used here for the messages that begin as frames do."""

    frames = 0

    async def readcot(self) -> bytes | None:
        """The next event, as XML."""
        try:
            first = await self.reader.readexactly(1)
            if first != b"\xbf":
                return first + bytes(await self.reader.readuntil(b"</event>"))
            head = b""
            while not head or head[-1] & 0x80:
                head += await self.reader.readexactly(1)
            length = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(head))
            payload = await self.reader.readexactly(length)
        except asyncio.IncompleteReadError:
            await asyncio.Event().wait()  # hung up: nothing more will come
            return None
        self.frames += 1
        return bytes(pytak.classes._takmsg2xml(takproto.parse_stream(first + head + payload)))


class FrameParty(TakParty):
    """A pytak client with TAK_PROTO: it writes frames."""

    def __init__(self, reader: Any, writer: Any, config: Any) -> None:
        self.sending: asyncio.Queue[bytes] = asyncio.Queue()
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.seen: list[bytes] = []
        self._writer = writer
        self.reading = BothForms(self.received, config, reader)
        workers = (pytak.TXWorker(self.sending, config, writer), self.reading)
        self._tasks = [asyncio.create_task(worker.run()) for worker in workers]

    @classmethod
    async def connect(cls, gateway: GatewayProcess) -> Self:
        parser = ConfigParser()
        parser["tak"] = {
            "COT_URL": f"tls://127.0.0.1:{gateway.port}",
            "TAK_PROTO": "1",
            "PYTAK_TLS_CLIENT_CAFILE": str(gateway.certificate),
            "PYTAK_TLS_CLIENT_CERT": str(gateway.client_certificate),
            "PYTAK_TLS_CLIENT_KEY": str(gateway.client_certificate),
            "PYTAK_TLS_DONT_CHECK_HOSTNAME": "1",
        }
        config = parser["tak"]
        return cls(*await pytak.protocol_factory(config), config)
