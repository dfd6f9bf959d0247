"""The offline queue: every message has a place on disk before it has a place on the wire.

    add            queued: kept, and goes out when the link is up and the channel is caught up
    due            what to send now, in order: the most urgent lane first, each lane in its order
    encrypted      the bytes for it exist (they are kept, so that a resend is the same bytes)
    handed_over    given to the link under a ref
    accepted, echoed, refused, slowed, cut     what came of it

A message whose answer was lost in a cut is uncertain. It is never encrypted again as long as the
hub may have it: after the replay has shown that it is not in the log, the identical bytes go out
once more, and the hub's dedupe (device, id, hash) makes that harmless. Only when its epoch has
passed is it encrypted anew, under the same id. The entry that comes back settles it, whichever of
its encryptions the hub took.

Sans-io: what is to be kept comes out of `take_changes`, what a screen shows out of `take_fates`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from protocols.client.fates import FINAL, Fate, FateState, RecipientFate
from protocols.client.store import Change, Drop, Put, Table
from protocols.frames import LedgerRow, Refusal, Stage

WINDOW = 32
"""Messages of one channel that may await their acknowledgement at the same time."""
FATES_KEPT = 5000
"""Fates of settled messages that are remembered."""
_RETRY = frozenset({"store_unavailable", "rate_limited", "link_down"})
_RETRY_MICROSECONDS = 2_000_000


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message that the log has not shown yet."""

    id: str
    channel: str
    number: int
    lane: int
    message: bytes
    """The canonical message as JSON: what an own entry in the history is made of."""
    track: str = ""
    """Positions of one track replace each other while they wait."""
    body: bytes = b""
    epoch: int = -1
    wait_epoch: int = 0
    """The hub said that the channel is in this epoch: not to be sent before it is here too."""
    earlier: tuple[bytes, ...] = ()
    """SHA-256 of former encryptions."""
    offered: bool = False
    """The present body was given to the link at least once."""
    seq: int = 0

    def is_mine(self, body: bytes) -> bool:
        """Whether these bytes are an encryption of this message made here."""
        return body == self.body or hashlib.sha256(body).digest() in self.earlier


