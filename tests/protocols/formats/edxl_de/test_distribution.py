"""EDXL-DE over the corpus and over every kind: what it wraps, unwraps, refuses and loses."""

from __future__ import annotations

import base64
import types
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.errors import (
    FormatRefused,
    MalformedDocument,
    NotRepresentable,
    UnsafeDocument,
    UnsupportedVersion,
)
from protocols.formats import canonical, edxl_have
from protocols.formats.cap import alert as cap
from protocols.formats.codec import Settings
from protocols.formats.cot import event as cot
from protocols.formats.edxl_de.distribution import over
from protocols.formats.edxl_rm import message as edxl_rm
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.messages.envelope import Message
from protocols.messages.kinds import KINDS
from protocols.messages.values import Exercise

WRAPPED = (canonical.FORMAT, cot.FORMAT, cap.FORMAT, edxl_rm.FORMAT, edxl_have.FORMAT)
FORMAT = over(WRAPPED)


def samples(shared: Path) -> list[Path]:
    return sorted((shared / "corpus/edxl-de/samples").glob("*.xml"))


def bare(message: Message) -> Message:
    source = message.source and msgspec.structs.replace(message.source, version=None)
    return msgspec.structs.replace(message, original=None, source=source)


def plain(message: Message) -> dict[str, Any]:
    built = msgspec.to_builtins(message)
    built.setdefault("language", message.language)
    for name in ("original", "losses", "moments"):
        built.pop(name, None)
    return dict(leaf_paths(built))


@pytest.fixture(scope="module")
def valid(shared: Path) -> Any:
    """The faults of a document by the schema of its version."""
    folder = shared / "corpus/edxl-de"
    schemas = {
        "1.0": xmlschema.XMLSchema10(str(folder / "schema-1.0/EDXL-DE_Schema_v1.0.xsd")),
        "2.0": xmlschema.XMLSchema10(str(folder / "schema-2.0/edxl-de-v2.0-wd09.xsd")),
    }

    def faults(data: bytes) -> list[str]:
        root = etree.fromstring(data)
        version = etree.QName(root).namespace[-3:]
        text = etree.tostring(root, encoding="unicode")
        return [str(fault.reason) for fault in schemas[version].iter_errors(text)]

    return faults


# --- the corpus -----------------------------------------------------------------------------------


def test_the_corpus_is_read(shared: Path) -> None:
    kinds = Counter(FORMAT.decode(path.read_bytes()).kind for path in samples(shared))
    assert kinds == {"alert": 3, "text": 2}


def test_the_corpus_survives_and_nothing_vanishes(shared: Path) -> None:
    for path in samples(shared):
        data = path.read_bytes()
        message = FORMAT.decode(data)
        held = msgspec.structs.replace(message, original=None)
        assert unaccounted(FORMAT.leaves(data), held) == [], path.name
        for carry in (True, False):
            again = FORMAT.encode(message, Settings(carry_canonical=carry))
            assert bare(FORMAT.decode(again.data)) == bare(message), path.name
        assert FORMAT.decode(data).id == message.id


def test_what_is_rewritten_is_valid_where_the_sample_was(shared: Path, valid: Any) -> None:
    for path in samples(shared):
        if valid(path.read_bytes()):
            continue
        assert valid(FORMAT.encode(FORMAT.decode(path.read_bytes())).data) == [], path.name


def test_the_example_of_the_standard_that_omits_a_mandatory_field_is_read(
    shared: Path, valid: Any
) -> None:
    data = (shared / "corpus/edxl-de/samples/DE_1.0_Example_Appendix_B1.xml").read_bytes()
    assert any("combinedConfidentiality" in fault for fault in valid(data))
    message = FORMAT.decode(data)
    assert message.exercise is Exercise.EXERCISE
    assert message.handling.national_marking is None
    assert valid(FORMAT.encode(message).data) == []  # and states that there is no marking


def test_a_sign_apart_from_its_number_is_read_and_kept(shared: Path) -> None:
    data = (shared / "corpus/edxl-de/samples/DE_1.0_Example_Appendix_B1.xml").read_bytes()
    assert b",- 77.0117098391165" in data
    assert b",- 112.1174" in data
    message = FORMAT.decode(data)
    (area,) = message.target_area
    assert {point.lon for point in area.polygons[0]} == {-112.1174, -112.0238}
    (inner,) = message.body.infos[0].areas  # type: ignore[union-attr]  # it is an alert
    assert inner.polygons[0][1].lon == -77.0117098391165
    again = FORMAT.encode(message, Settings(carry_canonical=False)).data
    assert b",- 77.0117098391165" in again
    assert b",- 112.1174" in again


def test_a_hospital_report_inside_is_read_and_put_back_as_it_was(shared: Path) -> None:
    path = next(path for path in samples(shared) if path.name.startswith("WP_Appendix_C"))
    message = FORMAT.decode(path.read_bytes())
    assert message.source is not None
    assert message.source.format == "edxl-have"
    assert message.exercise is Exercise.EXERCISE
    assert b"MedicalSurgical" in FORMAT.encode(message).data
    changed = msgspec.structs.replace(message, body=KINDS["log.note"].body())
    with pytest.raises(NotRepresentable, match="only read"):
        FORMAT.encode(changed)


