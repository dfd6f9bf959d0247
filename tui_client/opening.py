"""From the engine's local store to a model: history on the screen before any link is up."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, tzinfo
from typing import Final

import msgspec

from protocols.client.client import Client
from protocols.client.outbox import Item
from protocols.client.reading import received_of
from protocols.client.store import Table
from protocols.clock import Clock, system_clock
from protocols.messages.envelope import Message, from_json
from tui_client.model import ALL_AREAS, Model

TAIL: Final = 200
"""Messages of a channel that are on the screen at once, before its history has been read."""
PIECE: Final = 250
"""Messages that are read at a time: some milliseconds."""


def local_zone() -> tzinfo:
    """The time zone of this machine."""
    return datetime.now(UTC).astimezone().tzinfo or UTC


def open_model(
    client: Client,
    channel: str = "",
    *,
    clock: Clock = system_clock,
    zone: tzinfo = UTC,
    whole: bool = True,
) -> Model:
    """What the store has of every channel; `channel` is the one to show first.

    Not `whole`: only the newest messages of each channel, as they are; `read_history` then reads
    all of them in the order in which they count.
    """
    model = Model(client.device.identity, clock=clock, zone=zone)
    model.link = client.link
    waiting = pending(client)
    views = sorted(client.channels(), key=lambda view: view.channel != channel)
    for view in views:
        model.load(
            view.channel,
            client.history(view.channel) if whole else (),
            state=view,
            roster=client.roster(view.channel) if view.state == "member" else (),
            fates=client.fates(view.channel),
            pending=waiting.get(view.channel, ()),
        )
        if not whole:
            newest = client.store.latest(Table.HISTORY, view.channel, TAIL)
            model.rooms[view.channel].show_tail(map(received_of, newest))
    if channel:
        model.enter(channel)
    return model


async def read_history(client: Client, model: Model) -> AsyncIterator[frozenset[str]]:
    """Read the channels' history into the model, piece by piece; the areas to paint after each.

    Between the pieces the screen stays alive. Events that arrive meanwhile have to wait until this
    has ended: the order of a channel is the order in which its messages count.
    """
    first = sorted(model.rooms, key=lambda name: name != model.channel)
    for channel in first:
        room = model.rooms[channel]
        last = 0
        while rows := client.store.after(Table.HISTORY, channel, last, PIECE):
            for row in rows:
                room.receive(received_of(row))
            last = rows[-1].number
            gc.freeze()  # history stays; searching it for garbage would halt the screen
            yield frozenset()
            await asyncio.sleep(0)
        room.tail = None
        model.tick()
        yield ALL_AREAS


def pending(client: Client) -> dict[str, list[Message]]:
    """Own messages that the log has not shown yet, by channel, in the order of sending."""
    found: dict[str, list[Message]] = {}
    items = [
        msgspec.msgpack.decode(row.value, type=Item) for row in client.store.rows(Table.OUTBOX)
    ]
    for item in sorted(items, key=lambda one: one.number):
        found.setdefault(item.channel, []).append(from_json(item.message))
    return found
