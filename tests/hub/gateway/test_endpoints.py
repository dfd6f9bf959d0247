"""Addresses, certificates and tokens are checked before anything runs."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from hub.gateway.endpoints import address, client_tls, is_loopback, server_tls, token
from hub.tls import self_signed
from protocols.errors import ConfigurationError

CONFIG = Path("gateway.toml")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.1:80", ("10.0.0.1", 80)),
        ("[::1]:9", ("::1", 9)),
        ("tak.example:8089", ("tak.example", 8089)),
    ],
)
def test_an_address_has_a_host_and_a_port(text: str, found: tuple[str, int]) -> None:
    assert address("listen", text) == found


@pytest.mark.parametrize("text", ["", "host", ":1", "host:", "host:x", "host:99999", "host:-1"])
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError, match="listen"):
        address("listen", text)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("a.b", False)],
)
def test_loopback_is_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_token_is_long_enough_and_readable(tmp_path: Path) -> None:
    file = tmp_path / "token"
    assert token(CONFIG, None) == ""
    file.write_text("a-token-that-is-long\n")
    assert token(CONFIG, file) == "a-token-that-is-long"
    file.write_text("short")
    with pytest.raises(ConfigurationError, match="16"):
        token(CONFIG, file)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        token(CONFIG, tmp_path / "none")


async def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """One TLS connection; raises what the client sees."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    listening = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=server)
    port = listening.sockets[0].getsockname()[1]
    try:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client, server_hostname=name
        )
        assert await reader.read(5) == b"hello"
        writer.close()
    finally:
        listening.close()


def own_server(folder: Path, host: str) -> ssl.SSLContext:
    key, certificate = self_signed(host, "server")
    (folder / "tls.pem").write_bytes(certificate)
    (folder / "tls.key.pem").write_bytes(key)
    return server_tls(CONFIG, folder / "tls.pem", folder / "tls.key.pem", None)


async def test_a_pinned_certificate_is_believed_whatever_its_name(tmp_path: Path) -> None:
    server = own_server(tmp_path, "tak.example")
    pinned = client_tls(CONFIG, tmp_path / "tls.pem", None, None)
    await shake(server, pinned, "127.0.0.1")
    (tmp_path / "other").mkdir()
    with pytest.raises(ssl.SSLError):
        await shake(own_server(tmp_path / "other", "tak.example"), pinned, "127.0.0.1")


async def test_of_an_authority_only_the_right_name_is_believed(tmp_path: Path) -> None:
    authority = trustme.CA()
    roots, chain = tmp_path / "roots.pem", tmp_path / "server.pem"
    authority.cert_pem.write_to_path(roots)
    authority.issue_cert("tak.example").private_key_and_cert_chain_pem.write_to_path(chain)
    server = server_tls(CONFIG, chain, chain, None)
    client = client_tls(CONFIG, roots, None, None)
    await shake(server, client, "tak.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        await shake(server, client, "127.0.0.1")


async def test_a_client_shows_its_certificate_where_it_is_asked_for(tmp_path: Path) -> None:
    authority = trustme.CA()
    roots, chain = tmp_path / "roots.pem", tmp_path / "server.pem"
    authority.cert_pem.write_to_path(roots)
    authority.issue_cert("tak.example").private_key_and_cert_chain_pem.write_to_path(chain)
    server = server_tls(CONFIG, chain, chain, roots)
    await shake(server, client_tls(CONFIG, roots, chain, chain), "tak.example")
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        await shake(server, client_tls(CONFIG, roots, None, None), "tak.example")


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match=r"gateway\.toml"):
        server_tls(CONFIG, tmp_path / "x.pem", tmp_path / "x.pem", None)
    for roots in (tmp_path / "x.pem", tmp_path / "none.pem"):
        with pytest.raises(ConfigurationError, match=r"gateway\.toml"):
            client_tls(CONFIG, roots, None, None)
