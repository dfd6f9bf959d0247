"""What is taken out of a document, and what of it stays."""

from __future__ import annotations

from typing import Any

from protocols.formats.geojson.read import check_document, digest, read_document
from protocols.messages.kinds import LogNote, Position
from protocols.messages.values import Precedence


def feature(properties: dict[str, Any], geometry: Any = None) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_a_value_that_does_not_fit_stays_where_it_is() -> None:
    document = feature(
        {
            "type": "a-f-G", "course": 361, "speed": -1, "callsign": 7, "language": "English",
            "precedence": "asap", "time": "soon", "start": True, "incident": {"id": 3},
        }
    )  # fmt: skip
    check_document(document)
    fields = read_document(document)
    assert fields["body"] == Position(symbol="a-f-G")
    assert fields["language"] == "und"
    assert set(document["properties"]) == {
        "course", "speed", "callsign", "language", "precedence", "time", "start", "incident",
    }  # fmt: skip


def test_what_is_taken_is_remembered_by_its_name() -> None:
    document = feature({"name": "post", "comment": "open", "precedence": "flash", "x": [1]})
    fields = read_document(document)
    assert fields["precedence"] is Precedence.FLASH
    assert isinstance(fields["body"], LogNote)
    assert fields["extensions"]["geojson"] == {
        "document": feature({"x": [1]}),
        "read": {"precedence": "precedence", "body.activity": "name", "body.text": "comment"},
    }


def test_a_digest_does_not_depend_on_how_numbers_are_written() -> None:
    assert digest({"a": 1.0, "b": [2]}) == digest({"b": [2.0], "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest({"a": True}) != digest({"a": 1})
    assert digest({"a": 2**63}) != digest({"a": 2**63 + 1})
