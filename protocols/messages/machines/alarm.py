"""An alarm after IEC 62682: condition and acknowledgement are two things, and both must end.

    UNACKED --ack→ ACKED --clear→ NORMAL        UNACKED --clear→ RTN_UNACKED --ack→ NORMAL

A re-trigger resets the acknowledgement. Silence is a timed flag beside the state, never a step.
An emergency does not clear by itself: only `cancel` ends its condition.
"""

from __future__ import annotations

from enum import StrEnum

from protocols.messages.machines.table import Table


class AlarmState(StrEnum):
    """What an alarm wants of people."""

    NORMAL = "NORMAL"
    UNACKED = "UNACKED"
    ACKED = "ACKED"
    RTN_UNACKED = "RTN_UNACKED"


S = AlarmState

ALARM: Table[AlarmState] = Table(
    "alarm",
    S.NORMAL,
    {
        S.NORMAL: {"trigger": S.UNACKED},
        S.UNACKED: {
            "trigger": S.UNACKED,
            "ack": S.ACKED,
            "clear": S.RTN_UNACKED,
            "cancel": S.RTN_UNACKED,
        },
        S.ACKED: {
            "trigger": S.UNACKED,
            "ack": S.ACKED,
            "clear": S.NORMAL,
            "cancel": S.NORMAL,
        },
        S.RTN_UNACKED: {"trigger": S.UNACKED, "ack": S.NORMAL},
    },
)

EMERGENCY: Table[AlarmState] = Table(
    "emergency",
    S.NORMAL,
    {
        state: {event: after for event, after in events.items() if event != "clear"}
        for state, events in ALARM.steps.items()
    },
)
