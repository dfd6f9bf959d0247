"""Reading distributions: which content speaks, what the envelope adds, and what is never real."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest

from protocols.errors import MalformedDocument, UnsafeDocument, UnsupportedVersion
from protocols.formats import canonical
from protocols.formats.cap import alert as cap
from protocols.formats.codec import Settings
from protocols.formats.cot import event as cot
from protocols.formats.edxl_de.content import digest_around, objects
from protocols.formats.edxl_de.read import Reader, agreed, opened_document, style_of
from protocols.formats.edxl_de.words import Style
from protocols.formats.edxl_de.write import Writer
from protocols.formats.edxl_rm import message as edxl_rm
from protocols.formats.losses import unaccounted
from protocols.formats.xml import parse
from protocols.messages.envelope import Message
from protocols.messages.kinds import Text
from protocols.messages.values import Exercise, Tlp

READER = Reader((canonical.FORMAT, cot.FORMAT, cap.FORMAT, edxl_rm.FORMAT))

ALERT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a1</identifier>
<sender>s@x</sender><sent>2026-03-01T10:00:00-07:00</sent><status>{status}</status>
<msgType>Alert</msgType><scope>Public</scope></alert>"""
EVENT = (
    '<event version="2.0" uid="U1" type="a-f-G" how="m-g" time="2026-03-01T10:00:00Z" '
    'start="2026-03-01T10:00:00Z" stale="2026-03-01T10:05:00Z">'
    '<point lat="31" lon="-110" hae="1" ce="1" le="1"/><detail/></event>'
)


def old(content: str = "", status: str = "Actual", more: str = "") -> bytes:
    return f"""<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0">
<distributionID>d1</distributionID><senderID>hub@x</senderID>
<dateTimeSent>2026-03-01T11:00:00-07:00</dateTimeSent>
<distributionStatus>{status}</distributionStatus><distributionType>Report</distributionType>
{more}{content}</EDXLDistribution>""".encode()


def hub(content: str = "", status: str = "Actual", more: str = "") -> bytes:
    """As a national hub deploys DE 2.0: small letters, plain values."""
    return f"""<edxlDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0">
<distributionID>d1</distributionID><senderID>fr.health.samuA</senderID>
<dateTimeSent>2026-03-01T11:00:00-07:00</dateTimeSent>
<dateTimeExpires>2026-03-02T11:00:00-07:00</dateTimeExpires>
<distributionStatus>{status}</distributionStatus><distributionKind>Report</distributionKind>
<descriptor><language>fr-FR</language><explicitAddress><explicitAddressScheme>hubex
</explicitAddressScheme><explicitAddressValue>fr.health.samuB</explicitAddressValue>
</explicitAddress>{more}</descriptor><content>{content}</content></edxlDistribution>""".encode()


def xml(document: str) -> str:
    embedded = f"<embeddedXMLContent>{document}</embeddedXMLContent>"
    return f"<contentObject><xmlContent>{embedded}</xmlContent></contentObject>"


def hub_xml(document: str) -> str:
    return xml(document).replace("xmlContent", "contentXML")


def other(data: bytes, media_type: str) -> str:
    content = base64.encodebytes(data).decode()
    inside = f"<mimeType>{media_type}</mimeType><contentData>{content}</contentData>"
    return f"<contentObject><nonXMLContent>{inside}</nonXMLContent></contentObject>"


def alert(status: str = "Actual") -> str:
    return ALERT.format(status=status)


# --- which content speaks -------------------------------------------------------------------------


def test_the_first_content_that_is_ours_is_the_message() -> None:
    data = old(xml('<x xmlns="urn:x">1</x>') + other(b"\x00\x01", "image/png") + xml(alert()))
    message = READER.decode(data)
    assert message.kind == "alert"
    assert message.source is not None
    assert message.source.id == "a1"
    assert message.original is not None
    assert message.original.data == data
    assert message.id == cap.decode(alert().encode()).id


def test_both_spellings_of_the_same_namespace_are_read() -> None:
    message = READER.decode(hub(hub_xml(alert())))
    assert message.kind == "alert"
    assert message.handling.recipients == ("fr.health.samuB",)


def test_a_document_inside_a_hubs_own_elements_is_found() -> None:
    wrapper = f'<message xmlns="urn:emergency:cisu:2.0"><messageId>m</messageId>{alert()}</message>'
    data = hub(hub_xml(wrapper))
    message = READER.decode(data)
    assert message.kind == "alert"
    assert unaccounted(READER.leaves(data), msgspec.structs.replace(message, original=None)) == []
    again = Writer(READER).encode(message, Settings(carry_canonical=False)).data
    assert b"messageId>m<" in again
    assert READER.decode(again).extensions == message.extensions


