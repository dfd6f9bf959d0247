"""Writing resource messages: answers commit, requests are taken back, changes hold."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from lxml import etree

from protocols.errors import MalformedDocument, NotRepresentable
from protocols.formats.codec import DEFAULT_SETTINGS, STRANGER, Settings
from protocols.formats.edxl_rm.message import decode, encode
from protocols.formats.edxl_rm.words import COMMON, MESSAGE
from protocols.formats.edxl_rm.write import write
from protocols.messages.envelope import Message, Originator, Reference
from protocols.messages.kinds import (
    AssistAnswer,
    AssistEnd,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Body,
    Text,
)
from protocols.messages.values import LanguageText, Location, Point

REQUEST = "00e8d4a5-1000-7000-b060-b28b4f9afe02"
IDENTIFIER = "00e8d4a5-1000-7000-b060-b28b4f9afe03"


def message(body: Body, **fields: object) -> Message:
    sent = datetime(2026, 3, 1, 10, tzinfo=UTC)
    return Message(id=IDENTIFIER, sender=STRANGER, sent=sent, body=body, **fields)  # type: ignore[arg-type]  # names and types are Message's


def texts(data: bytes, name: str) -> list[str]:
    return [e.text or "" for e in etree.fromstring(data).iter(f"{{*}}{name}")]


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (AssistAnswer.ACCEPTED, "Accept"),
        (AssistAnswer.DECLINED, "Decline"),
        (AssistAnswer.PARTIAL, "Provisional"),
    ],
)
def test_an_answer_commits_or_declines(answer: AssistAnswer, word: str) -> None:
    data = encode(message(AssistReply(assist=REQUEST, answer=answer, units=("A", "B")))).data
    assert etree.QName(etree.fromstring(data)).localname == "CommitResource"
    assert set(texts(data, "ResponseType")) == {word}
    read = decode(data).body
    assert isinstance(read, AssistReply)
    assert read.answer is answer
    assert read.units == (() if answer is AssistAnswer.DECLINED else ("A", "B"))
    assert (read.assist, read.reason) == (REQUEST, None)


def test_a_request_that_is_taken_back_is_recalled() -> None:
    data = encode(message(AssistRelease(assist=REQUEST, state=AssistEnd.CANCELLED))).data
    assert texts(data, "RecallType") == ["Cancel"]
    assert texts(data, "RecallMessageID") == [REQUEST]
    read = decode(data).body
    assert isinstance(read, AssistRelease)
    assert (read.state, read.assist) == (AssistEnd.CANCELLED, REQUEST)


def test_done_is_told_from_released() -> None:
    for state in (AssistEnd.DONE, AssistEnd.RELEASED):
        read = decode(encode(message(AssistRelease(assist=REQUEST, state=state))).data).body
        assert isinstance(read, AssistRelease)
        assert read.state is state


def test_labels_are_in_the_readers_language_beside_the_code() -> None:
    asked = message(AssistRequest(capability="K9"))
    spanish, french = (encode(asked, Settings(language=tag)).data for tag in ("es-MX", "fr-CA"))
    assert texts(spanish, "Name") != texts(french, "Name")
    assert texts(spanish, "Value") == texts(french, "Value") == ["K9"]


def test_the_reader_is_answered_in_its_own_names() -> None:
    settings = Settings(reference=lambda _: Reference(id="RR-17"))
    reply = message(AssistReply(assist=REQUEST, answer=AssistAnswer.ACCEPTED))
    encoded = encode(reply, settings)
    assert texts(encoded.data, "OriginatingMessageID") == ["RR-17"]
    assert "body.assist" in {loss.field for loss in encoded.losses}


def test_who_speaks_is_the_author_else_the_sender() -> None:
    asked = AssistRequest(capability="K9", to="MX")
    named = message(asked, originator=Originator(unit="Desk 4"))
    assert texts(encode(named).data, "ContactDescription") == ["MX", "Desk 4"]
    assert "originator.unit" not in {loss.field for loss in encode(named).losses}
    unnamed = encode(message(asked))
    assert {loss.field: loss.reason for loss in unnamed.losses}["sender.unit"].endswith("in words")


def test_what_has_no_place_is_lost_by_name() -> None:
    place = Location(point=Point(lat=31.3, lon=-110.9, hae=1200.0), monument="122")
    lost = {
        loss.field
        for loss in encode(message(AssistRequest(capability="K9"), location=place)).losses
    }
    assert {"location.point.hae", "location.monument"} <= lost
    assert not {"location.point.lat", "body.capability", "sent", "id"} & lost


DOCUMENT = f"""<CommitResource xmlns="{MESSAGE}" xmlns:rm="{COMMON}"><MessageID>C.1</MessageID>
<SentDateTime>2026-03-01T10:00:00Z</SentDateTime><OriginatingMessageID>R.1</OriginatingMessageID>
<ResourceInformation><ResponseInformation><rm:ResponseType>Accept</rm:ResponseType>
</ResponseInformation><Resource><Name>Pump</Name><Credentials>kept</Credentials></Resource>
</ResourceInformation></CommitResource>""".encode()


def test_a_changed_message_changes_its_document_and_keeps_the_rest() -> None:
    read = decode(DOCUMENT)
    assert isinstance(read.body, AssistReply)
    body = msgspec.structs.replace(read.body, answer=AssistAnswer.DECLINED, units=())
    data = encode(msgspec.structs.replace(read, body=body)).data
    assert texts(data, "ResponseType") == ["Decline"]
    assert texts(data, "Name") == []
    assert texts(data, "Credentials") == ["kept"]
    assert texts(data, "OriginatingMessageID") == ["R.1"]


def test_a_message_of_another_kind_does_not_use_the_document() -> None:
    read = decode(DOCUMENT)
    encoded = encode(msgspec.structs.replace(read, body=AssistRequest(capability="K9")))
    assert decode(encoded.data).kind == "assist.request"
    lost = [loss for loss in encoded.losses if loss.field.startswith("extensions.edxl-rm")]
    assert any(loss.value == "kept" for loss in lost)


def test_words_are_written_only_into_the_document_they_came_from() -> None:
    with pytest.raises(NotRepresentable, match="EDXL-RM"):
        encode(message(Text(text=LanguageText(text="hello"))))


def test_an_extension_that_holds_something_else_is_refused() -> None:
    for extension in ({"a": 1}, "x", [3]):
        odd = message(AssistRequest(capability="K9"), extensions={"edxl-rm": extension})
        with pytest.raises(MalformedDocument):
            write(odd, DEFAULT_SETTINGS)
