"""A feed in any cuts: parts put together, times given, stations remembered, no line stops it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import FormatRefused, MalformedDocument
from protocols.formats.ais.document import SIZE_LIMIT
from protocols.formats.ais.message import decode
from protocols.formats.ais.sentence import LINE_LIMIT, parse_line, tag_block, write_sentence
from protocols.formats.ais.stream import (
    GROUP_AGE,
    GROUPS_MOST,
    POSITION_AGE,
    AisStream,
    Lately,
    glance_at,
)
from protocols.messages.kinds import Alarm, Position, Text
from protocols.messages.values import Exercise
from tests.protocols.formats.ais.reporting import (
    BOAT,
    MOB,
    NOON,
    SART,
    document,
    lines,
    position,
    text,
)

FIRST, SECOND_PART = (
    line.encode() + b"\r\n" for line in lines(None, type=14, mmsi=BOAT, text="A" * 90)
)


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON * 1_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def stream(watch: Watch) -> AisStream:
    return AisStream(watch)


def one(documents: list[bytes]) -> bytes:
    assert len(documents) == 1
    return documents[0]


# --- lines --------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 4000), max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_cuts_give_the_same_documents(cuts: list[int]) -> None:
    feed = b"# gpsd\n\n" + position(at=None) + b"\r\n$GPGSA,A,3\njunk\n" + FIRST + SECOND_PART
    feed += text("HELLO", at=None) + b"\xff\xfe\n"
    whole = AisStream(Watch())
    expected = whole.feed(feed)
    cut = AisStream(Watch())
    ends = sorted({min(at, len(feed)) for at in cuts} | {len(feed)})
    found: list[bytes] = []
    for begin, end in zip([0, *ends], ends, strict=False):
        found += cut.feed(feed[begin:end])
    assert found == expected
    assert len(found) == 6


def test_the_time_of_receipt_is_given_once(stream: AisStream, watch: Watch) -> None:
    watch.now += 250_000
    data = one(stream.feed(text("HELLO", at=None)))
    assert data.startswith(b"\\c:1795262400250*")
    assert decode(data).sent.microsecond == 250_000
    own = text("HELLO", at=7)
    assert one(stream.feed(own)) == own
    logged = text("HELLO", at=None).strip() + b",r7,1241544036\r\n"
    assert one(stream.feed(logged)) == logged


def test_a_tag_block_without_a_time_keeps_its_place(stream: AisStream) -> None:
    data = one(stream.feed(b"x " + tag_block("s:r1").encode() + text("HELLO", at=None)))
    message = decode(data)
    assert message.source is not None
    assert message.source.system == "r1"
    assert "/sent" not in message.absent


def test_a_line_without_end_ends_with_the_feed(stream: AisStream) -> None:
    assert stream.feed(b"$GPGSA,A,3") == []
    assert decode(one(stream.close())).kind == "log.note"
    assert stream.close() == []


def test_a_line_that_is_too_long_is_one_refusal(stream: AisStream) -> None:
    found = stream.feed(b"!" + b"A" * 5000) + stream.feed(b"B" * 5000)
    assert len(found) == 1
    assert len(found[0]) == LINE_LIMIT + 1
    with pytest.raises(FormatRefused):
        decode(found[0])
    assert stream.feed(b"CCC\n") == []
    assert len(stream.feed(text("HELLO"))) == 1


def test_a_bad_line_stops_nothing(stream: AisStream) -> None:
    good = text("HELLO")
    bad = text("HELLO", at=None).replace(b",2*", b",3*")
    found = stream.feed(bad + b"{}\n" + b"\x00\x01\n" + FIRST[:-5] + b"\n" + good)
    assert len(found) == 5
    for data in found[:4]:
        with pytest.raises(MalformedDocument):
            decode(data)
    assert found[4] == good


def test_a_sentence_that_breaks_off_does_not_take_the_next_one_with_it(stream: AisStream) -> None:
    broken, whole = stream.feed(b"$GPGGA,1234" + text("HELLO", at=None))
    assert broken == b"\\c:1795262400*51\\$GPGGA,1234\r\n"
    assert decode(whole).kind == "text"


# --- messages of several sentences --------------------------------------------------------------


def test_parts_are_put_together_whatever_comes_between(stream: AisStream) -> None:
    assert stream.feed(SECOND_PART) == []
    assert len(stream.feed(position())) == 1
    body = decode(one(stream.feed(FIRST))).body
    assert isinstance(body, Text)
    assert body.text is not None
    assert body.text.text == "A" * 90


def test_a_part_that_does_not_come_is_shown_in_time(stream: AisStream, watch: Watch) -> None:
    assert stream.feed(FIRST) == []
    watch.now += GROUP_AGE + 1
    late = one(stream.feed(SECOND_PART))
    with pytest.raises(MalformedDocument, match="2 is missing"):
        decode(late)
    with pytest.raises(MalformedDocument, match="1 is missing"):
        decode(one(stream.close()))


def test_the_same_part_twice_begins_another_message(stream: AisStream) -> None:
    assert stream.feed(FIRST) == []
    with pytest.raises(MalformedDocument, match="2 is missing"):
        decode(one(stream.feed(FIRST)))
    assert decode(one(stream.feed(SECOND_PART))).kind == "text"


def test_messages_that_wait_are_bounded(stream: AisStream) -> None:
    found: list[bytes] = []
    for number in range(3 * GROUPS_MOST):
        parts = lines(None, type=14, mmsi=BOAT, text="A" * 90)
        found += stream.feed(_with_channel(parts[0], f"C{number}"))
    assert len(found) == 2 * GROUPS_MOST
    assert len(stream.close()) == GROUPS_MOST


def _with_channel(line: str, channel: str) -> bytes:
    sentence = parse_line(line)
    fields = (*sentence.fields[:3], channel, *sentence.fields[4:])
    return write_sentence("!", sentence.address, fields).encode() + b"\n"


def test_a_receiver_that_names_the_channel_once(stream: AisStream) -> None:
    assert stream.feed(FIRST) == []
    assert decode(one(stream.feed(_with_channel(SECOND_PART.decode().strip(), "")))).kind == "text"


# --- what is remembered -------------------------------------------------------------------------


def test_a_safety_text_has_the_last_position_of_its_station(stream: AisStream) -> None:
    stream.feed(position(lat=42.1) + position(lat=42.2) + position(MOB, 14, lat=10.0))
    stream.feed(position(lat=91.0, lon=181.0))
    message = decode(one(stream.feed(text("ENGINE FIRE"))))
    assert message.location is not None
    assert message.location.point is not None
    assert message.location.point.lat == 42.2
    assert decode(one(stream.feed(text("HELLO", BOAT + 1)))).location is None


def test_an_old_position_is_not_where_a_text_comes_from(stream: AisStream, watch: Watch) -> None:
    stream.feed(position())
    watch.now += POSITION_AGE + 1
    assert decode(one(stream.feed(text("HELLO")))).location is None


def test_one_emergency_however_often_it_is_sent(stream: AisStream, watch: Watch) -> None:
    kinds = []
    for step in range(8):
        watch.now += 7_000_000
        data = one(stream.feed(position(SART, 14, at=None, lat=42.0 + step / 100)))
        message = decode(data)
        kinds.append(message.kind)
        assert message.location is not None
        assert message.location.point is not None
        assert message.location.point.lat == 42.0 + step / 100
    assert kinds == ["alarm"] + 7 * ["position"]
    said = decode(one(stream.feed(text("SART ACTIVE", SART))))
    assert isinstance(said.body, Alarm)
    assert said.location is not None
    watch.now += POSITION_AGE + 1
    assert decode(one(stream.feed(position(SART, 14, at=None)))).kind == "alarm"


def test_a_test_that_becomes_real_is_an_emergency(stream: AisStream) -> None:
    tested = decode(one(stream.feed(position(SART, 15))))
    assert (tested.kind, tested.exercise) == ("position", Exercise.TEST)
    said = decode(one(stream.feed(text("SART TEST", SART))))
    assert (said.kind, said.exercise) == ("text", Exercise.TEST)
    assert said.location is not None
    assert decode(one(stream.feed(position(SART, 14)))).kind == "alarm"
    over = decode(one(stream.feed(position(SART, 15))))
    assert (over.kind, over.exercise) == ("position", Exercise.TEST)


def test_a_vessel_is_known_by_its_name(stream: AisStream, shared: Path) -> None:
    stream.feed(document(type=24, mmsi=BOAT, partno=0, shipname="ST CLAIR 2"))
    found = decode(one(stream.feed(position())))
    assert isinstance(found.body, Position)
    assert found.body.unit == "ST CLAIR 2"
    data = one(stream.feed(text("HELLO")))
    message = decode(data)
    assert message.originator is not None
    assert message.originator.unit == "ST CLAIR 2"
    assert message.location is not None
    static = (shared / "corpus/ais-nmea/samples/ais_unpack_sixbit.log").read_bytes()
    stream.feed(static)
    lahringen = decode(one(stream.feed(position(244_660_390)))).body
    assert isinstance(lahringen, Position)
    assert lahringen.unit == "LAHRINGEN"


def test_a_document_is_never_too_large_for_decode(stream: AisStream) -> None:
    stream.feed(document(type=5, mmsi=BOAT, shipname="A" * 20, destination="B" * 20))
    stream.feed(position())
    data = one(stream.feed(text("A" * 161)))
    assert len(data) < SIZE_LIMIT
    assert decode(data).kind == "text"


def test_memory_is_bounded() -> None:
    known: Lately[int] = Lately(3, 10)
    for number in range(5):
        known.put(number, number, now=number)
    assert len(known) == 3
    assert known.get(1, 5) is None
    assert known.get(4, 5) == 4
    assert known.get(4, 15) is None
    assert known.get(4, -20) is None


def test_a_glance_at_too_few_bits() -> None:
    assert glance_at((parse_line(_with_payload("13U4")),)) is None
    assert glance_at((parse_line(_with_payload("")),)) is None


def _with_payload(payload: str) -> str:
    return write_sentence("!", "AIVDM", ("1", "1", "", "A", payload, "2"))


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_anything_may_be_fed(data: bytes) -> None:
    stream = AisStream(Watch())
    for found in stream.feed(data) + stream.close():
        try:
            decode(found)
        except FormatRefused as refusal:
            said = refusal.detail
        else:
            said = "read"
        assert said
