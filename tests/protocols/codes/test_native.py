"""Native codes: mapped where certain, and otherwise themselves."""

from __future__ import annotations

import pytest

from protocols.codes import known
from protocols.codes.native import (
    SYSTEMS,
    CodeSystem,
    from_native,
    native_label,
    system,
    to_native,
)
from protocols.errors import ConfigurationError


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_mapping_leads_to_a_type_of_ours(name: str) -> None:
    for code, entry in system(name).codes.items():
        assert entry.type is None or known("incident_types", entry.type), code
        assert entry.en
        assert entry.es
        assert entry.fr


@pytest.mark.parametrize(
    ("name", "code", "ours"),
    [
        ("same", "CAE", "ABDUCTION"),
        ("same", "HMW", "HAZMAT"),
        ("cap-cp", "amber", "ABDUCTION"),
        ("cap-cp", "testMessage", "TEST"),
        ("apco", "ALIEN", "CROSSING"),
    ],
)
def test_a_known_code_is_mapped(name: str, code: str, ours: str) -> None:
    assert from_native(name, code) == ours
    back = to_native(name, ours)
    assert back is not None
    assert from_native(name, back) == ours


def test_nothing_is_guessed() -> None:
    assert from_native("same", "ZZZ") is None
    assert to_native("same", "TUNNEL") is None
    assert from_native("catalogo-nacional", "30101") is None
    assert from_native("somebody-elses", "1") is None


def test_an_unmapped_code_shows_as_its_sender_says_or_as_itself() -> None:
    assert native_label("catalogo-nacional", "777", "es") == "777"
    assert native_label("catalogo-nacional", "777", "es", "Túnel") == "Túnel"
    assert native_label("same", "EQW", "es", "whatever") == "aviso de sismo"


def test_an_agency_adds_its_own_table() -> None:
    own = CodeSystem.read(
        b'{"title": "C5 Sonora", "codes": {"777": '
        b'{"type": "TUNNEL", "en": "tunnel", "es": "tunel", "fr": "tunnel"}}}'
    )
    joined = system("catalogo-nacional").extended(own)
    assert joined.incident_type("777") == "TUNNEL"
    assert joined.code_of("TUNNEL") == "777"
    assert system("catalogo-nacional").incident_type("777") is None


@pytest.mark.parametrize("data", [b"", b"[]", b'{"title":"x","codes":{"1":{"en":"x"}}}', b"\xff"])
def test_a_table_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError, match="the code table cannot be used"):
        CodeSystem.read(data)
