"""One transaction of the log: items in, entries and their results out, memory changed only after.

Everything is decided on a copy of the hot state (`LogState`) and every entry goes through one
`Appender`; the state takes over what was decided once the transaction is on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import apsw
import msgspec

from hub.store import items
from hub.store.appender import Appender
from hub.store.items import Item, Result
from hub.store.keys import KeyTables
from hub.store.rows import insert_many
from protocols.tlog.entry import Kind
from protocols.tlog.merkle import Frontier

LEDGER_SPAN = 256
"""Messages that one row of the ledger may speak for."""

_LEDGER_COLUMNS = 7
_INSERT_LEDGER = "INSERT OR IGNORE INTO ledger VALUES "


@dataclass(slots=True)
class Head:
    """The hot part of a channel."""

    last_seq: int
    first_available: int
    epoch: int
    epoch_seq: int
    handshake_seq: int

    def copy(self) -> Head:
        """One to decide on; several times as fast as `dataclasses.replace`."""
        return Head(
            self.last_seq, self.first_available, self.epoch, self.epoch_seq, self.handshake_seq
        )


@dataclass(slots=True)
class LogState:
    """What the writer knows without asking: heads of the channels, edge of the tree, last time."""

    heads: dict[str, Head] = field(default_factory=dict)
    frontier: Frontier = field(default_factory=Frontier)
    last_at: int = 0


class Transaction:
    """Applies items inside an open SQLite transaction; `finish` writes what was collected.

    Nothing in `state` changes before `merge`, which the caller calls after COMMIT.
    """

    def __init__(self, connection: apsw.Connection, state: LogState) -> None:
        self._connection = connection
        self._state = state
        self._heads: dict[str, Head] = {}
        self._ledger: list[Any] = []
        self._log = Appender(connection, state.frontier.copy(), state.last_at)
        self._keys = KeyTables(connection, self._log.append)
        self.erased = False
        self._handlers: dict[type[Item], Callable[[Any], Result]] = {
            items.AppendMessage: self._message,
            items.AppendHandshake: self._handshake,
            items.AppendEvent: self._event,
            items.CreateChannel: self._create_channel,
            items.SetPolicy: self._set_policy,
            items.PutReceipt: self._receipt,
            items.AckWelcome: self._ack_welcome,
            items.EraseBodies: self._erase,
            items.PutCheckpoint: self._checkpoint,
            items.PutKeyPackages: self._keys.put,
            items.ClaimKeyPackage: self._keys.claim,
            items.Revoke: self._keys.revoke,
            items.PutEnrolmentCode: self._keys.put_code,
            items.UseEnrolmentCode: self._keys.use_code,
        }

    @property
    def appended(self) -> int:
        """Entries that this transaction adds."""
        return self._log.index - self._state.frontier.size

    def apply(self, batches: Sequence[Sequence[Item]]) -> list[list[Result]]:
        """Decide every item in order; one list of results per batch."""
        self._log.look_up(
            item.message_id
            for batch in batches
            for item in batch
            if isinstance(item, items.AppendMessage | items.AppendHandshake) and item.message_id
        )
        handlers = self._handlers
        return [[handlers[type(item)](item) for item in batch] for batch in batches]

    def finish(self) -> None:
        """Write the collected rows and the tree's edge; COMMIT is the caller's."""
        self._log.finish()
        if self._ledger:
            insert_many(self._connection, _INSERT_LEDGER, _LEDGER_COLUMNS, self._ledger)

    def merge(self) -> None:
        """Take over what was decided; call once the transaction is on disk."""
        self._state.heads.update(self._heads)
        self._state.frontier = self._log.frontier
        self._state.last_at = self._log.last_at

    def _head(self, channel: str) -> Head | None:
        head = self._heads.get(channel)
        if head is None:
            known = self._state.heads.get(channel)
            if known is None:
                return None
            head = self._heads[channel] = known.copy()
        return head

    # --- items ----------------------------------------------------------------------------------

    def _message(self, item: items.AppendMessage) -> Result:
        head = self._head(item.channel)
        if head is None:
            return items.UnknownChannel(item.channel)
        digest = sha256(item.body).digest()
        key = (item.channel, item.device, item.message_id)
        repeated = self._log.repeated(key, digest)
        if repeated is not None:
            return repeated
        if not head.epoch - 1 <= item.epoch <= head.epoch:
            return items.StaleEpoch(head.epoch)
        head.last_seq += 1
        committed = self._log.append(
            Kind.APPLICATION,
            item.device,
            item.at,
            channel=item.channel,
            seq=head.last_seq,
            message_id=item.message_id,
            act=item.act,
            lane=item.lane,
            epoch=item.epoch,
            body=item.body,
            meta=item.meta,
            digest=digest,
        )
        self._log.remember(key, committed, digest)
        return committed

    def _handshake(self, item: items.AppendHandshake) -> Result:
        head = self._head(item.channel)
        if head is None:
            return items.UnknownChannel(item.channel)
        digest = sha256(item.body).digest()
        key = (item.channel, item.device, item.message_id)
        repeated = self._log.repeated(key, digest) if item.message_id else None
        if repeated is not None:
            return repeated
        if item.epoch != head.epoch or item.base_seq not in (-1, head.handshake_seq):
            return items.EpochConflict(head.epoch, head.handshake_seq)
        head.last_seq += 1
        head.handshake_seq = head.last_seq
        if item.kind is Kind.COMMIT:
            head.epoch += 1
            head.epoch_seq = head.last_seq
        committed = self._log.append(
            item.kind,
            item.device,
            item.at,
            channel=item.channel,
            seq=head.last_seq,
            message_id=item.message_id,
            act=item.act,
            lane=item.lane,
            epoch=item.epoch,
            body=item.body,
            meta=item.meta,
            digest=digest,
        )
        if item.message_id:
            self._log.remember(key, committed, digest)
        self._store_group(item, head)
        return committed

    def _store_group(self, item: items.AppendHandshake, head: Head) -> None:
        execute = self._connection.execute
        execute(
            "UPDATE channels SET epoch = ?, epoch_seq = ?, handshake_seq = ? WHERE channel = ?",
            (head.epoch, head.epoch_seq, head.handshake_seq, item.channel),
        )
        if item.group_info:
            execute(
                "UPDATE groups SET group_state = ?, group_info = ? WHERE channel = ?",
                (item.group_state, item.group_info, item.channel),
            )
        else:
            execute(
                "UPDATE groups SET group_state = ? WHERE channel = ?",
                (item.group_state, item.channel),
            )
        for welcome in item.welcomes:
            execute(
                "INSERT INTO welcomes (device, channel, seq, body) VALUES (?, ?, ?, ?)",
                (welcome.device, item.channel, head.last_seq, welcome.body),
            )

    def _event(self, item: items.AppendEvent) -> Result:
        return self._log.append(
            item.kind,
            item.device,
            item.at,
            channel=item.channel,
            message_id=item.message_id,
            act=item.act,
            lane=item.lane,
            epoch=item.epoch,
            body=item.body,
            meta=item.meta,
        )

    def _create_channel(self, item: items.CreateChannel) -> Result:
        if self._head(item.channel) is not None:
            return items.ChannelExists(item.channel)
        self._heads[item.channel] = Head(0, 1, item.epoch, 0, 0)
        self._connection.execute(
            "INSERT INTO channels VALUES (?, 1, ?, 0, 0, ?)",
            (item.channel, item.epoch, item.policy),
        )
        self._connection.execute(
            "INSERT INTO groups VALUES (?, ?, ?)",
            (item.channel, item.group_state, item.group_info),
        )
        committed = self._log.append(
            Kind.CHANNEL,
            item.device,
            item.at,
            channel=item.channel,
            epoch=item.epoch,
            body=item.group_info,
            meta=item.meta,
        )
        self._log.append(
            Kind.POLICY,
            item.device,
            item.at,
            channel=item.channel,
            epoch=item.epoch,
            body=item.policy,
        )
        return committed

    def _set_policy(self, item: items.SetPolicy) -> Result:
        head = self._head(item.channel)
        if head is None:
            return items.UnknownChannel(item.channel)
        self._connection.execute(
            "UPDATE channels SET policy = ? WHERE channel = ?", (item.policy, item.channel)
        )
        return self._log.append(
            Kind.POLICY,
            item.device,
            item.at,
            channel=item.channel,
            epoch=head.epoch,
            body=item.policy,
            meta=item.meta,
        )

    def _receipt(self, item: items.PutReceipt) -> Result:
        last = max(item.seq, item.through)
        for seq in range(item.seq, last + 1, LEDGER_SPAN):
            self._ledger += (
                item.channel,
                seq,
                item.device,
                item.stage,
                min(seq + LEDGER_SPAN - 1, last),
                item.at,
                item.reason,
            )
        return items.Done()

    def _ack_welcome(self, item: items.AckWelcome) -> Result:
        self._connection.execute(
            "DELETE FROM welcomes WHERE id = ? AND device = ?", (item.welcome_id, item.device)
        )
        return items.Done() if self._connection.changes() else items.NotFound()

    def _erase(self, item: items.EraseBodies) -> Result:
        head = self._head(item.channel)
        if head is None:
            return items.UnknownChannel(item.channel)
        last = min(item.last, head.last_seq)
        self._log.flush()
        self._connection.execute(
            "UPDATE entries SET body = NULL, salt = NULL, metadata = NULL "
            "WHERE channel = ? AND seq BETWEEN ? AND ? AND seq > 0 AND kind = ? "
            "AND body IS NOT NULL",
            (item.channel, item.first, last, int(Kind.APPLICATION)),
        )
        count = self._connection.changes()
        if item.first <= head.first_available <= last:
            head.first_available = last + 1
            self._connection.execute(
                "UPDATE channels SET first_available = ? WHERE channel = ?",
                (head.first_available, item.channel),
            )
        self.erased = True
        body = msgspec.json.encode(
            {
                "channel": item.channel,
                "first": item.first,
                "last": last,
                "order": item.order,
            }
        )
        committed = self._log.append(
            Kind.ERASURE, item.device, item.at, channel=item.channel, body=body
        )
        return items.Erased(committed.index, count)

    def _checkpoint(self, item: items.PutCheckpoint) -> Result:
        self._connection.execute(
            "INSERT OR IGNORE INTO checkpoints VALUES (?, ?)", (item.size, item.note)
        )
        return items.Done()
