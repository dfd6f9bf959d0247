"""The hub is killed fifty times under load: what it acknowledged is there, once, without a gap."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from hub.store.sqlite import SqliteStore
from protocols import frames
from protocols.frames import Accepted, CaughtUp, Entry, EntryKind, Policy, Send
from protocols.identity import Role
from protocols.mls.header import PrivateHeader, peek
from tests.scenario.caller import Caller
from tests.scenario.house import House

KILLS = 50
IN_FLIGHT = 20
CHANNEL = "under-fire"


class Sender:
    """Keeps messages in flight and sends again, the same bytes, whatever was not acknowledged."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.waiting: dict[int, bytes] = {}
        self.acked: dict[bytes, int] = {}
        self.first_ack = asyncio.Event()

    async def load(self) -> None:
        """Send until the connection breaks."""
        caller = self.caller
        self.first_ack.clear()
        try:
            for ref, body in list(self.waiting.items()):
                await caller.tell(Send(ref, body))
            while True:
                while len(self.waiting) < IN_FLIGHT:
                    ref, body = caller.next_ref(), caller.encrypt(CHANNEL, b"under fire")
                    self.waiting[ref] = body
                    await caller.tell(Send(ref, body))
                self._take(await caller.receive())
        except ConnectionClosed:
            return

    def _take(self, frame: object) -> None:
        assert not isinstance(frame, frames.Refusal), frame
        if isinstance(frame, Accepted):
            for ack in frame.acks:
                body = self.waiting.pop(ack.ref, None)
                if body is not None:
                    self.acked[body] = ack.seq
            self.first_ack.set()


class Reader:
    """Follows the channel over all restarts from its last contiguous entry."""

    def __init__(self, caller: Caller, last: int) -> None:
        self.caller = caller
        self.last = last
        self.bodies: dict[int, bytes] = {}

    async def follow(self, until: int = 0) -> None:
        """Take entries until the connection breaks, or entry `until` has come."""
        try:
            await self.caller.subscribe(CHANNEL, self.last)
            while not until or self.last < until:
                frame = await self.caller.receive()
                if isinstance(frame, Entry):
                    assert frame.seq == self.last + 1, "a gap, or an entry twice"
                    self.last = frame.seq
                    self.bodies[frame.seq] = frame.body
                elif isinstance(frame, CaughtUp):
                    assert frame.seq == self.last
        except ConnectionClosed:
            return


async def _fire(house: House, sender: Sender, reader: Reader, chance: random.Random) -> None:
    for _ in range(KILLS):
        await sender.caller.connect()
        await reader.caller.connect()
        load, follow = asyncio.create_task(sender.load()), asyncio.create_task(reader.follow())
        await sender.first_ack.wait()
        await asyncio.sleep(chance.uniform(0.0, 0.1))
        await asyncio.to_thread(house.kill)
        await asyncio.gather(load, follow)
        sender.caller.pushed.clear()
        reader.caller.pushed.clear()
        await asyncio.to_thread(house.start)


async def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    house = House(tmp_path, limits={"connections_burst": 1000.0})
    with house:
        desk = await Caller.login(house, house.enrol("desk", "uscbp", Role.COMMAND))
        unit = await Caller.login(house, house.enrol("unit", "uscbp"))
        await unit.publish()
        await desk.create(CHANNEL, Policy(owners=("uscbp",)))
        seq = await desk.add(CHANNEL, unit.name)
        await unit.join()
        sender, reader = Sender(desk), Reader(unit, seq)
        await desk.close()
        await unit.close()
        await _fire(house, sender, reader, random.Random(7))

        await desk.connect()
        for ref, body in sender.waiting.items():
            await desk.tell(Send(ref, body))
            ack = await desk.answer(ref)
            sender.acked[body] = ack.seq
        await unit.connect()
        await reader.follow(until=max(sender.acked.values()))
        await desk.close()
        await unit.close()

    assert len(sender.acked) > KILLS
    for body, seq in sender.acked.items():
        assert reader.bodies[seq] == body
    messages = [body for body in reader.bodies.values() if isinstance(peek(body), PrivateHeader)]
    assert len(set(messages)) == len(messages) == len(sender.acked)
    await _check_log(house, reader)


async def _check_log(house: House, reader: Reader) -> None:
    """The log by itself: it opens (the tree fits the entries), numbers are contiguous."""
    store = SqliteStore.open(house.log)
    try:
        rows, after = [], 0
        while page := await store.entries(CHANNEL, after):
            rows += page
            after = page[-1][0]
        assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
        assert rows[0][2] == EntryKind.COMMIT
        assert {row[0]: row[3] for row in rows[1:]} == reader.bodies
    finally:
        store.close()