def test_escaped_xml_is_read() -> None:
    escaped = alert().replace("<", "&lt;")
    message = READER.decode(old(xml(escaped)))
    assert message.kind == "alert"
    again = Writer(READER).encode(message, Settings(carry_canonical=False)).data
    assert b"&lt;alert" in again


def test_other_content_is_read_by_its_media_type() -> None:
    assert READER.decode(old(other(EVENT.encode(), "application/cot+xml"))).kind == "position"
    assert READER.decode(old(other(alert().encode(), "text/xml"))).kind == "alert"
    plain = canonical.encode(cap.decode(alert().encode())).data
    for media_type in (canonical.FORMAT.media_type, "application/json; charset=utf-8"):
        assert READER.decode(old(other(plain, media_type))).kind == "alert"


def test_what_is_not_ours_is_words_with_everything_kept() -> None:
    said = "<contentDescription>photo of the gate</contentDescription>"
    picture = other(b"\xff\xd8", "image/jpeg").replace("<contentObject>", "<contentObject>" + said)
    for content in (picture, other(b'{"a": 1}', "application/json"), ""):
        data = old(
            content, more="<keyword><valueListUrn>u</valueListUrn><value>v</value></keyword>"
        )
        message = READER.decode(data)
        assert isinstance(message.body, Text)
        held = msgspec.structs.replace(message, original=None)
        assert unaccounted(READER.leaves(data), held) == []
        assert message.id == READER.decode(data).id
    body = READER.decode(old(picture)).body
    assert isinstance(body, Text)
    assert body.text is not None
    assert body.text.text == "photo of the gate"


def test_what_should_be_ours_and_is_broken_is_refused() -> None:
    with pytest.raises(MalformedDocument, match="/alert/identifier"):
        READER.decode(old(xml(alert().replace("<identifier>a1</identifier>", ""))))
    with pytest.raises(UnsafeDocument):
        READER.decode(old(other(b"<!DOCTYPE x><x/>", "application/xml")) + b"<!DOCTYPE x>")
    with pytest.raises(UnsupportedVersion):
        READER.decode(b"<x/>")


def test_a_broken_content_does_not_hide_a_sound_one() -> None:
    broken = alert().replace("<identifier>a1</identifier>", "")
    assert READER.decode(old(xml(broken) + xml(alert()))).kind == "alert"


# --- what the envelope adds -----------------------------------------------------------------------


def test_the_envelope_fills_what_the_content_leaves_open() -> None:
    more = "<combinedConfidentiality>TLP:AMBER</combinedConfidentiality>"
    more += "<incidentID>I-7</incidentID>"
    message = READER.decode(hub(hub_xml(alert()), more=more))
    assert message.handling.tlp is Tlp.AMBER
    assert message.incident == "I-7"
    assert message.expires is not None
    assert message.moments["/expires"].text == "2026-03-02T11:00:00-07:00"
    assert message.language == "fr-FR"


def test_the_content_speaks_first() -> None:
    said = alert().replace("</scope>", "</scope><incidents>I-1</incidents>")
    message = READER.decode(hub(hub_xml(said), more="<incidentID>I-7</incidentID>"))
    assert message.incident == "I-1"
    assert "incident" not in message.extensions["edxl-de"]["filled"]


@pytest.mark.parametrize(
    ("content", "envelope", "holds", "noted"),
    [
        ("Actual", "Exercise", Exercise.EXERCISE, True),
        ("Exercise", "Actual", Exercise.EXERCISE, True),
        ("Draft", "Actual", Exercise.DRAFT, True),
        ("Draft", "Test", Exercise.DRAFT, False),
        ("Test", "Exercise", Exercise.EXERCISE, True),
        ("Actual", "Actual", Exercise.ACTUAL, False),
        ("Actual", "Unknown", Exercise.ACTUAL, False),
    ],
)
def test_what_is_not_real_in_one_place_is_not_real(
    content: str, envelope: str, holds: Exercise, noted: bool
) -> None:
    message = READER.decode(old(xml(alert(content)), status=envelope))
    assert message.exercise is holds
    assert bool(message.losses) is noted
    for carry in (True, False):
        again = Writer(READER).encode(message, Settings(carry_canonical=carry)).data
        assert READER.decode(again).exercise is holds
        if holds is not Exercise.ACTUAL:
            assert b">Actual<" not in again


