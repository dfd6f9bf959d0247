"""A revocation is signed, kept and carried to a hub over real TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from websockets.asyncio.server import ServerConnection, serve

from hub.agency.authority import Authority
from hub.agency.enrolment import enrol, offer_code
from hub.agency.register import Register
from hub.agency.revocation import deliver, revoke
from protocols.errors import (
    BadCertificate,
    ConfigurationError,
    EnrolmentRefused,
    LinkDown,
    StatementRefused,
)
from protocols.frames import MSGPACK, SUBPROTOCOL_MSGPACK, Challenge, Notice, Statement, refusal
from protocols.identity import DeviceKey, Role, Roots
from protocols.identity.enrolment import make_request


def enrolled(authority: Authority, now: int) -> None:
    offered = offer_code(authority, name="patrol-7", role=Role.PARTICIPANT, unit="Nogales", now=now)
    enrol(authority, make_request(DeviceKey.generate(), offered.code), now)


def test_a_revocation_is_on_file_and_holds(authority: Authority, now: int) -> None:
    enrolled(authority, now)
    revoked = revoke(authority, "patrol-7", "lost at Nogales", now + 5)
    assert revoked.statement.read_bytes() == revoked.body
    said = Roots([authority.root]).add_revocation(revoked.body, now + 5)
    assert (said.device, said.at, said.reason) == ("patrol-7@uscbp", now + 5, "lost at Nogales")
    entry = Register(authority.folder).read().devices["patrol-7@uscbp"]
    assert (entry.revoked, entry.reason) == (now + 5, "lost at Nogales")


def test_a_second_time_gives_the_first_statement(authority: Authority, now: int) -> None:
    enrolled(authority, now)
    first = revoke(authority, "patrol-7@uscbp", "lost", now + 5)
    assert revoke(authority, "patrol-7", "other words", now + 500) == first
    first.statement.unlink()
    remade = revoke(authority, "patrol-7", "", now + 900)
    assert Roots([authority.root]).add_revocation(remade.body, now + 900).at == now + 5


def test_nobody_unknown_and_nobody_elses(authority: Authority, now: int) -> None:
    with pytest.raises(EnrolmentRefused, match="not in the register"):
        revoke(authority, "patrol-9", "", now)
    with pytest.raises(BadCertificate, match="belongs to rcmp"):
        revoke(authority, "rider@rcmp", "", now)
    assert not (authority.folder / "statements").exists()


def test_a_waiting_code_dies_with_the_device(authority: Authority, now: int) -> None:
    enrolled(authority, now)
    waiting = offer_code(
        authority, name="patrol-7", role=Role.COMMAND, unit="N", now=now + 8 * 86_400
    )
    revoke(authority, "patrol-7", "", now + 8 * 86_400)
    with pytest.raises(EnrolmentRefused, match="replaced"):
        enrol(
            authority,
            make_request(DeviceKey.generate(), waiting.code),
            now + 8 * 86_400 + 1,
        )


@asynccontextmanager
async def hub(roots: Roots, now: int, ca: trustme.CA) -> AsyncIterator[str]:
    """The part of a hub that takes statements: challenge, verify, answer."""

    async def session(link: ServerConnection) -> None:
        await link.send(MSGPACK.encode(Challenge(b"n" * 32, "nogales", now)))
        frame = MSGPACK.decode_client(await link.recv(decode=False))
        assert isinstance(frame, Statement)
        try:
            roots.add_revocation(frame.body, now)
        except StatementRefused as error:
            await link.send(MSGPACK.encode(refusal(0, error)))
        else:
            await link.send(MSGPACK.encode(Notice("statement_taken", "", "")))
        await link.wait_closed()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    async with serve(
        session, "localhost", 0, ssl=context, subprotocols=[SUBPROTOCOL_MSGPACK]
    ) as server:
        yield f"wss://localhost:{server.sockets[0].getsockname()[1]}"


async def test_a_hub_is_told(
    make_authority: Callable[..., Authority], tmp_path: Path, now: int
) -> None:
    us, ca = make_authority(), make_authority("rcmp", "CA")
    enrolled(us, now)
    body = revoke(us, "patrol-7", "lost", now).body
    tls = trustme.CA()
    pem = tmp_path / "hub-authority.pem"
    tls.cert_pem.write_to_path(pem)
    roots = Roots([us.root])
    async with hub(roots, now, tls) as url:
        await asyncio.to_thread(deliver, body, url, pem)
        assert roots.revoked == {"patrol-7@uscbp": now}
        with pytest.raises(LinkDown, match="CERTIFICATE_VERIFY_FAILED"):
            await asyncio.to_thread(deliver, body, url)
    async with hub(Roots([ca.root]), now, tls) as url:
        with pytest.raises(StatementRefused, match="no root is pinned"):
            await asyncio.to_thread(deliver, body, url, pem)
    with pytest.raises(LinkDown, match="cannot be told"):
        await asyncio.to_thread(deliver, body, url, pem)


def test_addresses_and_files_are_checked_first(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="wss://"):
        deliver(b"", "ws://localhost:1")
    with pytest.raises(ConfigurationError, match="PEM"):
        deliver(b"", "wss://localhost:1", tmp_path / "missing.pem")
