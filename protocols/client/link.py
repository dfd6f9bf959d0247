"""The wire: one WebSocket to one hub, its certificate checked before a word is said.

TLS 1.3 only. With `hub.pem` nothing else is believed: either it is the hub's own certificate, and
the hub must show exactly that, or it is the authority that issued it, and the name must match too.
The certificate that TLS showed then goes into the login's signature (RFC 5929).

`Link` is bytes and tasks; what the frames mean is the engine's business.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from cryptography import x509
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from protocols.client.device import Device
from protocols.client.refusals import error_of
from protocols.clock import Clock
from protocols.errors import BadCertificate, ConfigurationError, FrameRefused, LinkDown
from protocols.frames import (
    GROUP_FRAME_LIMIT,
    LOGIN_SECONDS,
    MSGPACK,
    PING_SECONDS,
    SUBPROTOCOL_MSGPACK,
    ClientFrame,
    HubFrame,
    Notice,
    Ready,
    Refusal,
)
from protocols.session import ClientSession, Established, LoginFailed

MESSAGE_LIMIT = 4 * GROUP_FRAME_LIMIT
"""Bytes of one message of the hub: a Welcome of a large group is the largest."""
BUFFER = 2000
"""Messages read ahead of the engine; beyond it TCP holds the hub back."""


class Backoff:
    """Waits between attempts: doubling from `first` to `last` seconds, each with full jitter."""

    def __init__(
        self, chance: Callable[[], float], first: float = 0.25, last: float = 30.0
    ) -> None:
        self._chance = chance
        self._first = first
        self._last = last
        self._attempts = 0

    def reset(self) -> None:
        """The link was up."""
        self._attempts = 0

    def next(self) -> float:
        """Seconds to wait now: at least half of the present step, so that nobody hammers."""
        step = min(self._first * 2.0**self._attempts, self._last)
        self._attempts = min(self._attempts + 1, 30)
        return step * (0.5 + self._chance() / 2)


def tls_context(pinned: Sequence[bytes]) -> ssl.SSLContext:
    """The TLS settings for a hub. `pinned`: certificates (DER) of `hub.pem`, or none.

    Raises `ConfigurationError` when they cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if not pinned:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cadata=b"".join(pinned))
    except ssl.SSLError as error:
        raise ConfigurationError(f"hub.pem cannot be used: {error}") from error
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.check_hostname = not any(map(_is_end_entity, pinned))
    return context


def check_pinned(shown: bytes, pinned: Sequence[bytes]) -> None:
    """Raises `BadCertificate` if a pinned hub showed another certificate than its own."""
    own = [certificate for certificate in pinned if _is_end_entity(certificate)]
    if own and shown not in own:
        raise BadCertificate("the hub shows another certificate than the one in hub.pem")


def _is_end_entity(der: bytes) -> bool:
    certificate = x509.load_der_x509_certificate(der)
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return True
    return not constraints.value.ca


class Link:
    """An established connection. `ready` is what the hub said to the login."""

    def __init__(self, socket: ClientConnection, session: ClientSession, ready: Ready) -> None:
        self.ready = ready
        self._socket = socket
        self._session = session
        self._in: list[bytes | str] = []
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._out = asyncio.Event()
        self._end: ConnectionClosed | None = None

    def send(self, frames: Sequence[ClientFrame]) -> None:
        """Hands frames to the writer; they go out in order."""
        for frame in frames:
            self._session.send(frame)
        if frames:
            self._out.set()

    async def receive(self) -> list[HubFrame]:
        """Everything that has come since the last call, at least one frame.

        Raises `LinkDown` when the connection has ended, `FrameRefused` for what is no frame.
        """
        while not self._in:
            if self._end is not None:
                raise LinkDown(f"the connection to the hub ended: {self._end}")
            self._news.clear()
            await self._news.wait()
        data, self._in = self._in, []
        self._room.set()
        frames: list[HubFrame] = []
        for item in data:
            event = self._session.receive(item)
            if event is not None and not isinstance(event, Established | LoginFailed):
                frames.append(event)
        return frames

    async def run_reader(self) -> None:
        """Reads until the connection ends. Whatever is there at once becomes one batch."""
        try:
            while True:
                data = await self._socket.recv()
                self._in.append(data)
                self._news.set()
                if len(self._in) >= BUFFER:
                    self._room.clear()
                    await self._room.wait()
        except ConnectionClosed as closed:
            self._end = closed
            self._news.set()

    async def run_writer(self) -> None:
        """Writes what the session has to send, until the connection ends."""
        try:
            while True:
                await self._out.wait()
                self._out.clear()
                for data in self._session.data_to_send():
                    await self._socket.send(data)
        except ConnectionClosed as closed:
            self._end = closed
            self._news.set()


@asynccontextmanager
async def open_link(device: Device, hub: str, clock: Clock) -> AsyncIterator[Link]:
    """Connects to `hub`, logs in, and closes at the end.

    Raises `LinkDown` (not reachable), a `LoginRefused` or another `CrossbandError` that the hub
    named, or `BadCertificate` for a hub that is not the one expected.
    """
    context = tls_context(device.hub_certificates)
    try:
        socket = await connect(
            hub,
            ssl=context,
            subprotocols=[Subprotocol(SUBPROTOCOL_MSGPACK)],
            compression=None,
            max_size=MESSAGE_LIMIT,
            open_timeout=LOGIN_SECONDS,
            close_timeout=2,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            proxy=None,
        )
    except ssl.SSLCertVerificationError as error:
        raise BadCertificate(f"the certificate of {hub}: {error.verify_message}") from error
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
        raise LinkDown(f"{hub} cannot be reached: {error}") from error
    try:
        link = await _log_in(socket, device, clock)
        tasks = [asyncio.create_task(link.run_reader()), asyncio.create_task(link.run_writer())]
        try:
            yield link
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await socket.close()


async def _log_in(socket: ClientConnection, device: Device, clock: Clock) -> Link:
    tls = socket.transport.get_extra_info("ssl_object")
    shown = tls.getpeercert(binary_form=True)
    check_pinned(shown, device.hub_certificates)
    session = ClientSession(
        MSGPACK,
        device=device.name,
        chain=device.chain,
        sign=device.key.sign,
        certificate=shown,
        hub=device.hub_name,
        now=clock(),
    )
    try:
        async with asyncio.timeout(LOGIN_SECONDS):
            while True:
                event = session.receive(await socket.recv())
                if isinstance(event, Established):
                    return Link(socket, session, event.ready)
                if isinstance(event, LoginFailed):
                    raise error_of(Refusal(0, event.code, event.detail, event.remedy))
                if isinstance(event, Notice):
                    raise LinkDown(f"the hub says {event.code}: {event.detail}")
                for data in session.data_to_send():
                    await socket.send(data)
    except TimeoutError as error:
        raise LinkDown("the hub did not finish the login in time") from error
    except ConnectionClosed as error:
        raise LinkDown(f"the hub ended the connection during the login: {error}") from error
    except FrameRefused as error:
        raise LinkDown(f"the other side does not speak as a hub: {error.detail}") from error
