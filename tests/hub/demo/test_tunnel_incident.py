"""The codes of the story are ones that every screen has words for."""

from __future__ import annotations

import pytest

from hub.demo import tunnel_incident
from protocols.codes import known, label


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("incident_types", "TUNNEL"),
        ("hazards", "SMOKE"),
        ("capabilities", "FIND_AND_SECURE"),
        ("incident_state", "ACTIVE"),
    ],
)
def test_every_code_has_a_label_in_three_languages(name: str, code: str) -> None:
    assert known(name, code)
    assert len({label(name, code, language) for language in ("en", "es", "fr")}) >= 2


def test_the_c5s_own_code_is_nobody_elses() -> None:
    assert tunnel_incident.CATALOGO[0] == "CNI"
