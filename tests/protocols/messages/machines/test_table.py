"""The engine looks things up and says what could be done instead."""

from __future__ import annotations

from enum import StrEnum

import pytest

from protocols.errors import IllegalTransition
from protocols.messages.machines import ALARM, ASSISTANCE, INCIDENT, LEAD, TRANSFER
from protocols.messages.machines.table import Table


class Door(StrEnum):
    OPEN = "OPEN"
    SHUT = "SHUT"
    GONE = "GONE"


DOOR = Table("door", Door.OPEN, {Door.OPEN: {"shut": Door.SHUT, "remove": Door.GONE}})


def test_a_legal_step_is_taken() -> None:
    assert DOOR.step(Door.OPEN, "shut") is Door.SHUT


def test_an_illegal_step_says_where_it_stands_and_what_is_possible() -> None:
    with pytest.raises(IllegalTransition) as caught:
        DOOR.step(Door.OPEN, "knock")
    assert caught.value.detail == (
        "door is OPEN: knock is not possible from there (shut, remove is)"
    )
    assert caught.value.facts == {"machine": "door", "state": "OPEN", "event": "knock"}


def test_an_end_is_an_end() -> None:
    assert DOOR.final(Door.SHUT)
    with pytest.raises(IllegalTransition, match="nothing is"):
        DOOR.step(Door.SHUT, "shut")


def test_the_rows_are_the_table() -> None:
    assert DOOR.rows() == (("OPEN", "shut", "SHUT"), ("OPEN", "remove", "GONE"))


@pytest.mark.parametrize("machine", [INCIDENT, ASSISTANCE, ALARM, TRANSFER, LEAD])
def test_every_state_of_a_machine_can_be_reached(machine: Table) -> None:
    reached, waiting = set(), [machine.first]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += machine.steps.get(state, {}).values()
    assert reached == set(type(machine.first))
