"""EIDO's words beside ours: only what says the same is mapped."""

from __future__ import annotations

import pytest

from protocols.formats.eido import words
from protocols.messages.kinds import IncidentState, UnitState


def test_states_are_known_in_any_spelling() -> None:
    assert words.STATES[words.plain("Closed")] is IncidentState.CLOSED
    assert words.STATES["stabilized"] is IncidentState.STABILISED
    assert set(words.STATES.values()) == set(IncidentState)
    assert words.UNIT_STATES[words.plain("En-Route")] is UnitState.EN_ROUTE
    assert "unavailable" not in words.UNIT_STATES


def test_every_unit_word_reads_back() -> None:
    for state, word in words.UNIT_WORDS.items():
        assert words.UNIT_STATES[words.plain(word)] is state
    assert set(words.UNIT_WORDS) == set(UnitState)


@pytest.mark.parametrize(("number", "priority"), [(10, 1), (9, 1), (8, 2), (5, 3), (1, 5), (0, 5)])
def test_ten_is_the_most_urgent(number: int, priority: int) -> None:
    assert words.priority_from(number) == min(priority, 5)


def test_a_priority_off_the_scale_is_none() -> None:
    for value in (11, -1, True, "3", 2.5, None):
        assert words.priority_from(value) is None
    for ours, theirs in words.PRIORITY_OF.items():
        assert words.priority_from(theirs) == ours


def test_a_type_without_a_code_travels_as_itself() -> None:
    assert words.type_to("TUNNEL") == "TUNNEL"
    assert words.type_from("SomethingElse") == "SomethingElse"
    assert words.type_from(words.type_to("MISSING_PERSON")) == "MISSING_PERSON"
    assert words.ours("TUNNEL")
    assert not words.ours("tunnel")
