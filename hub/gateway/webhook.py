"""Webhooks: each parcel is posted to the system's own address, in order, until it is taken.

    POST URL    Content-Type: the format's; Idempotency-Key: "message id"; Authorization: Bearer

    2xx                     taken; the next one follows
    no answer, 408, 425,    the receiver is down or busy: the same one again, after a growing
    429, 502, 503, 504      pause or what Retry-After asks for (at most five minutes)
    other 5xx               the same, ten times; then it is this document that it cannot stand
    3xx, other 4xx          refused for good: a dead letter, and the next one follows

Redirects are not followed: a parcel goes to the configured address and nowhere else. What waits is
bounded; where it is full the oldest gives way, is counted and kept as a dead letter. The number of
the last entry that was settled is kept in a file, so that a restart neither skips nor repeats; a
receiver that answers too late may see one twice, under the same Idempotency-Key.
"""

from __future__ import annotations

import asyncio
import email.utils
import random
import ssl
from collections import deque
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import msgspec
import structlog

from hub.gateway.adapter import Edge
from hub.gateway.boundary import boundary
from hub.gateway.bridge import Parcel
from hub.gateway.counters import Count
from hub.gateway.endpoints import is_loopback
from protocols.client.link import Backoff
from protocols.clock import Clock, system_clock, to_datetime
from protocols.errors import (
    ConfigurationError,
    CrossbandError,
    DeliveryRefused,
    UnknownFormat,
    WaitingFull,
)
from protocols.formats.registry import format_named

CAP_TYPE: Final = "application/cap+xml"
TOTAL_SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 10.0
RETRY_AFTER_MOST: Final = 300.0
"""Seconds: a receiver may ask for patience, not for silence."""
ANSWER_LIMIT: Final = 4096
"""Bytes of an answer that are read; nothing is done with them."""
FAULTS_MOST: Final = 10
"""Times that a document may meet an internal error of its receiver."""
_BUSY: Final = frozenset({408, 425, 429, 502, 503, 504})

log = structlog.get_logger(__name__)


class Verdict(StrEnum):
    """What one attempt came to."""

    TAKEN = "taken"
    LATER = "later"
    FAULT = "fault"
    REFUSED = "refused"


class Attempt(msgspec.Struct, frozen=True):
    """One attempt: what it came to, why, and how many seconds the receiver asks for."""

    verdict: Verdict
    reason: str = ""
    after: float = 0.0


