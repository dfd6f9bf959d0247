"""What the core wants done, as values: the server executes them in order and nothing else acts.

An `Append` goes into the next commit; what follows from it (acknowledgement, delivery, Welcomes)
the core decides only when it is told the result, so nothing is ever said or delivered that is not
on disk. If a commit fails, nothing of it happened and the core is told that too.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from hub.store.items import Item
from protocols.frames import EntryKind, HubFrame


class Effect(msgspec.Struct, frozen=True, gc=False):
    """Base of everything that the server can be asked to do."""


class Append(Effect, frozen=True):
    """Put an item into the next commit.

    `connection` and `ref` say whom to answer (0: nobody); `note` is what the core needs to know
    again when the result comes.
    """

    item: Item
    connection: int = 0
    ref: int = 0
    note: object = None


class Reply(Effect, frozen=True):
    """Send a frame to one connection."""

    connection: int
    frame: HubFrame


class Outgoing(NamedTuple):
    """One entry on its way to a channel's members.

    `track` is not empty where a newer entry of the same track makes this one superfluous.
    """

    seq: int
    time: int
    kind: EntryKind
    body: bytes
    track: str


class Deliver(Effect, frozen=True):
    """Send committed entries, ascending and without a gap, to all who follow the channel."""

    channel: str
    entries: list[Outgoing]


class Follow(Effect, frozen=True):
    """Feed a connection from the log from `after` + 1 on, then live."""

    connection: int
    channel: str
    after: int
    last: int = 0
    """Stop after this entry (0: never): what a device may still read that has been removed."""


class Unfollow(Effect, frozen=True):
    """Stop delivering a channel to a connection."""

    connection: int
    channel: str


class ReadLedger(Effect, frozen=True):
    """Look up an entry's ledger; the answer goes to `Core.ledger_read`."""

    connection: int
    ref: int
    channel: str
    seq: int


class ReadInbox(Effect, frozen=True):
    """Look up a device's Welcomes; the answer goes to `Core.inbox_read`.

    With `joined` only that commit's Welcome is meant, and it is to be forgotten.
    """

    connection: int
    device: str
    joined: tuple[str, int] | None = None


class ReadDirectory(Effect, frozen=True):
    """Look up who has published key packages; the answer goes to `Core.directory_read`."""

    connection: int
    ref: int


class Disconnect(Effect, frozen=True):
    """End a connection after what has been written to it."""

    connection: int
    reason: str
