"""A device and its agency: getting the first certificate, and a new one at half its life.

The agency is reached over HTTPS and believed because of the root that the enrolment code carries
(first time) or that is pinned in the device folder (ever after); the system's store has no say.
The device generates its key itself and the key never leaves the folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import shutil
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec

from protocols import errors
from protocols.client.device import Device
from protocols.client.files import SECRET, make_private, read, write_atomic
from protocols.clock import Clock, system_clock
from protocols.errors import (
    ConfigurationError,
    CrossbandError,
    EnrolmentRefused,
    LinkDown,
    LocalStoreError,
    LoginRefused,
    RateLimited,
)
from protocols.identity import DeviceKey, Identity, Roots, renewal_due
from protocols.identity.enrolment import (
    EnrolmentCode,
    Issued,
    accept_issued,
    make_renewal,
    make_request,
)
from protocols.identity.keys import Algorithm
from protocols.identity.roots import certificates_from_pem, certificates_to_pem

TIMEOUT_SECONDS: Final = 20
ANSWER_LIMIT: Final = 64 * 1024
RETRY_SECONDS: Final = 900
"""Pause after a renewal that failed; half of 7 days leaves room for hundreds of them."""
LOOK_SECONDS: Final = 60
"""How long to sleep before the clock is looked at again: timers stand still while a laptop sleeps,
its certificate does not."""
_SECOND: Final = 1_000_000


class Agency(Protocol):
    """Where certificates come from: over HTTPS, or a folder on the same machine."""

    def root(self) -> bytes:
        """The root certificate (DER); believed only once it is compared with the code."""

    def enrol(self, request: bytes) -> Issued:
        """Hand in a first request."""

    def renew(self, body: bytes) -> Issued:
        """Hand in a renewal."""


class HttpsAgency:
    """An agency's web service at `url` (https). `root` is the pinned root (DER), once known."""

    def __init__(self, url: str, root: bytes | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise ConfigurationError(f"the agency's address {url!r} is not an https:// address")
        self._host, self._port = parts.hostname, parts.port or 443
        self._base = parts.path.rstrip("/")
        self._root = root

    def believe(self, code: EnrolmentCode) -> None:
        """Fetch the root and pin it for this object; raises `EnrolmentRefused` if not the code's.

        The connection that fetches it is not verified and need not be: the fingerprint in the
        code verifies what came.
        """
        root = self.root()
        code.check_root(root)
        self._root = root

    def root(self) -> bytes:
        """The root the service shows, unverified."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        found = certificates_from_pem(self._ask("GET", "/root", b"", context))
        return found[0]

    def enrol(self, request: bytes) -> Issued:
        """Hand in a first request; raises what the agency refuses with, or `LinkDown`."""
        return self._issued("/enroll", request)

    def renew(self, body: bytes) -> Issued:
        """Hand in a renewal; raises what the agency refuses with, or `LinkDown`."""
        return self._issued("/renew", body)

    def _issued(self, path: str, body: bytes) -> Issued:
        if self._root is None:
            raise ConfigurationError("the agency's root is not pinned yet")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cadata=self._root)
        answer = self._ask("POST", path, body, context)
        try:
            return msgspec.json.decode(answer, type=Issued)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LinkDown(f"the agency's answer cannot be read: {error}") from error

    def _ask(self, method: str, path: str, body: bytes, context: ssl.SSLContext) -> bytes:
        place = f"https://{self._host}:{self._port}"
        link = http.client.HTTPSConnection(
            self._host, self._port, timeout=TIMEOUT_SECONDS, context=context
        )
        try:
            link.request(method, self._base + path, body or None)
            answer = link.getresponse()
            data = answer.read(ANSWER_LIMIT)
        except (OSError, http.client.HTTPException) as error:
            raise LinkDown(f"the agency at {place} cannot be reached: {error}") from error
        finally:
            link.close()
        if answer.status != http.HTTPStatus.OK:
            raise refusal_of(data, answer.status)
        return data


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into a new device folder beside the certificate."""

    agency_url: str = ""
    hub: str = ""
    hub_name: str = ""
    hub_certificate: bytes = b""
    """PEM; becomes `hub.pem`."""
    trusted: tuple[bytes, ...] = ()
    """Roots (DER) of the other agencies to believe."""
    algorithm: Algorithm = "p256"
    key: DeviceKey | None = None
    """A key made beforehand (`crossband agency key`); a new one is made otherwise."""
    passphrase: bytes | None = None


def enrol_device(
    folder: Path, agency: Agency, code: EnrolmentCode, wish: Enrolment, now: int
) -> Identity:
    """Make the device folder `folder`: key, certificate, roots; `now` in unix seconds.

    The folder appears complete or not at all. Raises `ConfigurationError` when there is a device
    already, and whatever the agency, its certificate or the link refuse with.
    """
    if (folder / "device.toml").exists():
        raise ConfigurationError(f"{folder} holds a device already")
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder} is not empty")
    aside = folder.with_name(f".{folder.name}.enrolling")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        make_private(aside)
        make_private(aside / "roots")
        key = wish.key or DeviceKey.generate(wish.algorithm)
        write_atomic(aside / "key.pem", key.to_pem(wish.passphrase), SECRET)
        root = agency.root()
        code.check_root(root)
        roots = Roots([root, *wish.trusted])
        issued = agency.enrol(make_request(key, code))
        identity = accept_issued(issued, key, roots, now)
        for name in roots.agencies:
            write_atomic(aside / "roots" / f"{name}.pem", certificates_to_pem([roots.of(name)]))
        write_atomic(aside / "chain.pem", certificates_to_pem(issued.chain))
        if wish.hub_certificate:
            write_atomic(aside / "hub.pem", wish.hub_certificate)
        write_atomic(aside / "device.toml", _device_file(identity, wish).encode())
        aside.replace(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return identity


def renew_device(
    folder: Path,
    now: int,
    *,
    agency: Agency | None = None,
    force: bool = False,
    passphrase: bytes | None = None,
) -> tuple[bytes, ...] | None:
    """Renew the certificate in `folder` if half its life is over, or at once with `force`.

    Returns the new chain (DER), already in `chain.pem`, or None when it was not due. Without
    `agency` the service named in `device.toml` is asked. Raises `ConfigurationError` when none is
    named, and what the agency or the link refuse with; the old certificate then stays.
    """
    device = Device.open(folder, key_passphrase=passphrase)
    if not force and now < renewal_due(device.chain[0]):
        return None
    if agency is None:
        if not device.agency_url:
            raise ConfigurationError(f"{folder / 'device.toml'} names no agency_url to renew at")
        agency = HttpsAgency(device.agency_url, device.roots.of(device.identity.agency))
    issued = agency.renew(make_renewal(device.key, device.chain))
    identity = accept_issued(issued, device.key, device.roots, now)
    if identity.device != device.identity.device:
        raise EnrolmentRefused(f"the agency answered with a certificate of {identity.device}")
    path = folder / "chain.pem"
    try:
        write_atomic(path, certificates_to_pem(issued.chain))
    except OSError as error:
        raise LocalStoreError(f"{path} cannot be written: {error.strerror}") from error
    return tuple(issued.chain)


async def keep_renewed(
    folder: Path,
    chain: Sequence[bytes],
    renewed: Callable[[tuple[bytes, ...]], None],
    failed: Callable[[CrossbandError], None],
    passphrase: bytes | None = None,
    *,
    clock: Clock = system_clock,
    again: asyncio.Event | None = None,
) -> None:
    """Run until cancelled: renew the device at half of each certificate's life.

    `renewed` is told each new chain, also one that somebody else put into the folder; `failed` each
    attempt that did not succeed. It is tried again every quarter of an hour, or as soon as `again`
    is set (there is a network now).
    """
    while True:
        while (wait := renewal_due(chain[0]) - clock() / _SECOND) > 0:
            await asyncio.sleep(min(wait, LOOK_SECONDS))
        try:
            fresh = await asyncio.to_thread(
                renew_device, folder, clock() // _SECOND, passphrase=passphrase
            )
            if fresh is None:
                pem = read(folder / "chain.pem", "the device's certificate")
                fresh = tuple(certificates_from_pem(pem))
        except CrossbandError as error:
            failed(error)
            fresh = None
        if fresh is not None and fresh != tuple(chain):
            chain = fresh
            renewed(fresh)
        else:
            await _pause(again)


async def _pause(again: asyncio.Event | None) -> None:
    """Wait for the next attempt."""
    if again is None:
        await asyncio.sleep(RETRY_SECONDS)
        return
    again.clear()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RETRY_SECONDS):
            await again.wait()


def refusal_of(data: bytes, status: int) -> CrossbandError:
    """The error that an agency's answer names; one that it may not name becomes `LinkDown`."""
    try:
        answer = json.loads(data)
        code, detail = str(answer["code"]), str(answer["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return LinkDown(f"the agency answered with HTTP status {status}")
    for name in dir(errors):
        kind = getattr(errors, name)
        if not isinstance(kind, type) or not issubclass(kind, LoginRefused | RateLimited):
            continue
        error = kind(detail)
        if error.code == code:
            return error
    return LinkDown(f"the agency cannot answer now: {detail}")


def _device_file(identity: Identity, wish: Enrolment) -> str:
    values = {
        "device": identity.device,
        "agency": identity.agency,
        "hub": wish.hub,
        "hub_name": wish.hub_name,
        "agency_url": wish.agency_url,
    }
    # A JSON string with its letters kept is a TOML basic string.
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value
    ]
    return "\n".join((*lines, ""))
