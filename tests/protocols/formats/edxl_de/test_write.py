"""Writing distributions: what stands inside, and what the envelope says for it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from lxml import etree

from protocols.errors import MalformedDocument, NotRepresentable
from protocols.formats import canonical
from protocols.formats.cap import alert as cap
from protocols.formats.codec import STRANGER, Settings
from protocols.formats.cot import event as cot
from protocols.formats.edxl_de.read import Reader
from protocols.formats.edxl_de.write import Writer
from protocols.formats.edxl_rm import message as edxl_rm
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import Alert, AssistRequest, Body, Text
from protocols.messages.values import Area, Exercise, LanguageText, Point, Tlp

READER = Reader((canonical.FORMAT, cot.FORMAT, cap.FORMAT, edxl_rm.FORMAT))
WRITER = Writer(READER)
RING = tuple(Point(lat=a, lon=b) for a, b in ((1.0, 2.0), (1.0, 3.0), (2.0, 3.0), (1.0, 2.0)))
ALONE = Settings(carry_canonical=False)


def message(body: Body, **fields: object) -> Message:
    given = {
        "id": "00e8d4a5-1000-7000-b060-b28b4f9afe03",
        "sender": STRANGER,
        "sent": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "exercise": Exercise.EXERCISE,
        "body": body,
    }
    return Message(**(given | fields))  # type: ignore[arg-type]  # names and types are Message's


REQUEST = AssistRequest(capability="K9", quantity=2)


def inside(data: bytes) -> str | None:
    source = READER.decode(data).source
    return source.format if source else None


def texts(data: bytes, name: str) -> list[str]:
    return [e.text or "" for e in etree.fromstring(data).iter(f"{{*}}{name}")]


def test_each_kind_stands_in_what_says_it_best() -> None:
    assert inside(WRITER.encode(message(REQUEST), ALONE).data) == "edxl-rm"
    assert inside(WRITER.encode(message(Alert()), ALONE).data) == "cap"
    words = WRITER.encode(message(Text(text=LanguageText(text="hola"))), ALONE).data
    assert texts(words, "MimeType") == [canonical.FORMAT.media_type]


def test_another_format_may_be_asked_for() -> None:
    data = WRITER.encode(message(REQUEST), Settings(inside="cot", carry_canonical=False)).data
    assert texts(data, "MimeType") == ["application/cot+xml"]
    with pytest.raises(NotRepresentable, match="no format 'fax'"):
        WRITER.encode(message(REQUEST), Settings(inside="fax"))
    with pytest.raises(NotRepresentable, match="CAP"):
        WRITER.encode(message(Text()), Settings(inside="cap"))


def test_what_the_envelope_says_is_no_loss() -> None:
    said = {
        "language": "fr-CA",
        "incident": "I-7",
        "expires": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "target_area": (Area(polygons=(RING,)),),
        "handling": Handling(tlp=Tlp.AMBER, recipients=("a", "b c")),
    }
    encoded = WRITER.encode(message(REQUEST, **said), ALONE)
    read = READER.decode(encoded.data)
    for name, value in said.items():
        assert getattr(read, name) == value
    assert read.exercise is Exercise.EXERCISE
    lost = {loss.field.partition(".")[0] for loss in encoded.losses}
    assert not lost & {"language", "incident", "expires", "target_area", "handling", "exercise"}


def test_several_markings_are_only_words() -> None:
    marked = Handling(tlp=Tlp.RED, national_marking="SBU", caveat="no press", third_party=True)
    encoded = WRITER.encode(message(REQUEST, handling=marked), ALONE)
    assert "TLP:RED; SBU; no press; third-party rule" in encoded.data.decode()
    assert {"handling.tlp", "handling.national_marking", "handling.caveat"} <= {
        loss.field for loss in encoded.losses
    }


def test_1_0_has_no_place_for_an_expiry() -> None:
    late = message(REQUEST, expires=datetime(2026, 3, 1, 12, tzinfo=UTC))
    encoded = WRITER.encode(late, Settings(version="1.0", carry_canonical=False))
    assert "expires" in {loss.field for loss in encoded.losses}


@pytest.mark.parametrize(
    ("exercise", "word"), [(Exercise.SIMULATION, "Exercise"), (Exercise.DRAFT, "Test")]
)
def test_a_state_that_de_does_not_have_is_never_real(exercise: Exercise, word: str) -> None:
    encoded = WRITER.encode(message(REQUEST, exercise=exercise), ALONE)
    assert f">{word}<".encode() in encoded.data
    (loss,) = [loss for loss in encoded.losses if loss.field == "exercise"]
    assert loss.reason.endswith(f"written as {word}")


def test_the_agencys_own_word_for_what_nobody_stated() -> None:
    unstated = message(REQUEST, exercise=Exercise.NOT_STATED)
    assert b">Test<" in WRITER.encode(unstated, ALONE).data
    actual = Settings(carry_canonical=False, unstated=Exercise.ACTUAL)
    encoded = WRITER.encode(unstated, actual)
    assert b">Actual<" in encoded.data
    assert "exercise" in {loss.field for loss in encoded.losses}


def test_a_document_is_not_sent_twice_where_nothing_is_lost() -> None:
    data = WRITER.encode(message(REQUEST)).data
    assert len(texts(data, "ContentDescription")) == 2
    read = READER.decode(WRITER.encode(message(REQUEST), ALONE).data)
    again = WRITER.encode(read)
    assert len(texts(again.data, "ContentDescription")) == 1
    assert again.losses == ()


def test_an_envelope_is_kept_and_its_values_changed_in_place() -> None:
    first = message(REQUEST, handling=Handling(recipients=("a", "b")), incident="I-7")
    read = READER.decode(WRITER.encode(first, ALONE).data)
    handling = msgspec.structs.replace(read.handling, recipients=("c",))
    data = WRITER.encode(msgspec.structs.replace(read, handling=handling), ALONE).data
    assert texts(data, "ExplicitAddressValue") == ["c"]
    more = msgspec.structs.replace(read.handling, recipients=("c", "d", "e"))
    data = WRITER.encode(msgspec.structs.replace(read, handling=more), ALONE).data
    assert texts(data, "ExplicitAddressValue") == ["c", "d", "e"]
    none = msgspec.structs.replace(read.handling, recipients=())
    data = WRITER.encode(msgspec.structs.replace(read, handling=none), ALONE).data
    assert texts(data, "ExplicitAddress") == []


def test_areas_that_were_withheld_do_not_come_back() -> None:
    first = message(REQUEST, target_area=(Area(polygons=(RING,)),))
    for version in ("2.0", "1.0"):
        settings = Settings(version=version, carry_canonical=False)
        read = READER.decode(WRITER.encode(first, settings).data)
        assert read.target_area == first.target_area
        data = WRITER.encode(msgspec.structs.replace(read, target_area=()), ALONE).data
        assert READER.decode(data).target_area == ()


def test_another_version_is_a_new_envelope_and_says_what_it_left() -> None:
    first = message(REQUEST, incident="I-7")
    read = READER.decode(WRITER.encode(first, ALONE).data)
    encoded = WRITER.encode(read, Settings(version="1.0", carry_canonical=False))
    assert etree.QName(etree.fromstring(encoded.data)).namespace.endswith("DE:1.0")
    assert any(loss.field.startswith("extensions.edxl-de.document") for loss in encoded.losses)
    assert READER.decode(encoded.data).incident == "I-7"


def test_words_are_written_back_where_they_stood() -> None:
    data = b"""<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0">