def test_a_second_document_is_noted(shared: Path) -> None:
    path = next(path for path in samples(shared) if "Extra2" in path.name)
    message = FORMAT.decode(path.read_bytes())
    assert [loss.field for loss in message.losses] == [
        "/EDXLDistribution/Content/ContentObject[4]/ContentXML/EmbeddedXMLContent/alert"
    ]
    assert message.handling.recipients == ("joe.smith@myagency.gov",)


# --- every kind -----------------------------------------------------------------------------------

INSIDE = ("canonical", "edxl-rm", "cap", "cot", None)


@pytest.mark.parametrize("version", ["2.0", "1.0"])
@pytest.mark.parametrize("inside", INSIDE)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_kind_travels(
    version: str,
    inside: str | None,
    data: st.DataObject,
    making: types.SimpleNamespace,
    valid: Any,
) -> None:
    message = data.draw(making.messages_of(data.draw(st.sampled_from(list(KINDS)))))
    try:
        alone = FORMAT.encode(
            message, Settings(version=version, inside=inside, carry_canonical=False)
        )
        whole = FORMAT.encode(message, Settings(version=version, inside=inside))
    except NotRepresentable:
        assert inside in ("edxl-rm", "cap")
        return
    assert valid(alone.data) == []
    assert valid(whole.data) == []
    read = FORMAT.decode(alone.data)
    if message.exercise is not Exercise.ACTUAL:
        assert read.exercise is not Exercise.ACTUAL
    if inside in ("canonical", "edxl-rm"):
        found, lost = plain(read), {loss.field for loss in alone.losses}
        missing = [p for p, v in plain(message).items() if found.get(p) != v and p not in lost]
        assert missing == []
    if whole.losses:
        complete = FORMAT.decode(whole.data)
        assert msgspec.structs.replace(complete, original=message.original) == message


@pytest.mark.parametrize("depth", [1, 2, 3])
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_three_envelopes_may_stand_in_each_other(
    depth: int, data: st.DataObject, making: types.SimpleNamespace, valid: Any
) -> None:
    message = data.draw(making.messages_of("incident.open"))
    plain_settings = Settings(inside="canonical", carry_canonical=False)
    document = FORMAT.encode(message, plain_settings).data
    for _ in range(depth):
        document = wrapped(document)
    if depth == 3:
        with pytest.raises(UnsafeDocument, match="more than 3 envelopes"):
            FORMAT.decode(document)
        return
    read = FORMAT.decode(document)
    assert read.body == message.body
    again = FORMAT.encode(read, Settings(carry_canonical=False))
    assert FORMAT.decode(again.data).body == message.body
    assert valid(again.data) == []


def wrapped(document: bytes) -> bytes:
    content = base64.b64encode(document).decode()
    return ENVELOPE.format(
        status="Actual",
        content="<contentObject><nonXMLContent><mimeType>application/xml</mimeType>"
        f"<contentData>{content}</contentData></nonXMLContent></contentObject>",
    ).encode()


ENVELOPE = """<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0">
<distributionID>d1</distributionID><senderID>s@x</senderID>
<dateTimeSent>2026-03-01T10:00:00Z</dateTimeSent><distributionStatus>{status}</distributionStatus>
<distributionType>Report</distributionType>
<combinedConfidentiality>not releasable beyond the channel</combinedConfidentiality>{content}
</EDXLDistribution>"""


# --- refusals and hostile input -------------------------------------------------------------------


def test_refusals_say_where() -> None:
    with pytest.raises(UnsupportedVersion, match="Line 1"):
        FORMAT.decode(b"<EDXLDistribution/>")
    with pytest.raises(UnsupportedVersion, match=r"3\.0"):
        FORMAT.decode(b'<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:3.0"/>')
    with pytest.raises(MalformedDocument, match="/EDXLDistribution/distributionID"):
        FORMAT.decode(b'<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0"/>')


@given(data=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(FormatRefused):
        FORMAT.decode(data)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_bent_distribution_is_read_or_refused(data: st.DataObject, shared: Path) -> None:
    original = data.draw(st.sampled_from(samples(shared))).read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    cut = data.draw(st.integers(0, 30))
    put = data.draw(st.sampled_from([b"", b"Actual", b"<x/>", b"&amp;", b"- ", b"9" * 40]))
    try:
        message = FORMAT.decode(original[:at] + put + original[at + cut :])
    except FormatRefused:
        return
    try:
        again = FORMAT.decode(FORMAT.encode(message).data)
    except NotRepresentable:
        return
    assert again.kind == message.kind


# --- the registry line ----------------------------------------------------------------------------


def test_the_line_is_complete() -> None:
    assert FORMAT.reads == FORMAT.writes == ("2.0", "1.0")
    assert FORMAT.exercises == frozenset(Exercise) - {Exercise.NOT_STATED}
    assert set(FORMAT.gives) == set(KINDS)
    assert over(()).gives == ("text",)


def test_the_crosswalk_has_every_kind_and_field() -> None:
    rows = {row.field: row for row in FORMAT.crosswalk()}
    assert {f"kind {kind}" for kind in KINDS} <= set(rows)
    said = {name.partition(".")[0] for name in rows}
    assert set(Message.__struct_fields__) - {"body"} <= said
