"""Every question that is asked of the log, on a connection that cannot write.

Answers come straight from SQLite in the caller's thread: a page of 256 deliveries takes less than
handing it to another thread and back would.
"""

from __future__ import annotations

from typing import Any

import apsw

from hub.store.interface import (
    ChannelState,
    Delivery,
    PackageHolder,
    Receipt,
    Revocation,
    WaitingWelcome,
)
from hub.store.rows import ask
from hub.store.transaction import LEDGER_SPAN
from protocols.errors import LogDamaged
from protocols.tlog.entry import canonical
from protocols.tlog.merkle import TILE_HEIGHT, TILE_SIZE, leaf_hash, subtree_root


class Reader:
    """Questions to the log; every method may raise `apsw.Error`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def entries(self, channel: str, after_seq: int, limit: int) -> list[Delivery]:
        """Deliveries with seq > `after_seq` in order."""
        found: list[Any] = ask(
            self._connection,
            "SELECT seq, at, kind, body FROM entries "
            "WHERE channel = ? AND seq > max(?, 0) AND seq > 0 ORDER BY seq LIMIT ?",
            (channel, after_seq, limit),
        )
        return found

    def first_available(self, channel: str) -> int:
        """The first seq that has not been pruned."""
        found = ask(
            self._connection, "SELECT first_available FROM channels WHERE channel = ?", (channel,)
        )
        return int(found[0][0]) if found else 1

    def last_seq(self, channel: str) -> int:
        """The newest seq of a channel, 0 where there is none."""
        ((last,),) = ask(
            self._connection,
            "SELECT ifnull(max(seq), 0) FROM entries WHERE channel = ? AND seq > 0",
            (channel,),
        )
        return int(last)

    def ledger(self, channel: str, seq: int) -> list[Receipt]:
        """The steps of one message, each recipient's earliest of each stage, oldest first."""
        rows = ask(
            self._connection,
            "SELECT device, stage, at, reason FROM ledger "
            "WHERE channel = ? AND seq BETWEEN ? AND ? AND through >= ? "
            "ORDER BY at, device, stage",
            (channel, seq - LEDGER_SPAN + 1, seq, seq),
        )
        first: dict[tuple[str, str], Receipt] = {}
        for device, stage, at, reason in rows:
            first.setdefault((device, stage), Receipt(device, stage, at, reason))
        return list(first.values())

    def welcomes(self, device: str) -> list[WaitingWelcome]:
        """The device's inbox, oldest first."""
        return [
            WaitingWelcome(*row)
            for row in ask(
                self._connection,
                "SELECT id, channel, seq, body FROM welcomes WHERE device = ? ORDER BY id",
                (device,),
            )
        ]

    def key_package_count(self, device: str, at: int) -> int:
        """One-time key packages that still hold."""
        ((count,),) = ask(
            self._connection,
            "SELECT count(*) FROM key_packages "
            "WHERE device = ? AND last_resort = 0 AND not_after > ?",
            (device, at),
        )
        return int(count)

    def key_package_holders(self, at: int) -> list[PackageHolder]:
        """Devices with packages that still hold; SQLite takes `body` from the row of max(id)."""
        rows = ask(
            self._connection,
            "SELECT device, body, sum(1 - last_resort), max(id) FROM key_packages "
            "WHERE not_after > ? GROUP BY device ORDER BY device",
            (at,),
        )
        return [PackageHolder(device, body, count) for device, body, count, _ in rows]

    def channels(self) -> list[ChannelState]:
        """Every channel with its group, by name."""
        return [
            ChannelState(name, self.last_seq(name), first, epoch, epoch_seq, handshake_seq, *rest)
            for name, first, epoch, epoch_seq, handshake_seq, *rest in ask(
                self._connection,
                "SELECT c.channel, first_available, epoch, epoch_seq, handshake_seq, policy, "
                "group_state, group_info FROM channels c JOIN groups g ON g.channel = c.channel "
                "ORDER BY c.channel",
            )
        ]

    def revoked(self) -> list[Revocation]:
        """Every revocation, oldest first."""
        return [
            Revocation(*row)
            for row in ask(
                self._connection,
                "SELECT device, serial, at, reason FROM revoked ORDER BY at, device, serial",
            )
        ]

    def last_checkpoint(self) -> tuple[int, str]:
        """Size and note of the newest checkpoint, (-1, '') before the first."""
        found = ask(
            self._connection, "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1"
        )
        return (int(found[0][0]), str(found[0][1])) if found else (-1, "")

    def frontier(self) -> tuple[int, bytes, int]:
        """Size, nodes and last time as stored."""
        found = ask(self._connection, "SELECT size, nodes, last_at FROM frontier")
        if len(found) != 1:
            raise LogDamaged("The log has lost the edge of its tree.")
        size, nodes, last_at = found[0]
        return int(size), bytes(nodes), int(last_at)

    def entry_count(self) -> int:
        """Entries from 0 to the highest index."""
        ((count,),) = ask(self._connection, "SELECT ifnull(max(idx) + 1, 0) FROM entries")
        return int(count)

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Leaf hashes of the entries `start` to `end` (not included), from their fixed fields."""
        rows = ask(
            self._connection,
            "SELECT idx, channel, seq, kind, at, device, ifnull(message_id, x''), act, lane, "
            "epoch, body_hash, meta_hash FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx",
            (start, end),
        )
        hashes = [leaf_hash(canonical(*row)) for row in rows]
        if len(hashes) != end - start:
            raise LogDamaged(f"Entries are missing between {start} and {end}.")
        return hashes

    def subtree(self, height: int, index: int) -> bytes:
        """The hash of 2^height leaves at `index`; for the proofs of `protocols.tlog.merkle`."""
        if height < TILE_HEIGHT:
            return subtree_root(self.leaves(index << height, (index + 1) << height))
        tiles = 1 << (height - TILE_HEIGHT)
        rows = ask(
            self._connection,
            "SELECT hash FROM tiles WHERE idx >= ? AND idx < ? ORDER BY idx",
            (index * tiles, (index + 1) * tiles),
        )
        if len(rows) != tiles:
            raise LogDamaged(f"Subtrees of {TILE_SIZE} entries are missing from the log.")
        return subtree_root([row[0] for row in rows])
