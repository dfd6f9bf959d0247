"""PIDF-LO: every shape of RFC 5491 to a point that never claims to be better than it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import FormatRefused, MalformedDocument, UnsafeDocument
from protocols.formats.eido.pidf_lo import CONFIDENCE, read, write
from protocols.messages.geometry import distance
from protocols.messages.values import Point

NAMESPACES = (
    'xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0" '
    'xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"'
)
METRE = 'uom="urn:ogc:def:uom:EPSG::9001"'
DEGREE = 'uom="urn:ogc:def:uom:EPSG::9102"'
CENTRE = "<gml:pos>42.5463 -73.2512</gml:pos>"


def located(shape: str) -> str:
    return (
        f'<presence xmlns="urn:ietf:params:xml:ns:pidf" {NAMESPACES} entity="pres:a@b">'
        f"<location-info>{shape}</location-info></presence>"
    )


def point_of(shape: str) -> Point:
    point = read(located(shape)).point
    assert point is not None
    return point


def test_gml_writes_latitude_first_and_crs84_the_other_way_round() -> None:
    shape = '<gml:Point srsName="{}"><gml:pos>31.33275 -110.9511</gml:pos></gml:Point>'
    here = Point(lat=31.33275, lon=-110.9511)
    assert point_of(shape.format("urn:ogc:def:crs:EPSG::4326")) == here
    assert point_of(shape.format("http://www.opengis.net/def/crs/EPSG/0/4326")) == here
    assert point_of("<gml:Point><gml:pos>31.33275,-110.9511</gml:pos></gml:Point>") == here
    flipped = "<gml:Point srsName='urn:ogc:def:crs:OGC:1.3:CRS84'><gml:pos>-110.9511 31.33275"
    assert point_of(flipped + "</gml:pos></gml:Point>") == here
    high = shape.format("urn:ogc:def:crs:EPSG::4979").replace("9511<", "9511 1180<")
    assert point_of(high) == Point(lat=31.33275, lon=-110.9511, hae=1180.0)
    with pytest.raises(MalformedDocument, match="WGS 84"):
        point_of(shape.format("urn:ogc:def:crs:EPSG::26912"))


@pytest.mark.parametrize(
    ("radius", "metres"),
    [
        (f"<gs:radius {METRE}>850.24</gs:radius>", 850.24),
        ("<gs:radius>850.24</gs:radius>", 850.24),
        ('<gs:radius uom="urn:ogc:def:uom:EPSG::9002">100</gs:radius>', 30.48),
    ],
)
def test_a_circle_is_its_centre_with_an_error_of_one_sigma(radius: str, metres: float) -> None:
    point = point_of(f"<gs:Circle>{CENTRE}{radius}</gs:Circle>")
    assert (point.lat, point.lon) == (42.5463, -73.2512)
    assert point.ce == round(metres / CONFIDENCE, 3)


def test_an_ellipse_has_the_error_of_its_longer_axis() -> None:
    axes = f"<gs:semiMajorAxis {METRE}>1275</gs:semiMajorAxis>"
    axes += f"<gs:semiMinorAxis {METRE}>670</gs:semiMinorAxis>"
    turned = f"<gs:orientation {DEGREE}>43.2</gs:orientation>"
    point = point_of(f"<gs:Ellipse>{CENTRE}{axes}{turned}</gs:Ellipse>")
    assert point == Point(lat=42.5463, lon=-73.2512, ce=round(1275 / CONFIDENCE, 3))


def arc(inner: float, outer: float, start: float, opening: float) -> str:
    lengths = f"<gs:innerRadius {METRE}>{inner}</gs:innerRadius>"
    lengths += f"<gs:outerRadius {METRE}>{outer}</gs:outerRadius>"
    angles = f"<gs:startAngle {DEGREE}>{start}</gs:startAngle>"
    angles += f"<gs:openingAngle {DEGREE}>{opening}</gs:openingAngle>"
    return f"<gs:ArcBand>{CENTRE}{lengths}{angles}</gs:ArcBand>"


def test_an_arc_band_is_the_middle_of_the_band_not_the_mast() -> None:
    mast = Point(lat=42.5463, lon=-73.2512)
    point = point_of(arc(1000, 3000, 45, 90))
    assert point.lat == pytest.approx(42.5463, abs=1e-6)
    assert point.lon > -73.2512
    assert distance(mast, point) == pytest.approx(2000, rel=0.01)
    assert point.ce is not None
    assert point.ce * CONFIDENCE >= 1400
    assert point_of(arc(0, 500, 0, 360)) == Point(
        lat=42.5463, lon=-73.2512, ce=round(500 / CONFIDENCE, 3)
    )


def test_a_polygon_is_the_mean_of_its_corners_even_over_the_date_line() -> None:
    ring = "<gml:exterior><gml:LinearRing>{}</gml:LinearRing></gml:exterior>"
    corners = "<gml:posList>10 170 10 -170 20 -170 20 170 10 170</gml:posList>"
    point = point_of(f"<gml:Polygon>{ring.format(corners)}</gml:Polygon>")
    assert (point.lat, abs(point.lon)) == (15.0, 180.0)
    single = "".join(f"<gml:pos>{p}</gml:pos>" for p in ("1 1", "1 3", "3 3", "3 1", "1 1"))
    square = point_of(f"<gml:Polygon>{ring.format(single)}</gml:Polygon>")
    assert (square.lat, square.lon) == (2.0, 2.0)
    assert square.ce is not None
    assert square.ce * CONFIDENCE > 150_000


def test_a_civic_address_is_one_line_as_it_is_spoken() -> None:
    parts = {"country": "MX", "A1": "SON", "A3": "Nogales", "RD": "Internacional", "STS": "Av",
             "HNO": "12", "LMK": "Garita 3", "PC": "84000"}  # fmt: skip
    inside = "".join(f"<ca:{name}>{text}</ca:{name}>" for name, text in parts.items())
    place = read(located(f"<ca:civicAddress>{inside}</ca:civicAddress>"))
    assert place.point is None
    assert place.civic == "12 Internacional Av, Garita 3, Nogales, SON, 84000, MX"


def test_a_declaration_of_another_encoding_does_not_matter_inside_json() -> None:
    text = '\n<?xml version="1.0" encoding="ISO-8859-1"?>\n' + located(
        "<ca:civicAddress><ca:A3>Montréal</ca:A3></ca:civicAddress>"
    )
    assert read(text).civic == "Montréal"


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("<gml:Point/>", "no position"),
        ("<gml:Point><gml:pos>1</gml:pos></gml:Point>", "positions"),
        ("<gml:Point><gml:pos>91 0</gml:pos></gml:Point>", "on Earth"),
        ("<gml:Point><gml:pos>- 77.01 3</gml:pos></gml:Point>", "numbers"),
        ("<gml:Point><gml:pos>nan 0</gml:pos></gml:Point>", "numbers"),
        (f"<gs:Circle>{CENTRE}</gs:Circle>", "radius"),
        (f"<gs:Circle>{CENTRE}<gs:radius>-1</gs:radius></gs:Circle>", "negative"),
        (f"<gs:Circle>{CENTRE}<gs:radius>1e308</gs:radius></gs:Circle>", "Earth"),
        (f'<gs:Circle>{CENTRE}<gs:radius uom="furlong">1</gs:radius></gs:Circle>', "unit"),
    ],
)
def test_what_is_no_place_is_refused_with_the_element(shape: str, said: str) -> None:
    with pytest.raises(MalformedDocument, match=said) as refusal:
        read(located(shape))
    assert "/presence/location-info" in refusal.value.detail


def test_entities_are_refused() -> None:
    with pytest.raises(UnsafeDocument):
        read('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.none() | st.integers(-400_000, 9_000_000).map(lambda mm: mm / 1000),
    st.none() | st.integers(1, 10**8).map(lambda mm: mm / 1000),
)
def test_a_point_that_is_written_is_read_again(
    lat: float, lon: float, hae: float | None, ce: float | None
) -> None:
    point = Point(lat=lat, lon=lon, hae=hae, ce=ce)
    assert read(write(point)).point == point


SHAPES = ("Point", "Circle", "Ellipse", "ArcBand", "Polygon", "Prism", "Sphere")


@given(
    st.sampled_from(SHAPES),
    st.lists(
        st.tuples(
            st.sampled_from(["pos", "posList", "radius", "outerRadius", "startAngle"]),
            st.sampled_from(["1 2", "1 2 3", "", "x", "1e300", "-5", "90 180 -90 -180", "1,2"]),
        ),
        max_size=5,
    ),
)
def test_any_shape_is_read_or_refused(name: str, parts: list[tuple[str, str]]) -> None:
    inside = "".join(f"<{part}>{text}</{part}>" for part, text in parts)
    try:
        place = read(f"<{name}>{inside}</{name}>")
    except FormatRefused:
        return
    assert place.point is not None
