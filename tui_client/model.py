"""What the client knows, without a screen: fed by the engine's events, asked by the rows.

`apply(event)` and `tick()` return the *areas* that changed, so that only what shows them is
painted again. Everything else is a question. Channels are rooms; one of them is on the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from protocols.client.events import (
    ChannelChanged,
    ChannelView,
    Event,
    FateChanged,
    LinkChanged,
    LinkState,
    Noticed,
    Received,
    RosterChanged,
)
from protocols.client.fates import Fate, FateState
from protocols.clock import Clock, system_clock
from protocols.errors import CrossbandError
from protocols.foresight.forecast import Forecast, MemberForecast
from protocols.header import Act
from protocols.identity.names import Identity
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    CheckIn,
    EquipmentNotice,
    IncidentState,
    PatrolAck,
    PatrolAmend,
    PatrolPlan,
    PlanStatus,
    Position,
    UnitStatus,
)
from protocols.messages.values import Exercise, Tlp
from tui_client import alarms
from tui_client.alarms import AlarmLine
from tui_client.keys import Keymap
from tui_client.outlook import Outlook
from tui_client.room import Entry, Room

ALL_AREAS: Final = frozenset(
    {"alarms", "channel", "clock", "fates", "incident", "link", "log", "notice", "patrol", "roster"}
)
_UNITS: Final = (CheckIn, Position, UnitStatus, PatrolPlan, PatrolAmend, PatrolAck)
_NOT_URGENT: Final = (Act.NOTE, Act.RECEIPT)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person must know: an error by its code, or a deed by the key of its words."""

    code: str = ""
    detail: str = ""
    remedy: str = ""
    words: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @property
    def trouble(self) -> bool:
        """Whether something went wrong."""
        return not self.words


