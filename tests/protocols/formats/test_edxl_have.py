"""EDXL-HAVE: what a hospital can take, read in three languages; nothing of it is written."""

from __future__ import annotations

import types
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.codes import code_list
from protocols.errors import FormatRefused, MalformedDocument, NotRepresentable, UnsupportedVersion
from protocols.formats.edxl_have import FORMAT, NAMESPACE, ROOT, SAID, decode, encode, leaves
from protocols.formats.losses import unaccounted
from protocols.messages.kinds import KINDS, Text
from protocols.messages.values import Exercise, Point


def report(*hospitals: str) -> bytes:
    return f'<HospitalStatus xmlns="{NAMESPACE}">{"".join(hospitals)}</HospitalStatus>'.encode()


def hospital(inside: str, updated: str = "2026-03-01T10:00:00Z") -> str:
    name = "<Organization><OrganizationInformation><NameElement>Holy Cross</NameElement>"
    name += "</OrganizationInformation></Organization>"
    return f"<Hospital>{name}{inside}<LastUpdateTime>{updated}</LastUpdateTime></Hospital>"


@pytest.fixture(scope="module")
def sample(shared: Path) -> bytes:
    found = next((shared / "corpus/edxl-de/samples").glob("WP_Appendix_C*"))
    root = etree.parse(found).getroot()
    return etree.tostring(next(root.iter(ROOT)), with_tail=False)


def test_the_sample_is_read_and_nothing_vanishes(sample: bytes) -> None:
    message = decode(sample)
    assert message.kind == "text"
    assert message.exercise is Exercise.NOT_STATED
    assert message.location is not None
    assert message.location.point == Point(lat=33.3, lon=-118.25)
    assert unaccounted(leaves(sample), msgspec.structs.replace(message, original=None)) == []
    assert decode(sample).id == message.id


def test_it_says_what_a_dispatcher_must_know_in_three_languages(sample: bytes) -> None:
    body = decode(sample).body
    assert isinstance(body, Text)
    assert body.subject is not None
    assert body.subject.text == "ABC Hospital"
    assert body.text is not None
    assert "Beds available: adult intensive care 40/60; burns 30/50" in body.text.text
    assert "Not offered: hyperbaric chamber, infectious diseases" in body.text.text
    spanish, french = body.translations
    assert (spanish.language, french.language) == ("es", "fr")
    assert "Camas disponibles: cuidados intensivos de adultos 40/60" in spanish.text
    assert "soins intensifs adultes 40/60" in french.text


def test_the_newest_of_several_hospitals_dates_the_report() -> None:
    data = report(hospital("", "2026-03-01T10:00:00Z"), hospital("", "2026-03-01T08:00:00-07:00"))
    message = decode(data)
    assert message.moments["/sent"].text == "2026-03-01T08:00:00-07:00"
    assert message.location is None  # it is nowhere in particular


def test_a_bed_that_is_not_available_says_so() -> None:
    bed = "<BedCapacity><BedType>Burn</BedType><Capacity><CapacityStatus>NotAvailable"
    bed += "</CapacityStatus><AvailableCount>0</AvailableCount></Capacity></BedCapacity>"
    inside = f"<HospitalBedCapacityStatus>{bed}</HospitalBedCapacityStatus>"
    body = decode(report(hospital(inside))).body
    assert isinstance(body, Text)
    assert body.text is not None
    assert "burns 0 (not available)" in body.text.text


def test_a_position_that_is_none_stays_in_the_extension() -> None:
    place = "<OrganizationGeoLocation><pos>91 200</pos></OrganizationGeoLocation>"
    assert decode(report(hospital(place))).location is None
    assert decode(report(hospital(place.replace("91 200", "north")))).location is None


def test_every_word_it_uses_has_a_label() -> None:
    listed = set(code_list("hospital"))
    assert set(SAID) | {"EMSCapacity", "EMSCensus", "BedCapacity", "LastUpdateTime"} <= listed


def test_refusals_say_where() -> None:
    with pytest.raises(UnsupportedVersion, match="Line 1"):
        decode(b"<HospitalStatus xmlns='urn:oasis:names:tc:emergency:edxl:have:2.0'/>")
    with pytest.raises(MalformedDocument, match="/HospitalStatus/Hospital"):
        decode(report())
    with pytest.raises(MalformedDocument, match="/HospitalStatus/Hospital/LastUpdateTime"):
        decode(report("<Hospital/>"))
    with pytest.raises(MalformedDocument, match="'now' is not a date"):
        decode(report(hospital("", "now")))


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_is_written(data: st.DataObject, making: types.SimpleNamespace) -> None:
    message = data.draw(making.messages_of(data.draw(st.sampled_from(list(KINDS)))))
    with pytest.raises(NotRepresentable, match="only read"):
        encode(message)


@given(data=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(FormatRefused):
        decode(data)


def test_the_crosswalk_has_every_kind() -> None:
    rows = {row.field: row for row in FORMAT.crosswalk()}
    assert {f"kind {kind}" for kind in KINDS} <= set(rows)
    assert rows["kind text"].home
    assert FORMAT.writes == ()
