"""The Canadian observer: a program of ten lines on the client engine, read in French."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import msgspec

from protocols.client.client import Client
from protocols.client.device import Device
from protocols.client.events import Received
from protocols.client.fates import Fate
from protocols.clock import to_datetime
from protocols.identity import Role
from protocols.messages import Message, compose
from protocols.messages.history import Entry, History
from protocols.messages.kinds import EMERGENCY, Alarm, AlarmAck
from protocols.messages.render import labelled, render, title

LANGUAGE: Final = "fr"


class Observer:
    """One device of the RCMP."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client: Client | None = None
        self._listening: asyncio.Task[None] | None = None
        self.received: list[Received] = []

    @property
    def client(self) -> Client:
        """The engine, while it is open."""
        assert self._client is not None
        return self._client

    async def open(self) -> None:
        """Open the device and connect."""
        self._client = await Client(Device.open(self._folder)).__aenter__()

    async def joined(self, channel: str) -> None:
        """Wait to be added, then collect what comes."""
        await self.client.joined(channel)
        self._listening = asyncio.create_task(self._listen(channel))

    async def close(self) -> None:
        """Hang up."""
        if self._listening is not None:
            self._listening.cancel()
        if self._client is not None:
            await self._client.close()

    def find(self, kind: str, incident: str | None = None) -> Received | None:
        """The newest message of a kind, and of an incident if one is named."""
        for received in reversed(self.received):
            message = received.message
            if message.kind == kind and incident in (None, message.incident):
                return received
        return None

    def emergency(self) -> Received | None:
        """The newest emergency."""
        for received in reversed(self.received):
            body = received.message.body
            if isinstance(body, Alarm) and body.alarm_class == EMERGENCY:
                return received
        return None

    def history(self) -> History:
        """What its messages amount to, by the rules that every screen goes by."""
        history = History()
        for one in self.received:
            history.apply(Entry(one.seq, to_datetime(one.time), one.sender, one.message))
        return history

    def shared_state(self, incident: str) -> str | None:
        """What both sides together say of an incident."""
        kept = self.history().incidents.get(incident)
        return None if kept is None else str(kept.shared)

    def screen(self, message: Message) -> str:
        """What stands on the observer's screen."""
        lines = [title(message, LANGUAGE)]
        lines += [labelled(line.label, line.value, LANGUAGE) for line in render(message, LANGUAGE)]
        return "\n".join(lines)

    async def acknowledge_against_the_rules(self, channel: str, alarm: str) -> Fate:
        """Try to acknowledge somebody's alarm with a client that was told it may.

        An honest client refuses by itself. This one is opened with another role in its own mind;
        its certificate still says observer, and that is what the hub goes by.
        """
        await self.close()
        device = Device.open(self._folder)
        lied = msgspec.structs.replace(device.identity, role=Role.PARTICIPANT)
        async with Client(msgspec.structs.replace(device, identity=lied)) as liar:
            await liar.joined(channel)
            sent = await liar.send(channel, compose(lied, AlarmAck(alarm=alarm)))
            fate = await sent.settled()
        await self.open()
        await self.joined(channel)
        return fate

    async def _listen(self, channel: str) -> None:
        async for received in self.client.messages(channel, after=0):
            if all(received.seq != known.seq for known in self.received):
                self.received.append(received)
