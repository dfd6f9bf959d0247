"""Events in their order to whoever listens, and waiting that can always be cancelled."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from protocols.client.events import Noticed
from protocols.client.fates import Fate, FateState
from protocols.client.streams import Events, Sent, wait_for
from protocols.frames import Stage


class Owner:
    """As much of a client as a stream asks for."""

    closed = False

    def __init__(self) -> None:
        self.dropped: list[Any] = []
        self.known = Fate(message_id="m", channel="nogales", number=1, queued_at=0)

    def drop(self, listener: Any) -> None:
        self.dropped.append(listener)

    def fate(self, message_id: str) -> Fate:
        assert message_id == "m"
        return self.known

    async def until(self, condition: Any) -> None:
        self.known = Fate(
            message_id="m", channel="nogales", number=1, queued_at=0, state=FateState.ON_DISK, seq=4
        )
        assert condition()


async def test_events_come_in_order_until_the_client_ends() -> None:
    owner: Any = Owner()
    events = Events(owner)
    told = [Noticed(str(n), "", "") for n in range(3)]
    for event in told:
        events.put(event)
    assert [await anext(events) for _ in told] == told
    waiting = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    owner.closed = True
    events.wake()
    with pytest.raises(StopAsyncIteration):
        await waiting
    assert owner.dropped == [events]


async def test_a_sent_message_shows_its_fate_as_it_is() -> None:
    owner: Any = Owner()
    sent = Sent(owner, owner.known)
    assert (sent.message_id, sent.channel, sent.state) == ("m", "nogales", FateState.QUEUED)
    fate = await sent.settled(Stage.ACCEPTED)
    assert (fate.seq, sent.state) == (4, FateState.ON_DISK)


async def test_waiting_ends_by_the_event_by_time_and_by_cancellation_even_at_once() -> None:
    event = asyncio.Event()
    await wait_for(event, 0)
    ended = SimpleNamespace(count=0)

    async def loop() -> None:
        while True:
            await wait_for(event, 60)
            event.clear()
            ended.count += 1

    task = asyncio.ensure_future(loop())
    await asyncio.sleep(0)
    event.set()
    task.cancel()  # in the same moment: neither may be lost
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(task), 5)
    assert ended.count == 0
