"""What this side's own watch over the patrols says, as messages for the system.

They are shown to the system and never sent to the channel: every side watches for itself, and the
names of the alarms agree, so that anybody can acknowledge them.
"""

from __future__ import annotations

from protocols.clock import to_microseconds
from protocols.codes import label
from protocols.formats.codec import derived_id
from protocols.identity import Identity
from protocols.messages import Message, compose
from protocols.messages.kinds import Alarm
from protocols.messages.values import LanguageText
from protocols.messages.watch import PatrolAlarm


def alarm_message(alarm: PatrolAlarm, identity: Identity, language: str) -> Message:
    """The alarm as a message. The same state of the same alarm is always the same message, also
    after a restart; its time is that of the threshold, not of whoever looked."""
    level = "" if alarm.level is None else label("alarm_level", alarm.level, language)
    body = Alarm(
        alarm_class=alarm.alarm_class,
        alarm=alarm.id,
        active=alarm.ended is None,
        unit=alarm.unit,
        reason=LanguageText(text=level, language=language) if level else None,
    )
    moment = alarm.ended or alarm.since
    state = f"{alarm.level} {alarm.state} {alarm.ended is None}"
    return compose(
        identity,
        body,
        clock=lambda: to_microseconds(moment),
        patrol=alarm.patrol,
        language=language,
        id=derived_id(moment, "watch", identity.device, alarm.id, state),
    )
