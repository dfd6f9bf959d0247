"""The watch's alarms are the same messages, whoever looks and however often."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from hub.gateway.alarms import alarm_message
from protocols.clock import to_datetime
from protocols.messages.kinds import Alarm
from protocols.messages.machines.alarm import AlarmState
from protocols.messages.watch import Level, PatrolAlarm
from tests.hub.gateway.parties import DISPATCH, NOON

DUE = to_datetime(NOON)
AMBER = PatrolAlarm(
    id="MP-07/PARTNER_MISSED/GN-3/20261025T000000Z",
    alarm_class="PARTNER_MISSED",
    patrol="MP-07",
    unit="GN-3",
    level=Level.AMBER,
    state=AlarmState.NORMAL,
    since=DUE,
)
RED = msgspec.structs.replace(
    AMBER, level=Level.RED, state=AlarmState.UNACKED, since=DUE + timedelta(minutes=1)
)


def test_it_carries_the_name_that_every_side_gives_it() -> None:
    message = alarm_message(AMBER, DISPATCH, "es")
    body = message.body
    assert isinstance(body, Alarm)
    assert (body.alarm, body.unit, body.active) == (AMBER.id, "GN-3", True)
    assert message.patrol == "MP-07"
    assert message.sent == DUE
    assert body.reason is not None
    assert body.reason.language == "es"


def test_the_same_state_is_the_same_message() -> None:
    assert alarm_message(RED, DISPATCH, "en").id == alarm_message(RED, DISPATCH, "en").id


def test_every_change_is_another_message() -> None:
    ended = msgspec.structs.replace(RED, ended=DUE + timedelta(minutes=5))
    acked = msgspec.structs.replace(RED, state=AlarmState.ACKED)
    states = (AMBER, RED, acked, ended)
    assert len({alarm_message(alarm, DISPATCH, "en").id for alarm in states}) == len(states)
    last = alarm_message(ended, DISPATCH, "en").body
    assert isinstance(last, Alarm)
    assert not last.active
