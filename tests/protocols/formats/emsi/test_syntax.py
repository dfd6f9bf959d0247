"""One tree for JSON and XML, with everything that either can hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from protocols.errors import MalformedDocument
from protocols.formats.emsi.syntax import MAX_BESIDE, number, parse, plain, serialise

XML = (
    '<EMSI xmlns="urn:x" xmlns:v="urn:v" version="2"><CONTEXT><ID>a</ID><v:MORE k="1">b</v:MORE>'
    "</CONTEXT><EVENT>mixed<ID> e </ID><CASUALTIES><DECONT>3</DECONT></CASUALTIES></EVENT></EMSI>"
)


def test_xml_becomes_a_tree_and_xml_again() -> None:
    tree, syntax, around = parse(XML.encode())
    assert syntax == "xml"
    assert around == {"root": "EMSI", "namespace": "urn:x"}
    assert tree == {
        "@version": "2",
        "CONTEXT": {"ID": "a", "{urn:v}MORE": {"@k": "1", "#text": "b"}},
        "EVENT": {"#text": "mixed", "ID": " e ", "CASUALTIES": [{"DECONT": "3"}]},
    }
    assert parse(serialise(tree, syntax, around)) == (tree, syntax, around)


def test_json_gets_numbers_and_lists_where_the_schema_has_them() -> None:
    tree = {
        "CONTEXT": {"ID": "7"},
        "EVENT": {"CERTAINTY": "95", "EGEO": {"POSITION": {"COORD": {"LAT": "45.5", "LONG": "x"}}}},
        "RESOURCE": [{"RGEO": [{"POSITION": {"NAME": "n"}}], "QUANTITY": "1"}],
    }
    back = parse(serialise(tree, "json", {"namespace": ""}))[0]
    assert back["EVENT"]["CERTAINTY"] == 95
    assert back["EVENT"]["EGEO"] == [{"POSITION": {"COORD": [{"LAT": 45.5, "LONG": "x"}]}}]
    assert back["RESOURCE"][0] == {"RGEO": [{"POSITION": [{"NAME": "n"}]}], "QUANTITY": 1}
    assert back["CONTEXT"]["ID"] == "7"


def test_what_stands_beside_the_wrapper_stays_beside_it() -> None:
    data = b'{"emsi":{"CONTEXT":{},"EVENT":{}},"vendor":1}'
    tree, syntax, around = parse(data)
    assert serialise(tree, syntax, around) == data
    assert serialise(tree, syntax, {"wrapped": False}) == b'{"CONTEXT":{},"EVENT":{}}'


def test_names_that_xml_cannot_have_are_refused() -> None:
    with pytest.raises(MalformedDocument):
        serialise({"a b": "c"}, "xml", {})
    with pytest.raises(MalformedDocument):
        serialise({"a": "c"}, "xml", {"root": "1"})


def test_the_same_message_is_plainly_the_same() -> None:
    assert plain({"a": [1], "b": [1.5, None], "c": True}) == {
        "a": "1", "b": ["1.5", ""], "c": "true",
    }  # fmt: skip
    assert [number(value) for value in ("1.5", 2, True, None, "x")] == [1.5, 2.0, None, None, None]


@pytest.mark.parametrize(
    "text",
    [
        "1_0",
        "\u0661\u0662",
        "007",
        "-0",
        "+1",
        " 1",
        "1.",
        ".5",
        "1e999",
        "nan",
        "9" * 30,
        "9" * 5000,
    ],
)
def test_what_json_would_not_write_so_stays_a_text(text: str) -> None:
    tree = {"EVENT": {"CERTAINTY": text, "LAT": text}, "CONTEXT": {}}
    assert parse(serialise(tree, "json", {"namespace": ""}))[0] == tree


def test_numbers_of_json_are_numbers() -> None:
    tree = {"CONTEXT": {}, "EVENT": {"CERTAINTY": "18446744073709551615", "LAT": "-1.5e1"}}
    written = parse(serialise(tree, "json", {"namespace": ""}))[0]["EVENT"]
    assert written == {"CERTAINTY": 2**64 - 1, "LAT": -15.0}
    assert [number(text) for text in ("1_0", "\u0661", "nan", "007", " 4.5 ")] == [
        None, None, None, 7.0, 4.5,
    ]  # fmt: skip


def test_what_stands_beside_is_only_so_deep() -> None:
    def beside(levels: int) -> bytes:
        deep: Any = 1
        for _ in range(levels - 1):
            deep = [deep]
        return json.dumps({"emsi": {}, "x": deep}).encode()

    assert parse(beside(MAX_BESIDE))[2]["wrapped"]
    with pytest.raises(MalformedDocument, match="/x/0/0"):
        parse(beside(MAX_BESIDE + 1))
