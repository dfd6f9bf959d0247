"""The lead crosses with the crew and never jumps."""

from __future__ import annotations

import pytest

from protocols.errors import IllegalTransition
from protocols.messages.kinds import LeadState
from protocols.messages.machines.lead import LEAD


def test_the_way_over_and_back() -> None:
    state = LEAD.first
    for event in ("CROSSING", "HOST_A", "CROSSING", "HOST_B", "CROSSING"):
        state = LEAD.step(state, event)
        assert state == event


def test_there_is_no_lead_without_a_crossing() -> None:
    with pytest.raises(IllegalTransition):
        LEAD.step(LeadState.HOST_A, "HOST_B")
