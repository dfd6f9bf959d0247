"""Target areas of both versions, read and written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.formats.edxl_de.areas import (
    area_elements,
    mended,
    numbers,
    read_area,
    write_areas,
)
from protocols.formats.edxl_de.words import CT, GML, NAMESPACE_OF, Style
from protocols.messages.values import Area, Circle, LanguageText, NativeCode, Point

OLD = Style(version="1.0", small=True)
NEW = Style(version="2.0", small=False)
HUB = Style(version="2.0", small=True)
SQUARE = tuple(Point(lat=a, lon=b) for a, b in ((1.0, 2.0), (1.0, 3.0), (2.0, 3.0), (1.0, 2.0)))
RADII = st.integers(0, 10**7).map(lambda tenths: tenths / 10)
POINTS = st.builds(Point, lat=st.floats(-90, 90), lon=st.floats(-180, 180))


def old(inside: str) -> Area:
    return read_area(etree.fromstring(f"<targetArea>{inside}</targetArea>"), OLD)


def gml(inside: str) -> Area:
    scope = f'xmlns:gml="{GML}" xmlns:ct="{CT}"'
    return read_area(etree.fromstring(f"<TargetAreas {scope}>{inside}</TargetAreas>"), NEW)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("38.9,- 77.01", "38.9,-77.01"),
        ("38.9, -77.01 1,\n 2", "38.9,-77.01 1,2"),
        ("38.9,-77.01", "38.9,-77.01"),
        ("north - 3", "north - 3"),
    ],
)
def test_coordinates_are_put_together_and_words_left_alone(text: str, read: str) -> None:
    assert mended(text) == read


def test_a_list_of_coordinates_holds_numbers_only() -> None:
    assert numbers(" 1.5,- 2 3e1 ") == (1.5, -2.0, 30.0)
    for text in ("1,x", "nan", "1e999"):
        with pytest.raises(ValueError):  # noqa: PT011 - the words differ by what is wrong
            numbers(text)


def test_every_part_of_an_area_of_1_0_is_read() -> None:
    area = old(
        "<circle>1,2 5</circle><polygon>1,2 1,3 2,3</polygon><country>US</country>"
        "<subdivision>US-AZ</subdivision><locCodeUN>USNOG</locCodeUN>"
    )
    assert area.circles == (Circle(centre=Point(lat=1, lon=2), radius=5000.0),)
    assert area.polygons == (SQUARE,)
    assert [(code.system, code.code) for code in area.geocodes] == [
        ("iso3166-1", "US"),
        ("iso3166-2", "US-AZ"),
        ("un/locode", "USNOG"),
    ]


@pytest.mark.parametrize(
    "inside",
    [
        "<polygon>1,2 3</polygon>",
        "<polygon>91,2 1,3 2,3</polygon>",
        "<circle>1,2</circle>",
        "<circle>1,2 -3</circle>",
    ],
)
def test_what_is_no_area_is_not_guessed(inside: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ by what is wrong
        old(inside)


def test_every_part_of_an_area_of_2_0_is_read() -> None:
    area = gml(
        "<gml:Envelope><gml:lowerCorner>1 2</gml:lowerCorner><gml:upperCorner>2 3"
        "</gml:upperCorner></gml:Envelope><gml:Point><gml:pos>1 2</gml:pos></gml:Point>"
        '<gml:CircleByCenterPoint><gml:pos>1 2</gml:pos><gml:radius uom="urn:x:[nmi_i]">2'
        "</gml:radius></gml:CircleByCenterPoint><ct:GeoCode><ct:ValueListURI>u</ct:ValueListURI>"
        "<ct:Value>a</ct:Value><ct:Value>b</ct:Value></ct:GeoCode>"
        "<ct:Address><x>US</x><x>Arizona</x></ct:Address>"
    )
    assert len(area.polygons[0]) == 5
    assert [circle.radius for circle in area.circles] == [3704.0, 0.0]
    assert [code.code for code in area.geocodes] == ["a", "b"]
    assert area.description == LanguageText(text="US, Arizona")


@pytest.mark.parametrize(
    "inside",
    [
        '<gml:Point srsName="EPSG:3857"><gml:pos>1 2</gml:pos></gml:Point>',
        "<gml:CircleByCenterPoint><gml:pos>1 2</gml:pos></gml:CircleByCenterPoint>",
        '<gml:CircleByCenterPoint><gml:pos>1 2</gml:pos><gml:radius uom="ell">2</gml:radius>'
        "</gml:CircleByCenterPoint>",
        "<gml:Polygon><gml:exterior><gml:posList>1 2 1 3 2 3</gml:posList></gml:exterior>"
        "<gml:interior/></gml:Polygon>",
        "<gml:Polygon/>",
    ],
)
def test_geometry_that_is_not_ours_to_read_is_left(inside: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ by what is wrong
        gml(inside)


def test_only_united_areas_of_distribution_are_target_areas() -> None:
    group = "<TargetAreas><AreaKind>{}</AreaKind><AreaGrouping>{}</AreaGrouping></TargetAreas>"
    pairs = (
        ("DistributionTargetArea", "Union"),
        ("SourceTargetArea", "Union"),
        ("DistributionTargetArea", "Complement"),
    )
    root = etree.fromstring("<D>" + "".join(group.format(*pair) for pair in pairs) + "</D>")
    assert area_elements(root, root, NEW) == [root[0]]


@pytest.mark.parametrize("style", [OLD, NEW, HUB])
@settings(max_examples=50, deadline=None)
@given(
    ring=st.lists(POINTS, min_size=3, max_size=6),
    circles=st.lists(st.builds(Circle, centre=POINTS, radius=RADII), max_size=2),
)
def test_what_is_written_is_read_back(
    style: Style, ring: list[Point], circles: list[Circle]
) -> None:
    closed = (*ring, ring[0]) if ring[0] != ring[-1] else tuple(ring)
    codes = (NativeCode(system="iso3166-1", code="MX"),)
    polygons = (closed,) if len(closed) > 3 else ()
    area = Area(polygons=polygons, circles=tuple(circles), geocodes=codes)
    (element,) = write_areas((area,), style, NAMESPACE_OF[style.version])
    assert read_area(element, style) == area


def test_an_area_of_which_nothing_can_be_said_is_not_written() -> None:
    for style in (OLD, NEW):
        assert list(write_areas((Area(altitude=3.0),), style, "urn:x")) == []
