"""Plans with their defaults, and head counts that do not flatter."""

from __future__ import annotations

import pytest

from protocols.messages.kinds import ParReply, PatrolPlan, Tolerances


def test_the_defaults_of_a_plan_are_the_documented_ones() -> None:
    allowed = PatrolPlan().tolerances
    assert (allowed.checkin_interval, allowed.checkin_grace, allowed.amber_before) == (
        1800,
        300,
        60,
    )
    assert (allowed.lateral, allowed.time) == (1500.0, 600)
    assert Tolerances(lateral=200.0).checkin_interval == 1800


@pytest.mark.parametrize(
    ("expected", "accounted", "complete"),
    [(4, 4, True), (4, 3, False), (4, 5, True), (None, 4, False), (4, None, False), (0, 0, True)],
)
def test_a_head_count_is_complete_only_when_it_says_so(
    expected: int | None, accounted: int | None, complete: bool
) -> None:
    assert ParReply(unit="GN-3", expected=expected, accounted=accounted).complete is complete
