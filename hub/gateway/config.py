"""What a gateway's configuration file may say.

device_folder = "device"          the gateway's own device folder (role gateway)
channel       = "nogales"         the one channel it serves
adapter       = "cot"             how its system connects: cot, cap or native
listen        = "127.0.0.1:8089"
language      = "en"              of everything its system reads
certificate   = "tls.pem"         of its listening side; paths are relative to the file
key           = "tls.key"
client_roots  = ""                ask its clients for certificates of these authorities
token_file    = ""                HTTP and websocket: a bearer token every request must carry
kinds_in      = []                kinds its system may send; empty: all its role may
kinds_out     = []                kinds its system is shown; empty: all
queue         = 1000              parcels that may wait for one slow client of the system
shelf         = 500               parcels kept for a client that connects later
dead_letters  = "dead-letters"    folder for what could not be passed on
carry_canonical = true            put the complete message into formats that can carry it
status_listen = ""                cot: HTTP on loopback for GET /health and /metrics (the other
                                  transports answer these on their own port)
"""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from hub import config
from protocols.errors import ConfigurationError
from protocols.messages.kinds import KINDS


class GatewayFile(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of the file; see the module's docstring."""

    device_folder: str
    channel: str
    adapter: Literal["cot", "cap", "native"]
    listen: str
    language: Literal["en", "es", "fr"] = "en"
    certificate: str = ""
    key: str = ""
    client_roots: str = ""
    token_file: str = ""
    kinds_in: tuple[str, ...] = ()
    kinds_out: tuple[str, ...] = ()
    queue: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1000
    shelf: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 500
    dead_letters: str = "dead-letters"
    carry_canonical: bool = True
    status_listen: str = ""


class Listening(msgspec.Struct, frozen=True):
    """Where a gateway waits for its system, and how it proves itself."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    token: str = ""


class GatewayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read, with its paths resolved and its certificate loaded."""

    file: GatewayFile
    device_folder: Path
    dead_letters: Path
    listening: Listening
    status: Listening | None = None


def load(path: Path) -> GatewayConfig:
    """Read a gateway's file; raises `ConfigurationError` naming the key."""
    file = config.load(path, GatewayFile)
    for key in ("kinds_in", "kinds_out"):
        unknown = [kind for kind in getattr(file, key) if kind not in KINDS]
        if unknown:
            raise ConfigurationError(f"{path}: {key} names {unknown[0]!r}, which is no kind")
    return GatewayConfig(
        file=file,
        device_folder=config.resolve(path, file.device_folder),
        dead_letters=config.resolve(path, file.dead_letters),
        listening=_listening(path, file),
        status=_status(path, file),
    )


def address(key: str, text: str) -> tuple[str, int]:
    """Host and port of a text HOST:PORT; raises `ConfigurationError` naming the key."""
    host, separator, port = text.rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > 65535:
        raise ConfigurationError(f"{key} is {text!r}, not HOST:PORT")
    return host.strip("[]"), int(port)


def _status(path: Path, file: GatewayFile) -> Listening | None:
    if not file.status_listen:
        return None
    host, port = address(f"{path}: status_listen", file.status_listen)
    if not _is_loopback(host):
        raise ConfigurationError(f"{path}: status_listen may only be an address of loopback")
    return Listening(host, port, None)


def _listening(path: Path, file: GatewayFile) -> Listening:
    host, port = address(f"{path}: listen", file.listen)
    tls = _tls(path, file)
    if tls is None and (file.adapter == "cot" or not _is_loopback(host)):
        raise ConfigurationError(
            f"{path}: certificate and key are missing; without TLS only loopback is listened on"
        )
    token = ""
    if file.token_file:
        token = _read(config.resolve(path, file.token_file)).strip()
        if len(token) < 16:
            raise ConfigurationError(f"{path}: the token in token_file has under 16 characters")
    return Listening(host, port, tls, token)


def _tls(path: Path, file: GatewayFile) -> ssl.SSLContext | None:
    if not file.certificate and not file.key:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # TAK clients in the field stop at 1.2
    certificate, key = config.resolve(path, file.certificate), config.resolve(path, file.key)
    try:
        context.load_cert_chain(certificate, key)
        if file.client_roots:
            context.load_verify_locations(config.resolve(path, file.client_roots))
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"{path}: the TLS files cannot be used: {error}") from error
    return context


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
