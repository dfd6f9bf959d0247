"""The load generator: many WebSocket connections in one process, as cheap as Python can make them.

A plain receiver only counts entries by their tag in the byte stream; senders and a few sampled
receivers parse every frame and note how long each message took, by the time it carries where its
ciphertext would be. The bodies have the shape of MLS private messages with the product's clear
header, because the hub reads both; behind that they are random bytes.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import struct
import time
from collections.abc import Sequence
from typing import cast

from protocols.frames import (
    MSGPACK,
    Accepted,
    Entry,
    HubFrame,
    Joined,
    Lane,
    Receipt,
    Refusal,
    Send,
    SlowDown,
    Stage,
    Subscribe,
    Welcome,
)
from protocols.header import Act, Header
from protocols.session import ClientSession, Established

TAG = b"\xa5entry"
BODY = 512
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_STAMP = struct.Struct(">Qd")
_MARK = b"\xfe\xed\xfa\xce"


def client_frame(payload: bytes) -> bytes:
    """A client's WebSocket frame; the mask is zero, which needs no work (RFC 6455 section 5.3)."""
    size = len(payload)
    if size < 126:
        return bytes((0x82, 0x80 | size, 0, 0, 0, 0)) + payload
    if size < 1 << 16:
        return b"\x82\xfe" + size.to_bytes(2, "big") + b"\0\0\0\0" + payload
    return b"\x82\xff" + size.to_bytes(8, "big") + b"\0\0\0\0" + payload


class Bodies:
    """Makes message bodies of one channel and epoch, each with a fresh id and its send time."""

    _count = 0

    def __init__(self, channel: str, epoch: int) -> None:
        name = channel.encode()
        self._head = (
            b"\x00\x01\x00\x02"
            + bytes((len(name),))
            + name
            + epoch.to_bytes(8, "big")
            + b"\x01\x37"
        )
        header = Header(id=bytes(6) + b"\x70\x00\x80" + bytes(7), act=Act.NOTE, lane=Lane.ROUTINE)
        self._header = header.pack()[17:]
        fixed = len(self._head) + 55 + 1 + 16 + 2
        self._filler = os.urandom(BODY - fixed - len(_MARK) - _STAMP.size)

    def make(self) -> bytes:
        """One body of `BODY` bytes."""
        Bodies._count += 1
        count = Bodies._count
        now = time.time_ns() // 1_000_000
        identifier = now.to_bytes(6, "big") + b"\x70\x00\x80" + count.to_bytes(7, "big")
        ciphertext = _MARK + _STAMP.pack(count, time.perf_counter()) + self._filler
        return b"".join(
            (
                self._head,
                b"\x01",
                identifier,
                self._header,
                b"\x10" + bytes(16),
                (len(ciphertext) | 0x4000).to_bytes(2, "big"),
                ciphertext,
            )
        )


def sent_at(body: bytes) -> float:
    """The `perf_counter` value that a body carries."""
    place = body.index(_MARK) + len(_MARK)
    stamp: float = _STAMP.unpack_from(body, place)[1]
    return stamp


