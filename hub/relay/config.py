"""`hub.toml`: what one relay is told; every path is relative to the file's own folder.

name = "hub-nogales"                 the hub's name, which clients check
listen = "127.0.0.1:8443"            address and port
log = "log.sqlite"                   the channel log

[tls]                                the certificate that clients see
certificate = "tls.pem"
key = "tls.key.pem"

[keys]                               signs checkpoints; proposes removals
log = "log.key.pem"                  Ed25519
log_post_quantum = "log-mldsa.key.pem"   ML-DSA-44, may be left out
sender = "sender.key.pem"            P-256

[agencies]                           pinned roots, one file an agency
uscbp = "agencies/uscbp.pem"

[limits]                             see `hub.relay.state.Limits`; may be left out
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

import msgspec

from hub.config import load, resolve
from hub.relay.state import Limits
from protocols.errors import ConfigurationError
from protocols.identity import Roots


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """Where the TLS certificate (PEM, with what leads to its root) and its key are.

    `behind_proxy`: a proxy on this machine ends TLS and shows this certificate; then the hub
    listens without TLS, on a loopback address only, and logins are bound to the same certificate.
    """

    certificate: str
    key: str
    behind_proxy: bool = False


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Where the hub's own keys are."""

    log: str
    sender: str
    log_post_quantum: str = ""


class HubConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A hub's configuration file."""

    name: str
    listen: str
    log: str
    tls: Tls
    keys: Keys
    agencies: dict[str, str]
    limits: Limits = Limits()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The same with everything found and looked at."""

    name: str
    host: str
    port: int
    log: Path
    tls_certificate: Path
    tls_key: Path
    behind_proxy: bool
    log_key: Path
    log_post_quantum_key: Path | None
    sender_key: Path
    roots: Roots
    limits: Limits


def read_settings(path: Path | str) -> Settings:
    """Read `hub.toml`; raises `ConfigurationError` or `BadCertificate`."""
    config = load(path, HubConfig)
    host, port = split_address(config.listen)
    check_hub_name(config.name)
    if not config.agencies:
        raise ConfigurationError(f"{path}: 'agencies' names no agency, so nobody could log in")
    if config.tls.behind_proxy and not _is_loopback(host):
        raise ConfigurationError(f"{path}: 'behind_proxy' needs a loopback address, not {host}")
    quantum = config.keys.log_post_quantum
    return Settings(
        name=config.name,
        host=host,
        port=port,
        log=resolve(path, config.log),
        tls_certificate=resolve(path, config.tls.certificate),
        tls_key=resolve(path, config.tls.key),
        behind_proxy=config.tls.behind_proxy,
        log_key=resolve(path, config.keys.log),
        log_post_quantum_key=resolve(path, quantum) if quantum else None,
        sender_key=resolve(path, config.keys.sender),
        roots=_roots(path, config.agencies),
        limits=config.limits,
    )


def check_hub_name(name: str) -> None:
    """The name stands in signed notes and challenges; raises `ConfigurationError`."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise ConfigurationError(
            f"the hub's name {name!r} must be 1 to 64 letters, digits, dots and hyphens"
        )


def split_address(listen: str) -> tuple[str, int]:
    """`HOST:PORT`, `[::1]:PORT`; raises `ConfigurationError`."""
    host, colon, port = listen.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or not port.isdecimal() or int(port) > 65535:
        raise ConfigurationError(f"'listen' must read HOST:PORT, not {listen!r}")
    if ":" in bare:
        try:
            ipaddress.IPv6Address(bare)
        except ValueError as error:
            raise ConfigurationError(f"{host!r} is not an address to listen on") from error
    return bare, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _roots(path: Path | str, agencies: dict[str, str]) -> Roots:
    roots = Roots()
    for agency, value in agencies.items():
        file = resolve(path, value)
        try:
            found = Roots.from_pem([file.read_bytes()])
        except OSError as error:
            raise ConfigurationError(f"the root of {agency} cannot be read: {error}") from error
        if set(found.agencies) != {agency}:
            named = ", ".join(found.agencies) or "nobody"
            raise ConfigurationError(f"{file} is the root of {named}, not of {agency}")
        roots.pin(found.of(agency))
    return roots