class Outbox:
    """The queue of one device. `window` bounds what is under way in one channel."""

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._items: dict[str, Item] = {}
        self._fates: dict[str, Fate] = {}
        self._by_entry: dict[tuple[str, int], str] = {}
        self._under_way: dict[int, str] = {}
        self._not_before: dict[str, int] = {}
        self._next = 1
        self._changes: list[Change] = []
        self._news: dict[str, Fate] = {}

    @classmethod
    def load(cls, items: Iterable[bytes], fates: Iterable[bytes], window: int = WINDOW) -> Outbox:
        """The outbox as it was kept: values of the tables `outbox` and `fates`."""
        outbox = cls(window)
        for value in fates:
            fate = msgspec.msgpack.decode(value, type=Fate)
            outbox._fates[fate.message_id] = fate
            if fate.seq:
                outbox._by_entry[fate.channel, fate.seq] = fate.message_id
        for value in items:
            item = msgspec.msgpack.decode(value, type=Item)
            outbox._items[item.id] = item
        numbers = [fate.number for fate in outbox._fates.values()]
        outbox._next = 1 + max(numbers + [item.number for item in outbox._items.values()] + [0])
        return outbox

    # --- questions ------------------------------------------------------------------------------

    def fate(self, message_id: str) -> Fate | None:
        """The fate of one message, if it was sent from here."""
        return self._fates.get(message_id)

    def fates(self, channel: str | None = None) -> list[Fate]:
        """All fates known, in the order of sending; of one channel if it is named."""
        found = (f for f in self._fates.values() if channel is None or f.channel == channel)
        return sorted(found, key=lambda fate: fate.number)

    def item(self, message_id: str) -> Item | None:
        """The message as long as the log has not shown it."""
        return self._items.get(message_id)

    def waiting(self, channel: str) -> list[Item]:
        """What is not acknowledged in a channel, in the order in which it will go out."""
        found = [i for i in self._items.values() if i.channel == channel and not i.seq]
        return sorted(found, key=lambda item: (item.lane, item.number))

    @property
    def unacknowledged(self) -> int:
        """Messages that the hub has not acknowledged."""
        return sum(1 for item in self._items.values() if not item.seq)

    # --- the way out ----------------------------------------------------------------------------

    def add(
        self, channel: str, message_id: str, lane: int, message: bytes, now: int, *, track: str = ""
    ) -> Fate:
        """Queues a message. The caller keeps `take_changes` before it tells anyone."""
        if track:
            self._replace_waiting(channel, track)
        item = Item(
            id=message_id,
            channel=channel,
            number=self._next,
            lane=lane,
            message=message,
            track=track,
        )
        self._next += 1
        self._keep(item)
        fate = Fate(message_id=message_id, channel=channel, number=item.number, queued_at=now)
        self._tell(fate)
        return fate

    def due(self, channel: str, epoch: int, now: int) -> list[Item]:
        """What to send now in a channel that is caught up and in `epoch`.

        Nothing while messages of another epoch are still unanswered (they may have to be
        encrypted again, and would then stand behind those sent now), nor before a `slow_down`
        has passed.
        """
        if now < self._not_before.get(channel, 0):
            return []
        under_way = [self._items[i] for i in self._under_way.values() if i in self._items]
        under_way = [item for item in under_way if item.channel == channel]
        if any(item.epoch != epoch for item in under_way):
            return []
        names = {item.id for item in under_way}
        free = self._window - len(names)
        waiting = [item for item in self.waiting(channel) if item.id not in names]
        return [item for item in waiting if item.wait_epoch <= epoch][: max(free, 0)]

    def must_encrypt(self, item: Item, epoch: int) -> bool:
        """Whether the item needs (new) bytes: it has none, or the hub cannot take them any more.

        The hub takes the present epoch and the one before (delivery-service rule 5).
        """
        if not item.body or item.epoch < epoch - 1:
            return True
        return not item.offered and item.epoch != epoch

    def encrypted(self, item: Item, body: bytes, epoch: int, recipients: Sequence[str]) -> Item:
        """Keeps the bytes of a message; `recipients` are the members other than this device."""
        earlier = item.earlier
        if item.body:
            earlier = (*earlier, hashlib.sha256(item.body).digest())
        item = msgspec.structs.replace(
            item, body=body, epoch=epoch, earlier=earlier, offered=False, wait_epoch=0
        )
        self._keep(item)
        fate = self._fates[item.id]
        rows = tuple(RecipientFate(device) for device in recipients)
        self._tell(msgspec.structs.replace(fate, recipients=rows))
        return item

    def handed_over(self, item: Item, ref: int) -> None:
        """The bytes go to the link under `ref`."""
        self._under_way[ref] = item.id
        self._keep(msgspec.structs.replace(item, offered=True))
        fate = self._fates[item.id]
        if fate.state is FateState.QUEUED:
            self._tell(msgspec.structs.replace(fate, state=FateState.SENT))

    # --- what came of it ------------------------------------------------------------------------

    def accepted(self, ref: int, seq: int, time: int) -> str | None:
        """The hub has it on disk. Its channel, or None when the ref is none of a message."""
        name = self._under_way.pop(ref, None)
        if name is None:
            return None
        if name in self._items:
            self._on_disk(name, seq, time)
        fate = self._fates.get(name)
        return "" if fate is None else fate.channel

    def echoed(self, message_id: str, body: bytes, seq: int, time: int) -> Item | None:
        """An entry of the log carries this id. The item if it is ours; it is then settled."""
        item = self._items.get(message_id)
        if item is None or not item.is_mine(body):
            return None
        self._on_disk(message_id, seq, time)
        self._forget(message_id)
        return item

    def passed(self, channel: str, seq: int) -> list[Item]:
        """The cursor jumped to `seq` (a rejoin): acknowledged items below it will not come back."""
        gone = [i for i in self._items.values() if i.channel == channel and 0 < i.seq <= seq]
        for item in gone:
            self._forget(item.id)
        return sorted(gone, key=lambda item: item.seq)

    def refused(self, refusal: Refusal, now: int) -> bool:
        """The hub did not take it. False when the ref is none of a message."""
        name = self._under_way.pop(refusal.ref, None)
        if name is None:
            return False
        item = self._items.get(name)
        if item is None or item.seq:
            return True
        if refusal.code == "stale_epoch":
            wait = refusal.facts.get("epoch", 0)
            digest = hashlib.sha256(item.body).digest()
            self._keep(
                msgspec.structs.replace(
                    item,
                    body=b"",
                    epoch=-1,
                    offered=False,
                    earlier=(*item.earlier, digest),
                    wait_epoch=wait if isinstance(wait, int) else 0,
                )
            )
        elif refusal.code == "id_reused" and item.earlier:
            # An earlier encryption of this very message got there first, and it stands.
            seq = refusal.facts.get("seq", 0)
            self._on_disk(name, seq if isinstance(seq, int) else 0, now)
        elif refusal.code in _RETRY:
            self._not_before[item.channel] = now + _RETRY_MICROSECONDS
        else:
            self.fail(name, refusal.code, refusal.detail, refusal.remedy)
        return True

    def fail(self, message_id: str, code: str, detail: str, remedy: str) -> None:
        """The message cannot go out, and why."""
        fate = self._fates[message_id]
        self._forget(message_id)
        self._tell(
            msgspec.structs.replace(
                fate, state=FateState.REFUSED, code=code, detail=detail, remedy=remedy
            )
        )

    def slowed(self, ref: int, until: int) -> bool:
        """Not taken for now: the channel rests until `until`. False for a foreign ref."""
        name = self._under_way.pop(ref, None)
        if name is None:
            return False
        if name in self._items:
            channel = self._items[name].channel
            self._not_before[channel] = max(until, self._not_before.get(channel, 0))
        return True

    def cut(self) -> None:
        """The link is gone: what was under way is uncertain until the replay or a resend."""
        self._under_way.clear()

    def ledger(self, channel: str, seq: int, rows: Sequence[LedgerRow], own: str) -> bool:
        """The hub's ledger of an entry; rows about this device itself are left out."""
        name = self._by_entry.get((channel, seq))
        if name is None:
            return False
        fate = self._fates[name]
        changed = fate.with_rows(row for row in rows if row.device != own)
        if changed != fate:
            self._tell(changed)
        return True

    def wake_at(self, now: int) -> int | None:
        """When a resting channel may send again, if any rests."""
        times = [t for t in self._not_before.values() if t > now]
        return min(times, default=None)

    # --- effects --------------------------------------------------------------------------------

    def take_changes(self) -> list[Change]:
        """What is to be kept, in order."""
        changes, self._changes = self._changes, []
        return changes

    def take_fates(self) -> list[Fate]:
        """The fates that changed, each once, as they are now."""
        news, self._news = self._news, {}
        return list(news.values())

    def _replace_waiting(self, channel: str, track: str) -> None:
        for item in self.waiting(channel):
            if item.track == track and not item.body:
                fate = self._fates[item.id]
                self._forget(item.id)
                self._tell(msgspec.structs.replace(fate, state=FateState.REPLACED))

    def _on_disk(self, name: str, seq: int, time: int) -> None:
        item, fate = self._items[name], self._fates[name]
        if seq and seq != item.seq:
            self._keep(msgspec.structs.replace(item, seq=seq))
            self._by_entry[item.channel, seq] = name
        if fate.state is not FateState.ON_DISK or fate.seq != seq:
            self._tell(msgspec.structs.replace(fate, state=FateState.ON_DISK, seq=seq, time=time))

    def _keep(self, item: Item) -> None:
        self._items[item.id] = item
        self._changes.append(Put(Table.OUTBOX, item.id, 0, msgspec.msgpack.encode(item)))

    def _forget(self, name: str) -> None:
        if self._items.pop(name, None) is not None:
            self._changes.append(Drop(Table.OUTBOX, name))

    def _tell(self, fate: Fate) -> None:
        self._fates[fate.message_id] = fate
        self._news[fate.message_id] = fate
        self._changes.append(Put(Table.FATES, fate.message_id, 0, msgspec.msgpack.encode(fate)))
        if len(self._fates) > FATES_KEPT:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        for name, fate in self._fates.items():
            if name not in self._items and (fate.state in FINAL or fate.reached(Stage.DECRYPTED)):
                del self._fates[name]
                self._by_entry.pop((fate.channel, fate.seq), None)
                self._changes.append(Drop(Table.FATES, name))
                return
