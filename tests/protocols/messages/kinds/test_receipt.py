"""Receipts name a message and a stage, never an acceptance."""

from __future__ import annotations

from protocols.codes import code_list, known
from protocols.messages.kinds import PresenceState, Read, Receipt


def test_a_receipt_says_how_far_in_known_words() -> None:
    assert known("stages", Receipt(of="x").stage)
    assert not hasattr(Read(of="x"), "answer")
    assert "aceptad" not in "".join(labels["es"] for labels in code_list("stages").values())


def test_somebody_is_here_away_or_leaving() -> None:
    assert [str(state) for state in PresenceState] == ["here", "away", "leaving"]
