"""The agency's web service, for devices that are not on its machine (HTTPS, TLS 1.3).

    GET  /root      the root certificate, PEM                     anybody
    POST /enroll    PKCS #10 with the code inside -> Issued       whoever has a code
    POST /renew     Renewal (JSON) -> Issued                      a device with a living certificate

Refusals are JSON {code, detail, remedy}: 403, or 429 after too many of them from one address, or
503 when the agency itself is in trouble. Structs: `protocols/identity/enrolment.py`.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog
from aiohttp import web
from cryptography.hazmat.primitives import serialization

from hub.agency.authority import Authority
from hub.agency.certificates import issue_service
from hub.agency.enrolment import enrol, renew
from protocols.client.files import SECRET, write_atomic
from protocols.errors import (
    ConfigurationError,
    CrossbandError,
    EnrolmentRefused,
    LoginRefused,
    PortInUse,
    RateLimited,
    Trouble,
)
from protocols.identity.enrolment import REQUEST_LIMIT, Issued
from protocols.identity.keys import generate_private, write_private
from protocols.identity.profile import DEVICE_LIFE
from protocols.identity.roots import certificates_to_pem

FAILURES: Final = 10
FAILURE_SECONDS: Final = 60
"""So many refusals within so many seconds from one address, and it has to wait."""
ADDRESSES: Final = 4096
"""Addresses whose refusals are remembered; the oldest is forgotten first."""

_log = structlog.get_logger("agency")
_Answer = Callable[[Authority, bytes, int], Issued]


class Failures:
    """Counts refusals by address. Times are unix seconds."""

    def __init__(self) -> None:
        self._times: dict[str, list[int]] = {}

    def check(self, address: str, now: int) -> None:
        """Raises `RateLimited` (fact retry_after, seconds) for an address with too many."""
        recent = [at for at in self._times.get(address, []) if now - at < FAILURE_SECONDS]
        if len(recent) >= FAILURES:
            wait = FAILURE_SECONDS - (now - recent[0])
            raise RateLimited("too many refused requests from this address", retry_after=wait)

    def add(self, address: str, now: int) -> None:
        """Note one refusal."""
        times = self._times.pop(address, [])
        self._times[address] = [*times[-FAILURES + 1 :], now]
        if len(self._times) > ADDRESSES:
            del self._times[next(iter(self._times))]


def make_app(authority: Authority, clock: Callable[[], int]) -> web.Application:
    """The service as an application; `clock` gives unix seconds."""
    failures = Failures()

    async def root(_: web.Request) -> web.Response:
        pem = certificates_to_pem([authority.root])
        return web.Response(body=pem, content_type="application/x-pem-file")

    def answers(answer: _Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            address, now = request.remote or "", clock()
            try:
                failures.check(address, now)
                body = await _read_body(request)
                issued = await asyncio.to_thread(answer, authority, body, now)
            except CrossbandError as error:
                if isinstance(error, LoginRefused):
                    failures.add(address, now)
                _log.warning("refused", path=request.path, address=address, error=error.code)
                return _refused(error)
            _log.info("issued", path=request.path, address=address)
            return web.Response(body=msgspec.json.encode(issued), content_type="application/json")

        return handle

    app = web.Application(client_max_size=REQUEST_LIMIT)
    app.add_routes(
        [
            web.get("/root", root),
            web.post("/enroll", answers(enrol)),
            web.post("/renew", answers(renew)),
        ]
    )
    return app


class ServiceTls:
    """The service's TLS context; `renew` gives it a fresh certificate while it serves."""

    def __init__(self, authority: Authority, hosts: Sequence[str]) -> None:
        self._authority = authority
        self._hosts = hosts
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3

    def renew(self, now: int) -> None:
        """Issue and load a new key and certificate; `now` in unix seconds."""
        key = generate_private("p256")
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        chain = (issue_service(self._authority, self._hosts, spki, now), self._authority.issuing)
        with tempfile.TemporaryDirectory() as folder:  # `ssl` reads keys from files alone
            path = Path(folder) / "service.pem"
            write_atomic(path, write_private(key) + certificates_to_pem(chain), SECRET)
            self.context.load_cert_chain(path)

    async def keep_renewed(self, clock: Callable[[], int]) -> None:
        """Run until cancelled: renew at half of each certificate's life."""
        while True:
            await asyncio.sleep(DEVICE_LIFE / 2)
            self.renew(clock())


async def serve(
    authority: Authority,
    *,
    host: str,
    port: int,
    names: Sequence[str],
    clock: Callable[[], int],
    ready: Callable[[int], None],
) -> None:
    """Serve until cancelled. `names` go into the TLS certificate; `ready` is told the port.

    Raises `PortInUse`, or `ConfigurationError` when the address cannot be listened on at all.
    """
    tls = ServiceTls(authority, names)
    tls.renew(clock())
    app = make_app(authority, clock)

    async def renewing(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(tls.keep_renewed(clock))
        yield
        task.cancel()

    app.cleanup_ctx.append(renewing)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=tls.context)
        try:
            await site.start()
        except OSError as error:
            place = f"{host}:{port}"
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(f"something else listens on {place} already") from error
            raise ConfigurationError(f"cannot listen on {place}: {error.strerror}") from error
        ready(runner.addresses[0][1])
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _read_body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise EnrolmentRefused(f"a request may hold {REQUEST_LIMIT} bytes") from error


def _refused(error: CrossbandError) -> web.Response:
    trouble = isinstance(error, Trouble)
    status = 503 if trouble else 429 if isinstance(error, RateLimited) else 403
    detail = "the agency cannot answer now" if trouble else error.detail
    headers = {}
    if "retry_after" in error.facts:
        headers["Retry-After"] = str(error.facts["retry_after"])
    return web.json_response(
        {"code": error.code, "detail": detail, "remedy": error.remedy},
        status=status,
        headers=headers,
    )
