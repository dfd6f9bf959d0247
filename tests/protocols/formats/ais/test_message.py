"""The corpus: every line counted, every value found again, and gpsd's own decode agrees."""

from __future__ import annotations

import collections
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import FormatRefused, MalformedDocument
from protocols.formats.ais.message import FORMAT, NO_TIME, decode, encode, leaves
from protocols.formats.ais.payload import Payload
from protocols.formats.ais.sentences import document_of, sentences_of
from protocols.formats.ais.stream import AisStream
from protocols.formats.losses import unaccounted
from protocols.messages.envelope import Message, Sender
from protocols.messages.kinds import Alarm, LogNote, Position
from protocols.messages.values import Absent, Exercise
from tests.protocols.formats.ais.reporting import BOAT, NOON, SART, position, text

ACCEPTED = {
    "ais-18-27.log": {"position": 138, "log.note": 138},
    "ais-nmea.log": {"position": 636, "log.note": 848},
    "ais-raw-messages.log": {"position": 102, "log.note": 7},
    "ais_unpack_sixbit.log": {"position": 5, "log.note": 8},
    "humminbird-M37.log": {"position": 33, "log.note": 65},
    "nmea-fuzzy-cases.log": {"position": 28},
    "pypilot.log": {"log.note": 29},
    "tn204.log": {"position": 12, "log.note": 36},
}


def clock() -> int:
    return NOON * 1_000_000


def documents(path: Path) -> list[bytes]:
    stream = AisStream(clock)
    return stream.feed(path.read_bytes()) + stream.close()


def logs(shared: Path) -> list[Path]:
    return sorted((shared / "corpus/ais-nmea/samples").glob("*.log"))


def without_original(message: Message) -> Message:
    return msgspec.structs.replace(message, original=None)


# --- the corpus ---------------------------------------------------------------------------------


def test_every_line_of_the_corpus_is_read(shared: Path) -> None:
    found = {
        path.name: dict(collections.Counter(decode(data).kind for data in documents(path)))
        for path in logs(shared)
    }
    assert found == ACCEPTED


def test_what_is_no_nmea_is_refused_line_by_line(shared: Path) -> None:
    """The corpus has gpsd's JSON too: 45 lines, none of them a sentence."""
    path = shared / "corpus/ais-nmea/samples/synthetic-ais.json"
    refused: collections.Counter[str] = collections.Counter()
    for data in documents(path):
        with pytest.raises(FormatRefused) as caught:
            decode(data)
        refused[caught.value.code] += 1
        assert caught.value.detail.startswith("Line 1:")
    assert refused == {"malformed_document": 45}


def test_no_value_of_the_corpus_vanishes(shared: Path) -> None:
    for path in logs(shared):
        for data in documents(path):
            assert unaccounted(leaves(data), without_original(decode(data))) == [], data


def test_the_corpus_goes_out_as_it_came(shared: Path) -> None:
    """Not from the original that is kept, but from the fields."""
    for path in logs(shared):
        for data in documents(path):
            message = without_original(decode(data))
            encoded = encode(message)
            assert encoded.losses == ()
            assert encoded.data == data
            assert without_original(decode(encoded.data)) == message


# --- gpsd's own decode --------------------------------------------------------------------------

ABSENT = {
    "turn": -128, "course": 3600, "heading": 511, "second": 60, "speed": 1023, "maneuver": 0,
    "imo": 0, "shiptype": 0, "to_bow": 0, "to_stern": 0, "to_port": 0, "to_starboard": 0,
    "epfd": 0, "callsign": "", "shipname": "", "destination": "", "draught": 0, "vendorid": "",
    "model": 0, "serial": 0, "aid_type": 0, "regional": 0, "reserved": 0,
}  # fmt: skip
"""What gpsd writes for "not available"."""
SCALES = {"lat": 600_000, "lon": 600_000, "course": 10, "speed": 10, "draught": 10}
LONG_RANGE = {"lat": 600, "lon": 600}
NOT_OURS = ("class", "scaled")


def raw_of(message: Message) -> dict[str, Any]:
    """The message in gpsd's terms: whole numbers as on the air."""
    said = dict(message.extensions["ais"]["fields"])
    number = said["type"]
    if message.location is not None and message.location.point is not None:
        said |= {"lat": message.location.point.lat, "lon": message.location.point.lon}
    if isinstance(message.body, Position) and message.body.course is not None:
        said["course"] = message.body.course
    if number == 21:
        said["name"] = said.pop("name", "") + said.pop("name_extension", "")
    if number == 24 and message.originator is not None:
        said["shipname"] = message.originator.unit
    scales = LONG_RANGE if number == 27 else SCALES
    if number in (4, 11):
        clock_ = (said.get("hour", 24), said.get("minute", 60), said.get("second", 60))
        date = (said.get("year", 0), said.get("month", 0), said.get("day", 0))
        said["timestamp"] = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*date, *clock_)
    if number == 5:
        eta = (said.get("month", 0), said.get("day", 0), said.get("hour", 24))
        said["eta"] = "{:02}-{:02}T{:02}:{:02}Z".format(*eta, said.get("minute", 60))
    return {
        name: round(value * scales[name]) if name in scales else value
        for name, value in said.items()
    }


