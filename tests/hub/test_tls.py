"""The certificate that servers make for themselves is one that clients can pin."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from hub.tls import self_signed


@pytest.mark.parametrize("host", ["127.0.0.1", "hub.example", "[::1]"])
def test_it_names_its_host_and_is_no_authority(host: str) -> None:
    _, pem = self_signed(host, "hub-nogales")
    certificate = x509.load_pem_x509_certificate(pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    stated = [str(name.value) for name in names]
    assert host.strip("[]") in stated
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


async def test_a_client_that_pins_it_connects_and_one_that_does_not_refuses(tmp_path: Path) -> None:
    key, certificate = self_signed("127.0.0.1", "hub")
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "cert.pem").write_bytes(certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    pinning = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=pinning)
    assert await reader.read() == b"hello"
    writer.close()
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", port, ssl=ssl.create_default_context())
    server.close()
