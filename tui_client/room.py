"""What the client knows about one channel: the run of messages and what the folds make of it.

The run is told once, in the channel's order. Own messages that the hub has not put in order yet
stand apart, after it. What a screen shows of incidents, alarms and patrols comes from the folds of
`protocols.messages` (history, watch) and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from protocols.client.events import ChannelView, Received
from protocols.client.fates import Fate, FateState
from protocols.clock import to_datetime
from protocols.frames import Stage
from protocols.header import Act
from protocols.identity.names import Identity
from protocols.messages import history
from protocols.messages.envelope import Message, Sender
from protocols.messages.history import History
from protocols.messages.kinds import (
    CheckIn,
    EquipmentNotice,
    PatrolPlan,
    Position,
    Presence,
    Read,
    Receipt,
    UnitStatus,
)
from protocols.messages.records import IncidentRecord, PlanRecord
from protocols.messages.values import Exercise, Location, Tlp

_TLP_ORDER = (None, Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED)
_UNSEEN = (Receipt, Read, Presence, Position)
"""Kinds that would drown the log: receipts are fates, and positions are in the patrol picture."""

_OF_A_UNIT = (CheckIn, UnitStatus, Position)
"""Kinds by which a device speaks for a unit."""


@dataclass(frozen=True, slots=True)
class _OwnWord:
    """For which unit this device spoke, and where it said that the unit is."""

    unit: str
    location: Location | None


@dataclass(slots=True)
class Entry:
    """One line of the message log. `seq` is 0 as long as the hub has not put it in order."""

    message: Message
    sender: Identity
    at: int
    """UTC microseconds: the hub's time, or that of composing."""
    seq: int = 0
    own: bool = False
    refused: str | None = None
    """The error code for which it is shown as refused."""
    sentence: str = ""
    """What exactly was refused, where the history has said so."""

    @property
    def id(self) -> str:
        """The message's id."""
        return self.message.id