def test_gpsd_decodes_the_same(shared: Path) -> None:
    """Every value of every message that gpsd's regression tests decode, but for one.

    `vendorid` of a message 24 has three characters since M.1371-4; gpsd reads the four after it,
    which are model and serial number, as well.
    """
    agreed: collections.Counter[int] = collections.Counter()
    values = 0
    differ: list[tuple[str, Any, Any]] = []
    for path in sorted((shared / "corpus/ais-nmea/expected").glob("*.chk")):
        stream = AisStream(clock)
        newest: Message | None = None
        for line in path.read_bytes().splitlines():
            if line.startswith(b"!"):
                for data in stream.feed(line + b"\n"):
                    newest = decode(data)
            elif line.startswith(b"{") and b'"AIS"' in line:
                assert newest is not None
                ours = raw_of(newest)
                for name, theirs in json.loads(line).items():
                    if name in NOT_OURS or name.endswith("_text"):
                        continue
                    values += 1
                    if ours.get(name, ABSENT.get(name)) != theirs:
                        differ.append((name, theirs, ours.get(name)))
                agreed[ours["type"]] += 1
    assert agreed == {1: 75, 3: 12, 4: 5, 5: 11, 18: 73, 19: 2, 21: 9, 24: 2, 27: 69}
    assert differ == [("vendorid", "SMTE5", "SMT")]
    assert values == 3920


# --- messages -----------------------------------------------------------------------------------


def test_one_vessel() -> None:
    message = decode(position(speed=10.0, course=90.0, heading=91))
    assert message.sent == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert message.language == "und"
    assert message.exercise is Exercise.NOT_STATED
    assert message.source is not None
    assert (message.source.format, message.source.id) == ("ais", str(BOAT))
    assert message.original is not None
    assert message.original.intact
    fields = message.extensions["ais"]["fields"]
    assert (fields["heading"], fields["status"], fields["speed"]) == (91, 0, 10.0)
    assert not {"lat", "lon", "course"} & set(fields)


def test_without_a_receive_time_the_time_is_unknown() -> None:
    message = decode(text("HELLO", at=None))
    assert message.sent == NO_TIME
    assert message.absent == {"/sent": Absent.UNKNOWN}
    assert message.moments == {}


def test_read_twice_it_is_the_same_message() -> None:
    assert decode(position()).id == decode(position()).id
    assert decode(position()).id != decode(position(lat=42.6)).id
    assert decode(text("HELLO")).id != decode(text("HELLO", at=NOON + 1)).id


def test_two_receivers_of_one_report_have_one_message() -> None:
    """A repeater counts up and adds a second; the report is the same."""
    heard = decode(position(second=58))
    again = decode(position(second=58, repeat=1, at=NOON + 1))
    assert heard.id == again.id


def test_an_emergency_is_the_kind_that_never_expires() -> None:
    message = decode(position(SART, 14))
    assert isinstance(message.body, Alarm)
    assert message.emergency


def test_own_ships_of_two_gateways_are_two_tracks() -> None:
    line = b"$GPGLL,4426.1130,N,07140.5579,W,194102,A\r\n"
    stranger = decode(line).body
    assert isinstance(stranger, Position)
    assert stranger.track == "own-ship"
    someone = Sender(**{**msgspec.structs.asdict(decode(line).sender), "device": "gw-1@uscg"})
    ours = decode(line, someone)
    assert isinstance(ours.body, Position)
    assert ours.body.track == "own-ship gw-1@uscg"
    assert encode(msgspec.structs.replace(ours, original=None)).data == line


def test_an_instrument_is_a_line_of_the_log() -> None:
    message = decode(b"$INMTW,17.9,C*1B\r\n")
    assert message.body == LogNote(
        text=message.body.text,  # type: ignore[union-attr]  # it is a note
        activity="INMTW",
    )
    assert message.extensions["ais"]["values"] == ["17.9", "C"]


def test_the_format_says_what_it_does() -> None:
    assert FORMAT.stream is AisStream
    assert FORMAT.exercises == {Exercise.EXERCISE, Exercise.SIMULATION, Exercise.TEST}
    kinds = {kind for counts in ACCEPTED.values() for kind in counts}
    assert kinds <= set(FORMAT.gives)


LINES = (
    position(),
    text("SART ACTIVE", SART),
    b"!AIVDM,2,1,6,A,53R=aR800001=SC?7@1HE8LTp40000000000000l0`?2453a052Dm23B@@00,0*72\r\n"
    b"!AIVDM,2,2,6,A,00000000002,2*20\r\n",
    b"$GPRMC,194101,A,4426.1130,N,07140.5596,W,5.2,77.3,160906,15.8,W\r\n",
)


@given(
    st.sampled_from(LINES),
    st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=3)), max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_anything_is_a_message_or_refused_by_name(
    line: bytes, changes: list[tuple[int, bytes]]
) -> None:
    data = bytearray(line)
    for at, new in changes:
        data[at % (len(data) + 1) : at % (len(data) + 1) + 1] = new
    try:
        message = decode(bytes(data))
    except MalformedDocument as refusal:
        where = refusal.detail
    else:
        where = "Line"
        check(bytes(data), message)
    assert where.startswith("Line")


def check(data: bytes, message: Message) -> None:
    """Nothing vanished, and it goes out so that it is read again as it is."""
    assert unaccounted(leaves(data), without_original(message)) == []
    again = decode(encode(without_original(message)).data)
    assert without_original(again) == without_original(message)


def test_a_padded_text_and_bits_beyond_the_layout_are_values_too() -> None:
    padded = {"type": 24, "mmsi": 366053209, "partno": 0, "shipname": "A"}
    for payload, path, value in (
        (Payload(fields=padded, raw={"shipname": "A  @B"}), "raw/shipname", "A  @B"),
        (Payload(fields={"type": 1, "mmsi": 366053209}, bits=172, rest="4:e"), "rest", "4:e"),
    ):
        data = document_of(sentences_of(payload, "AIVDM", "A", "", [], 0))
        assert (path, value) in leaves(data)
        assert unaccounted(leaves(data), decode(data)) == []