class Model:
    """One device's view. `clock` gives UTC microseconds, `zone` the station's local time."""

    def __init__(self, me: Identity, *, clock: Clock = system_clock, zone: tzinfo = UTC) -> None:
        self.me = me
        self.clock = clock
        self.zone = zone
        self.link = LinkState()
        self.rooms: dict[str, Room] = {}
        self.channel = ""
        self.keys = Keymap()
        """The keys of this device."""
        self.notice: Notice | None = None
        self._last_wanted = ""
        self._silenced: dict[str, int] = {}
        self._outlooks: dict[str, Outlook] = {}

    # --- feeding --------------------------------------------------------------------------------

    def apply(self, event: Event) -> frozenset[str]:
        """Take one event of the engine; the areas that changed."""
        if isinstance(event, Received):
            fresh = self._room(event.channel).receive(event)
            if fresh and event.refused is None and isinstance(event.message.body, EquipmentNotice):
                return _areas_of(event.message) | self._warn(event.channel)
            return _areas_of(event.message) if fresh else frozenset()
        if isinstance(event, FateChanged):
            return self.apply_fate(event.fate)
        if isinstance(event, LinkChanged):
            self.link = event.state
            return frozenset({"link", "clock"})
        if isinstance(event, RosterChanged):
            room = self._room(event.channel)
            left = {member.device for member in (*event.left, *event.joined)}
            kept = tuple(member for member in room.roster if member.device not in left)
            room.roster = kept + event.joined
            return frozenset({"roster", "link"})
        if isinstance(event, ChannelChanged):
            self._room(event.channel).state = event.state
            return frozenset({"channel", "link"})
        if isinstance(event, Noticed):
            self.notice = Notice(event.code, event.detail, event.remedy)
            return frozenset({"notice"})
        return frozenset()

    def load(
        self,
        channel: str,
        history: Iterable[Received],
        *,
        state: ChannelView | None = None,
        roster: Sequence[Identity] = (),
        fates: Iterable[Fate] = (),
        pending: Iterable[Message] = (),
    ) -> None:
        """Take a channel as the local store has it: at the start, without a link too."""
        room = self._room(channel)
        room.state = state or room.state
        room.roster = tuple(roster) or room.roster
        for received in history:
            room.receive(received)
        for fate in fates:
            room.fate(fate)
        for message in pending:
            fate_known = room.fates.get(message.id)
            room.compose(message, fate_known.queued_at if fate_known else self.clock())

    def composed(self, channel: str, message: Message) -> frozenset[str]:
        """An own message has been given to the outbox."""
        self._room(channel).compose(message, self.clock())
        return frozenset({"log", "fates", "link"})

    def apply_fate(self, fate: Fate) -> frozenset[str]:
        """What became of an own message, as far as it is known."""
        self._room(fate.channel).fate(fate)
        return frozenset({"fates", "link", "log"})

    def tick(self) -> frozenset[str]:
        """A second has passed: clocks and timers."""
        now = self.clock()
        changed = {"clock"}
        for room in self.rooms.values():
            if room.tick(now):
                changed.add("alarms")
        return frozenset(changed)

    def _room(self, channel: str) -> Room:
        room = self.rooms.get(channel)
        if room is None:
            room = self.rooms[channel] = Room(channel, self.me)
        if not self.channel:
            self.channel = channel
        return room

    def enter(self, channel: str) -> frozenset[str]:
        """Show this channel."""
        self._room(channel)
        self.channel = channel
        return ALL_AREAS

    def tell(self, words: str, **values: str) -> frozenset[str]:
        """Say that something was done."""
        self.notice = Notice(words=words, values=tuple(values.items()))
        return frozenset({"notice"})

    def fail(self, error: CrossbandError) -> frozenset[str]:
        """Say that something could not be done, and what to do about it."""
        self.notice = Notice(error.code, error.detail, error.remedy)
        return frozenset({"notice"})

    def dismiss_notice(self) -> frozenset[str]:
        """The person has read it."""
        self.notice = None
        return frozenset({"notice"})

    # --- the channel on the screen --------------------------------------------------------------

    @property
    def room(self) -> Room | None:
        """The channel on the screen."""
        return self.rooms.get(self.channel)

    def roster(self) -> tuple[Identity, ...]:
        """Who can read, agencies together, people before machines."""
        return tuple(sorted(self.room.roster, key=_order)) if self.room is not None else ()

    def count(self) -> int:
        """How many lines the log has."""
        return len(self.room) if self.room is not None else 0

    def entry_at(self, index: int) -> Entry | None:
        """The line of the log at this place."""
        return self.room.at(index) if self.room is not None and index < len(self.room) else None

    def entry(self, message_id: str) -> Entry | None:
        """The message of this id, in the channel on the screen."""
        return self.room.find(message_id) if self.room is not None else None

    def fates(self) -> list[Fate]:
        """Own messages in the order of sending."""
        return self.room.sorted_fates() if self.room is not None else []

    def fate(self, message_id: str) -> Fate | None:
        """What became of one own message."""
        return self.room.fates.get(message_id) if self.room is not None else None

    @property
    def queued(self) -> int:
        """Own messages of all channels that the hub does not have yet."""
        return sum(len(room.unsent) for room in self.rooms.values())

    @property
    def highest_marking(self) -> Tlp | None:
        """The highest marking of anything in the channel on the screen."""
        return self.room.marking if self.room is not None else None

    @property
    def exercise(self) -> bool:
        """Whether the channel on the screen is an exercise."""
        return self.room.exercise if self.room is not None else False

    @property
    def exercise_flag(self) -> Exercise:
        """How own messages are flagged."""
        return self.room.exercise_flag if self.room is not None else Exercise.NOT_STATED

    # --- what purchases will break --------------------------------------------------------------

    def outlook(self) -> Forecast | None:
        """What announced changes will break in the channel on the screen; None without any."""
        return self._outlook(self.channel).at(self.clock()) if self.room is not None else None

    def outlook_of(self, device: str) -> MemberForecast | None:
        """What a member of the channel on the screen would lose; None where nothing."""
        return self._outlook(self.channel).of(device, self.clock()) if self.room else None

    def notices(self) -> Sequence[Message]:
        """The equipment notices of the channel on the screen."""
        return self.room.notices if self.room is not None else ()

    def _outlook(self, channel: str) -> Outlook:
        known = self._outlooks.get(channel)
        if known is None:
            known = self._outlooks[channel] = Outlook(self._room(channel))
        return known

    def _warn(self, channel: str) -> frozenset[str]:
        """Somebody has announced a change: say so where it would break something."""
        made = self._outlook(channel).at(self.clock())
        if made is None or not made.breaks:
            return frozenset({"roster"})
        losing = [member.device for member in made.members if member.breaks]
        day = f"{made.then:%Y-%m-%d}"
        return self.tell("outlook.notice", day=day, devices=", ".join(losing)) | {"roster"}

    # --- alarms and what wants me ---------------------------------------------------------------

    def alarms(self) -> list[AlarmLine]:
        """Alarms that stand, the most urgent first."""
        if self.room is None:
            return []
        return alarms.standing(self.room, self.me, self._silenced, self.clock())

    def silence(self, name: str, until: int) -> None:
        """Quiet for this alarm at this device until then (UTC microseconds)."""
        self._silenced[name] = until

    def wants_me(self) -> list[str]:
        """Ids of messages that wait for this person: alarms, refusals, then requests by time."""
        if self.room is None:
            return []
        room = self.room
        found = [line.name for line in self.alarms() if line.wants_me and room.find(line.name)]
        found += [
            fate.message_id
            for fate in self.fates()
            if fate.state is FateState.REFUSED and fate.message_id not in self.room.shown
        ]
        found += self.room.asks
        return list(dict.fromkeys(found))

    def next_wanted(self) -> str | None:
        """The next of them after the one that was asked for last."""
        wanted = self.wants_me()
        if not wanted:
            return None
        place = wanted.index(self._last_wanted) + 1 if self._last_wanted in wanted else 0
        self._last_wanted = wanted[place % len(wanted)]
        return self._last_wanted

    def context(self) -> dict[str, str]:
        """Incident and patrol of now, for a message that is written."""
        found: dict[str, str] = {}
        if self.room is not None:
            incident, plan = self.room.incident(), self.room.plan()
            if incident is not None and incident.shared is not IncidentState.CLOSED:
                found["incident"] = incident.id
            if plan is not None and plan.status is PlanStatus.ACTIVE:
                found["patrol"] = plan.name
        return found


def _areas_of(message: Message) -> frozenset[str]:
    """What a message can change on the screen."""
    areas = {"log"}
    if isinstance(message.body, _UNITS):
        areas |= {"patrol", "alarms"}
    elif message.act not in _NOT_URGENT:
        areas |= {"alarms", "incident"}
    return frozenset(areas)


def _order(identity: Identity) -> tuple[str, str, bool, str]:
    """People before machines within an agency; agencies by country."""
    machine = identity.role.value in ("gateway", "archive")
    return identity.country, identity.agency, machine, identity.device
