"""AIS and NMEA 0183 over UDP and TCP: vessels, safety texts and emergencies come in, texts go out.

    receiver → gateway   lines as datagrams or over a TCP connection, made by either side; every
                         sender and every connection has a stream of its own
    gateway → send_to    safety texts of the channel, a datagram a sentence; nothing else: not
                         where others are, not what other stations said on AIS under their own
                         number, and not what the gateway itself has to say

Instruments that say no position, and static reports that say what is known, stay here and are
counted. What went out and is heard again (a transmitter reports what it sends) is known by its bits
and never returns. A line that cannot be read is refused by name; of one sender only so many a
minute become letters, the rest is counted.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from typing import Any, Final

import structlog

from hub.gateway.adapter import Edge
from hub.gateway.ais_inbox import POSITION_SECONDS, Arrived, Inbox
from hub.gateway.boundary import boundary
from hub.gateway.bridge import Parcel
from hub.gateway.config import Connecting, Listening
from hub.gateway.counters import Count
from hub.gateway.listening import Listener, refuse_taken_port
from hub.gateway.memory import Memory
from protocols.client.link import Backoff
from protocols.clock import Clock
from protocols.errors import AlreadyCrossed, CrossbandError, MalformedDocument
from protocols.formats.ais.look import look_at
from protocols.formats.ais.message import FORMAT
from protocols.formats.ais.stream import AisStream
from protocols.messages.kinds import Alarm, AlarmCancel, Alert, Text

READ_SIZE: Final = 64 * 1024
CONNECTIONS_MOST: Final = 50
SENDERS_MOST: Final = 50
"""Senders of datagrams whose streams are remembered."""
CONNECT_SECONDS: Final = 15.0
REFUSALS_A_MINUTE: Final = 20
"""Documents of one sender that are refused in full; more are counted alone."""
MINUTE: Final = 60_000_000

log = structlog.get_logger(__name__)


class AisAdapter:
    """One feed of AIS, over datagrams or connections."""

    def __init__(
        self,
        edge: Edge,
        *,
        listening: Listening | None = None,
        connecting: Connecting | None = None,
        udp: bool = False,
        send_to: tuple[str, int] | None = None,
        queue: int,
        clock: Clock,
        every: float = POSITION_SECONDS,
    ) -> None:
        self._edge = edge
        self._listening = listening
        self._connecting = connecting
        self._send_to = send_to
        self._clock = clock
        self._inbox = Inbox(queue, self._seconds, every=every)
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._streams: OrderedDict[str, AisStream] = OrderedDict()
        self._sent: Memory[bool] = Memory()
        self._known: Memory[bool] = Memory()
        self._refusals: Memory[tuple[int, int]] = Memory(SENDERS_MOST + CONNECTIONS_MOST)
        self._backoff = Backoff(random.random)
        self._up = False
        self._datagrams: asyncio.DatagramTransport | None = None
        self._out: asyncio.DatagramTransport | None = None
        self._listener: Listener | None = None
        if listening is not None and not udp:
            self._listener = Listener(listening, self._protocol, edge.counters)

    @property
    def port(self) -> int:
        """The port it listens on, once started; 0 where it does not listen."""
        if self._datagrams is not None:
            return int(self._datagrams.get_extra_info("sockname")[1])
        return self._listener.port if self._listener is not None else 0

    async def start(self) -> None:
        """Listen, or begin to connect; raises `PortInUse` when the address is taken."""
        loop = asyncio.get_running_loop()
        if self._listener is not None:
            await self._listener.start()
        elif self._listening is not None:
            address = (self._listening.host, self._listening.port)
            with refuse_taken_port(self._listening):
                self._datagrams, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=address
                )
        if self._send_to is not None:
            self._out, _ = await loop.create_datagram_endpoint(_Outgoing, remote_addr=self._send_to)
            if self._edge.settings.station is None:
                log.warning("no station number is configured: texts go out as 000000000")
        if self._connecting is not None:
            self._begin(self._run_client(self._connecting))
        self._begin(self._pass_on())

    def deliver(self, parcel: Parcel) -> None:
        """Send a safety text out. Nothing else goes on the air, whatever crosses."""
        if self._out is None or parcel.seq == 0:
            return
        if parcel.format_name != FORMAT.name:
            self._edge.counters.add(Count.NOT_CARRIED)
            return
        look = look_at(parcel.data)
        source = parcel.message.source
        others = source is not None and source.format == FORMAT.name
        spoken = isinstance(parcel.message.body, Text | Alarm | AlarmCancel | Alert)
        if look is None or not look.words or not spoken or others:
            self._edge.counters.add(Count.NOT_CARRIED)
            log.info("not for the air", message=parcel.message.id, kind=parcel.message.kind)
            return
        self._sent.put(look.key, True)
        for line in parcel.data.splitlines():
            sentence = line[line.rfind(b"\\") + 1 :]
            self._out.sendto(sentence + b"\r\n")

    async def stop(self) -> None:
        """Stop listening, hang up, and leave what has not passed."""
        for transport in (self._datagrams, self._out):
            if transport is not None:
                transport.close()
        if self._listener is not None:
            await self._listener.stop()
        for writer in tuple(self._writers):
            writer.transport.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def gauges(self) -> Mapping[str, float]:
        """What waits to be passed on, and, of a feed that is connected to, whether it is there."""
        up = {} if self._connecting is None else {"system_up": int(self._up)}
        return {"feed_waiting": len(self._inbox), **up}

    # --- lines come in --------------------------------------------------------------------------

    def received(self, data: bytes, host: str) -> None:
        """A datagram. Its last line has ended, whether it says so or not."""
        stream = self._streams.get(host)
        if stream is None:
            stream = self._streams[host] = AisStream(self._clock)
            if len(self._streams) > SENDERS_MOST:
                self._streams.popitem(last=False)
        self._streams.move_to_end(host)
        for document in stream.feed(data + b"\n"):
            self._offer(document, host)

    def _offer(self, document: bytes, source: str) -> None:
        """Put a document in the row, unless it is no traffic."""
        look = look_at(document)
        if look is None:
            if not self._may_refuse(source):
                self._edge.counters.refused(MalformedDocument().code)
                return
        elif look.key in self._sent:
            self._edge.counters.add(Count.DUPLICATES)
            return
        elif look.instrument or (look.static and look.key in self._known):
            self._edge.counters.add(Count.PASSED_OVER)
            return
        elif look.static:
            self._known.put(look.key, True)
        gone = self._inbox.put(Arrived(document, source), look)
        if gone is not None:
            position = look is not None and look.track is not None
            self._edge.counters.add(Count.SUPERSEDED if position else Count.CROWDED_OUT)
        self._news.set()
        if self._inbox.full:
            self._room.clear()

    def _may_refuse(self, source: str) -> bool:
        """Whether one more unreadable document of that sender is worth a letter."""
        minute = self._clock() // MINUTE
        before = self._refusals.get(source)
        number = before[1] if before is not None and before[0] == minute else 0
        self._refusals.put(source, (minute, number + 1))
        return number < REFUSALS_A_MINUTE

    async def _pass_on(self) -> None:
        """Give the channel one document after the other."""
        while True:
            arrived = self._inbox.take()
            if not self._inbox.full:
                self._room.set()
            if arrived is None:
                await self._wait(self._inbox.delay())
                continue
            try:
                with boundary("passing AIS on"):
                    await self._edge.take(arrived.document, arrived.source)
            except AlreadyCrossed:
                continue
            except CrossbandError as error:  # the edge has counted it and kept the document
                log.debug("refused", source=arrived.source, reason=error.detail)

    async def _wait(self, delay: float | None) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(delay):
                await self._news.wait()
        except TimeoutError:
            return

    # --- connections ----------------------------------------------------------------------------

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(READ_SIZE), self._connected)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._writers) >= CONNECTIONS_MOST:
            self._edge.counters.add(Count.TURNED_AWAY)
            writer.transport.abort()
            return
        host, port = (writer.get_extra_info("peername") or ("unknown", 0))[:2]
        self._begin(self._serve(reader, writer, f"{host}:{port}"))

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: str
    ) -> None:
        """Read one connection to its end; one that is too fast is read more slowly."""
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._writers.add(writer)
        stream = AisStream(self._clock)
        try:
            while data := await reader.read(READ_SIZE):
                self._heard(source)
                for document in stream.feed(data):
                    await self._room.wait()
                    self._offer(document, source)
        except OSError as error:
            log.info("ais feed gone", source=source, reason=str(error))
        finally:
            for document in stream.close():
                self._offer(document, source)
            self._writers.discard(writer)
            writer.transport.abort()

    async def _run_client(self, target: Connecting) -> None:
        """Connect to a receiver's server, again and again, with growing pauses."""
        source = f"{target.host}:{target.port}"
        name = None if target.tls is None else target.server_name or target.host
        while True:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    reader, writer = await asyncio.open_connection(
                        target.host, target.port, ssl=target.tls, server_hostname=name
                    )
            except OSError as error:  # TimeoutError is one
                log.info("ais feed cannot be reached", source=source, reason=str(error))
            else:
                await self._serve(reader, writer, source)
                if self._up:
                    self._edge.counters.add(Count.RECONNECTS)
                    log.warning("ais feed down", source=source)
                self._up = False
            await asyncio.sleep(self._backoff.next())

    def _heard(self, source: str) -> None:
        """The feed says something: a server that hangs up at once is not hammered."""
        if self._connecting is not None and not self._up:
            self._up = True
            self._backoff.reset()
            log.info("ais feed connected", source=source)

    # --- odds and ends --------------------------------------------------------------------------

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _seconds(self) -> float:
        return asyncio.get_running_loop().time()


class _Datagrams(asyncio.DatagramProtocol):
    """Datagrams of whoever sends them."""

    def __init__(self, adapter: AisAdapter) -> None:
        self._adapter = adapter

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._adapter.received(data, addr[0])


class _Outgoing(asyncio.DatagramProtocol):
    """The way out. Nobody answers; that nobody is there is worth a line of the log."""

    def error_received(self, exc: Exception) -> None:
        log.info("sentence not sent", reason=str(exc))