class Webhook:
    """One receiver of a system, and the parcels that wait for it."""

    def __init__(
        self,
        url: str,
        edge: Edge,
        *,
        queue: int,
        token: str = "",
        tls: ssl.SSLContext | None = None,
        progress: Path | None = None,
        backoff: Backoff | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """`url` is https, or http on loopback. `progress` is the file of the last entry's number;
        without it a restart begins with what comes then. Raises `ConfigurationError`.
        """
        self._url = url
        self.receiver = _receiver(url)
        self._edge = edge
        self._most = queue
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._tls = tls
        self._progress = progress
        self._backoff = Backoff(random.random) if backoff is None else backoff
        self._clock = clock
        self._waiting: deque[Parcel] = deque()
        self._news = asyncio.Event()
        self._settled = 0
        self._under_way = False
        self._up = True
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to post: first what the last run left, as far as it is still on the shelf."""
        newest = max((parcel.seq for parcel in self._edge.shelf), default=0)
        self._settled = self._read_progress(newest)
        for parcel in self._edge.shelf:
            if parcel.seq > self._settled:
                self.deliver(parcel)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def deliver(self, parcel: Parcel) -> None:
        """Queue a parcel; never waits. Where too many wait the oldest gives way."""
        if len(self._waiting) >= self._most:
            gone = self._waiting.popleft()
            self._edge.counters.add(Count.NOT_SENT)
            error = WaitingFull(f"{self._most} documents wait for {self.receiver}")
            self._give_up(gone, error)
        self._waiting.append(parcel)
        self._news.set()

    async def stop(self) -> None:
        """Stop posting. What waits is on the shelf at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def waiting(self) -> int:
        """Parcels that wait, with the one that is being posted."""
        return len(self._waiting) + self._under_way

    @property
    def up(self) -> bool:
        """Whether the last attempt had an answer."""
        return self._up

    # --- posting --------------------------------------------------------------------------------

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS)
        async with aiohttp.ClientSession(
            timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        ) as session:
            while True:
                while not self._waiting:
                    self._news.clear()
                    await self._news.wait()
                parcel = self._waiting.popleft()
                self._under_way = True
                await self._deliver_one(session, parcel)
                self._under_way = False
                self._settle(parcel)

    async def _deliver_one(self, session: aiohttp.ClientSession, parcel: Parcel) -> None:
        """Post one parcel until it is taken, or until it is known that it never will be."""
        faults = 0
        while True:
            attempt = await self._attempt(session, parcel)
            self._note(attempt)
            faults += attempt.verdict is Verdict.FAULT
            if attempt.verdict is Verdict.TAKEN:
                self._backoff.reset()
                return
            if attempt.verdict is Verdict.REFUSED or faults >= FAULTS_MOST:
                self._backoff.reset()
                self._edge.counters.add(Count.UNDELIVERED)
                self._give_up(parcel, DeliveryRefused(f"{self.receiver}: {attempt.reason}"))
                return
            await asyncio.sleep(max(self._backoff.next(), attempt.after))

    async def _attempt(self, session: aiohttp.ClientSession, parcel: Parcel) -> Attempt:
        headers = self._headers | {
            "Content-Type": media_type(parcel),
            "Idempotency-Key": f'"{parcel.message.id}"',
            "User-Agent": "crossband",
        }
        try:
            with boundary("posting to a webhook"):
                return await self._post(session, parcel, headers)
        except CrossbandError as error:
            return Attempt(Verdict.FAULT, error.detail)

    async def _post(
        self, session: aiohttp.ClientSession, parcel: Parcel, headers: dict[str, str]
    ) -> Attempt:
        try:
            async with session.post(
                self._url,
                data=parcel.data,
                headers=headers,
                allow_redirects=False,
                ssl=True if self._tls is None else self._tls,
            ) as response:
                return await self._judge(response)
        except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            return Attempt(Verdict.LATER, str(error) or type(error).__name__)

    async def _judge(self, response: aiohttp.ClientResponse) -> Attempt:
        await response.content.read(ANSWER_LIMIT)
        if not response.content.at_eof():
            response.close()  # whatever else it wants to say is not waited for
        status = response.status
        reason = f"it answered {status} {_phrase(status)}".rstrip()
        if 200 <= status < 300:
            return Attempt(Verdict.TAKEN, reason)
        if status in _BUSY:
            after = retry_after(response.headers.get("Retry-After", ""), to_datetime(self._clock()))
            return Attempt(Verdict.LATER, reason, after)
        return Attempt(Verdict.FAULT if status >= 500 else Verdict.REFUSED, reason)

    def _note(self, attempt: Attempt) -> None:
        """Say once that a receiver went down, and once that it is back."""
        up = attempt.verdict is not Verdict.LATER
        if up != self._up:
            say = log.info if up else log.warning
            say("webhook up" if up else "webhook down", receiver=self.receiver, why=attempt.reason)
            if up:
                self._edge.counters.add(Count.RECONNECTS)
        self._up = up

    def _give_up(self, parcel: Parcel, error: CrossbandError) -> None:
        log.warning(
            "not delivered",
            receiver=self.receiver,
            message=parcel.message.id,
            kind=parcel.message.kind,
            reason=error.detail,
        )
        self._edge.undelivered(parcel, self.receiver, error)

    # --- what a restart remembers ---------------------------------------------------------------

    def _read_progress(self, newest: int) -> int:
        """The number of the last settled entry. Without a file that is the newest there is, and
        the file is made: from now on nothing is skipped."""
        if self._progress is None:
            return newest
        try:
            return int(self._progress.read_text(encoding="ascii"))
        except FileNotFoundError:
            self._write_progress(newest)
        except (OSError, ValueError) as error:
            log.warning("webhook progress unreadable", receiver=self.receiver, reason=str(error))
        return newest

    def _settle(self, parcel: Parcel) -> None:
        if parcel.seq > self._settled:
            self._settled = parcel.seq
            self._write_progress(parcel.seq)

    def _write_progress(self, seq: int) -> None:
        if self._progress is None:
            return
        beside = self._progress.with_name(self._progress.name + ".new")
        try:
            beside.write_text(str(seq), encoding="ascii")
            beside.replace(self._progress)
        except OSError as error:
            log.warning("webhook progress not kept", receiver=self.receiver, reason=str(error))


def media_type(parcel: Parcel) -> str:
    """The media type of the document that a parcel holds."""
    try:
        return format_named(parcel.format_name).media_type
    except UnknownFormat:
        return CAP_TYPE


def retry_after(text: str, now: datetime) -> float:
    """Seconds that a Retry-After asks for (RFC 9110, section 10.2.3), at most five minutes.

    0 for anything that is neither a number of seconds nor a date.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), RETRY_AFTER_MOST)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), RETRY_AFTER_MOST)


def _receiver(url: str) -> str:
    """Host and port of a URL, for people; raises `ConfigurationError` for one that is not safe."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigurationError(f"the webhook {url[:80]!r} is no URL: {error}") from error
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"the webhook of {host} has a password in its URL; use a token")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise ConfigurationError(f"the webhook {url[:80]!r} is not https, nor http on loopback")
    return host if port is None else f"{host}:{port}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