def test_a_content_that_cannot_say_it_takes_it_from_the_envelope() -> None:
    for word, exercise in (("exercise", Exercise.EXERCISE), ("Unknown", Exercise.NOT_STATED)):
        message = READER.decode(old(other(EVENT.encode(), "application/cot+xml"), status=word))
        assert message.exercise is exercise


def test_agreement_is_no_note() -> None:
    message = cap.decode(alert().encode())
    assert agreed(message, Exercise.ACTUAL) == (message, ())
    assert agreed(message, Exercise.NOT_STATED) == (message, ())
    changed, (loss,) = agreed(message, Exercise.TEST)
    assert changed.exercise is Exercise.TEST
    assert (loss.field, loss.value) == ("exercise", "actual")


# --- the complete message beside it ---------------------------------------------------------------


def complete(exercise: Exercise) -> Message:
    message = cap.decode(alert().encode())
    text = Text(subject=None)
    return msgspec.structs.replace(message, body=text, exercise=exercise, ack_wanted=True)


def test_the_complete_message_holds_while_nothing_around_it_is_changed() -> None:
    message = complete(Exercise.EXERCISE)
    data = Writer(READER).encode(message, Settings(inside="cot")).data
    assert READER.decode(data) == message
    indented = data.replace(b"<Descriptor", b"\n   <Descriptor")
    assert READER.decode(indented) == message
    changed = READER.decode(data.replace(b">Report<", b">Dispatch<"))
    assert not changed.ack_wanted
    assert changed.exercise is Exercise.EXERCISE


def test_the_complete_message_cannot_make_an_exercise_real() -> None:
    real = Writer(READER).encode(complete(Exercise.ACTUAL), Settings(inside="canonical")).data
    keyword = real.partition(b"unchanged</ct:ValueListURI><ct:Value>")[2][:64]
    drill = real.replace(b">Actual<", b">Exercise<")
    root = parse(drill)
    digest = digest_around(root, objects(root)[-1])
    forged = drill.replace(keyword, digest.encode())
    assert keyword
    assert READER.decode(forged).exercise is Exercise.EXERCISE


def forged(exercise: Exercise, status: bytes) -> bytes:
    data = Writer(READER).encode(complete(exercise), Settings(inside="canonical")).data
    keyword = data.partition(b"unchanged</ct:ValueListURI><ct:Value>")[2][:64]
    for said in (b">Actual<", b">Test<"):
        data = data.replace(said, b">" + status + b"<")
    root = parse(data)
    return data.replace(keyword, digest_around(root, objects(root)[-1]).encode())


@pytest.mark.parametrize("exercise", [Exercise.ACTUAL, Exercise.NOT_STATED])
@pytest.mark.parametrize("status", ["Exercise", "System", "Test"])
def test_a_carried_message_is_no_more_real_than_the_status(exercise: Exercise, status: str) -> None:
    read = READER.decode(forged(exercise, status.encode())).exercise
    if exercise is Exercise.NOT_STATED and status == "Test":
        assert read is Exercise.NOT_STATED  # which is how we write it ourselves
    else:
        assert read.value == status.lower()


def test_not_stated_stays_not_stated() -> None:
    message = complete(Exercise.NOT_STATED)
    encoded = Writer(READER).encode(message)
    assert b">Test<" in encoded.data
    assert READER.decode(encoded.data).exercise is Exercise.NOT_STATED
    alone = Writer(READER).encode(message, Settings(carry_canonical=False, inside="cot"))
    assert READER.decode(alone.data).exercise is Exercise.TEST
    assert "exercise" in {loss.field for loss in alone.losses}


def test_documents_know_their_style() -> None:
    assert style_of(parse(old())) == Style(version="1.0", small=True)
    assert opened_document(hub())[1] == Style(version="2.0", small=True)


def test_a_reserved_element_is_refused() -> None:
    with pytest.raises(MalformedDocument, match="reserved"):
        READER.decode(old(xml('<content xmlns="urn:crossband:xml"/>')))


def test_the_message_survives_json() -> None:
    message = READER.decode(hub(hub_xml(alert())))
    assert canonical.decode(canonical.encode(message).data) == message
    assert json.loads(canonical.encode(message).data)["extensions"]["edxl-de"]["format"] == "cap"
