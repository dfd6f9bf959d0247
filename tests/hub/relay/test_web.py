"""GET answers: what they say, with which status and type, and that only the door is left open."""

from __future__ import annotations

import json

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from hub.relay.web import Web
from tests.hub.relay.playbook import Play


class Knock:
    """A web over a play, asked without a socket."""

    def __init__(self, play: Play) -> None:
        self.busy = False
        self.web = Web(play.state, play.store, lambda: {"connections": 3}, lambda: self.busy)

    def get(self, path: str) -> Response | None:
        protocol = ServerProtocol()
        connection = ServerConnection.__new__(ServerConnection)
        connection.protocol = protocol
        return self.web.answer(connection, Request(path, Headers()))


@pytest.fixture
async def knock(play: Play) -> Knock:
    return Knock(play)


def body(response: Response | None) -> str:
    assert response is not None
    assert response.body is not None
    return bytes(response.body).decode()


async def test_health_follows_the_log(play: Play, knock: Knock) -> None:
    response = knock.get("/health")
    assert response is not None
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(body(response)) == {
        "status": "ok",
        "hub": "hub-test",
        "entries": 0,
        "connections": 3,
    }
    play.core.pressure("disk", 1)
    refusing = knock.get("/health?x=1")
    assert refusing is not None
    assert refusing.status_code == 503
    assert json.loads(body(refusing))["status"] == "disk"


async def test_metrics_and_checkpoint(play: Play, knock: Knock) -> None:
    metrics = knock.get("/metrics")
    assert metrics is not None
    assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "crossband_connections 3" in body(metrics)
    await play.enter(play.member("unit"))
    await play.store.checkpoint(lambda size, root: f"{size}\n")
    assert body(knock.get("/checkpoint")) == "1\n"


@pytest.mark.parametrize("path", ["/nothing", "/health/x", "//", "/../etc/passwd"])
async def test_nothing_else_is_there(knock: Knock, path: str) -> None:
    response = knock.get(path)
    assert response is not None
    assert response.status_code == 404


async def test_the_door_is_open_unless_too_many_wait(knock: Knock) -> None:
    assert knock.get("/") is None
    knock.busy = True
    response = knock.get("/")
    assert response is not None
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
