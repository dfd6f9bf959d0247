"""A state machine is a table of (state, event) -> state, and one function that looks things up."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from protocols.errors import IllegalTransition

State = TypeVar("State", bound=StrEnum)


class Table(Generic[State]):
    """The legal steps of one machine; the docs print the same table.

    `name` names the machine in a refusal, `first` is the state before any event.
    """

    def __init__(self, name: str, first: State, steps: Mapping[State, Mapping[str, State]]) -> None:
        self.name = name
        self.first = first
        self.steps = steps

    def step(self, state: State, event: str) -> State:
        """The state after `event`. Raises `IllegalTransition` with what could be done instead."""
        after = self.steps.get(state, {}).get(event)
        if after is None:
            possible = ", ".join(self.events(state)) or "nothing"
            raise IllegalTransition(
                f"{self.name} is {state}: {event} is not possible from there ({possible} is)",
                machine=self.name,
                state=str(state),
                event=event,
            )
        return after

    def events(self, state: State) -> tuple[str, ...]:
        """What can happen in `state`."""
        return tuple(self.steps.get(state, {}))

    def final(self, state: State) -> bool:
        """Whether nothing more can happen."""
        return not self.events(state)

    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """(state, event, state after), for documentation and tests."""
        return tuple(
            (str(state), event, str(after))
            for state, events in self.steps.items()
            for event, after in events.items()
        )
