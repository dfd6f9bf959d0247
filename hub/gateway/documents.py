"""Documents of any format over HTTP and a websocket: EIDO, EDXL-DE, EDXL-RM, EMSI, GeoJSON, ...

POST /documents              one document; 202 with its message id and fate, or why not; the same
                             again is answered 200 with what became of the first. The format is the
                             gateway's, or the one of `?format=NAME` or of the Content-Type
GET  /documents?after=SEQ    {"documents": [...], "next": SEQ}: what the system has been given, with
                             id, kind, seq, sent, sender, format, number of losses, and a link. What
                             stands out of order (what the gateway itself said, with seq 0, or a
                             letter that passed late) may come again, always with the same id
GET  /unsaid                 messages that the format had no words for, nor for a notice of them:
                             that they were, of which kind and whose, and why
GET  /documents/ID           one of them as it is
GET  /documents/ID/losses    what its translation lost
GET  /fates/ID               what became of a posted document, at every reader
GET  /stream                 websocket: the shelf at connect, then live. Frames are

  without a subprotocol      one bare document each, both ways. A document that is refused is
                             answered with a notice in the format, where that has a place for one
  crossband.documents.v1     JSON. From the gateway {"id", "kind", "seq", "format", "media_type",
                             "losses", "document"}; to it {"document", "format"?, "ref"?}, answered
                             with {"taken": ID, "kind", "state", "ref"} or with
                             {"error", "text", "facts", "ref"}. A document that is no text stands
                             as base64 under "base64" instead

GET  /health, /metrics       see `hub.gateway.web`

Besides, every document is posted to the webhooks of the configuration (`hub.gateway.webhook`).

For EIDO this is conveyance in the spirit of NENA-STA-024 (TLS, a websocket, whole objects in JSON,
retrieval of one object by its id), and not that protocol: it has no subscribe and notify messages,
no rates, no filters, no dereference service and no event logging. Whoever connects is subscribed to
what the channel's rules let pass.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from aiohttp import web

from hub.gateway.adapter import Edge
from hub.gateway.bridge import Parcel
from hub.gateway.config import Listening
from hub.gateway.sockets import Manner, Sockets
from hub.gateway.web import (
    WebServer,
    answer,
    check_size,
    fate_response,
    fault,
    find_parcel,
    first_of,
    take_document,
)
from hub.gateway.webhook import Webhook
from protocols.errors import AlreadyCrossed, CrossbandError, MalformedDocument
from protocols.formats.codec import Format
from protocols.formats.registry import FORMATS, format_named

ENVELOPES: Final = "crossband.documents.v1"
"""The websocket subprotocol."""
GENERIC: Final = frozenset(
    ("text/plain", "text/xml", "application/xml", "application/json", "application/octet-stream")
)
"""Media types that programs put on everything; they name no format."""
PAGE: Final = 100
"""Documents in one answer to GET /documents, beside those that stand out of order."""


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client of the subprotocol sends."""

    document: str | None = None
    base64: bytes | None = None
    format: str | None = None
    ref: str | None = None