<distributionID>d1</distributionID><senderID>s</senderID>
<dateTimeSent>2026-03-01T10:00:00-07:00</dateTimeSent>
<distributionStatus>Test</distributionStatus><distributionType>Report</distributionType>
<contentObject><contentDescription>photo</contentDescription><nonXMLContent>
<mimeType>image/png</mimeType></nonXMLContent></contentObject></EDXLDistribution>"""
    read = READER.decode(data)
    body = Text(text=LanguageText(text="picture"))
    encoded = WRITER.encode(msgspec.structs.replace(read, body=body))
    assert texts(encoded.data, "contentDescription") == ["picture"]
    assert texts(encoded.data, "mimeType") == ["image/png"]
    other = msgspec.structs.replace(read, body=Alert())
    with pytest.raises(NotRepresentable, match="held words"):
        WRITER.encode(other)
    assert inside(WRITER.encode(other, Settings(inside="cap", carry_canonical=False)).data) == "cap"


@pytest.mark.parametrize(
    "extension", ["x", {"document": 3}, {"document": ["alert"]}, {"document": []}, {"filled": 1}]
)
def test_an_extension_that_holds_something_else_is_refused(extension: object) -> None:
    with pytest.raises(MalformedDocument):
        WRITER.encode(message(REQUEST, extensions={"edxl-de": extension}))
