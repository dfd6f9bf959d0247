"""The transport's state reaches the link, and whole messages go past the library's queue."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from hub.relay.config import read_settings
from hub.relay.delivery import Link
from hub.relay.outbox import websocket_frame
from hub.relay.sockets import RelayConnection, choose_subprotocol, tls_context
from protocols.frames import MSGPACK, SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK
from tests.scenario.house import House


class Hall:
    """A server with one connection whose inside a test can see."""

    def __init__(self) -> None:
        self.drained: list[Link] = []
        self.taken: asyncio.Queue[bytes] = asyncio.Queue()
        self.queued: asyncio.Queue[Any] = asyncio.Queue()
        self.entered: asyncio.Queue[RelayConnection] = asyncio.Queue()

    async def serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, RelayConnection)
        connection.attach(1, MSGPACK, self.drained.append)
        connection.hand_on(self.taken.put_nowait)
        self.entered.put_nowait(connection)
        async for message in connection:
            self.queued.put_nowait(message)


async def test_whole_messages_fragments_and_flow() -> None:
    hall = Hall()
    async with (
        serve(
            hall.serve,
            "127.0.0.1",
            0,
            create_connection=RelayConnection,
            compression=None,
            write_limit=1024,
        ) as server,
        connect(
            f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", max_queue=None, close_timeout=1
        ) as client,
    ):
        connection = await hall.entered.get()
        link = connection.link
        assert link is not None
        await client.send(b"whole")
        assert await hall.taken.get() == b"whole"
        await client.send([b"in ", b"parts"])
        assert await hall.queued.get() == b"in parts"
        assert connection.remote.startswith("127.0.0.1:")

        link.write(websocket_frame(b"direct", text=False) + websocket_frame(b"text", text=True))
        assert await client.recv() == b"direct"
        assert await client.recv() == "text"

        client.transport.pause_reading()
        while not link.full:
            link.write(websocket_frame(bytes(60_000), text=False))
        assert hall.drained == []
        client.transport.resume_reading()
        async with asyncio.timeout(10):
            while not hall.drained:
                await client.recv()
        assert hall.drained == [link]


def test_the_subprotocol_is_msgpack_where_both_are_offered() -> None:
    connection = RelayConnection.__new__(RelayConnection)
    json, msgpack = Subprotocol(SUBPROTOCOL_JSON), Subprotocol(SUBPROTOCOL_MSGPACK)
    assert choose_subprotocol(connection, [json, msgpack]) == msgpack
    assert choose_subprotocol(connection, [Subprotocol("other"), json]) == json
    assert choose_subprotocol(connection, [Subprotocol("other")]) is None


def test_tls_1_3_and_nothing_older(tmp_path: Path) -> None:
    context = tls_context(read_settings(House(tmp_path, port=4433).config))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3


async def test_writing_to_a_closed_connection_is_harmless() -> None:
    hall = Hall()
    async with serve(
        hall.serve, "127.0.0.1", 0, create_connection=RelayConnection, compression=None
    ) as server:
        async with connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"):
            connection = await hall.entered.get()
        await connection.wait_closed()
        assert connection.link is not None
        connection.link.write(b"nobody reads this")
