"""Incidents: a state for each side, closed only together, and a lead that moves by confirmation."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.messages.kinds import (
    AssistAnswer,
    AssistReply,
    AssistRequest,
    IncidentClose,
    IncidentOpen,
    IncidentSitrep,
    IncidentState,
    IncidentUpdate,
    LeadChange,
    LeadState,
)
from protocols.messages.values import NativeCode

S = IncidentState
NAME = "NOG-1"


def states(talk: Any) -> dict[str, str]:
    return {side: str(state) for side, state in talk.history.incidents[NAME].sides.items()}


@pytest.fixture
def opened(talk: Any) -> Any:
    assert talk.say("usbp", IncidentOpen(incident_type="TUNNEL"), incident=NAME).refused is None
    return talk


def test_the_opener_has_a_side_and_the_other_joins_by_speaking(opened: Any) -> None:
    assert states(opened) == {"US": "REPORTED"}
    opened.say("c5", IncidentSitrep(), incident=NAME)
    assert states(opened) == {"US": "REPORTED", "MX": "REPORTED"}


def test_each_side_moves_its_own_state(opened: Any) -> None:
    opened.say("usbp", IncidentUpdate(state=S.VERIFIED), incident=NAME)
    opened.say("c5", IncidentUpdate(state=S.ACTIVE), incident=NAME)
    assert states(opened) == {"US": "VERIFIED", "MX": "ACTIVE"}
    assert opened.history.incidents[NAME].shared is S.ACTIVE


def test_closing_needs_both_sides(opened: Any) -> None:
    for who in ("usbp", "c5"):
        for state in (S.ACTIVE, S.STABILISED):
            opened.say(who, IncidentUpdate(state=state), incident=NAME)
    opened.say("usbp", IncidentClose(disposition="SEALED"), incident=NAME)
    assert opened.history.incidents[NAME].shared is S.STABILISED
    opened.say("c5", IncidentClose(disposition="SEIZURE"), incident=NAME)
    record = opened.history.incidents[NAME]
    assert record.shared is S.CLOSED
    assert record.dispositions == {"US": "SEALED", "MX": "SEIZURE"}


def test_an_illegal_step_is_kept_and_changes_nothing(opened: Any) -> None:
    step = opened.say("usbp", IncidentClose(), incident=NAME)
    assert step.refused is not None
    assert step.refused.startswith("incident is REPORTED: CLOSED is not possible")
    assert step.code == "illegal_transition"
    assert states(opened) == {"US": "REPORTED"}
    assert opened.history.refused == [step]


def test_saying_the_same_state_again_is_no_step(opened: Any) -> None:
    assert opened.say("usbp", IncidentUpdate(state=S.REPORTED), incident=NAME).refused is None


def test_an_incident_is_opened_once_and_at_the_beginning(opened: Any) -> None:
    again = opened.say("c5", IncidentOpen(incident_type="FIRE"), incident=NAME)
    assert "open already" in (again.refused or "")
    late = opened.say("c5", IncidentOpen(incident_type="FIRE", state=S.CLOSED), incident="X")
    assert "does not begin as CLOSED" in (late.refused or "")
    nameless = opened.say("c5", IncidentOpen(incident_type="FIRE"))
    assert nameless.code == "malformed_message"
    unknown = opened.say("c5", IncidentUpdate(), incident="NOBODY")
    assert "there is no incident NOBODY" in (unknown.refused or "")
    assert list(opened.history.incidents) == [NAME]


def test_who_accepts_to_help_takes_part(opened: Any) -> None:
    request = opened.say("usbp", AssistRequest(capability="TUNNEL_TEAM"), incident=NAME)
    reply = AssistReply(assist=request.entry.message.id, answer=AssistAnswer.ACCEPTED)
    opened.say("c5", reply, incident=NAME)
    assert states(opened) == {"US": "REPORTED", "MX": "REPORTED"}


def test_each_side_keeps_its_native_code(opened: Any) -> None:
    codes = (NativeCode(system="catalogo-nacional", code="30999", label="Túnel"),)
    opened.say("c5", IncidentUpdate(), incident=NAME, codes=codes)
    assert opened.history.incidents[NAME].native == {"MX": ("catalogo-nacional:30999",)}


def test_a_timeline_holds_the_entries_that_were_taken(opened: Any) -> None:
    opened.say("c5", IncidentSitrep(), incident=NAME)
    opened.say("usbp", IncidentClose(), incident=NAME)
    assert opened.history.timelines[NAME] == [1, 2]


# --- lead ---------------------------------------------------------------------------------------


def lead(state: LeadState, a: str = "US", b: str = "CA") -> LeadChange:
    officer = "Sgt. Roy, 4471" if state is LeadState.HOST_B else None
    return LeadChange(state=state, host_a=a, host_b=b, designated_officer=officer)


@pytest.fixture
def crossed(talk: Any) -> Any:
    talk.say("usbp", IncidentOpen(incident_type="PURSUIT", lead="US"), incident=NAME)
    talk.say("usbp", lead(LeadState.CROSSING), incident=NAME)
    assert talk.history.incidents[NAME].lead == "US"
    assert talk.say("rider", lead(LeadState.HOST_B), incident=NAME).refused is None
    return talk


def test_after_the_confirmation_a_tasking_by_the_first_host_is_refused(crossed: Any) -> None:
    assert crossed.history.incidents[NAME].lead == "CA"
    task = crossed.say("usbp", AssistRequest(capability="MARINE_UNIT"), incident=NAME)
    assert task.refused == "CA has the lead; a tasking by US is not taken"
    assert (
        crossed.say("rider", AssistRequest(capability="MARINE_UNIT"), incident=NAME).refused is None
    )
    assert crossed.say("usbp", IncidentSitrep(), incident=NAME).refused is None


def test_the_lead_does_not_jump_nor_move_by_an_update(talk: Any) -> None:
    talk.say("usbp", IncidentOpen(incident_type="PURSUIT", lead="US"), incident=NAME)
    jump = talk.say("rider", lead(LeadState.HOST_B), incident=NAME)
    assert "lead is HOST_A: HOST_B is not possible" in (jump.refused or "")
    moved = talk.say("rider", IncidentUpdate(lead="CA"), incident=NAME)
    assert "moves by lead.change only" in (moved.refused or "")
    other = talk.say("rider", lead(LeadState.CROSSING, a="CA", b="US"), incident=NAME)
    assert "US leads, not CA" in (other.refused or "")
    third = talk.say("c5", lead(LeadState.CROSSING), incident=NAME)
    assert third.code == "role_refused"


def test_the_way_back_is_a_crossing_of_its_own(crossed: Any) -> None:
    assert crossed.say("rider", lead(LeadState.CROSSING, "CA", "US"), incident=NAME).refused is None
    other = crossed.say("usbp", lead(LeadState.HOST_B, "MX", "US"), incident=NAME)
    assert "between other hosts" in (other.refused or "")
    assert crossed.say("usbp", lead(LeadState.HOST_B, "CA", "US"), incident=NAME).refused is None
    assert crossed.history.incidents[NAME].lead == "US"
