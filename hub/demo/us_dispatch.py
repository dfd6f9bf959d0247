"""The US dispatch: a system that speaks Cursor on Target over TLS and nothing else."""

from __future__ import annotations

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import msgspec

from hub.gateway.cot_framing import CotStream
from protocols.formats.xml import parse

NAMESPACE: Final = "urn:crossband:message:1"
"""Of the detail element for what CoT has no words for, as the crosswalk documents it."""


class Seen(msgspec.Struct, frozen=True):
    """One event on the dispatcher's screen."""

    type: str
    uid: str
    remarks: str
    emergency: str
    point: tuple[float, float]
    of: str
    """What a receipt is about."""
    message: dict[str, Any]
    """The complete message beside what a plain TAK screen shows, where there is one."""

    @property
    def kind(self) -> str:
        """The kind of that message."""
        return str(self.message.get("body", {}).get("kind", ""))

    @property
    def body(self) -> dict[str, Any]:
        """Its body."""
        body: dict[str, Any] = self.message.get("body", {})
        return body


class UsDispatch:
    """Connects to the gateway as any TAK client would."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._count = 0

    async def connect(self, port: int, certificate: Path) -> None:
        """TLS, with the gateway's certificate pinned."""
        context = ssl.create_default_context(cafile=str(certificate))
        reader, self._writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        self._reading = asyncio.create_task(self._read(reader))

    async def close(self) -> None:
        """Hang up."""
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()

    def find(self, kind: str, **body: Any) -> Seen | None:
        """The newest event of this kind whose body has these values."""
        for seen in reversed(self.seen):
            if seen.kind == kind and all(seen.body.get(key) == body[key] for key in body):
                return seen
        return None

    def of_type(self, prefix: str, uid: str = "") -> Seen | None:
        """The newest event of a CoT type, and of one uid if it is given."""
        for seen in reversed(self.seen):
            if seen.type.startswith(prefix) and seen.uid.startswith(uid):
                return seen
        return None

    async def send(
        self,
        type_: str,
        body: dict[str, Any],
        *,
        remarks: str = "",
        point: tuple[float, float] = (0.0, 0.0),
        **envelope: Any,
    ) -> str:
        """Stream one event; its uid. What CoT cannot say stands in the detail element."""
        self._count += 1
        uid = f"NOGALES-DISPATCH.{self._count}"
        now = datetime.now(UTC)
        stated = json.dumps(
            {"body": body, "language": "en", "exercise": "actual", **envelope}, ensure_ascii=False
        )
        times = {"time": now, "start": now, "stale": now + timedelta(hours=12)}
        attributes = " ".join(f'{name}="{_zulu(moment)}"' for name, moment in times.items())
        event = (
            f'<event version="2.0" uid={quoteattr(uid)} type="{type_}" how="h-e" {attributes}>'
            f'<point lat="{point[0]}" lon="{point[1]}" hae="9999999.0" ce="9999999.0" '
            f'le="9999999.0"/><detail><contact callsign="NOGALES DISPATCH"/>'
            f"<remarks>{escape(remarks)}</remarks>"
            f'<__crossband xmlns="{NAMESPACE}">{escape(stated)}</__crossband></detail></event>'
        )
        assert self._writer is not None
        self._writer.write(event.encode())
        await self._writer.drain()
        return uid

    async def _read(self, reader: asyncio.StreamReader) -> None:
        stream = CotStream()
        while data := await reader.read(65536):
            for event in stream.feed(data):
                if isinstance(event, bytes):
                    self.seen.append(_screen(event))


def _screen(event: bytes) -> Seen:
    """What a dispatcher's program takes out of an event."""
    root = parse(event)
    point = root.find("point")
    remarks = root.find("detail/remarks")
    emergency = root.find("detail/emergency")
    carried = root.find(f"detail/{{{NAMESPACE}}}__crossband")
    receipt = root.find("detail/__chatreceipt")
    where = (0.0, 0.0)
    if point is not None:
        where = (float(point.get("lat", "0")), float(point.get("lon", "0")))
    return Seen(
        type=root.get("type", ""),
        uid=root.get("uid", ""),
        remarks=("" if remarks is None else remarks.text) or "",
        emergency=("" if emergency is None else emergency.text) or "",
        point=where,
        of="" if receipt is None else receipt.get("messageId", ""),
        message={} if carried is None else json.loads(carried.text or "{}"),
    )


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
