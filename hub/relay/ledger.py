"""The delivery ledger: how far each recipient has come with each entry, and who is told of it.

Receipts go into the log's ledger; what changes is pushed to the entry's sender four times a second
if it is connected. Pushing is bounded: what does not fit is counted and left to `trace`, which
reads the ledger itself and always has all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from hub.relay.access import MAY_ACKNOWLEDGE
from hub.relay.channels import Channel
from hub.relay.effects import Append, Effect, ReadLedger
from hub.relay.state import Seat, State, tidy
from hub.store.interface import Receipt as StoredReceipt
from hub.store.items import PutReceipt
from protocols.errors import MalformedFrame, RoleRefused, UnexpectedFrame
from protocols.frames import Ledger, LedgerRow, Receipt, Stage, Trace
from protocols.identity import Role

PUSH_MICROSECONDS = 250_000
PUSHED_ROWS = 2_000
"""Rows that one push may hold, over all senders."""
WAITING_RUNS = 20_000
"""Runs of receipts that wait for the next push at most."""
REASON_LENGTH = 80

OFFLINE = "offline"
GATEWAY_DOWN = "gateway down"
NO_KEYS = "no keys"


class Change(NamedTuple):
    """Entries `first`..`last` of a channel have come this far at one recipient."""

    channel: Channel
    first: int
    last: int
    row: LedgerRow


class Ledgers:
    """The room for `receipt` and `trace`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._changes: list[Change] = []
        self._fresh: dict[str, tuple[int, int]] = {}
        """Entries of each channel accepted since the last push: first and last."""
        self._pushed_at = 0

    def receipt(self, seat: Seat, frame: Receipt, now: int) -> list[Effect]:
        """Note what became of entries at this device; raises what it is refused with."""
        state = self._state
        channel = state.channel(frame.channel)
        device = seat.identity.device
        identity = channel.check_member(device)
        if frame.stage is Stage.ACCEPTED:
            raise UnexpectedFrame("accepted is what the hub says, not a recipient")
        if frame.stage is Stage.ACKNOWLEDGED and identity.role not in MAY_ACKNOWLEDGE:
            raise RoleRefused(f"the role {identity.role} cannot acknowledge")
        if len(frame.seqs) > state.limits.receipts_in_frame:
            raise MalformedFrame(
                f"a receipt names at most {state.limits.receipts_in_frame} entries"
            )
        found = runs(frame.seqs)
        if found and (found[0][0] < 1 or found[-1][1] > channel.last_seq):
            raise MalformedFrame(f"the channel has entries 1 to {channel.last_seq}")
        stage, reason = frame.stage, tidy(frame.reason, REASON_LENGTH)
        row = LedgerRow(device, stage, reason, now)
        name = stage.name.lower()
        for first, last in found:
            self._note(Change(channel, first, last, row))
        return [
            Append(PutReceipt(channel.name, first, device, name, now, reason, last), seat.number)
            for first, last in found
        ]

    def trace(self, seat: Seat, frame: Trace, now: int) -> list[Effect]:
        """Look up the ledger of one entry, for any member of the channel."""
        channel = self._state.channel(frame.channel)
        channel.check_member(seat.identity.device)
        if not 0 < frame.seq <= channel.last_seq:
            raise UnexpectedFrame(f"{channel.name} has entries 1 to {channel.last_seq}")
        return [ReadLedger(seat.number, frame.ref, frame.channel, frame.seq)]

    def read(self, ref: int, name: str, seq: int, receipts: Iterable[StoredReceipt]) -> Ledger:
        """The answer to `trace`: each member's furthest stage, and who has none and why."""
        channel = self._state.channels[name]
        rows: dict[str, LedgerRow] = {}
        for receipt in receipts:
            stage = Stage[receipt.stage.upper()]
            known = rows.get(receipt.device)
            if known is None or stage > known.stage:
                rows[receipt.device] = LedgerRow(receipt.device, stage, receipt.reason, receipt.at)
        sender = channel.senders.get(seq)
        for device in channel.members:
            if device not in rows and device != sender:
                rows[device] = LedgerRow(device, Stage.ACCEPTED, self._reason(channel, device), 0)
        return Ledger(ref, name, seq, tuple(rows[device] for device in sorted(rows)))

    def accepted(self, channel: Channel, seq: int, device: str) -> None:
        """An entry is on disk: remember its sender; who cannot get it now is told with a push."""
        channel.remember_sender(seq, device)
        if channel.absent or channel.uninvited:
            first, _ = self._fresh.get(channel.name, (seq, seq))
            self._fresh[channel.name] = (first, seq)

    def _reason(self, channel: Channel, device: str) -> str:
        if device in channel.uninvited:
            return NO_KEYS
        if device not in channel.absent:
            return ""
        return GATEWAY_DOWN if channel.members[device].role is Role.GATEWAY else OFFLINE

    def _note(self, change: Change) -> None:
        if len(self._changes) < WAITING_RUNS:
            self._changes.append(change)
        else:
            self._state.metrics.ledger_rows_unpushed += change.last - change.first + 1

    def tick(self, now: int) -> list[Effect]:
        """What is to be pushed, at most four times a second."""
        if not (self._changes or self._fresh) or now - self._pushed_at < PUSH_MICROSECONDS:
            return []
        self._pushed_at = now
        changes = [*self._unreachable(now), *self._changes]
        self._changes, self._fresh = [], {}
        rows = self._rows(changes)
        return [
            effect
            for (sender, name, seq), by_device in rows.items()
            for effect in self._state.replies(
                sender, Ledger(0, name, seq, tuple(by_device.values()))
            )
        ]

    def _unreachable(self, now: int) -> list[Change]:
        """For what was accepted since the last push: who was not there to get it."""
        found = []
        for name, (first, last) in self._fresh.items():
            channel = self._state.channels[name]
            for device in sorted(channel.absent | channel.uninvited):
                row = LedgerRow(device, Stage.ACCEPTED, self._reason(channel, device), now)
                found.append(Change(channel, first, last, row))
        return found

    def _rows(self, changes: list[Change]) -> dict[tuple[str, str, int], dict[str, LedgerRow]]:
        """By sender, channel and entry: the rows of its recipients.

        What is too much for one push is left out from the oldest entries of each channel on, so
        that the newest ones are told of whole.
        """
        online, metrics = self._state.online, self._state.metrics
        rows: dict[tuple[str, str, int], dict[str, LedgerRow]] = {}
        floors = _floors(changes)
        for channel, first, last, row in changes:
            start = max(first, floors.get(channel.name, first))
            metrics.ledger_rows_unpushed += min(start, last + 1) - first
            for seq in range(start, last + 1):
                sender = channel.senders.get(seq)
                if sender is not None and sender != row.device and sender in online:
                    rows.setdefault((sender, channel.name, seq), {})[row.device] = row
        return rows


def _floors(changes: list[Change]) -> dict[str, int]:
    """The oldest entry of each channel that still fits into one push; empty if all do."""
    if sum(change.last - change.first + 1 for change in changes) <= PUSHED_ROWS:
        return {}
    newest: dict[str, int] = {}
    for channel, _, last, _ in changes:
        newest[channel.name] = max(last, newest.get(channel.name, 0))
    share = max(1, PUSHED_ROWS // len(changes))
    return {name: seq - share + 1 for name, seq in newest.items()}


def runs(seqs: Sequence[int]) -> list[tuple[int, int]]:
    """The numbers as ranges (first, last), ascending, both ends included."""
    if not seqs:
        return []
    first, last = seqs[0], seqs[-1]
    if last - first + 1 == len(seqs) and seqs == tuple(range(first, last + 1)):
        return [(first, last)]
    ordered = sorted(set(seqs))
    cuts = [index for index, (one, two) in enumerate(pairwise(ordered), 1) if two != one + 1]
    bounds = [0, *cuts, len(ordered)]
    return [(ordered[start], ordered[end - 1]) for start, end in pairwise(bounds)]
