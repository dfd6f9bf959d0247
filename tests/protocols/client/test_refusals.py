"""A refusal that crossed the wire is the error it was."""

from __future__ import annotations

import pytest

from protocols.client.refusals import error_of
from protocols.errors import CrossbandError, EpochConflict, NotAMember, Refused
from protocols.frames import Refusal, refusal
from protocols.mls.errors import BadSignature


@pytest.mark.parametrize(
    "error", [NotAMember("not here"), EpochConflict("late", epoch=4, from_seq=9), BadSignature("x")]
)
def test_round_trip(error: CrossbandError) -> None:
    again = error_of(refusal(7, error))
    assert type(again) is type(error)
    assert (again.detail, again.facts, again.remedy) == (error.detail, error.facts, error.remedy)


def test_an_unknown_code_is_still_a_refusal() -> None:
    error = error_of(Refusal(1, "from_the_future", "something new", "update"))
    assert type(error) is Refused
    assert "from_the_future: something new" in error.detail


@pytest.mark.parametrize("code", ["local_store_error", "configuration_error", "crossband_error"])
def test_a_hub_cannot_speak_of_this_sides_own_trouble(code: str) -> None:
    assert type(error_of(Refusal(1, code, "your disk is broken", ""))) is Refused


def test_facts_cannot_take_the_place_of_arguments() -> None:
    facts: dict[str, str | int] = {"self": 1, "detail": "x", "epoch": 4, "not a name": 2}
    error = error_of(Refusal(1, "epoch_conflict", "y" * 9999, "", facts))
    assert isinstance(error, EpochConflict)
    assert error.facts == {"epoch": 4, "not a name": 2}
    assert len(error.detail) <= 400
