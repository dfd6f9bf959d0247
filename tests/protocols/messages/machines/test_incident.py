"""An incident's states, side by side and together."""

from __future__ import annotations

import pytest

from protocols.errors import IllegalTransition
from protocols.messages.kinds import IncidentState as S
from protocols.messages.machines.incident import ENDED, INCIDENT, shared_state

LEGAL = {
    ("REPORTED", "VERIFIED"), ("REPORTED", "ACTIVE"), ("REPORTED", "DUPLICATE"),
    ("REPORTED", "UNFOUNDED"), ("VERIFIED", "ACTIVE"), ("VERIFIED", "DUPLICATE"),
    ("VERIFIED", "UNFOUNDED"), ("ACTIVE", "CONTAINED"), ("ACTIVE", "STABILISED"),
    ("ACTIVE", "DUPLICATE"), ("ACTIVE", "UNFOUNDED"), ("CONTAINED", "ACTIVE"),
    ("CONTAINED", "STABILISED"), ("STABILISED", "CLOSED"), ("STABILISED", "ACTIVE"),
    ("CLOSED", "REOPENED"), ("DUPLICATE", "REOPENED"), ("UNFOUNDED", "REOPENED"),
    ("REOPENED", "ACTIVE"), ("REOPENED", "STABILISED"),
}  # fmt: skip


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("wanted", S)
def test_exactly_the_documented_steps_are_legal(state: S, wanted: S) -> None:
    if (state, wanted) in LEGAL:
        assert INCIDENT.step(state, wanted) is wanted
    else:
        with pytest.raises(IllegalTransition):
            INCIDENT.step(state, wanted)


@pytest.mark.parametrize(
    ("sides", "shared"),
    [
        ([S.REPORTED], S.REPORTED),
        ([S.ACTIVE, S.REPORTED], S.ACTIVE),
        ([S.STABILISED, S.ACTIVE], S.ACTIVE),
        ([S.CLOSED, S.STABILISED], S.STABILISED),
        ([S.CLOSED, S.REPORTED], S.REPORTED),
        ([S.CLOSED, S.CLOSED], S.CLOSED),
        ([S.UNFOUNDED, S.UNFOUNDED], S.UNFOUNDED),
        ([S.CLOSED, S.UNFOUNDED], S.CLOSED),
        ([S.REOPENED, S.CLOSED], S.REOPENED),
    ],
)
def test_the_shared_state_is_the_most_pressing_one(sides: list[S], shared: S) -> None:
    assert shared_state(sides) is shared


@pytest.mark.parametrize("other", [state for state in S if state not in ENDED])
def test_shared_closing_needs_every_side(other: S) -> None:
    assert shared_state([S.CLOSED, other]) is not S.CLOSED
