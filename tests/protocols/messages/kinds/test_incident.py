"""Incidents begin as reported and end as closed, unless they say otherwise."""

from __future__ import annotations

import msgspec
import pytest

from protocols.messages.kinds import IncidentClose, IncidentOpen, IncidentState, IncidentUpdate


def test_the_states_are_the_nine() -> None:
    assert " ".join(IncidentState) == (
        "REPORTED VERIFIED ACTIVE CONTAINED STABILISED CLOSED DUPLICATE UNFOUNDED REOPENED"
    )


def test_defaults() -> None:
    assert IncidentOpen(incident_type="TUNNEL").state is IncidentState.REPORTED
    assert IncidentClose().state is IncidentState.CLOSED
    assert IncidentUpdate().state is None


@pytest.mark.parametrize("priority", [0, 6])
def test_priorities_run_from_one_to_five(priority: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "incident.update", "priority": priority}, IncidentUpdate)
