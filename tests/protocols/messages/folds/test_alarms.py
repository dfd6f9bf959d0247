"""Alarms on the record: raised, acknowledged by each side, silenced for a time, cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from protocols.messages.kinds import Alarm, AlarmAck, AlarmCancel, AlarmSilence
from protocols.messages.machines import AlarmState as S


def raise_it(talk: Any, who: str = "gn", alarm_class: str = "EMERGENCY", **fields: Any) -> str:
    step = talk.say(who, Alarm(alarm_class=alarm_class, **fields), "19:52")
    assert step.refused is None
    return str(step.entry.message.id)


def test_both_sides_acknowledge_and_the_raiser_cancels(talk: Any) -> None:
    name = raise_it(talk)
    talk.say("usbp", AlarmAck(alarm=name))
    talk.say("c5", AlarmAck(alarm=name))
    record = talk.history.alarms[name]
    assert record.state is S.ACKED
    assert [note.country for note in record.acks] == ["US", "MX"]
    talk.say("gn", AlarmCancel(alarm=name, reason="RESOLVED"))
    assert talk.history.alarms[name].state is S.NORMAL
    assert talk.history.open_alarms() == ()


def test_an_emergency_does_not_clear_by_itself(talk: Any) -> None:
    name = raise_it(talk)
    step = talk.say("gn", Alarm(alarm_class="EMERGENCY", alarm=name, active=False))
    assert "emergency is UNACKED: clear is not possible" in (step.refused or "")
    talk.say("gn", AlarmCancel(alarm=name))
    assert talk.history.alarms[name].state is S.RTN_UNACKED


def test_a_condition_that_clears_unseen_stays_up(talk: Any) -> None:
    name = raise_it(talk, alarm_class="SENSOR")
    talk.say("gn", Alarm(alarm_class="SENSOR", alarm=name, active=False))
    assert talk.history.alarms[name].state is S.RTN_UNACKED
    talk.say("usbp", AlarmAck(alarm=name))
    assert talk.history.alarms[name].state is S.NORMAL


def test_an_alarm_that_does_not_latch_goes_with_its_condition(talk: Any) -> None:
    name = raise_it(talk, alarm_class="SENSOR", latched=False)
    talk.say("gn", Alarm(alarm_class="SENSOR", alarm=name, active=False))
    assert talk.history.alarms[name].state is S.NORMAL


def test_a_new_trigger_resets_the_acknowledgement(talk: Any) -> None:
    name = raise_it(talk)
    talk.say("usbp", AlarmAck(alarm=name))
    talk.say("gn", Alarm(alarm_class="EMERGENCY", alarm=name))
    record = talk.history.alarms[name]
    assert (record.state, record.acks, record.triggers) == (S.UNACKED, (), 2)


def test_silence_is_timed_one_sided_and_no_acknowledgement(talk: Any) -> None:
    name = raise_it(talk)
    step = talk.say("usbp", AlarmSilence(alarm=name, seconds=60))
    record, now = talk.history.alarms[name], step.entry.time
    assert record.state is S.UNACKED
    assert not record.audible("US", now)
    assert record.audible("MX", now)
    assert record.audible("US", now + timedelta(seconds=60))


def test_an_observer_may_not_acknowledge_others_alarms(talk: Any) -> None:
    name = raise_it(talk)
    for body in (AlarmAck(alarm=name), AlarmSilence(alarm=name)):
        step = talk.say("rcmp", body)
        assert (step.code, talk.history.alarms[name].state) == ("role_refused", S.UNACKED)
    assert talk.say("rcmp", AlarmCancel(alarm=name)).code == "role_refused"


def test_an_observer_raises_and_cancels_its_own(talk: Any) -> None:
    name = raise_it(talk, "rcmp", "SAFETY")
    assert talk.say("rcmp", AlarmCancel(alarm=name)).refused is None


@pytest.mark.parametrize(("who", "allowed"), [("gn", True), ("c5", True), ("cap", True),
                                              ("usbp", False), ("agent", False)])  # fmt: skip
def test_only_the_raiser_or_its_command_cancels(who: str, allowed: bool, talk: Any) -> None:
    step = talk.say(who, AlarmCancel(alarm=raise_it(talk)))
    assert (step.refused is None) is allowed


def test_an_alarm_nobody_raised_cannot_be_acknowledged(talk: Any) -> None:
    assert "there is no alarm x" in (talk.say("usbp", AlarmAck(alarm="x")).refused or "")


def test_emergencies_come_first(talk: Any) -> None:
    sensor = raise_it(talk, alarm_class="SENSOR")
    seen = raise_it(talk, alarm_class="SENSOR")
    talk.say("usbp", AlarmAck(alarm=seen))
    emergency = raise_it(talk)
    assert [alarm.id for alarm in talk.history.open_alarms()] == [emergency, sensor, seen]