class DocumentsAdapter:
    """The HTTP and websocket server of a system that speaks one format, or several."""

    def __init__(
        self,
        listening: Listening,
        edge: Edge,
        *,
        queue: int,
        format_name: str,
        webhooks: Sequence[Webhook] = (),
    ) -> None:
        self._edge = edge
        self._webhooks = tuple(webhooks)
        self._format = format_named(format_name)
        bare = Manner(lambda parcel: parcel.data, self._take_bare, binary=not is_text(self._format))
        enveloped = Manner(enveloped_parcel, self._take_envelope)
        self._sockets = Sockets(edge, {"": bare, ENVELOPES: enveloped}, queue=queue)
        self._server = WebServer(
            listening,
            edge,
            (
                web.post("/documents", self._post),
                web.get("/documents", self._list),
                web.get("/unsaid", self._unsaid),
                web.get("/documents/{id}", self._document),
                web.get("/documents/{id}/losses", self._losses),
                web.get("/fates/{id}", self._fate),
                web.get("/stream", self._sockets.serve),
            ),
        )

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._server.port

    async def start(self) -> None:
        """Listen, and begin to call the webhooks; raises `PortInUse`."""
        await self._server.start()
        for webhook in self._webhooks:
            await webhook.start()

    def deliver(self, parcel: Parcel) -> None:
        """Queue a parcel for every websocket and webhook; who polls finds it on the shelf."""
        self._sockets.deliver(parcel)
        for webhook in self._webhooks:
            webhook.deliver(parcel)

    def gauges(self) -> Mapping[str, float]:
        """How many websockets are connected, and what waits for the webhooks."""
        waiting = sum(webhook.waiting for webhook in self._webhooks)
        return {"clients": len(self._sockets), "system_waiting": waiting}

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        for webhook in self._webhooks:
            await webhook.stop()
        await self._sockets.close()
        await self._server.stop()

    # --- HTTP -----------------------------------------------------------------------------------

    async def _post(self, request: web.Request) -> web.Response:
        named = request.query.get("format")
        spoken = format_named(named) if named else self._by_type(request.content_type)
        return await take_document(request, self._edge, spoken)

    def _by_type(self, media_type: str) -> Format | None:
        """The format of a media type that names exactly one; else the gateway's own (None)."""
        if media_type == self._format.media_type or media_type in GENERIC:
            return None
        found = [one for one in FORMATS.values() if one.media_type == media_type and one.reads]
        return found[0] if len(found) == 1 else None

    async def _list(self, request: web.Request) -> web.Response:
        text = request.query.get("after", "0")
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise MalformedDocument(f"after={text[:40]!r} is not a number")
        after = seq = int(text)
        found: list[dict[str, Any]] = []
        place = counted = 0
        for parcel in self._edge.shelf:
            late = parcel.seq < place or not parcel.seq
            place = max(place, parcel.seq)
            if parcel.seq > after and not late:
                counted += 1
                seq = parcel.seq
            if parcel.seq > after or (late and place >= after):
                found.append(_line(parcel))
            if counted == PAGE:
                break
        return answer({"documents": found, "next": seq})

    async def _unsaid(self, request: web.Request) -> web.Response:
        found = [
            {
                "id": one.message.id,
                "kind": one.message.kind,
                "sender": one.message.sender.device,
                "at": one.at.isoformat(),
                "text": one.sentence,
            }
            for one in self._edge.unsaid
        ]
        return answer({"unsaid": found})

    async def _document(self, request: web.Request) -> web.Response:
        parcel = find_parcel(request, self._edge)
        written = format_named(parcel.format_name)
        return web.Response(body=parcel.data, content_type=written.media_type)

    async def _losses(self, request: web.Request) -> web.Response:
        return answer(find_parcel(request, self._edge).losses)

    async def _fate(self, request: web.Request) -> web.Response:
        return fate_response(request, self._edge)

    # --- websocket ------------------------------------------------------------------------------

    async def _take_bare(self, document: bytes, source: str) -> bytes | None:
        """Nothing is said of a document that was taken; one that was not is told as a notice."""
        try:
            check_size(document, source, self._edge)
            await self._edge.take(document, source)
        except AlreadyCrossed:
            return None
        except CrossbandError as refusal:
            parcel = self._edge.notice(self._edge.said(refusal))
            return None if parcel is None else parcel.data
        return None

    async def _take_envelope(self, frame: bytes, source: str) -> bytes:
        ref: str | None = None
        try:
            check_size(frame, source, self._edge)
            envelope = _envelope(frame)
            ref = envelope.ref
            told = await self._take(envelope, source)
        except CrossbandError as refusal:
            told = fault(refusal, self._edge)
        return msgspec.json.encode(told | ({} if ref is None else {"ref": ref}))

    async def _take(self, envelope: Envelope, source: str) -> dict[str, object]:
        document = envelope.base64
        if document is None:
            document = (envelope.document or "").encode()
        spoken = None if envelope.format is None else format_named(envelope.format)
        try:
            taken = await self._edge.take(document, source, spoken)
        except AlreadyCrossed as crossed:
            first = first_of(crossed, self._edge)
            if first is None:
                raise
            return {"taken": first.message_id, "state": first.state}
        state = None if taken.fate is None else taken.fate.state
        return {"taken": taken.message.id, "kind": taken.message.kind, "state": state}


def is_text(written: Format) -> bool:
    """Whether documents of a format are text, which a websocket carries as text."""
    kind = written.media_type
    return kind.startswith("text/") or kind.endswith(("xml", "json"))


def enveloped_parcel(parcel: Parcel) -> bytes:
    """A parcel as a frame of the subprotocol."""
    written = format_named(parcel.format_name)
    message = parcel.message
    content = (
        {"document": parcel.data.decode()} if is_text(written) else {"base64": _base64(parcel)}
    )
    return msgspec.json.encode(
        {
            "id": message.id,
            "kind": message.kind,
            "seq": parcel.seq,
            "format": written.name,
            "media_type": written.media_type,
            "losses": parcel.losses,
            **content,
        }
    )


def _base64(parcel: Parcel) -> str:
    return base64.b64encode(parcel.data).decode()


def _envelope(frame: bytes) -> Envelope:
    try:
        envelope = msgspec.json.decode(frame, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedDocument(f"not an envelope of {ENVELOPES}: {error}") from error
    if (envelope.document is None) == (envelope.base64 is None):
        raise MalformedDocument('an envelope holds either "document" or "base64"')
    return envelope


def _line(parcel: Parcel) -> dict[str, Any]:
    message = parcel.message
    return {
        "id": message.id,
        "kind": message.kind,
        "seq": parcel.seq,
        "sent": message.sent.isoformat(),
        "sender": message.sender.device,
        "format": parcel.format_name,
        "losses": len(parcel.losses),
        "href": f"/documents/{message.id}",
    }
