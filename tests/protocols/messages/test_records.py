"""Records answer the questions that screens ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from protocols.messages.kinds import AssistRequest, IncidentState, ParReply
from protocols.messages.machines import AlarmState, AssistState
from protocols.messages.records import (
    AlarmRecord,
    AssistRecord,
    CustodyRecord,
    IncidentRecord,
    ParRecord,
)

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)


def test_the_shared_state_follows_the_sides() -> None:
    record = IncidentRecord(
        id="I", incident_type="TUNNEL", opened_by="US", opened_at=NOW, updated_at=NOW,
        sides={"US": IncidentState.CLOSED, "MX": IncidentState.ACTIVE},
    )  # fmt: skip
    assert record.shared is IncidentState.ACTIVE


@pytest.mark.parametrize("state", AssistState)
def test_only_what_waits_for_an_answer_expires(state: AssistState, party: Any) -> None:
    record = AssistRecord(
        id="a", request=AssistRequest(capability="K9"), asked_by=party["usbp"], asked_at=NOW,
        state=state, changed_at=NOW, expires=NOW,
    )  # fmt: skip
    waiting = state in (AssistState.SENT, AssistState.RECEIVED)
    assert record.state_at(NOW) is (AssistState.EXPIRED if waiting else state)
    assert record.state_at(NOW - timedelta(seconds=1)) is state


@pytest.mark.parametrize(
    ("state", "level", "is_open", "audible"),
    [
        (AlarmState.NORMAL, "", False, False),
        (AlarmState.NORMAL, "AMBER", True, False),
        (AlarmState.UNACKED, "RED", True, True),
        (AlarmState.ACKED, "RED", True, False),
        (AlarmState.RTN_UNACKED, "RED", True, True),
    ],
)
def test_what_an_alarm_wants(state: AlarmState, level: str, is_open: bool, audible: bool) -> None:
    record = AlarmRecord(id="a", alarm_class="SENSOR", state=state, since=NOW, level=level)
    assert record.open is is_open
    assert record.audible("US", NOW) is audible
    assert not record.emergency


def test_a_head_count_nobody_answered_is_not_complete(party: Any) -> None:
    record = ParRecord(id="p", asked_by=party["c5"], asked_at=NOW)
    assert not record.complete
    full = {"GN-3": ParReply(unit="GN-3", expected=1, accounted=1)}
    assert ParRecord(id="p", asked_by=party["c5"], asked_at=NOW, replies=full).complete


def test_custody_is_complete_with_both() -> None:
    half = CustodyRecord(incident=None, giver="a", taker="b", persons=1, signed={"a": NOW})
    assert not half.complete
    assert CustodyRecord(
        incident=None, giver="a", taker="b", persons=1, signed={"a": NOW, "b": NOW}
    ).complete
