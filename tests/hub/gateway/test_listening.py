"""A listener names a taken address, survives strangers, and hands good connections on."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest

from hub.gateway.counters import Count, Counters
from hub.gateway.listening import Listener
from protocols.errors import PortInUse
from tests.hub.gateway.edges import LOOPBACK, open_listening, tls_listening


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"hello ")

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


async def test_an_address_that_is_taken_is_named() -> None:
    first = Listener(open_listening(), Echo, Counters())
    await first.start()
    taken = open_listening()
    second = Listener(type(taken)(LOOPBACK, first.port, None), Echo, Counters())
    with pytest.raises(PortInUse, match=str(first.port)):
        await second.start()
    await first.stop()


async def test_data_sent_with_the_handshake_arrives(tmp_path: Path) -> None:
    listening, context = tls_listening(tmp_path)
    listener = Listener(listening, Echo, Counters())
    await listener.start()
    for _ in range(20):
        reader, writer = await asyncio.open_connection(LOOPBACK, listener.port, ssl=context)
        writer.write(b"at once")
        assert await reader.readexactly(13) == b"hello at once"
        writer.close()
        await writer.wait_closed()
    await listener.stop()


async def test_strangers_are_counted_and_stop_nobody(tmp_path: Path) -> None:
    listening, context = tls_listening(tmp_path)
    counters = Counters()
    listener = Listener(listening, Echo, counters)
    await listener.start()
    reader, writer = await asyncio.open_connection(LOOPBACK, listener.port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    await reader.read()
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection(LOOPBACK, listener.port, ssl=ssl.create_default_context())
    reader, good = await asyncio.open_connection(LOOPBACK, listener.port, ssl=context)
    assert await reader.readexactly(6) == b"hello "
    assert counters[Count.HANDSHAKES_FAILED] == 2
    writer.close()
    good.close()
    await listener.stop()


async def test_a_client_without_the_certificate_asked_for_is_refused(tmp_path: Path) -> None:
    listening, context = tls_listening(tmp_path)
    assert listening.tls is not None
    listening.tls.verify_mode = ssl.CERT_REQUIRED
    listening.tls.load_verify_locations(tmp_path / "tls.pem")
    counters = Counters()
    listener = Listener(listening, Echo, counters)
    await listener.start()
    reader, writer = await asyncio.open_connection(LOOPBACK, listener.port, ssl=context)
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        assert await reader.read() == b""
    assert counters[Count.HANDSHAKES_FAILED] == 1
    writer.close()
    await listener.stop()


async def test_stopping_ends_a_handshake_that_never_comes(tmp_path: Path) -> None:
    listening, _ = tls_listening(tmp_path)
    listener = Listener(listening, Echo, Counters())
    await listener.start()
    reader, writer = await asyncio.open_connection(LOOPBACK, listener.port)
    await asyncio.sleep(0)
    await listener.stop()
    with pytest.raises(ConnectionError):
        await asyncio.open_connection(LOOPBACK, listener.port)
    assert await reader.read() == b""
    writer.close()
