"""Native codes: mapped where certain, side by side, and otherwise themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.codes import code_list, known
from protocols.codes.native import (
    SYSTEMS,
    CodeSystem,
    agreed_type,
    codes_for,
    from_native,
    load,
    native_label,
    system,
    system_name,
    to_native,
    unload,
    with_codes_of,
)
from protocols.errors import ConfigurationError
from protocols.messages.values import NativeCode

OWN = b"""{"title": "C5 Sonora", "codes": {
 "777": {"type": "TUNNEL", "en": "tunnel", "es": "tunel", "fr": "tunnel"},
 "30202": {"type": "SHOOTING", "en": "shots", "es": "balazos", "fr": "tirs"}}}"""


@pytest.fixture(autouse=True)
def _nothing_loaded() -> Iterator[None]:
    unload()
    yield
    unload()


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_table_names_its_source_and_leads_to_types_of_ours(name: str) -> None:
    table = system(name)
    assert table.source
    assert table.codes
    for code, entry in table.codes.items():
        assert entry.type is None or known("incident_types", entry.type), code
        assert entry.type is not None or entry.match == "same", code
        assert all(text and text == text.strip() for text in (entry.en, entry.es, entry.fr)), code


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_table_has_a_line_twice(name: str) -> None:
    text = (files("protocols.codes") / "systems" / f"{name}.json").read_text(encoding="utf-8")
    twice: list[str] = []

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [pair[0] for pair in pairs]
        twice.extend(one for one in names if names.count(one) > 1)
        return dict(pairs)

    json.loads(text, object_pairs_hook=once)
    assert twice == []


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("apco", r"[A-Z0-9]{2,8}"),
        ("cap-cp", r"[a-zA-Z0-9]{4,12}"),
        ("catalogo-nacional", r"[1-7]\d{4}"),
        ("same", r"[A-Z]{3}"),
    ],
)
def test_codes_have_the_shape_of_their_list(name: str, shape: str) -> None:
    assert [code for code in system(name).codes if not re.fullmatch(shape, code)] == []


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_is_written_for_a_type_never_says_more_than_the_type(name: str) -> None:
    for incident_type in code_list("incident_types"):
        code = to_native(name, incident_type)
        assert code is None or system(name).codes[code].match != "narrower", incident_type


@pytest.mark.parametrize(
    ("name", "code", "ours"),
    [
        ("same", "CAE", "ABDUCTION"),
        ("same", "HMW", "HAZMAT"),
        ("cap-cp", "amber", "ABDUCTION"),
        ("cap-cp", "testMessage", "TEST"),
        ("apco", "PERMISS", "MISSING_PERSON"),
        ("catalogo-nacional", "30710", "SMUGGLING_PERSONS"),
        ("SAME", "EQW", "EARTHQUAKE"),
        ("profile:CAP-CP:Event:0.3", "earthquake", "EARTHQUAKE"),
    ],
)
def test_a_known_code_is_read(name: str, code: str, ours: str) -> None:
    assert from_native(name, code) == ours


def test_a_code_that_says_more_is_read_and_not_written() -> None:
    assert from_native("apco", "FSTRU") == "FIRE"
    assert to_native("apco", "FIRE") == "FUNK"
    assert from_native("same", "CAE") == "ABDUCTION"
    assert to_native("same", "ABDUCTION") is None


def test_a_code_that_says_less_is_written_and_not_read() -> None:
    assert to_native("apco", "EXPLOSIVE") == "BOMB"
    assert from_native("apco", "BOMB") is None


def test_nothing_is_guessed() -> None:
    assert from_native("same", "ZZZ") is None
    assert to_native("same", "TUNNEL") is None
    assert from_native("catalogo-nacional", "99999") is None
    assert from_native("somebody-elses", "1") is None
    assert from_native("apco", "10-33") is None


def test_an_unmapped_code_shows_as_its_sender_says_or_as_itself() -> None:
    assert native_label("catalogo-nacional", "777", "es") == "777"
    assert native_label("catalogo-nacional", "777", "es", "Túnel") == "Túnel"
    assert native_label("same", "EQW", "es", "whatever") == "aviso de sismo"
    assert native_label("catalogo-nacional", "30202", "fr") == "coups de feu"


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=40), code=st.text(max_size=40))
def test_hostile_names_and_codes_are_only_text(name: str, code: str) -> None:
    """No path is built and nothing is remembered from what a document calls its code system."""
    before = system.cache_info().currsize
    assert native_label(name, code, "es") == code or system_name(name) in SYSTEMS
    assert system.cache_info().currsize <= before + 1


@pytest.mark.parametrize("name", ["../errors/hub", "..", "/etc/passwd", "same.json", "sAmE\x00"])
def test_a_system_name_is_no_path(name: str) -> None:
    assert native_label(name, "../../x", "en") == "../../x"
    assert system(name).codes == {}


def test_codes_of_several_systems_for_one_incident() -> None:
    assert codes_for("MISSING_PERSON", SYSTEMS) == (
        NativeCode(system="apco", code="PERMISS"),
        NativeCode(system="catalogo-nacional", code="30602"),
    )
    assert codes_for("TUNNEL", SYSTEMS) == ()


def test_ours_stands_beside_and_never_in_place_of_a_senders() -> None:
    sent = (NativeCode(system="apco", code="PERMISS", label="Missing"),)
    both = with_codes_of(sent, None, ("catalogo-nacional", "cap-cp"))
    assert both == (*sent, NativeCode(system="catalogo-nacional", code="30602"))
    assert with_codes_of(both, "TUNNEL", ("catalogo-nacional",)) == both
    named = (NativeCode(system="SAME", code="CEM"),)
    assert with_codes_of(named, "EARTHQUAKE", ("same",)) == named


def test_codes_that_disagree_lead_to_no_type() -> None:
    one, other = NativeCode(system="apco", code="SAR"), NativeCode(system="same", code="EQW")
    unknown = NativeCode(system="sheriff", code="10-33")
    assert agreed_type((one, unknown)) == "SEARCH_RESCUE"
    assert agreed_type((one, other)) is None
    assert with_codes_of((one, other), None, SYSTEMS) == (one, other)
    assert with_codes_of((unknown,), None, SYSTEMS) == (unknown,)


def test_an_agency_adds_its_own_table() -> None:
    own = CodeSystem.read(OWN)
    joined = system("catalogo-nacional").extended(own)
    assert joined.incident_type("777") == "TUNNEL"
    assert joined.code_of("TUNNEL") == "777"
    assert system("catalogo-nacional").incident_type("777") is None


def test_a_loaded_table_holds_for_everything_that_follows() -> None:
    load("catalogo-nacional", CodeSystem.read(OWN))
    assert to_native("catalogo-nacional", "TUNNEL") == "777"
    assert native_label("catalogo-nacional", "30202", "es") == "balazos"
    assert native_label("catalogo-nacional", "30603", "es") == "privación de la libertad"
    load(
        "sheriff", CodeSystem.read(b'{"title":"x","codes":{"10-33":{"en":"a","es":"b","fr":"c"}}}')
    )
    assert native_label("sheriff", "10-33", "fr") == "c"
    unload()
    assert native_label("sheriff", "10-33", "fr") == "10-33"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"title":"x","codes":{"1":{"en":"x"}}}', b"\xff"])
def test_a_table_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError, match="the code table cannot be used"):
        CodeSystem.read(data)
