"""The detail element `__tak`: what it carries either way, and that it never overrules."""

from __future__ import annotations

import pytest
from lxml import etree

from protocols.formats.cot.tak_beside import BESIDE_TAG, is_number
from protocols.formats.cot.tak_event import from_event, to_event
from protocols.formats.xml import parse

EVENT = (
    '<event version="2.0" uid="U-1" type="a-f-G" time="2026-11-21T06:00:00.000Z" '
    'start="2026-11-21T06:00:00.000Z" stale="2026-11-21T06:05:00.000Z"{more}>'
    '<point lat="31.3" lon="-110.9" hae="9999999.0" ce="9999999.0" le="9999999.0"{point}/>'
    "<detail{attributes}>{detail}</detail>{rest}</event>"
)
WRAPPED = '<c:__tak xmlns:c="urn:crossband:tak:1">{}</c:__tak>'


def event(**given: str) -> etree._Element:
    parts = dict.fromkeys(("more", "point", "attributes", "detail", "rest"), "") | given
    return parse(EVENT.format(**parts).encode())


def carried(element: etree._Element) -> str:
    found = element.find(f"detail/{BESIDE_TAG}")
    return "" if found is None else etree.tostring(found, encoding="unicode")


def test_attributes_and_elements_without_a_field_travel_in_the_frame() -> None:
    given = {
        "more": ' odd="1"',
        "point": ' datum="WGS84"',
        "attributes": ' lang="es"',
        "rest": "<extra><deep a='1'/></extra>",
    }
    message = from_event(event(**given))
    assert "__tak" in message.cotEvent.detail.xmlDetail
    back = to_event(message)
    assert back.get("odd") == "1"
    assert back[0].get("datum") == "WGS84"
    assert back[1].get("lang") == "es"
    assert back.find("extra/deep") is not None
    assert carried(back) == ""


def test_control_server_times_and_unknown_fields_travel_in_the_event() -> None:
    message = from_event(event(detail='<track speed="1" course="2"/>'))
    message.takControl.maxProtoVersion = 1
    message.takControl.contactUid = "ANDROID-1"
    message.submissionTime = 2**63
    message.MergeFromString(b"\xb8\x0c\x05")
    message.cotEvent.detail.MergeFromString(b"\x50\x01")
    message.cotEvent.detail.track.MergeFromString(b"\x18\x09")
    found = to_event(message)
    said = carried(found)
    for part in ('maxProtoVersion="1"', 'contactUid="ANDROID-1"', str(2**63), "b80c05", "5001"):
        assert part in said
    again = from_event(parse(etree.tostring(found)))
    assert again.SerializeToString() == message.SerializeToString()


def test_an_empty_control_is_kept_too() -> None:
    message = from_event(event())
    message.takControl.SetInParent()
    assert from_event(to_event(message)).HasField("takControl")


@pytest.mark.parametrize(
    "part",
    [
        '<event uid="U-2"/>',
        '<event type="b-a-o-tbl" opex="o"/>',
        '<event time="2026-11-21T07:00:00Z"/>',
        '<event stale="never"/>',
        '<point lat="1.0"/>',
        '<point hae="12.5"/>',
    ],
)
def test_it_never_overrules_the_frame(part: str) -> None:
    message = from_event(event())
    plain = to_event(message)
    message.cotEvent.detail.xmlDetail = WRAPPED.format(part)
    found = to_event(message)
    assert dict(found.attrib) == dict(plain.attrib)
    assert dict(found[0].attrib) == dict(plain[0].attrib)
    assert carried(found)


@pytest.mark.parametrize(
    "part",
    [
        '<unknown in="/cotEvent">0a05622d612d6f</unknown>',
        '<unknown in="/cotEvent">zz</unknown>',
        '<unknown in="/nowhere">b80c05</unknown>',
        '<unknown in="/cotEvent/detail/track">b80c05</unknown>',
        '<message minProtoVersion="4294967296"/>',
        '<message minProtoVersion="x"/>',
        '<message other="1"/>',
        "<strange/>",
    ],
)
def test_it_never_overrules_the_event_and_what_is_wrong_stays_text(part: str) -> None:
    message = from_event(event(detail=WRAPPED.format(part)))
    assert message.cotEvent.type == "a-f-G"
    assert not message.HasField("takControl")
    assert "__tak" in message.cotEvent.detail.xmlDetail
    assert carried(to_event(message))


@pytest.mark.parametrize("text", ["1", "-1.5", ".5", "1e5", " 31.3 ", "NaN", "INF", "-inf"])
def test_numbers(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "1_0", "one", "0x1", "Undefined", "--1"])
def test_no_numbers(text: str) -> None:
    assert not is_number(text)


def test_a_number_has_ascii_digits() -> None:
    assert is_number(" 31.3 ")
    assert is_number("NaN")
    for text in ("3_1.3", "\u0663\u0661", "9_9e999", "\u0661e999"):
        assert not is_number(text)
