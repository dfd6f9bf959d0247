"""Taking a device back: a signed statement, kept in the folder and carried to every hub.

The register comes first, so the agency itself refuses the device from that moment; then the
statement is written to `statements/`; then hubs are told, each of which verifies the statement by
itself. A hub that is down gets the same file later: telling it twice does no harm.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

import msgspec
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from hub.agency.authority import Authority
from hub.agency.register import Register
from protocols.client.files import make_private, write_atomic
from protocols.errors import (
    ConfigurationError,
    EnrolmentRefused,
    LinkDown,
    MalformedFrame,
    StatementRefused,
)
from protocols.frames import MSGPACK, SUBPROTOCOL_MSGPACK, Challenge, Notice, Refusal, Statement
from protocols.identity import RevocationStatement, device_name

ANSWER_SECONDS: Final = 10
FRAMES_BEFORE_ANSWER: Final = 8
"""How many frames a hub may send before it answers the statement; the challenge is one."""


class Revoked(msgspec.Struct, frozen=True):
    """A revocation as it stands in the folder."""

    device: str
    at: int
    """Unix seconds."""
    statement: Path
    body: bytes


def revoke(authority: Authority, name: str, reason: str, now: int) -> Revoked:
    """Take a device back, or find the statement that did so before; `now` in unix seconds.

    Raises `EnrolmentRefused` for a device that was never enrolled here, `BadCertificate` for a
    name that is none of this agency's.
    """
    device = device_name(name, authority.agency)
    with Register(authority.folder).change(now) as book:
        entry = book.devices.get(device)
        if entry is None:
            raise EnrolmentRefused(f"{device} is not in the register: nothing to revoke")
        for code in book.codes:
            if code.name == device and not code.used and not code.withdrawn:
                code.withdrawn = now
        if not entry.revoked:
            entry.revoked, entry.reason = now, reason
        at, reason = entry.revoked, entry.reason
    folder = authority.folder / "statements"
    path = folder / f"{device}-{at}.json"
    if path.exists():
        return Revoked(device, at, path, path.read_bytes())
    statement = RevocationStatement(agency=authority.agency, device=device, at=at, reason=reason)
    body = statement.sign(authority.issuing, authority.key)
    make_private(folder)
    write_atomic(path, body)
    return Revoked(device, at, path, body)


def deliver(body: bytes, hub: str, hub_certificate: Path | None = None) -> None:
    """Hand a statement to the hub at `hub` (wss URL) and wait for its answer.

    `hub_certificate` is a PEM file with the hub's certificate or its authority; without it the
    system's authorities decide. Raises `LinkDown`, `StatementRefused` or `ConfigurationError`.
    """
    if not hub.startswith("wss://"):
        raise ConfigurationError(f"the hub {hub!r} is not a wss:// address")
    protocol = Subprotocol(SUBPROTOCOL_MSGPACK)
    try:
        with connect(
            hub,
            ssl=_context(hub_certificate),
            subprotocols=[protocol],
            compression=None,
            open_timeout=ANSWER_SECONDS,
        ) as link:
            link.send(MSGPACK.encode(Statement(body)))
            for _ in range(FRAMES_BEFORE_ANSWER):
                frame = MSGPACK.decode_hub(link.recv(timeout=ANSWER_SECONDS))
                if isinstance(frame, Refusal):
                    raise StatementRefused(f"the hub {hub} refused: {frame.detail}")
                if isinstance(frame, Notice):
                    return
                if not isinstance(frame, Challenge):
                    break
    except (OSError, WebSocketException, MalformedFrame) as error:
        raise LinkDown(f"the hub {hub} cannot be told: {error}") from error
    raise LinkDown(f"the hub {hub} did not answer the statement")


def _context(hub_certificate: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=hub_certificate)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"{hub_certificate} cannot be read as PEM: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # The file may hold the hub's own certificate rather than its authority's.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
