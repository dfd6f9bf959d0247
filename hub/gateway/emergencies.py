"""Which alarms are up, so that the same one said again is not a new one.

ATAK sends an emergency again every ten seconds or so until it is cancelled. In the channel each of
them would be a re-trigger, which takes back what people have acknowledged. So a repetition that
says nothing new stays at the edge: the same alarm in the same words, moved by less than 25 m from
where it was last told. An alarm's life ends with its cancel, of whichever side, or when nobody has
said it again for long; what comes after that is an alarm of its own.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hub.gateway.memory import Memory
from protocols.clock import Clock, to_microseconds
from protocols.messages import Message
from protocols.messages.geometry import distance
from protocols.messages.kinds import Alarm, AlarmCancel
from protocols.messages.values import Point

MOVED: Final = 25.0
"""Metres that make the same alarm worth telling again."""
SILENCE: Final = 10 * 60 * 1_000_000
"""Microseconds without a repetition after which an alarm counts as a new one; an alarm whose own
stale time is later lives until then."""
REMEMBERED: Final = 2_000


class _Up(msgspec.Struct, frozen=True):
    """An alarm that is up: as it was last told, and until when a repetition is one."""

    message: Message
    until: int


class Emergencies:
    """The alarms that are up on one gateway's two sides."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._up: Memory[_Up | None] = Memory(REMEMBERED)
        self._names: Memory[str] = Memory()
        """Of every message that was noted: which alarm it is about."""

    def note(self, message: Message, at: int) -> None:
        """A message crossed, in either direction; `at` in UTC microseconds. Once is enough: its own
        echo, which may be old by then, changes nothing."""
        body = message.body
        if not isinstance(body, Alarm | AlarmCancel) or message.id in self._names:
            return
        up = isinstance(body, Alarm) and body.active
        name = _name(message, body) if isinstance(body, Alarm) else body.alarm
        self._names.put(message.id, name)
        self._up.put(name, _Up(message, _until(message, at)) if up else None)

    def refused(self, message_id: str) -> None:
        """The hub did not take this message: if it told an alarm, the next repetition tells it."""
        name = self._names.get(message_id)
        up = None if name is None else self._up.get(name)
        if name is not None and up is not None and up.message.id == message_id:
            self._up.put(name, None)

    def again(self, message: Message) -> str | None:
        """The id of the message that told this alarm before, if this one says nothing new."""
        body = message.body
        if not isinstance(body, Alarm) or not body.active:
            return None
        name = _name(message, body)
        up, now = self._up.get(name), self._clock()
        if up is None or now > up.until or not _says_the_same(up.message, message):
            return None
        self._up.put(name, _Up(up.message, max(up.until, _until(message, now))))
        return up.message.id


def _name(message: Message, alarm: Alarm) -> str:
    return alarm.alarm or message.id


def _until(message: Message, at: int) -> int:
    stale = 0 if message.expires is None else to_microseconds(message.expires)
    return max(stale, at + SILENCE)


def _says_the_same(before: Message, now: Message) -> bool:
    """The times and what a device says of itself (battery, precision) are no news."""
    same = before.body == now.body and before.exercise is now.exercise
    return same and _type(before) == _type(now) and not _moved(_point(before), _point(now))


def _moved(before: Point | None, now: Point | None) -> bool:
    if now is None:  # the fix was lost: where it last was is still the best that anybody knows
        return False
    return before is None or distance(before, now) >= MOVED


def _point(message: Message) -> Point | None:
    return message.location.point if message.location else None


def _type(message: Message) -> object:
    """The CoT type, where there is one: a bell and a 911 call are two things."""
    cot = message.extensions.get("cot")
    event = cot.get("event") if isinstance(cot, dict) else None
    return event.get("type") if isinstance(event, dict) else None
