"""The XML set-up: what it lets in, what it keeps out, and how soon."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.errors import MalformedDocument, UnsafeDocument
from protocols.formats import xml

BOMB = (
    '<!DOCTYPE a [<!ENTITY x0 "ha">'
    + "".join(f'<!ENTITY x{i} "&x{i - 1};&x{i - 1};">' for i in range(1, 30))
    + "]><a>&x29;</a>"
).encode()


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
        b"<!doctype a><a/>",
        b"<a>" * 33 + b"</a>" * 33,
        b"<a>" * 5000 + b"</a>" * 5000,
        ("<a " + " ".join(f'b{i}="1"' for i in range(257)) + "/>").encode(),
        ("<a " + " ".join(f'b{i}="1"' for i in range(1_000_000)) + "/>").encode(),
        b"<a>" + b" " * xml.MAX_BYTES + b"</a>",
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16-le"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/>',
        b'<?xml version="1.0" encoding="EBCDIC-US"?><a/>',
    ],
)
def test_what_no_message_may_use_is_unsafe(data: bytes) -> None:
    with pytest.raises(UnsafeDocument):
        xml.parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<alert>\x00</alert>",
        b"<a>\xff\xfe\xfd</a>",
        b'<a b="1" b="2"/>',
        b"<a>&nbsp;</a>",
        b"<a>&#0;</a>",
        b"<x:a/>",
        b"{}",
        b"\n\n<a>\n<b></a>",
    ],
)
def test_what_is_not_xml_is_malformed_and_says_where(data: bytes) -> None:
    with pytest.raises(MalformedDocument, match=r"^Line \d+, column \d+: ") as refusal:
        xml.parse(data)
    assert int(refusal.value.facts["line"]) >= 1


def test_the_line_named_is_the_line_of_the_fault() -> None:
    with pytest.raises(MalformedDocument) as refusal:
        xml.parse(b"<a>\n<b>\n</c>\n</a>")
    assert refusal.value.facts["line"] == 3


def test_what_is_well_formed_is_read() -> None:
    depth = xml.MAX_DEPTH
    assert xml.parse(b"<a>" * depth + b"</a>" * depth).tag == "a"
    assert xml.parse(b"\xef\xbb\xbf<a/>").tag == "a"
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><a>ñ</a>'.encode("latin-1")
    assert xml.parse(latin).text == "ñ"
    assert xml.parse(b"<a><!-- x --><?y z?>text</a>").text == "text"


def test_nothing_outside_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    included = (
        '<a xmlns:xi="http://www.w3.org/2001/XInclude">'
        f'<xi:include href="file://{secret}" parse="text"/></a>'
    )
    assert b"SECRET" not in etree.tostring(xml.parse(included.encode()))


def test_a_path_counts_equal_siblings() -> None:
    root = xml.parse(b"<a><b/><c><d/></c><c><d/><d/></c></a>")
    assert xml.path(root[2][1]) == "/a/c[2]/d[2]"
    assert xml.path(root[0]) == "/a/b"
    error = xml.malformed(root[1], "no", "@x")
    assert error.detail == "/a/c[1]/@x (line 1): no"


def test_illegal_characters_become_visible() -> None:
    assert xml.legal("a\x07b\ud800c\ufffe\n\tñ🚨") == "a\ufffdb\ufffdc\ufffd\n\tñ🚨"


@pytest.mark.parametrize(
    ("number", "text"),
    [(1e-07, "0.0000001"), (31.33275, "31.33275"), (-0.0, "-0.0"), (1e22, "1" + "0" * 22)],
)
def test_numbers_have_no_exponent_and_read_back(number: float, text: str) -> None:
    assert xml.number_text(number) == text
    assert float(xml.number_text(number)) == number


NAMES = st.sampled_from(["a", "b", "{urn:x}c"])
WORDS = st.text("abc <&>\"'ñ", min_size=1, max_size=6).filter(lambda text: text.strip())
NODES = st.recursive(
    st.builds(lambda name: [name], NAMES),
    lambda below: st.builds(
        lambda name, attributes, text, children: [
            name,
            *([attributes] if attributes else []),
            *([text] if text else []),
            *children,
        ],
        NAMES,
        st.dictionaries(st.sampled_from(["x", "y"]), WORDS, max_size=2),
        st.none() | WORDS,
        st.lists(below, max_size=3),
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(node=NODES)
def test_a_node_becomes_an_element_and_a_node_again(node: xml.Node) -> None:
    element = xml.from_node(node)
    assert xml.to_node(element) == node
    assert xml.to_node(xml.parse(xml.serialise(element))) == node


def test_mixed_content_keeps_its_order() -> None:
    node = ["a", "one", ["b"], "two", ["c", {"x": "1"}], "three"]
    assert xml.to_node(xml.parse(b'<a>one<b/>two<c x="1"/>three</a>')) == node
    assert xml.to_node(xml.from_node(node)) == node


def test_a_deep_element_is_folded_and_unfolded() -> None:
    depth = xml.MAX_DEPTH
    root = xml.parse(b"<a>" * depth + b"x" + b"</a>" * depth)
    node = xml.to_node(root)
    assert xml.FOLDED in str(node)
    assert etree.tostring(xml.from_node(node)) == etree.tostring(root)


@pytest.mark.parametrize("node", [[], [1], ["a", 7], ["<"], ["a", {"x": 3}], [xml.FOLDED, "<a>"]])
def test_what_is_no_node_is_refused(node: xml.Node) -> None:
    with pytest.raises(MalformedDocument):
        xml.from_node(node)


def test_leaves_are_attributes_texts_and_tails() -> None:
    root = xml.parse(b'<a x="1" y=" "><b>two</b>three<b/></a>')
    assert list(xml.leaves(root)) == [("/a/@x", "1"), ("/a/b[1]", "two"), ("/a/text()", "three")]


def test_our_own_root_has_no_prefix() -> None:
    assert xml.serialise(xml.own_root("a", "urn:x")).endswith(b'<a xmlns="urn:x"/>')


def test_a_name_without_a_namespace_stays_without_one() -> None:
    inner = xml.parse(b'<m:a xmlns:m="urn:m"><Resource>x</Resource></m:a>')
    middle = xml.own_root("middle", "urn:middle")
    middle.append(inner)
    root = xml.own_root("outer", "urn:outer")
    root.text = "before"
    root.append(middle)
    middle.tail = "after"
    written = xml.serialise(root)
    assert xml.serialise(root) == written, "writing changes nothing"
    again = xml.parse(written)
    assert [element.tag for element in again.iter()] == [
        "{urn:outer}outer", "{urn:middle}middle", "{urn:m}a", "Resource",
    ]  # fmt: skip
    assert (again.text, again[0].tail) == ("before", "after")


def test_a_default_namespace_stays_where_nothing_is_bare() -> None:
    root = xml.own_root("outer", "urn:outer")
    root.append(xml.own_root("inner", "urn:inner"))
    assert b'<outer xmlns="urn:outer"><inner xmlns="urn:inner"/></outer>' in xml.serialise(root)


def test_many_siblings_are_counted_in_one_pass() -> None:
    found = list(xml.leaves(xml.parse(b"<r>" + b'<a b="1"/>' * 20_000 + b"</r>")))
    assert found[-1] == ("/r/a[20000]/@b", "1")


def test_a_default_namespace_taken_back_is_written_and_ends() -> None:
    root = xml.parse(b'<e xmlns="urn:a"><f xmlns="urn:b"><g xmlns=""/></f></e>')
    assert xml.to_node(xml.parse(xml.serialise(root))) == xml.to_node(root)


def test_a_name_of_ours_and_a_flood_of_namespaces_are_refused() -> None:
    with pytest.raises(MalformedDocument, match="reserved"):
        xml.parse(b'<r><f:folded xmlns:f="urn:crossband:xml">&lt;evil/&gt;</f:folded></r>')
    many = " ".join(f'xmlns:a{n}="u{n}"' for n in range(300))
    with pytest.raises(UnsafeDocument, match="namespaces"):
        xml.parse(f"<r {many}/>".encode())
