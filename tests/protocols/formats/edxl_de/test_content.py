"""Content objects: taken out, marked, put back in the same form."""

from __future__ import annotations

import base64

import pytest
from lxml import etree

from protocols.formats.edxl_de.content import (
    PLACE,
    add_keyword,
    add_object,
    contents,
    digest_around,
    embeddable,
    keyword,
    mend,
    objects,
    put_back,
    put_in,
    set_aside,
    take_out,
    unmend,
)
from protocols.formats.edxl_de.fill import ORDER
from protocols.formats.edxl_de.words import NAMESPACE_OF, Style
from protocols.formats.slots import Writing

OLD = Style(version="1.0", small=True)
NEW = Style(version="2.0", small=False)
ROOTS = frozenset({"{urn:x}x"})
DOCUMENT = b'<x xmlns="urn:x">1</x>'


def envelope(inside: str) -> etree._Element:
    return etree.fromstring(
        f"<D><contentObject><xmlContent><embeddedXMLContent>{inside}</embeddedXMLContent>"
        "</xmlContent></contentObject></D>"
    )


def writing(style: Style) -> Writing:
    return Writing("EDXLDistribution", NAMESPACE_OF[style.version], order=ORDER)


def add(made: Writing, style: Style, data: bytes, roots: tuple[str, ...]) -> etree._Element:
    return add_object(made, style, data, name="x", title="X", media_type="text/x", roots=roots)


@pytest.mark.parametrize(
    ("inside", "form"),
    [
        (DOCUMENT.decode(), "xml"),
        (f"<wrap><deep>{DOCUMENT.decode()}</deep></wrap>", "xml"),
        ("&lt;x xmlns='urn:x'>1&lt;/x>", "text"),
    ],
)
def test_a_document_is_found_taken_out_and_put_back(inside: str, form: str) -> None:
    root = envelope(inside)
    before = etree.tostring(root, method="c14n")
    (item,) = objects(root)
    (content,) = contents(item, ROOTS)
    assert (content.form, content.root) == (form, "{urn:x}x")
    take_out(content)
    assert b"1" not in etree.tostring(root)
    (marker,) = root.iter(PLACE)
    put_in(marker, content.data, [])
    assert etree.tostring(root, method="c14n") == before


def test_a_document_too_deep_or_not_ours_is_none() -> None:
    deep = "<a><b><c>" + DOCUMENT.decode() + "</c></b></a>"
    for inside in (deep, "<y/>", "words", ""):
        (item,) = objects(envelope(inside))
        assert list(contents(item, ROOTS)) == []


def test_base64_that_is_none_is_no_document() -> None:
    for text in ("!!!", "", "aGk"):
        data = f"<D><contentObject><otherContent><contentData>{text}</contentData>"
        root = etree.fromstring(data + "</otherContent></contentObject></D>")
        assert list(contents(objects(root)[0], ROOTS)) == []


def test_xml_that_nobody_reads_is_set_aside_and_put_back() -> None:
    root = envelope("<y><z>1</z></y>tail<w/>")
    before = etree.tostring(root)
    nodes = set_aside(root)
    assert [node[0] for node in nodes] == ["y", "w"]
    put_back(root, nodes)
    assert etree.tostring(root) == before


def test_coordinates_are_mended_and_unmended() -> None:
    root = etree.fromstring("<a><polygon>1,- 2 3,4</polygon><circle>1, 2 3</circle><b>- 3</b></a>")
    originals = mend(root)
    assert originals == ["1,- 2 3,4", "1, 2 3"]
    assert [child.text for child in root] == ["1,-2 3,4", "1,2 3", "- 3"]
    root[0].text = "1.0,-2.0 3.0,4.0"  # as somebody else writes the same
    root[1].text = "1,2 4"  # changed since
    unmend(root, originals)
    assert [child.text for child in root] == ["1,- 2 3,4", "1,2 4", "- 3"]


@pytest.mark.parametrize("style", [OLD, NEW])
def test_a_new_object_holds_xml_or_base64(style: Style) -> None:
    made = writing(style)
    add(made, style, DOCUMENT, ("{urn:x}x",))
    add(made, style, b"plain", ())
    add(made, style, b"<event/>", ("event",))  # no namespace: a schema would not take it as XML
    found = [content for item in objects(made.root) for content in contents(item, ROOTS)]
    assert [content.form for content in found] == ["xml", "base64", "base64"]
    assert [content.hint for content in found] == ["x", "x", "x"]
    assert found[1].data == b"plain"
    sizes = [element.text for element in made.root.iter("{*}Size", "{*}size")]
    assert sizes == ["5", "8"]


def test_only_xml_with_a_namespace_of_its_own_is_embedded() -> None:
    assert embeddable(DOCUMENT, ("{urn:x}x",))
    for data, roots in ((b"<x/>", ("x",)), (b"no", ("{urn:x}x",)), (b"<x", ("{urn:x}x",))):
        assert not embeddable(data, roots)
    distribution = f'<EDXLDistribution xmlns="{NAMESPACE_OF["2.0"]}"/>'.encode()
    assert not embeddable(distribution, (f"{{{NAMESPACE_OF['2.0']}}}EDXLDistribution",))


@pytest.mark.parametrize("style", [OLD, NEW])
def test_our_own_keywords_are_found_by_their_list(style: Style) -> None:
    made = writing(style)
    item = add(made, style, b"plain", ())
    add_keyword(made, style, item, "unchanged", "abc")
    assert keyword(item, "unchanged") == "abc"
    assert keyword(item, "format") == "x"
    assert keyword(item, "other") is None


def test_the_digest_sees_words_and_not_indentation() -> None:
    one = etree.fromstring("<a x='1'><b>two</b><c/></a>")
    same = etree.fromstring("<a x='1'>\n <b> two </b>\n <c>changed inside</c></a>")
    other = etree.fromstring("<a x='1'><b>three</b><c/></a>")
    assert digest_around(one, one[1]) == digest_around(same, same[1])
    assert digest_around(one, one[1]) != digest_around(other, other[1])
    assert base64.b16encode(bytes.fromhex(digest_around(one, one[1])))
