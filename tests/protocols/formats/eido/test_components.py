"""The components of an EIDO: liberal in shape, exact in what is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import MalformedDocument
from protocols.formats.eido import components as c

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


def test_references_are_known_in_every_shape() -> None:
    assert c.refs({"a": {"$ref": "x"}}, "a") == ["x"]
    assert c.refs({"a": ["x", {"$ref": "y"}, {"$ref": 5}]}, "a") == ["x", "y"]


def test_what_must_be_there_says_where_it_is_not() -> None:
    with pytest.raises(MalformedDocument, match=r"/\$id"):
        c.need_text({"$id": 5}, "$id")
    with pytest.raises(MalformedDocument, match="/at"):
        c.need_time({"at": "noon"}, "at", {}, "/sent")


@given(WORDS)
def test_an_incident_of_ours_is_known_again_by_its_id(name: str) -> None:
    urn = c.incident_urn(name)
    assert urn.startswith("urn:")
    assert c.incident_id(urn) == name


def test_the_ids_of_others_stay_as_they_are() -> None:
    foreign = "urn:emergency:uid:incidentid:a56e556d871:bcf.state.pa.us"
    assert c.incident_id(foreign) == foreign
    assert c.incident_urn(foreign) == foreign
    spoofed = "urn:emergency:uid:incidentid:a b:crossband"  # not as we would write it
    assert c.incident_id(spoofed) == spoofed


def test_a_component_of_ours_says_which_message_it_was() -> None:
    message = "0193529c-0000-7000-8000-000000000001"
    own = c.read_own_id(c.own_id(message, "incident.open", "situation"))
    assert own == c.OwnId(message, "incident.open", "situation")
    assert c.read_own_id(f"urn:uuid:{message}") is None
    assert c.read_own_id("urn:uuid:0193529c-0000-4000-8000-000000000001#text") is None
    assert c.read_own_id(7) is None


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40))
def test_words_survive_html(words: str) -> None:
    assert c.from_html(c.to_html(words)) == words


def test_a_note_in_html_becomes_plain_words() -> None:
    assert c.from_html("<p>Two <b>on foot</b></p><p>AT&amp;T</p>") == "Two on foot\nAT&T"
    assert c.from_html("distance < 5 m") == "distance < 5 m"
    assert c.from_html("plain\n words") == "plain\n words"


def test_hostile_notes_are_words_and_end() -> None:
    assert c.from_html("<!--" * 50_000) == "<!--" * 50_000
    assert c.from_html("a<!-- b -->c") == "ac"
    assert c.from_html("&#" + "9" * 5000 + ";") == "&#" + "9" * 5000 + ";"
