"""Parts of an alert: lists, references, pairs, areas, and what is left of each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import MalformedDocument
from protocols.formats.cap import read as cap_read
from protocols.formats.cap.read import Reading
from protocols.formats.xml import parse
from protocols.messages.envelope import Reference
from protocols.messages.values import NativeCode, Parameter

READING = "urn:oasis:names:tc:emergency:cap:1.2"


def part(text: str) -> cap_read.Element:
    name, rest = text[1:].split(">", 1)
    return parse(f'<{name} xmlns="{READING}">{rest}'.encode())


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(
        st.text("abc, ñ", min_size=1, max_size=8).map(str.strip).filter(bool), max_size=4
    ).map(tuple)
)
def test_a_list_goes_there_and_back(parts: tuple[str, ...]) -> None:
    assert cap_read.listed(cap_read.list_text(parts)) == parts


def test_references() -> None:
    text = "smn,a-1,2018-10-20T04:15:00-05:00 smn,a-2,2018-10-20T05:15:00-05:00"
    references = cap_read.read_references(text)
    assert references is not None
    assert references[1] == Reference(sender="smn", id="a-2", sent="2018-10-20T05:15:00-05:00")
    assert cap_read.reference_text(references) == text
    for wrong in ("a,b", "a,b,c,d", "a,,c", "a b"):
        with pytest.raises(ValueError, match="triples"):
            cap_read.read_references(wrong)
    assert cap_read.reference_text((Reference(id="a b", sender="c,d"),)) == "c_d,a_b,-"


def test_an_info_keeps_what_it_does_not_know() -> None:
    reading = Reading(READING)
    info = cap_read.read_info(
        part(
            "<info><language>es-MX</language><category>Met</category><category>Geo</category>"
            "<event> Aviso </event><urgency/>"
            "<eventCode><valueName>SAME</valueName><value>EQW</value></eventCode>"
            "<parameter><valueName>semáforo</valueName><value>red</value></parameter>"
            "<parameter><valueName>a</valueName><other/></parameter><magnitud>6.3</magnitud>"
            "<event>zweites</event></info>"
        ),
        2,
        reading,
    )
    assert info.category == ("Met", "Geo")
    assert info.event == " Aviso "
    assert info.urgency is None
    assert info.event_codes == (NativeCode(system="SAME", code="EQW"),)
    assert info.parameters == (Parameter(name="semáforo", value="red"),)
    left = str(reading.left["/body/infos/2"])
    assert all(word in left for word in ("magnitud", "other", "zweites"))


def test_a_language_that_is_no_tag_is_left() -> None:
    reading = Reading(READING)
    info = cap_read.read_info(part("<info><language>日本</language></info>"), 0, reading)
    assert info.language is None
    assert "日本" in str(reading.left)
    assert [loss.field for loss in reading.losses.take()] == ["body.infos.0.language"]
    assert cap_read.read_language("en_US") == "en-US"


def test_a_resource_with_its_content() -> None:
    reading = Reading(READING)
    text = (
        "<resource><resourceDesc>Foto</resourceDesc><mimeType>image/png</mimeType><size>3</size>"
        "<derefUri>QUJD</derefUri><digest>x</digest></resource>"
    )
    resource = cap_read.read_resource(part(text), "/r", reading)
    assert resource.content == b"ABC"
    assert resource.size == 3
    cap_read.read_resource(part("<resource><derefUri>***</derefUri></resource>"), "/r", reading)
    assert "***" in str(reading.left["/r"])


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("polygon", "1,2 3;4"),
        ("polygon", "91,2"),
        ("polygon", "NaN,2"),
        ("circle", "1,2"),
        ("circle", "1,2 x"),
        ("altitude", "high"),
    ],
)
def test_geometry_that_is_none_is_kept_with_its_place(kind: str, text: str) -> None:
    reading = Reading(READING)
    area = cap_read.read_area(part(f"<area><{kind}>{text}</{kind}></area>"), "/a/0", reading)
    assert (area.polygons, area.circles, area.altitude) == ((), (), None)
    assert text in str(reading.left["/a/0"])
    (loss,) = reading.losses.take()
    assert (loss.field, loss.value) == (f"a.0.{kind}", text)


def test_times_are_kept_in_the_senders_words() -> None:
    reading = Reading(READING)
    reading.time(part("<sent>2026-11-21T12:00:00-07:00</sent>"), "/sent")
    assert reading.moments["/sent"].offset_given
    reading.time(part("<sent>2026-11-21T19:00:00-00:00</sent>"), "/x")
    assert "/x" not in reading.moments
    naive = reading.time(part("<sent>2026-11-21T19:00:00</sent>"), "/y")
    assert naive.tzinfo is not None
    assert not reading.moments["/y"].offset_given
    with pytest.raises(MalformedDocument, match="/sent"):
        reading.time(part("<sent> </sent>"), "/z")
    assert reading.optional_time(part("<onset> </onset>"), "/z") is None
    assert reading.optional_time(part("<onset>soon</onset>"), "/z") is None
    assert [loss.field for loss in reading.losses.take()] == ["z.onset"]