class Peer(asyncio.Protocol):
    """One connection: handshake, login where the server wants one, then counting or parsing."""

    def __init__(self, channel: str, session: ClientSession | None, *, parse: bool) -> None:
        self.channel = channel
        self.session = session
        self.parse = parse
        self.after = 0
        self.entries = 0
        self.receipted = 0
        self.latencies: list[float] = []
        self.bodies: Bodies | None = None
        self.in_flight = 0
        self.acked = 0
        self.refused: list[HubFrame] = []
        self.reading = True
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.caught_up: asyncio.Future[None] = loop.create_future()
        self._state = self._upgrade
        self._buffer = b""
        self._ref = 1

    # --- opening --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass
        self.transport.write(REQUEST)

    def connection_lost(self, exc: Exception | None) -> None:
        for future in (self.ready, self.caught_up):
            if not future.done():
                future.set_exception(ConnectionError(f"lost: {exc}"))
                future.exception()

    def data_received(self, data: bytes) -> None:
        self._state(data)

    def _upgrade(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.decode())
        self._buffer = b""
        if self.session is None:
            self._live()
        else:
            self._state = self._log_in
        if rest:
            self._state(rest)

    def _log_in(self, data: bytes) -> None:
        assert self.session is not None
        for payload in self._frames(data):
            if self.session is None:
                self._frame(payload)
                continue
            event = self.session.receive(payload)
            for out in self.session.data_to_send():
                self.transport.write(client_frame(out))
            if isinstance(event, Established):
                self.session = None
                self._live()
            elif event is not None:
                raise ConnectionError(repr(event))

    def _live(self) -> None:
        self._state = self._parse
        self.ready.set_result(None)

    def subscribe(self, after: int = 0) -> None:
        """Follow the channel; `caught_up` is done once live."""
        self.after = after
        self._state = self._parse
        self.transport.write(client_frame(MSGPACK.encode(Subscribe(1, self.channel, after))))

    # --- running --------------------------------------------------------------------------------

    def _count(self, data: bytes) -> None:
        joined = self._buffer + data
        self.entries += joined.count(TAG)
        self._buffer = joined[-(len(TAG) - 1) :]

    def _frames(self, data: bytes) -> list[bytes]:
        """Whole payloads out of the stream; what is cut waits."""
        if self._buffer:
            data = self._buffer + data
        found, place, end = [], 0, len(data)
        while end - place >= 2:
            size, start = data[place + 1], place + 2
            if size == 126:
                size, start = int.from_bytes(data[place + 2 : place + 4], "big"), place + 4
            elif size == 127:
                size, start = int.from_bytes(data[place + 2 : place + 10], "big"), place + 10
            if start + size > end:
                break
            if data[place] & 0x0F < 8:
                found.append(data[start : start + size])
            place = start + size
        self._buffer = data[place:]
        return found

    def _parse(self, data: bytes) -> None:
        for payload in self._frames(data):
            self._frame(payload)

    def _frame(self, payload: bytes) -> None:
        if payload[2:8] == TAG[0:6] or payload[1:7] == TAG:
            self.entries += 1
            if self.parse:
                frame = MSGPACK.decode_hub(payload)
                assert isinstance(frame, Entry)
                if _MARK in frame.body:
                    self.latencies.append(time.perf_counter() - sent_at(frame.body))
            return
        frame = MSGPACK.decode_hub(payload)
        if isinstance(frame, Accepted):
            self._accepted(frame)
        elif isinstance(frame, Welcome):
            joined = Joined(frame.channel, frame.seq)
            self.transport.write(client_frame(MSGPACK.encode(joined)))
        elif isinstance(frame, Refusal | SlowDown):
            self.refused.append(frame)
        elif type(frame).__name__ == "CaughtUp" and not self.caught_up.done():
            self.caught_up.set_result(None)
            if not self.parse and self.bodies is None:
                self._state = self._count

    def _accepted(self, frame: Accepted) -> None:
        mine = sum(1 for ack in frame.acks if ack.ref > 1)
        self.acked += mine
        if self.in_flight:
            self.send(mine)

    def send(self, count: int) -> None:
        """Send `count` new messages in one write."""
        assert self.bodies is not None
        out = []
        for _ in range(count):
            self._ref += 1
            out.append(client_frame(MSGPACK.encode(Send(self._ref, self.bodies.make()))))
        if out:
            self.transport.write(b"".join(out))

    def keep_in_flight(self, count: int) -> None:
        """Closed loop: from now on each acknowledgement is answered by a new message."""
        self.in_flight = count
        self.send(count)

    def stop(self) -> None:
        """No new messages."""
        self.in_flight = 0

    def receipt(self) -> None:
        """Tell the hub what has arrived since the last receipt, as clients do."""
        first, last = self.after + self.receipted + 1, self.after + self.entries
        if last >= first:
            self.receipted = self.entries
            seqs = tuple(range(first, last + 1))
            frame = Receipt(self.channel, Stage.FETCHED, seqs)
            self.transport.write(client_frame(MSGPACK.encode(frame)))


async def connect(
    port: int,
    channel: str,
    *,
    session: ClientSession | None = None,
    parse: bool = False,
    context: ssl.SSLContext | None = None,
) -> Peer:
    """A connected (and logged-in) peer."""
    loop = asyncio.get_running_loop()
    _, peer = await loop.create_connection(
        lambda: Peer(channel, session, parse=parse),
        "127.0.0.1",
        port,
        ssl=context,
        server_hostname="127.0.0.1" if context else None,
    )
    async with asyncio.timeout(10):
        await peer.ready
    return peer


def quantiles(values: Sequence[float]) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    ordered = sorted(values)
    if not ordered:
        return float("nan"), float("nan")
    middle, tail = (min(int(len(ordered) * share), len(ordered) - 1) for share in (0.5, 0.99))
    return ordered[middle] * 1000, ordered[tail] * 1000
