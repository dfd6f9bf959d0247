"""Attributes and stray text: taken off, kept by their path, and put back where they stood."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.errors import MalformedDocument
from protocols.formats.cap import aside
from protocols.formats.cap.words import NAMESPACE
from protocols.formats.losses import Losses
from protocols.formats.xml import from_node, parse, serialise

PREFIX = f"{{{NAMESPACE}}}"
DOCUMENT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2" id="a1">one<identifier by="x">i
</identifier><code/><info n="1"><event>e</event>two</info><info><event xml:lang="en">f</event>
<parameter q="2"><valueName z="3">v</valueName></parameter><x:y xmlns:x="urn:x" own="4"/></info>
three</alert>"""


def test_what_is_taken_off_is_put_back() -> None:
    root = parse(DOCUMENT.encode())
    before = serialise(parse(DOCUMENT.encode()))
    taken = aside.take_off(root, PREFIX)
    assert taken["attributes"] == {
        "/": {"id": "a1"},
        "/identifier[1]": {"by": "x"},
        "/info[1]": {"n": "1"},
        "/info[2]/event[1]": {"{http://www.w3.org/XML/1998/namespace}lang": "en"},
        "/info[2]/parameter[1]": {"q": "2"},
        "/info[2]/parameter[1]/valueName[1]": {"z": "3"},
    }
    assert taken["texts"] == {"/": ["one", "\nthree"], "/info[1]": ["two"]}
    assert b"own" in serialise(root)  # an element of others keeps its own
    losses = Losses()
    aside.put_back(root, PREFIX, taken, [0, 1], losses)
    assert losses.take() == ()
    assert aside.take_off(root, PREFIX) == taken
    assert len(before) > 0


def test_a_document_without_any_is_left_alone() -> None:
    text = '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><note>a</note>\n</alert>'
    assert aside.take_off(parse(text.encode()), PREFIX) == {}


def test_an_info_that_moved_takes_its_attributes_along() -> None:
    root = parse(DOCUMENT.encode())
    taken = aside.take_off(root, PREFIX)
    first, second = root.findall(PREFIX + "info")
    root.remove(first)
    root.append(first)
    aside.put_back(root, PREFIX, taken, [1, 0], Losses())
    assert first.get("n") == "1"
    assert second.get("n") is None


@pytest.mark.parametrize("path", ["/info[9]", "/info[0]", "/nothing[1]", "/info[x]", "/a b[1]", ""])
def test_what_has_no_place_any_more_is_a_loss(path: str) -> None:
    root = parse(DOCUMENT.encode())
    losses = Losses()
    aside.put_back(root, PREFIX, {"attributes": {path: {"lost": "value"}}}, [0, 1], losses)
    assert [loss.field for loss in losses.take()] == [f"extensions.cap.attributes.{path}"]


@pytest.mark.parametrize(
    "left",
    [
        {"attributes": {"/": "x"}},
        {"attributes": {"/": {"a b": "x"}}},
        {"attributes": {"/": {"a": 1}}},
        {"texts": {"/": "x"}},
        {"texts": {"/": [1]}},
    ],
)
def test_an_extension_that_is_none_is_refused(left: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument):
        aside.put_back(parse(DOCUMENT.encode()), PREFIX, left, [0, 1], Losses())


def test_an_element_goes_where_the_schema_wants_it() -> None:
    root = parse(DOCUMENT.encode())
    aside.insert(root, from_node([PREFIX + "sender", "s"]), PREFIX)
    aside.insert(root, from_node(["{urn:x}more"]), PREFIX)
    names = [str(child.tag).rpartition("}")[2] for child in root]
    assert names == ["identifier", "sender", "code", "info", "info", "more"]
