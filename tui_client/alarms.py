"""The alarms that stand in a channel, as one person at one device has to see them.

The states are those of the folded history (IEC 62682). Two things are of this device alone: an own
alarm or acknowledgement that still waits for the link, and a silence that was asked for here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.clock import to_datetime, to_microseconds
from protocols.identity.names import Identity
from protocols.messages.kinds import Alarm, AlarmAck
from protocols.messages.machines.alarm import AlarmState
from protocols.messages.records import AlarmRecord
from protocols.messages.values import LanguageText
from tui_client.room import Room


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One alarm. `at` and `silenced_until` in UTC microseconds, 0 for never."""

    record: AlarmRecord
    reason: LanguageText | None = None
    own: bool = False
    """Raised from this device: others have to act on it."""
    waits: bool = False
    """Raised here and not yet with the hub."""
    ack_waits: bool = False
    """Acknowledged here, and the acknowledgement has not come back from the hub."""
    silenced_until: int = 0
    country: str = ""
    """The side whose alarm it is, where that is known."""

    @property
    def name(self) -> str:
        """What acknowledgements and silences name."""
        return self.record.id

    @property
    def at(self) -> int:
        """Since when."""
        return to_microseconds(self.record.since)

    @property
    def state(self) -> AlarmState:
        """The state of the history."""
        return self.record.state

    @property
    def unit(self) -> str:
        """Whose alarm it is."""
        raised = self.record.raised_by
        return self.record.unit or (raised.name if raised else "")

    @property
    def wants_me(self) -> bool:
        """Whether a person here still has to acknowledge it."""
        open_states = (AlarmState.UNACKED, AlarmState.RTN_UNACKED)
        return self.state in open_states and not self.own and not self.ack_waits

    @property
    def sounds(self) -> bool:
        """Whether it should be heard here: it wants somebody and is not silenced."""
        return self.wants_me and not self.silenced_until

    @property
    def acked_by(self) -> tuple[str, ...]:
        """Devices whose people have acknowledged it."""
        return tuple(dict.fromkeys(ack.device.partition("@")[0] for ack in self.record.acks))


def standing(room: Room, me: Identity, silenced: Mapping[str, int], now: int) -> list[AlarmLine]:
    """Every alarm that is not over, the most urgent first; own ones that still wait stand first."""
    acked = {
        entry.message.body.alarm
        for entry in room.waiting.values()
        if isinstance(entry.message.body, AlarmAck)
    }
    lines = [
        AlarmLine(_of_waiting(entry.message.body, entry.id, me, entry.at), own=True, waits=True,
                  country=me.country,
                  reason=entry.message.body.reason)
        for entry in room.waiting.values()
        if isinstance(entry.message.body, Alarm) and entry.refused is None
    ]  # fmt: skip
    for record in room.history.open_alarms():
        entry = room.find(record.id)
        body = entry.message.body if entry else None
        until = record.silenced.get(me.country)
        quiet = max(silenced.get(record.id, 0), to_microseconds(until) if until else 0)
        lines.append(
            AlarmLine(
                record,
                reason=body.reason if isinstance(body, Alarm) else None,
                own=record.raised_by is not None and record.raised_by.device == me.device,
                ack_waits=record.id in acked,
                silenced_until=quiet if quiet > now else 0,
                country=_country(room, record),
            )
        )
    return lines


def _country(room: Room, record: AlarmRecord) -> str:
    if record.raised_by is not None:
        return record.raised_by.country
    unit = room.history.units.get(record.unit or "")
    return unit.country if unit else ""


def _of_waiting(body: Alarm, message_id: str, me: Identity, at: int) -> AlarmRecord:
    return AlarmRecord(
        id=message_id,
        alarm_class=body.alarm_class,
        state=AlarmState.UNACKED,
        since=to_datetime(at),
        raised_by=me,
        unit=body.unit,
    )
