"""Alarms: condition and acknowledgement are two things."""

from __future__ import annotations

import pytest

from protocols.errors import IllegalTransition
from protocols.messages.machines.alarm import ALARM, EMERGENCY
from protocols.messages.machines.alarm import AlarmState as S

ROWS = {
    ("NORMAL", "trigger", "UNACKED"),
    ("UNACKED", "trigger", "UNACKED"),
    ("UNACKED", "ack", "ACKED"),
    ("UNACKED", "clear", "RTN_UNACKED"),
    ("UNACKED", "cancel", "RTN_UNACKED"),
    ("ACKED", "trigger", "UNACKED"),
    ("ACKED", "ack", "ACKED"),
    ("ACKED", "clear", "NORMAL"),
    ("ACKED", "cancel", "NORMAL"),
    ("RTN_UNACKED", "trigger", "UNACKED"),
    ("RTN_UNACKED", "ack", "NORMAL"),
}


def test_the_table_is_this_one() -> None:
    assert set(ALARM.rows()) == ROWS


def test_an_emergency_never_clears_by_itself() -> None:
    assert set(EMERGENCY.rows()) == {row for row in ROWS if row[1] != "clear"}
    with pytest.raises(IllegalTransition, match="emergency is UNACKED: clear"):
        EMERGENCY.step(S.UNACKED, "clear")


def test_silence_is_no_step() -> None:
    assert not any(event == "silence" for _, event, _ in ALARM.rows())
