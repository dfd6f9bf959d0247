"""Enrolment over HTTPS: believed by the code's fingerprint, refused by name, slowed down."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, TCPConnector

from hub.agency.authority import Authority
from hub.agency.enrolment import offer_code
from hub.agency.service import FAILURES, Failures, ServiceTls, make_app, serve
from protocols.client.renewal import HttpsAgency
from protocols.errors import EnrolmentRefused, LinkDown, RateLimited
from protocols.identity import DeviceKey, Role, Roots, verify_chain
from protocols.identity.enrolment import EnrolmentCode, make_renewal, make_request

HERE = "127.0.0.1"


@asynccontextmanager
async def service(authority: Authority, now: int) -> AsyncIterator[str]:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        serve(authority, host=HERE, port=0, names=[HERE], clock=lambda: now, ready=port.set_result)
    )
    try:
        yield f"https://{HERE}:{await port}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def now() -> int:
    """The service's TLS is verified by the real clock, so here time is real."""
    import time

    return int(time.time())


async def test_a_device_enrols_and_renews(
    make_authority: Callable[..., Authority], now: int
) -> None:
    authority = make_authority(now=now)
    offered = offer_code(authority, name="desk", role=Role.COMMAND, unit="Tucson", now=now)
    key = DeviceKey.generate()
    async with service(authority, now) as url:
        agency = HttpsAgency(url)
        await asyncio.to_thread(agency.believe, offered.code)
        issued = await asyncio.to_thread(agency.enrol, make_request(key, offered.code))
        renewed = await asyncio.to_thread(agency.renew, make_renewal(key, issued.chain))
        with pytest.raises(EnrolmentRefused, match="used already"):
            await asyncio.to_thread(agency.enrol, make_request(key, offered.code))
        with pytest.raises(EnrolmentRefused):
            await asyncio.to_thread(agency.renew, b"x" * 20_000)
    for chain in (issued.chain, renewed.chain):
        assert verify_chain(chain, Roots([authority.root]), now) == offered.identity


async def test_an_impostor_is_not_believed(
    make_authority: Callable[..., Authority], now: int
) -> None:
    us, ca = make_authority(now=now), make_authority("rcmp", "CA", now=now)
    code = EnrolmentCode.new(us.root)
    async with service(ca, now) as url:
        with pytest.raises(EnrolmentRefused, match="not the one that gave the code"):
            await asyncio.to_thread(HttpsAgency(url).believe, code)
        knowing = HttpsAgency(url, us.root)
        with pytest.raises(LinkDown, match="CERTIFICATE_VERIFY_FAILED"):
            await asyncio.to_thread(knowing.enrol, make_request(DeviceKey.generate(), code))
    with pytest.raises(LinkDown, match="cannot be reached"):
        await asyncio.to_thread(HttpsAgency(url).believe, code)


async def test_guessing_is_slowed_down(make_authority: Callable[..., Authority], now: int) -> None:
    authority = make_authority(now=now)
    request = make_request(DeviceKey.generate(), EnrolmentCode.new(authority.root))
    async with service(authority, now) as url:
        agency = HttpsAgency(url, authority.root)
        for _ in range(FAILURES):
            with pytest.raises(EnrolmentRefused, match="no such code"):
                await asyncio.to_thread(agency.enrol, request)
        with pytest.raises(RateLimited):
            await asyncio.to_thread(agency.enrol, request)
        connector = TCPConnector(ssl=False)
        async with (
            ClientSession(connector=connector) as session,
            session.post(f"{url}/enroll", data=request) as answer,
        ):
            assert answer.status == 429
            assert int(answer.headers["Retry-After"]) > 0
            assert (await answer.json())["code"] == "rate_limited"


def test_failures_are_counted_by_address_and_forgotten() -> None:
    failures = Failures()
    for at in range(FAILURES):
        failures.check("a", at)
        failures.add("a", at)
    with pytest.raises(RateLimited) as refused:
        failures.check("a", FAILURES)
    assert refused.value.facts == {"retry_after": 60 - FAILURES}
    failures.check("b", FAILURES)
    failures.check("a", 100)


def test_the_application_has_three_doors(authority: Authority, now: int) -> None:
    paths = {
        (route.method, route.resource.canonical)
        for route in make_app(authority, lambda: now).router.routes()
        if route.resource and route.method != "HEAD"
    }
    assert paths == {("GET", "/root"), ("POST", "/enroll"), ("POST", "/renew")}


def test_the_tls_certificate_can_be_renewed(authority: Authority, now: int) -> None:
    tls = ServiceTls(authority, ["localhost"])
    tls.renew(now)
    first = _served(tls.context)
    tls.renew(now + 3 * 86_400)
    assert _served(tls.context) != first


def _served(context: ssl.SSLContext) -> bytes:
    """The certificate (DER) that a server with this context shows in a handshake in memory."""
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname = False
    asking.verify_mode = ssl.CERT_NONE
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(to_client, to_server)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    shown = client.getpeercert(binary_form=True)
    assert shown is not None
    return shown
