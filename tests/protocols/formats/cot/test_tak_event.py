"""TakMessage ↔ event: TAK's rule for typed elements, numbers, times, and nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.errors import MalformedDocument, NotRepresentable, UnsafeDocument
from protocols.formats.cot.tak_event import from_event, to_event
from protocols.formats.cot.tak_schema import TYPED, TakMessage
from protocols.formats.xml import parse

TIMES = 'time="{}" start="2026-11-21T06:00:00Z" stale="2026-11-21T06:05:00Z"'
NOW = "2026-11-21T06:00:00.000Z"


def event(detail: str = "", time: str = NOW, more: str = "", point: str = "") -> etree._Element:
    return parse(
        f'<event version="2.0" uid="U-1" type="a-f-G" how="m-g" {TIMES.format(time)} {more}>'
        f'<point lat="31.3" lon="-110.9" {point}/><detail>{detail}</detail></event>'.encode()
    )


def tak(**fields: object) -> object:
    """A TakMessage with an event."""
    message = TakMessage()
    for name, value in ({"uid": "U-1", "type": "a-f-G", "sendTime": 1} | fields).items():
        setattr(message.cotEvent, name, value)
    return message


def said(element: etree._Element) -> object:
    """What an element says, whatever the order of its attributes and of the elements in detail."""
    text = element.text if element.text and element.text.strip() else None
    below = [said(child) for child in element]
    return (element.tag, dict(element.attrib), text, sorted(below, key=repr))


# --- typed elements -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "element",
    [
        '<contact callsign="N" endpoint="*:-1:stcp"/>',
        '<contact callsign="N"/>',
        '<__group name="Cyan" role="Team Member"/>',
        '<precisionlocation geopointsrc="GPS" altsrc="DTED0"/>',
        '<status battery="0"/>',
        '<takv device="d" platform="p" os="o" version="v"/>',
        '<track speed="0.5" course="327.66875837972367"/>',
    ],
)
def test_an_element_with_exactly_its_attributes_is_typed(element: str) -> None:
    message = from_event(event(element))
    assert message.cotEvent.detail.xmlDetail == ""
    field = TYPED[parse(element.encode()).tag][0]
    assert message.cotEvent.detail.HasField(field)
    assert said(to_event(message)[1]) == said(event(element)[1])


@pytest.mark.parametrize(
    "element",
    [
        '<contact endpoint="*:-1:stcp"/>',
        '<contact callsign="N" endpoint=""/>',
        '<contact callsign="N" phone="1"/>',
        '<contact callsign="N">text</contact>',
        '<contact callsign="N"><child/></contact>',
        '<__group name="Cyan"/>',
        '<status battery="58" readiness="true"/>',
        '<status battery="058"/>',
        '<status battery="-1"/>',
        '<status battery="4294967296"/>',
        '<track speed="0.5" course="1" slope="0"/>',
        '<track speed="0.5"/>',
        '<track speed="0.5" course="NaN"/>',
        '<track speed="fast" course="1"/>',
        '<takv device="d" platform="p" os="o"/>',
        '<t:track xmlns:t="urn:t" speed="1" course="1"/>',
        '<track speed="1" course="1"/><track speed="2" course="2"/>',
    ],
)
def test_any_other_goes_whole_into_xml_detail(element: str) -> None:
    message = from_event(event(element))
    detail = message.cotEvent.detail
    assert detail.xmlDetail
    assert not any(detail.HasField(field) for field, _, _ in TYPED.values())
    assert said(to_event(message)[1]) == said(event(element)[1])


def test_what_xml_detail_says_comes_before_what_is_typed() -> None:
    message = tak()
    message.cotEvent.detail.xmlDetail = '<track course="7.0" slope="1"/>'  # type: ignore[attr-defined]  # protobuf
    message.cotEvent.detail.track.course = 9.0  # type: ignore[attr-defined]  # protobuf
    tracks = to_event(message)[1].findall("track")
    assert [track.get("course") for track in tracks] == ["7.0", "9.0"]
    assert said(to_event(from_event(to_event(message)))) == said(to_event(message))


# --- numbers and times --------------------------------------------------------------------------


def test_unknown_is_written_as_each_form_writes_it() -> None:
    message = from_event(event(point='hae="9999999.0" ce="9999999" le="4.5"'))
    assert (message.cotEvent.hae, message.cotEvent.ce, message.cotEvent.le) == (999999, 999999, 4.5)
    assert dict(to_event(message)[0].attrib) == {
        "lat": "31.3",
        "lon": "-110.9",
        "hae": "9999999.0",
        "ce": "9999999.0",
        "le": "4.5",
    }


def test_numbers_that_are_none() -> None:
    point = to_event(tak(lat=float("nan"), lon=float("inf"), hae=float("-inf")))[0]
    assert (point.get("lat"), point.get("lon"), point.get("hae")) == ("NaN", "INF", "-INF")
    again = from_event(event(point='hae="-INF" ce="NaN" le="Undefined"'))
    back = to_event(again)[0]
    assert (back.get("hae"), back.get("ce"), back.get("le")) == ("-INF", "NaN", "Undefined")
    with pytest.raises(MalformedDocument, match="@lat"):
        from_event(parse(etree.tostring(event()).replace(b"31.3", b"north")))


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-21T06:00:00.123456Z",
        "2026-11-20T23:00:00.5-07:00",
        "2026-11-21T06:00:00",
        "2026-11-21T06:00:00.123456789Z",
    ],
)
def test_a_time_that_says_more_than_milliseconds_keeps_its_words(time: str) -> None:
    message = from_event(event(time=time))
    assert "time=" in message.cotEvent.detail.xmlDetail
    assert to_event(message).get("time") == time


@pytest.mark.parametrize("time", ["2026-11-21T06:00:00Z", "2026-11-21T06:00:00.120000Z"])
def test_a_time_in_milliseconds_needs_no_words(time: str) -> None:
    message = from_event(event(time=time))
    assert message.cotEvent.detail.xmlDetail == ""


def test_times_have_bounds() -> None:
    with pytest.raises(NotRepresentable, match="1970"):
        from_event(event(time="1969-12-31T23:59:59Z"))
    with pytest.raises(MalformedDocument, match=r"/cotEvent/staleTime.*9999"):
        to_event(tak(staleTime=2**64 - 1))
    assert to_event(tak(staleTime=253402300799999)).get("stale") == "9999-12-31T23:59:59.999Z"


# --- xmlDetail ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error", "where"),
    [
        ("<a", MalformedDocument, "xmlDetail, line 1, column"),
        ("<a/>\n<b", MalformedDocument, "xmlDetail, line 2"),
        ("</detail><detail>", MalformedDocument, "closes the detail"),
        ("</detail></event><event><detail>", MalformedDocument, "xmlDetail"),
        ("<!DOCTYPE x>", UnsafeDocument, "xmlDetail"),
        ("<a>" * 40 + "</a>" * 40, UnsafeDocument, "xmlDetail"),
        ("<?xml version='1.0'?><a/>", MalformedDocument, "xmlDetail"),
    ],
)
def test_xml_detail_is_read_by_the_one_set_up(
    text: str, error: type[Exception], where: str
) -> None:
    message = tak()
    message.cotEvent.detail.xmlDetail = text  # type: ignore[attr-defined]  # protobuf
    with pytest.raises(error, match=where):
        to_event(message)


def test_column_one_is_the_first_of_the_field() -> None:
    message = tak()
    message.cotEvent.detail.xmlDetail = "&x;"  # type: ignore[attr-defined]  # protobuf
    with pytest.raises(MalformedDocument, match="line 1, column 4"):
        to_event(message)


def test_what_an_event_must_have() -> None:
    for name in ("uid", "type"):
        with pytest.raises(MalformedDocument, match=f"/cotEvent/{name}"):
            to_event(tak(**{name: " "}))
    with pytest.raises(MalformedDocument, match="character"):
        to_event(tak(how="\x07"))
    with pytest.raises(MalformedDocument, match="point"):
        from_event(parse(etree.tostring(event()).replace(b"<point", b"<pint")))
    with pytest.raises(MalformedDocument, match="@stale"):
        from_event(parse(etree.tostring(event()).replace(b"stale", b"stalled")))


# --- nothing lost -------------------------------------------------------------------------------

NAMES = st.sampled_from(["contact", "__group", "status", "track", "takv", "a", "remarks", "link"])
ATTRIBUTES = st.sampled_from(
    ["callsign", "endpoint", "name", "role", "battery", "speed", "course", "x", "device", "os"]
)
VALUES = st.sampled_from(
    ["", "0", "7", "1.5", "0.1", "N", "NaN", "9999999.0", " ", "<&>\"'", "ñ\n"]
)
ELEMENTS = st.recursive(
    st.tuples(NAMES, st.dictionaries(ATTRIBUTES, VALUES, max_size=3), VALUES, st.just([])),
    lambda below: st.tuples(
        NAMES, st.dictionaries(ATTRIBUTES, VALUES, max_size=3), VALUES, st.lists(below, max_size=3)
    ),
    max_leaves=6,
)


def built(parent: etree._Element, plan: tuple[str, dict[str, str], str, list[object]]) -> None:
    name, attributes, text, below = plan
    made = etree.SubElement(parent, name, attributes)
    made.text = text or None
    for one in below:
        built(made, one)  # type: ignore[arg-type]  # a plan again


@settings(max_examples=80, deadline=None)
@given(
    plans=st.lists(ELEMENTS, max_size=5),
    event_more=st.dictionaries(st.sampled_from(["opex", "caveat", "releaseableTo", "odd"]), VALUES),
    point_more=st.dictionaries(st.sampled_from(["hae", "ce", "odd"]), VALUES),
    beside=st.lists(ELEMENTS, max_size=2),
    text=VALUES,
)
def test_nothing_is_lost_on_the_way_to_protobuf_and_back(
    plans: list[tuple[str, dict[str, str], str, list[object]]],
    event_more: dict[str, str],
    point_more: dict[str, str],
    beside: list[tuple[str, dict[str, str], str, list[object]]],
    text: str,
) -> None:
    first = event()
    first[1].text = text
    for name, value in event_more.items():
        first.set(name, value)
    for name, value in point_more.items():
        first[0].set(name, value)
    for plan in plans:
        built(first[1], plan)
    for plan in beside:
        built(first, plan)
    back = parse(etree.tostring(to_event(from_event(parse(etree.tostring(first))))))
    assert said(plain(back)) == said(plain(first))


def plain(element: etree._Element) -> etree._Element:
    """The event with numbers and times in one spelling, and without what says nothing."""
    for name in ("time", "start", "stale"):
        element.set(name, element.get(name, "").replace(":00Z", ":00.000Z"))
    for one in (element, element[0], *element.findall("detail/track")):
        for name, value in list(one.attrib.items()):
            if value == "" and one is element and name != "odd":
                del one.attrib[name]
            elif one is not element and name != "odd" and str(value).strip().isdigit():
                one.set(name, f"{value}.0")
    for name in ("hae", "ce", "le"):
        if not element[0].get(name):
            element[0].set(name, "9999999.0" if name not in element[0].attrib else "")
    return element
