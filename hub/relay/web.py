"""GET /health, /metrics and /checkpoint on the relay's own port, without login.

They hold counts and the signed head of the log, no name of a channel or device: whoever can reach
the port may read them.
"""

from __future__ import annotations

import http
from collections.abc import Callable, Mapping

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from hub.relay.state import State
from hub.store.interface import Store

Readings = Callable[[], Mapping[str, float]]


class Web:
    """Answers HTTP requests; everything but GET / is answered here and nothing else is."""

    def __init__(
        self, state: State, store: Store, readings: Readings, busy: Callable[[], bool]
    ) -> None:
        """`readings` are gauges for /metrics; `busy` says that no more logins can wait."""
        self._state = state
        self._store = store
        self._readings = readings
        self._busy = busy

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The response; None lets the WebSocket handshake go on."""
        path = request.path.partition("?")[0]
        if path == "/health":
            return self._health(connection)
        if path == "/metrics":
            text = self._state.metrics.render(self._readings())
            response = connection.respond(http.HTTPStatus.OK, text)
            return _typed(response, "text/plain; version=0.0.4; charset=utf-8")
        if path == "/checkpoint":
            return connection.respond(http.HTTPStatus.OK, self._store.last_checkpoint)
        if path != "/":
            return connection.respond(http.HTTPStatus.NOT_FOUND, "There is nothing here.\n")
        if self._busy():
            response = connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "Try again.\n")
            response.headers["Retry-After"] = "1"
            return response
        return None

    def _health(self, connection: ServerConnection) -> Response:
        """200 while messages are taken, 503 with the reason while they are not."""
        refusing = self._state.refusing
        body = {
            "status": refusing or "ok",
            "hub": self._state.hub,
            "entries": self._store.size,
            "connections": int(self._readings()["connections"]),
        }
        status = http.HTTPStatus.SERVICE_UNAVAILABLE if refusing else http.HTTPStatus.OK
        response = connection.respond(status, msgspec.json.encode(body).decode() + "\n")
        return _typed(response, "application/json")


def _typed(response: Response, content_type: str) -> Response:
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = content_type
    return response