class Room:
    """One channel. Feed it `ready` once per message in order, then read what it holds."""

    def __init__(self, name: str, me: Identity) -> None:
        self.name = name
        self.me = me
        self.state: ChannelView | None = None
        self.roster: tuple[Identity, ...] = ()
        self.ordered: list[Entry] = []
        self.tail: list[Entry] | None = None
        """The newest entries, shown as they are while the history before them is being read."""
        self.waiting: dict[str, Entry] = {}
        self.places: dict[str, int] = {}
        self.fates: dict[str, Fate] = {}
        self.history = History()
        self.asks: dict[str, None] = {}
        """Ids of messages that wait for an answer from here, in their order."""
        self.marked: set[str] = set()
        """Ids of messages answered or acknowledged from here."""
        self.unsent: set[str] = set()
        """Ids of own messages that the hub does not have yet."""
        self.shown: set[str] = set()
        """Ids of messages that were opened here."""
        self.incidents: dict[str, list[Entry]] = {}
        """Entries by incident, in order; the incident spoken of last stands last."""
        self.notices: list[Message] = []
        """What agencies have announced about their equipment, in order."""
        self._patrol = ""
        self._own_unit = ""
        self._identities: dict[Identity, Identity] = {}
        self._senders: dict[Sender, Sender] = {}
        self._marking: Tlp | None = None
        self._sorted_fates: list[Fate] | None = None

    # --- feeding --------------------------------------------------------------------------------

    def _entry(self, received: Received) -> Entry:
        """The entry, with one copy of each sender: they are read anew with every message, and
        50,000 copies of a few names are a fifth of all that is held."""
        own = received.own or received.sender.device == self.me.device
        sender = self._identities.setdefault(received.sender, received.sender)
        message = received.message
        stated = self._senders.setdefault(message.sender, message.sender)
        if stated is not message.sender:
            message = replace(message, sender=stated)
        return Entry(message, sender, received.time, received.seq, own, received.refused)

    def show_tail(self, history: Iterable[Received]) -> None:
        """The newest entries, to be shown until `tail` is None again."""
        entries = [self._entry(received) for received in history]
        self.tail = [entry for entry in entries if not isinstance(entry.message.body, _UNSEEN)]

    def receive(self, received: Received) -> bool:
        """Take one message of the channel's log; False if it is here already."""
        if received.message.id in self.places:
            return False
        self.waiting.pop(received.message.id, None)
        entry = self._entry(received)
        message = entry.message
        if entry.refused is None:
            self._fold(entry)
        if isinstance(message.body, _UNSEEN):
            return True
        asks = message.ack_wanted and not entry.own and entry.refused is None
        if asks and message.id not in self.marked:
            self.asks[message.id] = None
        self.places[message.id] = len(self.ordered)
        self.ordered.append(entry)
        if message.incident:
            entries = self.incidents.pop(message.incident, [])
            entries.append(entry)
            self.incidents[message.incident] = entries
        return True

    def _fold(self, entry: Entry) -> None:
        message = entry.message
        step = self.history.apply(
            history.Entry(entry.seq, to_datetime(entry.at), entry.sender, message)
        )
        entry.refused, entry.sentence = step.code, step.refused or ""
        if entry.refused is not None:
            return
        if _TLP_ORDER.index(message.handling.tlp) > _TLP_ORDER.index(self._marking):
            self._marking = message.handling.tlp
        if isinstance(message.body, EquipmentNotice):
            self.notices.append(message)
        if isinstance(message.body, PatrolPlan) and message.patrol:
            self._patrol = message.patrol
        if entry.own:
            if isinstance(message.body, _OF_A_UNIT) and message.body.unit:
                self._own_unit = message.body.unit
            if message.in_reply_to and message.act in (Act.ACK, Act.REPLY, Act.NOTE):
                self.answered(message.in_reply_to)

    def compose(self, message: Message, now: int) -> None:
        """An own message that was given to the outbox."""
        if message.id not in self.places:
            self.waiting[message.id] = Entry(message, self.me, now, own=True)

    def fate(self, fate: Fate) -> None:
        """What became of an own message; one that was refused leaves the waiting ones' end."""
        self.fates[fate.message_id] = fate
        self._sorted_fates = None
        if fate.state in (FateState.QUEUED, FateState.SENT):
            self.unsent.add(fate.message_id)
        else:
            self.unsent.discard(fate.message_id)
        entry = self.waiting.get(fate.message_id)
        if entry is not None and fate.state is FateState.REFUSED:
            entry.refused = fate.code
        if fate.state is FateState.REPLACED:  # the newer position says what this one would have
            self.waiting.pop(fate.message_id, None)
        self._delivered(fate)

    def _delivered(self, fate: Fate) -> None:
        """A request of ours that a desk has got shows RECEIVED; never more than that."""
        if fate.message_id not in self.history.assists:
            return
        members = {member.device: member for member in self.roster}
        for recipient in fate.recipients:
            member = members.get(recipient.device)
            if member is not None and Stage.FETCHED <= recipient.stage <= Stage.ACKNOWLEDGED:
                self.history.delivered(fate.message_id, member, to_datetime(recipient.time))

    def answered(self, message_id: str) -> None:
        """A message no longer waits for an answer from here."""
        self.marked.add(message_id)
        self.asks.pop(message_id, None)

    def tick(self, now: int) -> bool:
        """Let the patrol's timers run; True if an alarm came, went or changed."""
        return bool(self.history.tick(to_datetime(now)))

    # --- reading --------------------------------------------------------------------------------

    @property
    def _shown(self) -> list[Entry]:
        return self.ordered if self.tail is None else self.tail

    def __len__(self) -> int:
        return len(self._shown) + len(self.waiting)

    def at(self, index: int) -> Entry:
        """The entry at this place of the log: ordered ones first, then those that wait."""
        shown = self._shown
        if index < len(shown):
            return shown[index]
        return list(self.waiting.values())[index - len(shown)]

    def find(self, message_id: str) -> Entry | None:
        """The entry of this message."""
        place = self.places.get(message_id)
        if place is not None:
            return self.ordered[place]
        tail = (entry for entry in self.tail or () if entry.id == message_id)
        return next(tail, None) or self.waiting.get(message_id)

    @property
    def marking(self) -> Tlp | None:
        """The highest marking of any message here."""
        return self._marking

    @property
    def gatewayed(self) -> bool:
        """Whether gateways may be members."""
        return self.state is not None and self.state.policy.gatewayed

    @property
    def exercise(self) -> bool:
        """Whether the channel carries exercise traffic and nothing else."""
        return self.state is not None and self.state.policy.exercise

    @property
    def exercise_flag(self) -> Exercise:
        """How own messages are flagged here: whoever writes knows which kind of channel it is."""
        return Exercise.EXERCISE if self.exercise else Exercise.ACTUAL

    def sorted_fates(self) -> list[Fate]:
        """Own messages in the order of sending."""
        if self._sorted_fates is None:
            self._sorted_fates = sorted(self.fates.values(), key=lambda fate: fate.number)
        return self._sorted_fates

    # --- the patrol and the incident of now -----------------------------------------------------

    def plan(self) -> PlanRecord | None:
        """The newest plan."""
        return self.history.plans.get(self._patrol)

    def incident(self, back: int = 0) -> IncidentRecord | None:
        """The incident that was spoken of last, or one further back; it goes round."""
        known = [self.history.incidents[name] for name in self.incidents
                 if name in self.history.incidents]  # fmt: skip
        return known[-1 - back % len(known)] if known else None

    def leg_now(self, now: int) -> str | None:
        """The leg of the plan whose window is now."""
        patrol = self.history.watch.patrols.get(self._patrol)
        leg = patrol.leg_at(to_datetime(now)) if patrol else None
        return leg.name if leg else None

    def own_unit(self) -> str:
        """This device's unit: the one it last spoke for, else the plan's half of its agency."""
        said = next(self._waiting_words(), None)
        if said is not None:
            return said.unit
        if self._own_unit:
            return self._own_unit
        plan = self.plan()
        pair = plan.plan.pair if plan else None
        for team in (pair.north, pair.south) if pair else ():
            if team and team.agency == self.me.agency:
                return team.unit
        return self.me.name.upper()

    def _waiting_words(self) -> Iterator[_OwnWord]:
        """What this device said of its unit and the log has not shown yet, the newest first."""
        for entry in reversed(self.waiting.values()):
            body = entry.message.body
            if entry.refused is None and isinstance(body, _OF_A_UNIT) and body.unit:
                yield _OwnWord(body.unit, entry.message.location)

    def heads_of(self, unit: str) -> int | None:
        """The head count of a unit's last check-in, else what the plan says."""
        plan = self.plan()
        if plan is None:
            return None
        note = plan.checkins.get(unit)
        if note is not None and note.heads is not None:
            return note.heads
        pair = plan.plan.pair
        teams = (pair.north, pair.south) if pair else ()
        return next((team.heads for team in teams if team and team.unit == unit), None)

    def location_of(self, unit: str) -> Location | None:
        """Where a unit was last; what was said here and has yet to arrive is newer than the log."""
        for said in self._waiting_words():
            if said.unit == unit and said.location is not None:
                return said.location
        known = self.history.units.get(unit)
        return known.location if known else None
