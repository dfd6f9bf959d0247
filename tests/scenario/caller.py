"""A device at the wire: frames by hand and a real MLS group, for tests that need to misbehave.

What a client does by itself (catching up, retrying, receipts) a `Caller` only does when told.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from protocols import frames
from protocols.client.device import Device
from protocols.frames import Codec, Policy
from protocols.session import ClientSession, Established, LoginFailed
from tests.scenario.house import House
from tests.scenario.member import Member

F = TypeVar("F")
PATIENCE = 10.0
MSGPACK = frames.SUBPROTOCOL_MSGPACK


class Refused(Exception):
    """The hub said no; `frame` is what it said."""

    def __init__(self, frame: Any) -> None:
        super().__init__(f"{getattr(frame, 'code', '')}: {getattr(frame, 'detail', frame)}")
        self.frame = frame

    @property
    def code(self) -> str:
        """The refusal's code, `slow_down` for that frame."""
        return getattr(self.frame, "code", "slow_down")


class Caller(Member):
    """One connection of one device."""

    def __init__(self, house: House, member: Member, subprotocol: str = MSGPACK) -> None:
        super().__init__(member.identity, member.key, member.chain, member.roots)
        self.house = house
        self.codec = Codec.of(subprotocol)
        self.subprotocol = subprotocol
        self.pushed: deque[Any] = deque()
        self._ref = 0
        self._socket: ClientConnection | None = None
        self._session: ClientSession | None = None
        self.ready: frames.Ready | None = None

    # --- connection -----------------------------------------------------------------------------

    @classmethod
    async def login(cls, house: House, folder: Path, subprotocol: str = MSGPACK) -> Self:
        """Connect and log in; raises `Refused`."""
        device = Device.open(folder)
        member = Member(device.identity, device.key, device.chain, device.roots)
        caller = cls(house, member, subprotocol)
        await caller.connect()
        return caller

    async def connect(self, port: int = 0) -> None:
        """Connect (again), to another port if a proxy stands between; raises `Refused`."""
        self._socket = await connect(
            f"{'wss' if self.house.tls else 'ws'}://127.0.0.1:{port or self.house.port}/",
            ssl=self.house.context if self.house.tls else None,
            subprotocols=[Subprotocol(self.subprotocol)],
            compression=None,
            max_size=None,
            ping_interval=None,
        )
        self._session = ClientSession(
            self.codec,
            device=self.name,
            chain=self.chain,
            sign=self.key.sign,
            certificate=ssl.PEM_cert_to_DER_cert(self.house.certificate.read_text()),
            hub=self.house.hub_name,
        )
        while True:
            event = self._session.receive(await self.receive_raw())
            for data in self._session.data_to_send():
                await self.send_raw(data)
            if isinstance(event, Established):
                self.ready = event.ready
                return
            if isinstance(event, LoginFailed):
                raise Refused(event)

    async def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            await self._socket.close()

    def abort(self) -> None:
        """Break the connection off."""
        assert self._socket is not None
        self._socket.transport.abort()

    @property
    def socket(self) -> ClientConnection:
        """The WebSocket."""
        assert self._socket is not None
        return self._socket

    async def receive_raw(self) -> str | bytes:
        """The next WebSocket message."""
        async with asyncio.timeout(PATIENCE):
            return await self.socket.recv()

    async def send_raw(self, data: str | bytes) -> None:
        """A WebSocket message as it is; JSON goes as text."""
        if self.codec.encoding == "json" and isinstance(data, bytes):
            data = data.decode()
        await self.socket.send(data)

    # --- frames ---------------------------------------------------------------------------------

    async def tell(self, frame: Any) -> None:
        """Send a frame that is not answered."""
        await self.send_raw(self.codec.encode(frame))

    async def receive(self) -> Any:
        """The next frame of the hub, kept ones first."""
        if self.pushed:
            return self.pushed.popleft()
        return self.codec.decode_hub(await self.receive_raw())

    async def next(self, kind: type[F], match: Callable[[F], bool] = lambda _: True) -> F:
        """The next frame of a type; others are kept, in order. Raises `Refused` for a refusal."""
        kept: list[Any] = []
        try:
            while True:
                frame = await self.receive()
                if isinstance(frame, kind) and match(frame):
                    return frame
                if isinstance(frame, frames.Refusal) and not frame.ref and kind is not type(frame):
                    raise Refused(frame)
                kept.append(frame)
        finally:
            self.pushed.extendleft(reversed(kept))

    async def ask(self, make: Callable[[int], Any]) -> Any:
        """Send `make(ref)` and return its answer (an `Ack` for accepted); raises `Refused`."""
        self._ref += 1
        ref = self._ref
        await self.tell(make(ref))
        return await self.answer(ref)

    async def answer(self, ref: int) -> Any:
        """The answer to a frame sent before."""
        kept: list[Any] = []
        try:
            while True:
                frame = await self.receive()
                if isinstance(frame, frames.Accepted):
                    for ack in frame.acks:
                        if ack.ref == ref:
                            rest = tuple(one for one in frame.acks if one.ref != ref)
                            if rest:
                                kept.append(frames.Accepted(rest))
                            return ack
                elif isinstance(frame, frames.Refusal | frames.SlowDown) and frame.ref == ref:
                    raise Refused(frame)
                elif getattr(frame, "ref", 0) == ref:
                    return frame
                kept.append(frame)
        finally:
            self.pushed.extendleft(reversed(kept))

    def next_ref(self) -> int:
        """A ref for a frame that is written by hand."""
        self._ref += 1
        return self._ref

    # --- groups ---------------------------------------------------------------------------------

    async def create(self, channel: str, policy: Policy) -> None:
        """Open a channel; raises `Refused`."""
        assert self.ready is not None
        sender = self.ready.sender
        await self.ask(lambda ref: self.creation(ref, channel, policy, sender))

    async def publish(self, count: int = 2) -> None:
        """Leave key packages at the hub."""
        packages = tuple(self.package() for _ in range(count))
        await self.ask(lambda ref: frames.Publish(ref, packages))

    async def claim(self, channel: str, device: str) -> bytes:
        """Take a key package of a device; raises `Refused`."""
        package = await self.ask(lambda ref: frames.Claim(ref, device, channel))
        return bytes(package.body)

    async def add(self, channel: str, *devices: str) -> int:
        """Claim, commit and merge; returns the commit's seq."""
        packages = [await self.claim(channel, device) for device in devices]
        return await self.commit(channel, add=packages)

    async def commit(self, channel: str, **request: Any) -> int:
        """Build a commit, send it and merge; returns its seq; raises `Refused`."""
        group = self.groups[channel]
        try:
            ack = await self.ask(lambda ref: self.handshake(ref, channel, **request))
        except Refused:
            group.discard_pending()
            raise
        group.merge_pending()
        return int(ack.seq)

    async def join(self) -> str:
        """Use the next Welcome; returns the channel."""
        welcome = await self.next(frames.Welcome)
        await self.tell(self.accept_welcome(welcome))
        return welcome.channel

    async def say(self, channel: str, data: bytes, **options: Any) -> frames.Ack:
        """Send a message and wait until it is on disk; raises `Refused`."""
        body = self.encrypt(channel, data, **options)
        ack: frames.Ack = await self.ask(lambda ref: frames.Send(ref, body))
        return ack

    async def subscribe(self, channel: str, after: int = 0) -> None:
        """Follow a channel from `after` + 1 on."""
        await self.ask(lambda ref: frames.Subscribe(ref, channel, after))

    async def entries(self, count: int) -> list[frames.Entry]:
        """The next `count` entries."""
        return [await self.next(frames.Entry) for _ in range(count)]

    async def messages(self, channel: str, count: int) -> list[bytes]:
        """Read entries until `count` messages of others have been decrypted."""
        found: list[bytes] = []
        while len(found) < count:
            data = self.process(channel, await self.next(frames.Entry))
            if data is not None:
                found.append(data)
        return found
