"""Alarms after IEC 62682: raised, acknowledged by a person, silenced for a time, cancelled.

`alarm` names the alarm: the id of the message that raised it first, or the name of a computed one
(see `protocols.messages.watch`). A re-trigger names it again.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import AlarmClass, Body, Reason
from protocols.messages.values import Hazards, HeadCount, LanguageText

EMERGENCY = "EMERGENCY"
"""The class that never expires, never clears by itself and ends only by a signed cancel."""


class Alarm(Body, frozen=True, tag="alarm"):
    """Something that a person must act on; `active` false says that the condition has cleared."""

    alarm_class: AlarmClass
    alarm: str | None = None
    """Which alarm this raises again or clears; without it the message's own id names a new one."""
    active: bool = True
    latched: bool = True
    """Whether it stays up until acknowledged after its condition has cleared."""
    unit: str | None = None
    reason: LanguageText | None = None
    hazards: Hazards = ()
    heads: HeadCount | None = None
    injured: HeadCount | None = None


class AlarmAck(Body, frozen=True, tag="alarm.ack"):
    """A person has taken note and acts."""

    alarm: str
    remarks: LanguageText | None = None


class AlarmSilence(Body, frozen=True, tag="alarm.silence"):
    """Quiet for a time, at the sender's side. Never an acknowledgement."""

    alarm: str
    seconds: Annotated[int, Meta(ge=1, le=3600)] = 120


class AlarmCancel(Body, frozen=True, tag="alarm.cancel"):
    """Whoever raised it, or command of that side, takes it back and says why."""

    alarm: str
    reason: Reason | None = None
    remarks: LanguageText | None = None
