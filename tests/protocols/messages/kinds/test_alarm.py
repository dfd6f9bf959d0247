"""Alarms latch unless they say otherwise; silence has a limit."""

from __future__ import annotations

import msgspec
import pytest

from protocols.codes import known
from protocols.messages.kinds import EMERGENCY, Alarm, AlarmSilence


def test_an_alarm_latches_and_is_present() -> None:
    alarm = Alarm(alarm_class=EMERGENCY)
    assert (alarm.latched, alarm.active) == (True, True)
    assert known("alarm_classes", EMERGENCY)


@pytest.mark.parametrize("seconds", [0, -1, 3601])
def test_silence_is_never_for_ever(seconds: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "alarm.silence", "alarm": "a", "seconds": seconds}, AlarmSilence)
