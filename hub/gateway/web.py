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
from hub.gateway.config import Listening
from hub.gateway.listening import Listener
from protocols.client.fates import Fate
from protocols.errors import (
    AccessRefused,
    CrossbandError,
    FormatRefused,
    OrderRefused,
    Trouble,
    UnsafeDocument,
)

DOCUMENT_LIMIT: Final = 256 * 1024
"""Bytes of a document, the same as the limit of every XML document here."""
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


class WebServer:
    """An aiohttp server on the gateway's address. Every request must carry the token, if any."""

    def __init__(self, listening: Listening, edge: Edge, routes: Iterable[web.RouteDef]) -> None:
        self._token = listening.token
        self._edge = edge
        application = web.Application(middlewares=[self._guard], client_max_size=DOCUMENT_LIMIT)
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
