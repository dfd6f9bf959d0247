"""Entries on their way into the log: numbered, hashed, collected, inserted many at a time.

The Merkle tree's edge and the entries it stands for are written by the same transaction, here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, NamedTuple

import apsw

from hub.store import items
from hub.store.items import Result
from hub.store.rows import ask, insert_many
from protocols.tlog.entry import NOTHING, SALT_SIZE, Kind, body_hash, canonical, metadata_hash
from protocols.tlog.merkle import TILE_HEIGHT, Frontier

Key = tuple[str, str, bytes]
"""Channel, device, message id: within these a message is the same message."""

_ENTRY_COLUMNS = 16
_INSERT_ENTRIES = "INSERT INTO entries VALUES "
_FIND_MESSAGES = (
    "SELECT channel, device, message_id, idx, seq, at, body_hash FROM entries "
    "WHERE message_id IN carray(?)"
)


class _Seen(NamedTuple):
    entry: int
    seq: int
    at: int
    body_hash: bytes


class Appender:
    """Collects the entries of one transaction; `frontier` is a copy that it may change."""

    def __init__(self, connection: apsw.Connection, frontier: Frontier, last_at: int) -> None:
        self._connection = connection
        self._first = frontier.size
        self.frontier = frontier
        self.last_at = last_at
        self.index = frontier.size
        self._rows: list[Any] = []
        self._leaves: list[bytes] = []
        self._seen: dict[Key, _Seen] = {}

    def append(
        self,
        kind: Kind,
        device: str,
        at: int,
        *,
        channel: str = "",
        seq: int = 0,
        message_id: bytes = b"",
        act: int = 0,
        lane: int = 0,
        epoch: int = 0,
        body: bytes = b"",
        meta: bytes = b"",
        digest: bytes = b"",
    ) -> items.Committed:
        """Collect one entry; time never runs backwards, whatever the clock did."""
        index = self.index
        if at > self.last_at:
            self.last_at = at
        at = self.last_at
        digest = digest or body_hash(body)
        salt = os.urandom(SALT_SIZE) if meta else b""
        meta_digest = metadata_hash(salt, meta) if meta else NOTHING
        fields = canonical(
            index, channel, seq, kind, at, device, message_id, act, lane, epoch, digest, meta_digest
        )
        leaf = sha256(b"\x00" + fields).digest()
        self._leaves.append(leaf)
        self._rows += (
            index,
            channel,
            seq,
            int(kind),
            at,
            device,
            message_id or None,
            act,
            lane,
            epoch,
            digest,
            meta_digest,
            leaf,
            salt or None,
            meta or None,
            body or None,
        )
        self.index = index + 1
        return items.Committed(index, seq, at)

    def flush(self) -> None:
        """Insert what was collected, so that SQL can see it."""
        if not self._leaves:
            return
        insert_many(self._connection, _INSERT_ENTRIES, _ENTRY_COLUMNS, self._rows)
        first = self.frontier.size >> TILE_HEIGHT
        for number, tile in enumerate(self.frontier.extend(self._leaves), first):
            self._connection.execute("INSERT INTO tiles VALUES (?, ?)", (number, tile))
        self._rows = []
        self._leaves = []

    def look_up(self, message_ids: Iterable[bytes]) -> None:
        """Learn which of these messages the log holds already, in one question."""
        wanted = tuple(message_ids)
        if not wanted:
            return
        for row in ask(self._connection, _FIND_MESSAGES, (apsw.carray(wanted),)):
            channel, device, message_id, *found = row
            self._seen[channel, device, message_id] = _Seen(*found)

    def repeated(self, key: Key, digest: bytes) -> Result | None:
        """The answer for a message that is in the log already, None for a new one."""
        seen = self._seen.get(key)
        if seen is None:
            return None
        if seen.body_hash == digest:
            return items.Duplicate(seen.entry, seen.seq, seen.at)
        return items.Conflict(seen.entry, seen.seq)

    def remember(self, key: Key, committed: items.Committed, digest: bytes) -> None:
        """Let the rest of this transaction know of a message that it adds."""
        self._seen[key] = _Seen(committed.index, committed.seq, committed.at, digest)

    def finish(self) -> None:
        """Insert everything and write the tree's edge, if it has moved."""
        self.flush()
        if self.index != self._first:
            self._connection.execute(
                "UPDATE frontier SET size = ?, nodes = ?, last_at = ?",
                (self.frontier.size, self.frontier.to_bytes(), self.last_at),
            )
