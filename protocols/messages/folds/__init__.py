"""How each kind changes what is known: one small function a kind, in tables of the same shape.

A fold takes the state and one entry, and either changes the state or raises a refusal; it raises
before it changes anything.
"""

from __future__ import annotations

from protocols.messages.folds import alarms, assists, handovers, incidents, patrols, releases
from protocols.messages.folds.state import Fold, State
from protocols.messages.kinds import Body

FOLDS: dict[type[Body], Fold] = {
    **incidents.FOLDS,
    **assists.FOLDS,
    **alarms.FOLDS,
    **patrols.FOLDS,
    **handovers.FOLDS,
    **releases.FOLDS,
}

__all__ = ["FOLDS", "State"]
