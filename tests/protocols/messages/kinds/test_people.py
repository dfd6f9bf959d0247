"""MIST is life safety, a name is not; a consular notice has no name at all."""

from __future__ import annotations

import msgspec
import pytest

from protocols.messages.kinds import ConsularNotice, Medical
from protocols.messages.rules import marked


def test_mist_always_passes_and_the_name_does_not() -> None:
    vital = set(marked(Medical, "life_safety"))
    assert {
        f"/body/{f}" for f in ("mechanism", "injuries", "signs", "treatment", "triage")
    } <= vital
    assert "/body/patient_name" not in vital
    assert marked(Medical, "personal") == ("/body/patient_name",)


def test_nationality_and_count_are_required_and_a_name_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="count"):
        msgspec.convert({"kind": "consular.notice", "nationality": "MX"}, ConsularNotice)
    with pytest.raises(msgspec.ValidationError, match="name"):
        msgspec.convert(
            {"kind": "consular.notice", "nationality": "MX", "count": 2, "name": "J"},
            ConsularNotice,
        )
