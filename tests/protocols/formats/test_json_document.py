"""Foreign JSON: strict text, hard limits, every refusal says where, nothing laid over is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import FormatRefused, MalformedDocument, UnsafeDocument
from protocols.formats.json_document import (
    MAX_BYTES,
    MAX_DEPTH,
    leaves,
    objects,
    parse,
    serialise,
    text,
    texts,
    together,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=("Cs",)), max_size=5), JSON))
def test_what_is_written_is_read_again(document: dict[str, object]) -> None:
    try:
        data = serialise(document)
    except MalformedDocument:
        return
    assert parse(data) == document
    assert parse(b"\xef\xbb\xbf" + data) == document


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[1]", "not a JSON object"),
        (b"", "not JSON"),
        (b'{"a":1,"a":2}', "'a' stands twice"),
        (b'{"b":{"a":1,"a":2}}', "'a' stands twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "Infinity"),
        (b'{"a":1e999}', "not a number"),
        (b'{"a":18446744073709551616}', "64 bits"),
        (b'{"a":' + b"9" * 5000 + b"}", "digits"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\xff"}', "utf-8"),
        (b'{"a":1}x', "not JSON"),
    ],
)
def test_what_is_not_json_is_refused_by_name(data: bytes, said: str) -> None:
    with pytest.raises(MalformedDocument, match=said):
        parse(data)


def test_limits_of_size_and_depth_say_where() -> None:
    with pytest.raises(UnsafeDocument, match=str(MAX_BYTES)):
        parse(b'{"a":"' + b"x" * MAX_BYTES + b'"}')
    deep = b'{"a":' * (MAX_DEPTH - 1) + b"%s" + b"}" * (MAX_DEPTH - 1)
    assert parse(deep % b'{"b":1}')
    with pytest.raises(UnsafeDocument) as refusal:
        parse(deep % b'{"b":[1]}')
    assert refusal.value.detail.startswith("/a/a/a")
    assert "/b:" in refusal.value.detail
    with pytest.raises(UnsafeDocument, match="levels"):
        parse(b'{"a":' * 40_000 + b"1" + b"}" * 40_000)


@given(st.binary(max_size=60) | st.text('{}[]",:01e.n\\u', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        document = parse(data)
    except FormatRefused:
        return
    assert isinstance(document, dict)


def test_leaves_are_the_values_that_are_stated() -> None:
    document = {"a": [1, {"b": True}, None, " "], "c": "x"}
    assert list(leaves(document)) == [("a.0", "1"), ("a.1.b", "true"), ("c", "x")]


def test_what_was_left_keeps_its_places_under_what_is_written() -> None:
    left = {"a": [{}, {"x": 1}], "b": "kept", "c": {"d": 1}}
    written = {"a": [{"x": 0}], "c": {"e": 2}, "f": None, "g": [None, 7]}
    assert together(left, written) == {
        "a": [{"x": 0}, {"x": 1}],
        "b": "kept",
        "c": {"d": 1, "e": 2},
        "f": None,
        "g": [None, 7],
    }
    assert together({"a": 1}, {"a": None}) == {"a": 1}
    assert together([1], "text") == "text"


def test_one_value_may_stand_where_a_list_should() -> None:
    assert objects({"a": {"b": 1}}, "a") == [{"b": 1}]
    assert objects({"a": [{"b": 1}, 5]}, "a") == [{"b": 1}, {}]
    assert objects({"a": "text"}, "a") == []
    assert texts({"a": "one"}, "a") == ["one"]
    assert texts({"a": ["one", 2, " "]}, "a") == ["one"]
    assert text({"a": "  "}, "a") is None
    assert text({"a": " x"}, "a") == " x"


def test_a_name_that_stands_twice_among_many_is_found_at_once() -> None:
    names = ",".join(f'"{n}":1' for n in range(20_000))
    with pytest.raises(MalformedDocument, match="'19999' stands twice"):
        parse(f'{{{names},"19999":2}}'.encode())
