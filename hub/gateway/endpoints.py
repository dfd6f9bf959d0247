"""Where a gateway meets its system: addresses, certificates, tokens, checked before it runs.

A gateway listens with TLS or on loopback; it connects with TLS or to loopback. What has no TLS by
nature (AIS over UDP, a receiver's plain TCP feed) says so in its own configuration key.
"""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509

from protocols.errors import ConfigurationError

TOKEN_SHORTEST: Final = 16
"""Characters of a bearer token."""


class Listening(msgspec.Struct, frozen=True):
    """Where a gateway waits for its system, and how it proves itself."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    token: str = ""


class Connecting(msgspec.Struct, frozen=True):
    """The server that a gateway connects to, and how both prove themselves.

    `server_name` is the name that its certificate must bear; empty: `host`.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    server_name: str = ""


def address(key: str, text: str) -> tuple[str, int]:
    """Host and port of a text HOST:PORT; raises `ConfigurationError` naming the key."""
    host, separator, port = text.rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > 65535:
        raise ConfigurationError(f"{key} is {text!r}, not HOST:PORT")
    return host.strip("[]"), int(port)


def server_tls(
    where: Path, certificate: Path, key: Path, client_roots: Path | None
) -> ssl.SSLContext:
    """TLS of a listening side. With `client_roots` only clients of these authorities may in.

    Raises `ConfigurationError`, which names `where`, the file that asked for it.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # TAK clients in the field stop at 1.2
    try:
        context.load_cert_chain(certificate, key)
        if client_roots is not None:
            context.load_verify_locations(client_roots)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"{where}: the TLS files cannot be used: {error}") from error
    return context


def client_tls(
    where: Path, roots: Path | None, certificate: Path | None, key: Path | None
) -> ssl.SSLContext:
    """TLS of a connecting side, and the certificate that this gateway shows.

    `roots` holds the server's authorities, whose certificates must bear its name; or its own
    certificate, and then the server must show exactly that, under whatever name. Without `roots`
    the authorities of this machine are believed. Raises `ConfigurationError`.
    """
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=roots)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if roots is not None and _is_pinned(roots.read_bytes()):
            context.check_hostname = False
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise ConfigurationError(f"{where}: the TLS files cannot be used: {error}") from error
    return context


def _is_pinned(pem: bytes) -> bool:
    """Whether none of the certificates is an authority's: then they are the server's own."""
    return not any(map(_is_authority, x509.load_pem_x509_certificates(pem)))


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return certificate.issuer == certificate.subject


def token(where: Path, file: Path | None) -> str:
    """The bearer token in a file, or nothing. Raises `ConfigurationError`."""
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error
    if len(text) < TOKEN_SHORTEST:
        raise ConfigurationError(
            f"{where}: the token in token_file has under {TOKEN_SHORTEST} characters"
        )
    return text


def is_loopback(host: str) -> bool:
    """Whether nobody outside this machine can be behind that address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
