"""What the transports over HTTP share: one aiohttp server, tokens, errors as JSON, health, metrics.

GET /health    {"status": "ok" | "link down" | "waiting", "gateway": ...}; no token is asked for
GET /metrics   Prometheus text: counts only, no token is asked for
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web

from hub.gateway.adapter import Edge
from hub.gateway.bridge import Parcel
from hub.gateway.config import Listening
from hub.gateway.listening import Listener
from protocols.client.fates import Fate
from protocols.errors import (
    AccessRefused,
    AlreadyCrossed,
    CrossbandError,
    FormatRefused,
    OrderRefused,
    Trouble,
    UnsafeDocument,
)
from protocols.formats.codec import Format

DOCUMENT_LIMIT: Final = 256 * 1024
"""Bytes of a document, the same as the limit of every XML document here."""
BODY_LIMIT: Final = 4 * DOCUMENT_LIMIT
"""Bytes that are read at all; what lies between the limits is refused and kept as a letter."""
STOP_SECONDS: Final = 2.0
"""How long requests under way may take when the server stops."""
OPEN: Final = ("/health", "/metrics")
"""Paths that need no token."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(value: object, status: int = HTTPStatus.OK) -> web.Response:
    """A value as a JSON response."""
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json"
    )


def fate_value(fate: Fate) -> dict[str, object]:
    """A fate as a JSON object that programs of others can read: every state and stage by name."""
    value: dict[str, object] = {
        "id": fate.message_id,
        "state": fate.state,
        "seq": fate.seq,
        "recipients": [
            {"device": one.device, "stage": one.stage.name.lower(), "reason": one.reason}
            for one in fate.recipients
        ],
    }
    if fate.code:
        value |= {"error": fate.code, "detail": fate.detail, "remedy": fate.remedy}
    return value


def status_of(error: CrossbandError) -> HTTPStatus:
    """The HTTP status that says the same as an error of ours."""
    if isinstance(error, UnsafeDocument):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if isinstance(error, FormatRefused):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, AccessRefused):
        return HTTPStatus.FORBIDDEN
    if isinstance(error, OrderRefused):
        return HTTPStatus.CONFLICT
    return HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, Trouble) else HTTPStatus.BAD_REQUEST


def fault(error: CrossbandError, edge: Edge) -> dict[str, object]:
    """An error as a JSON object: code, sentence in the system's language, facts."""
    return {"error": error.code, "text": edge.said(error), "facts": error.facts}


async def take_document(
    request: web.Request, edge: Edge, spoken: Format | None = None
) -> web.Response:
    """Take the document in a request's body: 202 with its message id, kind and state; 200 for one
    that the system has sent before, with what became of it. Raises what `Edge.take` raises."""
    document, source = await read_document(request, edge), request.remote or ""
    try:
        taken = await edge.take(document, source, spoken)
    except AlreadyCrossed as error:
        first = first_of(error, edge)
        if first is None:  # it came from the channel
            raise
        return answer({"id": first.message_id, "state": first.state})
    state = None if taken.fate is None else taken.fate.state
    told = {"id": taken.message.id, "kind": taken.message.kind, "state": state}
    return answer(told, HTTPStatus.ACCEPTED)


async def read_document(request: web.Request, edge: Edge) -> bytes:
    """The body of a request; raises `UnsafeDocument` for one that is too large, and keeps it."""
    document = await request.read()
    check_size(document, request.remote or "", edge)
    return document


def check_size(document: bytes, source: str, edge: Edge) -> None:
    """Raise `UnsafeDocument` for a document that is too large, and keep its beginning."""
    if len(document) > DOCUMENT_LIMIT:
        error = UnsafeDocument(f"a document of {len(document)} bytes; {DOCUMENT_LIMIT} are allowed")
        edge.refuse(document, source, error)
        raise error


def first_of(error: AlreadyCrossed, edge: Edge) -> Fate | None:
    """What became of the document of which another is the repetition; None if that one was not
    sent by the system."""
    return edge.fate(str(error.facts.get("id", "")))


def fate_response(request: web.Request, edge: Edge) -> web.Response:
    """The fate of the message named in the path."""
    fate = edge.fate(request.match_info["id"])
    if fate is None:
        raise web.HTTPNotFound
    return answer(fate_value(fate))


def find_parcel(request: web.Request, edge: Edge) -> Parcel:
    """The parcel named in the path, as long as it is on the shelf."""
    parcel = edge.shelf.find(request.match_info["id"])
    if parcel is None:
        raise web.HTTPNotFound
    return parcel


class WebServer:
    """An aiohttp server on the gateway's address. Every request must carry the token, if any."""

    def __init__(self, listening: Listening, edge: Edge, routes: Iterable[web.RouteDef]) -> None:
        self._token = listening.token
        self._edge = edge
        application = web.Application(middlewares=[self._guard], client_max_size=BODY_LIMIT)
        application.add_routes(
            [web.get("/health", self._health), web.get("/metrics", self._metrics), *routes]
        )
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=STOP_SECONDS, handle_signals=False
        )
        self._listener = Listener(listening, self._protocol, edge.counters)

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._listener.port

    async def start(self) -> None:
        """Listen; raises `PortInUse`."""
        await self._runner.setup()
        await self._listener.start()

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        await self._listener.stop()
        await self._runner.cleanup()

    def _protocol(self) -> asyncio.Protocol:
        server = self._runner.server
        assert server is not None
        return server()

    # --- requests -------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The token first; then every error of ours becomes a JSON answer."""
        if self._token and request.path not in OPEN:
            given = request.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
                return web.Response(
                    status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"}
                )
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            error = UnsafeDocument(f"a document may have {DOCUMENT_LIMIT} bytes")
            self._edge.counters.refused(error.code)
            return answer(fault(error, self._edge), status_of(error))
        except CrossbandError as error:
            return answer(fault(error, self._edge), status_of(error))

    async def _health(self, request: web.Request) -> web.Response:
        gauges = self._edge.gauges()
        status = "waiting" if not gauges["serving"] else "ok" if gauges["link_up"] else "link down"
        code = HTTPStatus.OK if gauges["serving"] else HTTPStatus.SERVICE_UNAVAILABLE
        return answer({"status": status, "gateway": self._edge.title}, code)

    async def _metrics(self, request: web.Request) -> web.Response:
        text = self._edge.counters.render(self._edge.gauges())
        return web.Response(
            body=text.encode(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )
