"""One side's view of an incident, and the state that all sides share.

    REPORTED → VERIFIED → ACTIVE ⇄ CONTAINED → STABILISED → CLOSED → REOPENED → ACTIVE

The event is the state that a side declares. Three steps beside the chain are what people do: a
side that sees for itself verifies and acts in one (REPORTED → ACTIVE), some incidents have nothing
to contain (ACTIVE → STABILISED), and a stabilised one can flare up (STABILISED → ACTIVE).
"""

from __future__ import annotations

from collections.abc import Iterable

from protocols.messages.kinds.incident import IncidentState as S
from protocols.messages.machines.table import Table

_DISMISS = {"DUPLICATE": S.DUPLICATE, "UNFOUNDED": S.UNFOUNDED}
_REOPEN = {"REOPENED": S.REOPENED}

INCIDENT: Table[S] = Table(
    "incident",
    S.REPORTED,
    {
        S.REPORTED: {"VERIFIED": S.VERIFIED, "ACTIVE": S.ACTIVE, **_DISMISS},
        S.VERIFIED: {"ACTIVE": S.ACTIVE, **_DISMISS},
        S.ACTIVE: {"CONTAINED": S.CONTAINED, "STABILISED": S.STABILISED, **_DISMISS},
        S.CONTAINED: {"ACTIVE": S.ACTIVE, "STABILISED": S.STABILISED},
        S.STABILISED: {"CLOSED": S.CLOSED, "ACTIVE": S.ACTIVE},
        S.CLOSED: _REOPEN,
        S.DUPLICATE: _REOPEN,
        S.UNFOUNDED: _REOPEN,
        S.REOPENED: {"ACTIVE": S.ACTIVE, "STABILISED": S.STABILISED},
    },
)

ENDED = (S.CLOSED, S.DUPLICATE, S.UNFOUNDED)
"""States in which a side has finished."""

_LIVE = (S.ACTIVE, S.CONTAINED, S.REOPENED, S.STABILISED, S.VERIFIED, S.REPORTED)
"""The first of these that any side is in is the shared state while any side has not finished."""


def shared_state(sides: Iterable[S]) -> S:
    """What all sides together are in: the most pressing state of any; closed only by every side."""
    states = set(sides)
    live = next((state for state in _LIVE if state in states), None)
    if live is not None:
        return live
    return states.pop() if len(states) == 1 else S.CLOSED
