"""Receipts: what became of the entries here, told to the hub in batches and never forgotten.

A receipt frame has no answer. So a receipt is kept until something that was sent after it has
been answered, and everything still kept goes out again after a cut; the hub takes the first of
each (message, device, stage) and ignores the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from protocols.client.store import Change, Drop, Put, Row, Table
from protocols.frames import Receipt, Stage

BATCH = 512
"""Numbers in one frame."""

_Key = tuple[str, int, Stage, str]


class Receipts:
    """Receipts that the hub may not have yet."""

    def __init__(self) -> None:
        self._unsent: dict[_Key, None] = {}
        self._sent: dict[_Key, int] = {}
        self._changes: list[Change] = []

    @classmethod
    def load(cls, rows: Iterable[Row]) -> Receipts:
        """The receipts as they were kept: rows of the table `receipts`."""
        receipts = cls()
        for row in rows:
            stage, reason = msgspec.msgpack.decode(row.value, type=tuple[Stage, str])
            receipts._unsent[_channel(row.name), row.number, stage, reason] = None
        return receipts

    @property
    def pending(self) -> int:
        """How many the hub may not have."""
        return len(self._unsent) + len(self._sent)

    def add(self, channel: str, seq: int, stage: Stage, reason: str = "") -> None:
        """Notes what became of one entry here."""
        key = (channel, seq, stage, reason)
        self._unsent[key] = None
        value = msgspec.msgpack.encode((stage, reason))
        self._changes.append(Put(Table.RECEIPTS, _name(channel, stage), seq, value))

    def flush(self, last_ref: int) -> list[Receipt]:
        """The frames for everything unsent. `last_ref` is the last ref given out so far."""
        batches: dict[tuple[str, Stage, str], list[int]] = defaultdict(list)
        for key in self._unsent:
            channel, seq, stage, reason = key
            batches[channel, stage, reason].append(seq)
            self._sent[key] = last_ref
        self._unsent.clear()
        frames = []
        for (channel, stage, reason), seqs in batches.items():
            seqs.sort()
            for start in range(0, len(seqs), BATCH):
                part = tuple(seqs[start : start + BATCH])
                frames.append(Receipt(channel, stage, part, reason))
        return frames

    def answered(self, ref: int) -> None:
        """The hub answered `ref`: it has every receipt sent before that ref was given out."""
        for key in [key for key, last in self._sent.items() if last < ref]:
            del self._sent[key]
            if key not in self._unsent:
                self._changes.append(Drop(Table.RECEIPTS, _name(key[0], key[2]), key[1]))

    def cut(self) -> None:
        """The link is gone: what was not confirmed goes out again."""
        self._unsent = {**dict.fromkeys(self._sent), **self._unsent}
        self._sent.clear()

    def take_changes(self) -> list[Change]:
        """What is to be kept, in order."""
        changes, self._changes = self._changes, []
        return changes


def _name(channel: str, stage: Stage) -> str:
    return f"{int(stage)} {channel}"


def _channel(name: str) -> str:
    return name.partition(" ")[2]
