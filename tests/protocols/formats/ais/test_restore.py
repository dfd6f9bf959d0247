"""What came from AIS goes out as it came, with every change in it; the rest is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from protocols.errors import FormatRefused, MalformedDocument
from protocols.formats.ais.message import decode
from protocols.formats.ais.restore import again
from protocols.formats.ais.sentence import tag_block
from protocols.messages.envelope import Message
from protocols.messages.kinds import Position, Text
from protocols.messages.values import LanguageText, Location, Moment, Point
from tests.protocols.formats.ais.reporting import NOON, document, lines, position, text


def changed(message: Message, **fields: object) -> Message:
    """The message with other fields, read from what is then written."""
    after: Message = msgspec.structs.replace(message, **fields)
    return decode(again(after, after.extensions["ais"]))


def test_nothing_changed_is_the_same_bytes() -> None:
    for data in (
        position(speed=7.3, course=12.5),
        text("HELLO"),
        position() + text("HELLO"),
        b"$INDPT,2.2,0.0*47\r\n",
        b"$GPGSA,A,3\r\n",
    ):
        message = decode(data)
        stamped = b"" if b"\\c:" in data or "/sent" in message.absent else b"x"
        assert again(message, message.extensions["ais"]) == data, stamped


def test_what_stood_around_the_sentences_stays() -> None:
    first, *rest = lines(None, type=14, mmsi=1, text="A" * 80)
    tag = tag_block("s:r1,c:1795262400,n:3") + tag_block("t:x")
    data = "".join(
        line + "\r\n" for line in (f"log {tag}{first},r7", *(f"{line},r8" for line in rest))
    ).encode()
    message = decode(data)
    assert again(message, message.extensions["ais"]) == data
    assert message.source is not None
    assert message.source.system == "r1"
    later = msgspec.structs.replace(message, sent=message.sent.replace(year=2027), moments={})
    assert b"c:1826798400" in again(later, later.extensions["ais"])


def test_several_times_of_receipt_stay_as_they_are() -> None:
    two = tag_block("c:1795262400") + tag_block("c:1795262409")
    for data in (
        f"{two}$GPGSA,A,3\r\n",
        f"x {tag_block('c:1795262400')}$GPGSA,A,3,7\r\n",
        f"{tag_block('c:' + '9' * 16)}{two}$GPGSA,A,3\r\n",
    ):
        message = decode(data.encode())
        assert message.sent.timestamp() == NOON
        assert again(message, message.extensions["ais"]) == data.encode()
        later = message.sent.replace(second=5)
        assert changed(message, sent=later, moments={}).sent == later


def test_a_new_place_course_and_speed_go_out() -> None:
    message = decode(position(speed=7.3, course=12.5))
    body = message.body
    assert isinstance(body, Position)
    after = changed(
        message,
        location=Location(point=Point(lat=42.25, lon=-82.5)),
        body=msgspec.structs.replace(body, course=90.0, speed=10.0),
        observed=message.sent.replace(second=7),
    )
    assert after.location == Location(point=Point(lat=42.25, lon=-82.5))
    assert isinstance(after.body, Position)
    assert after.body.course == 90.0
    assert after.body.speed == pytest.approx(10.0, abs=0.03)
    assert after.observed is not None
    assert after.observed.second == 7
    gone = changed(message, body=msgspec.structs.replace(body, course=None, speed=None))
    assert isinstance(gone.body, Position)
    assert (gone.body.course, gone.body.speed) == (None, None)


def test_whole_knots_and_degrees_of_long_range_reports() -> None:
    data = document(type=27, mmsi=1, status=0, lat=42.5, lon=-82.5, speed=7, course=30)
    message = decode(data)
    body = message.body
    assert isinstance(body, Position)
    after = changed(message, body=msgspec.structs.replace(body, speed=10.0, course=44.6))
    assert isinstance(after.body, Position)
    assert after.body.course == 45


def test_other_words_and_another_station() -> None:
    data = document(type=12, mmsi=1, seqno=0, dest_mmsi=2, retransmit=False, text="COME")
    words = LanguageText(text="No, va más allá")
    after = changed(decode(data), body=Text(text=words, to=("366000001",)))
    assert after.body == Text(text=LanguageText(text="NO, VA MAS ALLA"), to=("366000001",))
    assert changed(decode(data), body=Text()).body == Text(to=("000000002",))


def test_a_text_that_is_filled_up_stays_so() -> None:
    data = document(type=14, mmsi=1)
    padded = lines(None, type=14, mmsi=1, text="HI   ")
    message = decode("\r\n".join(padded).encode())
    assert message.extensions["ais"]["raw"] == {"text": "HI   "}
    assert again(message, message.extensions["ais"]).split() == padded[0].encode().split()
    assert changed(message, body=Text(text=LanguageText(text="HO"))).body == Text(
        text=LanguageText(text="HO")
    )
    assert decode(data).body == Text()


def test_the_time_is_written_as_it_was() -> None:
    message = decode(text("X", at=NOON))
    assert message.moments == {"/sent": Moment(text=str(NOON), offset_given=True)}
    odd = msgspec.structs.replace(message, moments={"/sent": Moment(text="noon")})
    assert again(odd, odd.extensions["ais"]) == text("X", at=NOON)
    without = decode(text("X", at=None))
    assert again(without, without.extensions["ais"]) == text("X", at=None)


@pytest.mark.parametrize(
    "strange",
    [
        {"fields": 7},
        {"fields": {"type": [1]}},
        {"fields": {"type": 1, "mmsi": "x"}},
        {"fields": {"type": 1, "mmsi": 1, "speed": "fast"}},
        {"fields": {"type": 14, "mmsi": 1}, "bits": "40"},
        {"fields": {"type": 14, "mmsi": 1}, "bits": True},
        {"fields": {"type": 14, "mmsi": 1}, "raw": {"text": 7}},
        {"fields": {"type": 14, "mmsi": 1}, "rest": "7"},
        {"fields": {"type": 14, "mmsi": 1}, "cuts": [-1]},
        {"fields": {"type": 14, "mmsi": 1}, "cuts": ["1"]},
        {"fields": {"type": 14, "mmsi": 1}, "tags": ["c:1"]},
        {"fields": {"type": 14, "mmsi": 1}, "channel": "A\r\n!AIVDM"},
        {"fields": {"type": 14, "mmsi": 1}, "channel": "é"},
        {"fields": {"type": 14, "mmsi": 1}, "context": [1]},
        {"values": [1]},
        {"values": "GPGGA"},
    ],
)
def test_an_extension_that_is_none_of_ours(strange: dict[str, Any]) -> None:
    message = msgspec.structs.replace(decode(text("X")), extensions={"ais": strange})
    with pytest.raises(MalformedDocument, match="extensions/ais"):
        again(message, strange)
    assert issubclass(MalformedDocument, FormatRefused)
