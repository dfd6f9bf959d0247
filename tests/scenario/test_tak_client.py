"""A gateway joins somebody's TAK server, as one of its clients, over TLS with its certificate.

The gateway and the hub are real processes; the server is as small as one can be, and is switched
off and on, and so is the gateway.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import trustme

from protocols.frames import Stage
from protocols.messages import compose
from protocols.messages.kinds import Alarm, AlarmCancel, Text
from protocols.messages.values import LanguageText, Location, Point
from tests.hub.gateway.tak_party import TakServer, frame
from tests.scenario.border import CHANNEL, PATIENCE, Border, GatewayProcess, eventually, soon
from tests.scenario.house import free_port
from tests.scenario.tak import chat, emergency, no_emergency, says, spoken


@pytest.fixture
async def border(tmp_path: Path) -> AsyncIterator[Border]:
    async with Border(tmp_path) as border:
        yield border


async def gauge(port: int, name: str) -> float:
    """What a gateway's metrics say now; `port` is that of its status."""
    url = f"http://127.0.0.1:{port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        lines = (await response.text()).splitlines()
    start = f"crossband_gateway_{name} "
    return next(float(line.removeprefix(start)) for line in lines if line.startswith(start))


async def joining(
    border: Border, server: TakServer, authority: trustme.CA, status: int
) -> GatewayProcess:
    """A gateway that is a client of `server`, with a certificate of its authority."""
    roots, own = border.folder / "server.pem", border.folder / "gateway.pem"
    authority.cert_pem.write_to_path(roots)
    issued = authority.issue_cert("gateway@uscbp.example")
    issued.private_key_and_cert_chain_pem.write_to_path(own)
    return await border.gateway(
        "tak-client",
        "uscbp",
        name="tak",
        connect=f"127.0.0.1:{server.port}",
        server_roots=str(roots),
        client_certificate=str(own),
        client_key=str(own),
        status_listen=f"127.0.0.1:{status}",
    )


@pytest.fixture
async def server() -> AsyncIterator[tuple[TakServer, trustme.CA]]:
    """Somebody's TAK server: it asks for certificates and speaks both forms."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    server = TakServer(protobuf=True, context=context)
    await server.start()
    yield server, authority
    await server.stop()


async def test_a_gateway_joins_somebodys_tak_server(
    border: Border, server: tuple[TakServer, trustme.CA]
) -> None:
    theirs, authority = server
    status = free_port()
    gateway = await joining(border, theirs, authority, status)
    await theirs.until(lambda: bool(theirs.clients) and "protobuf" in theirs.clients[-1].forms)
    assert await gauge(status, "system_up") == 1

    # Chat both ways, with receipts.
    theirs.clients[-1].send(frame(chat("N9", "line-1", "smoke at the fence")))
    line = await border.seen(border.mx, lambda one: spoken(one) == "smoke at the fence")
    await theirs.until(lambda: any(says(one, "b-t-f-d", "line-1") for one in theirs.heard))
    await border.mx.mark(CHANNEL, line.seq, Stage.SHOWN)
    await theirs.until(lambda: any(says(one, "b-t-f-r", "line-1") for one in theirs.heard))
    await say(border, "enterados")
    await theirs.until(lambda: any(b"enterados" in one for one in theirs.heard))

    # The server is away: it is said, what matters waits, and nothing is lost or doubled.
    await theirs.stop()
    await eventually(lambda: "tak server down" in gateway.log())
    assert await gauge(status, "system_up") == 0
    theirs.heard.clear()
    await say(border, "while you were away")
    await raise_alarm(border)
    await say(border, "still there?")
    async with asyncio.timeout(PATIENCE):
        while await gauge(status, "system_waiting") < 3:
            await asyncio.sleep(0.02)
    await theirs.start()
    await theirs.until(lambda: any(b"still there?" in one for one in theirs.heard))
    # What no ping had confirmed may come again, before these.
    away, alarm, there = theirs.heard[-3:]
    assert b"while you were away" in away
    assert says(alarm, "b-a-o-tbl", "GN-3")
    assert b"still there?" in there

    # The same when the gateway itself was killed.
    gateway.kill()
    await say(border, "while I was away")
    theirs.heard.clear()
    await gateway.start()
    await theirs.until(lambda: any(b"while I was away" in one for one in theirs.heard))
    theirs.clients[-1].send(frame(emergency("N9")), frame(no_emergency("N9")))
    await border.seen(border.mx, lambda one: isinstance(one.message.body, AlarmCancel))
    assert sum(one.message.kind == "alarm" for one in border.mx.history(CHANNEL)) == 2
    assert "defect" not in gateway.log()
    assert gateway.stop() == 0


async def say(border: Border, text: str) -> None:
    words = Text(text=LanguageText(text=text, language="en"))
    sent = await border.mx.send(CHANNEL, compose(border.mx.device.identity, words))
    await soon(sent.settled())


async def raise_alarm(border: Border) -> None:
    alarm = compose(
        border.mx.device.identity,
        Alarm(alarm_class="EMERGENCY", unit="GN-3"),
        location=Location(point=Point(lat=31.3, lon=-110.9)),
    )
    await soon((await border.mx.send(CHANNEL, alarm)).settled())
