"""A run of messages folded into what a screen shows: the same run gives the same history.

`apply` takes entries in the hub's order. It never drops one: what breaks a rule of roles or a state
machine is kept as refused, says why, and changes nothing. Everything is derived from the messages,
their verified senders and the hub's times; `tick` only lets the watch over patrols see the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from protocols.errors import Refused
from protocols.identity import Identity
from protocols.messages.folds import FOLDS, State
from protocols.messages.folds.alarms import watched
from protocols.messages.folds.assists import delivered
from protocols.messages.folds.incidents import check_lead
from protocols.messages.records import AlarmRecord, Entry, Step
from protocols.messages.rules import check_sender
from protocols.messages.watch import PatrolAlarm, Watch

__all__ = ["Entry", "History", "Step", "fold"]


class History(State):
    """All records (see `State` for the tables), every step in order, and the watch."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.watch = Watch()

    @property
    def refused(self) -> list[Step]:
        """The steps that were refused, in order, each with its reason."""
        return [step for step in self.steps if step.refused is not None]

    def apply(self, entry: Entry) -> Step:
        """Take the next entry of the channel. Never raises for what a peer sent."""
        self._watched(self.watch.tick(entry.time))
        try:
            self._take(entry)
        except Refused as refusal:
            step = Step(entry, refusal.detail, refusal.code)
        else:
            step = Step(entry)
            self._note(entry)
        self.steps.append(step)
        return step

    def refuse(self, entry: Entry, refusal: Refused) -> Step:
        """Keep an entry that was refused before it came here (header, franking, form)."""
        step = Step(entry, refusal.detail, refusal.code)
        self.steps.append(step)
        return step

    def tick(self, now: datetime) -> tuple[PatrolAlarm, ...]:
        """Let time pass for the watch; returns the patrol alarms that changed."""
        changed = self.watch.tick(now)
        self._watched(changed)
        return changed

    def delivered(self, message: str, by: Identity, at: datetime) -> None:
        """The hub's ledger says that `by` has a message: a request shows RECEIVED, never more."""
        delivered(self, message, by, at)

    def open_alarms(self) -> tuple[AlarmRecord, ...]:
        """Alarms that want something, emergencies and unacknowledged ones first, oldest first."""
        wanting = [alarm for alarm in self.alarms.values() if alarm.open]
        return tuple(
            sorted(wanting, key=lambda a: (not a.emergency, a.state == "ACKED", a.since, a.id))
        )

    def _take(self, entry: Entry) -> None:
        check_sender(entry.sender, entry.message)
        check_lead(self, entry)
        fold = FOLDS.get(type(entry.message.body))
        if fold is not None:
            fold(self, entry, entry.message.body)

    def _note(self, entry: Entry) -> None:
        """What every accepted entry does: it is known, belongs to an incident, and is watched."""
        message = entry.message
        self.senders[message.id] = entry.sender
        if message.incident is not None:
            self.timelines.setdefault(message.incident, []).append(entry.seq)
        self._watched(self.watch.feed(message, entry.time))

    def _watched(self, changed: Iterable[PatrolAlarm]) -> None:
        for alarm in changed:
            watched(self, alarm)


def fold(entries: Iterable[Entry], now: datetime | None = None) -> History:
    """The history of a run of entries, seen at `now` (or at the time of the last one)."""
    history = History()
    for entry in entries:
        history.apply(entry)
    if now is not None:
        history.tick(now)
    return history
