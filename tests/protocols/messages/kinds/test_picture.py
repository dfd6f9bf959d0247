"""What is seen: courses are degrees, speeds are not negative, unit states are the eight."""

from __future__ import annotations

import msgspec
import pytest

from protocols.messages.kinds import Observation, Position, UnitState


@pytest.mark.parametrize("fields", [{"course": 361.0}, {"course": -1.0}, {"speed": -0.1}])
def test_what_cannot_be_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "position", **fields}, Position)


def test_unit_states_are_the_dispatch_words() -> None:
    assert " ".join(UnitState) == (
        "AVAILABLE ASSIGNED EN_ROUTE ON_SCENE TRANSPORT CLEAR OUT EMERGENCY"
    )


def test_an_observation_has_a_place_for_each_letter_of_salute() -> None:
    assert {"size", "activity", "unit_seen", "equipment"} <= set(Observation.__struct_fields__)
