"""A cable carries, can be pulled, and carries again."""

from __future__ import annotations

import asyncio

import pytest

from hub.demo.cable import Cable


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1024):
        writer.write(data)
    writer.close()


async def test_bytes_go_both_ways_until_it_is_pulled() -> None:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    cable = Cable(server.sockets[0].getsockname()[1])
    await cable.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"

    cable.pull()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)

    cable.plug()
    reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
    writer.write(b"again")
    assert await reader.readexactly(5) == b"again"
    cable.stop()
    server.close()


async def test_nobody_at_the_other_end_ends_the_connection() -> None:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    cable = Cable(port)
    await cable.start()
    reader, _ = await asyncio.open_connection("127.0.0.1", cable.port)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    cable.stop()
