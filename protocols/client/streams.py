"""What a program holds in its hand: the stream of events, and a message that it has sent."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Self

from protocols.client.events import Event
from protocols.client.fates import Fate, FateState
from protocols.frames import Stage

if TYPE_CHECKING:
    from protocols.client.client import Client


class Events:
    """What happens from the moment this object is made; iterate over it once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._queue: deque[Event] = deque()
        self._news = asyncio.Event()

    def put(self, event: Event) -> None:
        """One more event. The queue has no bound: whoever asks for events reads them."""
        self._queue.append(event)
        self._news.set()

    def wake(self) -> None:
        """The client has ended."""
        self._news.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._queue:
            if self._client.closed:
                self._client.drop(self)
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._queue.popleft()


class Sent:
    """A message that was handed over: its fate as it changes. Attributes are those of `Fate`."""

    def __init__(self, client: Client, fate: Fate) -> None:
        self._client = client
        self.message_id = fate.message_id
        self.channel = fate.channel

    @property
    def fate(self) -> Fate:
        """What became of it until now."""
        return self._client.fate(self.message_id)

    @property
    def state(self) -> FateState:
        """How far it has come on its way to the log."""
        return self.fate.state

    async def settled(self, stage: Stage = Stage.ACCEPTED) -> Fate:
        """Waits until it is on disk at the hub and every other member has reached `stage`.

        Ends as well when it was refused or replaced, or has failed with a member: look at the
        fate that is returned. Raises `LocalStoreError` if the client had to stop.
        """
        await self._client.until(lambda: self.fate.reached(stage))
        return self.fate


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set or the time is over.

    `asyncio.wait_for` of Python 3.11 loses a cancellation that comes together with the event.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
