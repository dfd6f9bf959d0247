"""TAK Protocol v1: frames of others, the same event in both forms, and nothing lost between."""

from __future__ import annotations

import collections
import json
import types
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import takproto
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import (
    FormatRefused,
    MalformedDocument,
    NotRepresentable,
    UnsafeDocument,
    UnsupportedVersion,
)
from protocols.formats.codec import Settings
from protocols.formats.cot import event as cot
from protocols.formats.cot import tak_message as tak
from protocols.formats.cot.tak_frame import mesh_frame, stream_frame
from protocols.formats.cot.tak_schema import TakMessage
from protocols.formats.losses import unaccounted
from protocols.formats.xml import parse
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import KINDS, AssistRequest, Position
from protocols.messages.values import Exercise, Location, Point


def files(shared: Path) -> list[Path]:
    return sorted(path for path in (shared / "corpus" / "cot").rglob("*") if path.is_file())


def frames(shared: Path) -> dict[str, bytes]:
    folder = shared / "corpus" / "cot" / "takv1"
    return {name: (folder / f"pli_{name}.bin").read_bytes() for name in ("mesh", "stream")}


def as_said(message: Message) -> tuple[Any, ...]:
    """A message without what differs between the forms: spelling, order in detail, framing."""
    kept = json.loads(json.dumps(message.extensions.get("cot", {})), parse_int=float)
    kept["detail"] = sorted(json.dumps(node, sort_keys=True) for node in kept.get("detail", ()))
    point = kept.get("point", {})
    kept["point"] = {name: float(text) for name, text in point.items()}
    bare = msgspec.structs.replace(
        message, original=None, source=None, moments={}, extensions={}, expires=None
    )
    return bare, kept, message.expires, sorted(message.moments)


# --- the corpus ---------------------------------------------------------------------------------


def test_every_file_of_the_corpus_decodes_or_is_refused_by_name(shared: Path) -> None:
    counted: collections.Counter[str] = collections.Counter()
    where: list[str] = []
    for path in files(shared):
        try:
            counted[tak.decode(path.read_bytes()).kind] += 1
        except FormatRefused as refusal:
            counted[refusal.code] += 1
            where.append(refusal.detail)
    assert all("Byte" in said or "bytes" in said for said in where)
    assert counted == {
        "position": 2,
        "unsupported_version": 107,
        "malformed_document": 1,
        "unsafe_document": 1,
    }


def test_a_frame_of_wintak_says_what_its_source_says(shared: Path) -> None:
    source = (shared / "corpus/cot/takv1/pli_source.cot").read_bytes()
    expected = cot.decode(source)
    for frame in frames(shared).values():
        message = tak.decode(frame)
        assert as_said(message)[:3] == as_said(expected)[:3]
        assert message.id == expected.id
        assert message.source is not None
        assert (message.source.format, message.source.version) == ("tak", "1")
        assert message.original is not None
        assert message.original.data == frame


def test_every_sample_survives_the_way_through_protobuf(shared: Path) -> None:
    samples = [path for path in files(shared) if path.suffix == ".cot"]
    assert len(samples) == 49
    for path in samples:
        data = path.read_bytes()
        for mesh in (False, True):
            frame = tak.from_xml(data, mesh=mesh)
            expected = as_said(cot.decode(data))[:3]
            assert as_said(cot.decode(tak.to_xml(frame)))[:3] == expected, path.name
            assert as_said(tak.decode(frame))[:3] == expected, path.name
            assert tak.from_xml(tak.to_xml(frame), mesh=mesh) == frame, path.name


def test_decode_encode_decode_and_no_value_vanishes(shared: Path) -> None:
    given = [tak.from_xml(path.read_bytes()) for path in files(shared) if path.suffix == ".cot"]
    for frame in [*given, *frames(shared).values()]:
        message = tak.decode(frame)
        bare = msgspec.structs.replace(message, original=None)
        assert unaccounted(tak.leaves(frame), bare) == []
        encoded = tak.encode(message)
        assert encoded.losses == ()
        again = msgspec.structs.replace(tak.decode(encoded.data), original=None)
        assert as_said(again) == as_said(bare)
        assert again.id == bare.id


def test_another_implementation_reads_what_we_write_and_the_other_way_round(shared: Path) -> None:
    for path in files(shared):
        if path.suffix != ".cot":
            continue
        data = path.read_bytes()
        event = parse(data)
        for mesh, reader in ((True, takproto.parse_mesh), (False, takproto.parse_stream)):
            theirs = reader(bytearray(tak.from_xml(data, mesh=mesh))).cotEvent
            assert (theirs.uid, theirs.type) == (event.get("uid"), event.get("type"))
        try:
            frame = bytes(takproto.xml2proto(data, takproto.TAKProtoVer.STREAM))
        except ValueError:
            continue  # it does not read every time that real clients write
        ours = tak.decode(frame)
        assert ours.id
        assert ours.source is not None
        assert ours.source.id == event.get("uid")


# --- framing and versions -----------------------------------------------------------------------


def test_the_profile_says_the_framing(shared: Path) -> None:
    message = tak.decode(frames(shared)["stream"])
    assert tak.encode(message).data.startswith(b"\xbf\xb1\x02")
    assert tak.encode(message, Settings(profile="stream")).data.startswith(b"\xbf\xb1\x02")
    mesh = tak.encode(message, Settings(profile="mesh")).data
    assert mesh.startswith(b"\xbf\x01\xbf\x12")
    assert as_said(tak.decode(mesh)) == as_said(message)


def test_a_control_keeps_its_versions() -> None:
    message = TakMessage()
    message.takControl.minProtoVersion = 1
    message.takControl.maxProtoVersion = 2
    message.takControl.contactUid = "ANDROID-1"
    alone = mesh_frame(message.SerializeToString())
    assert tak.control(alone) == tak.Control(1, 2, "ANDROID-1")
    with pytest.raises(MalformedDocument, match=r"Byte 3: the frame holds no event"):
        tak.decode(alone)
    message.cotEvent.uid, message.cotEvent.type = "U-1", "a-f-G"
    both = stream_frame(message.SerializeToString())
    read = tak.decode(both)
    assert "ANDROID-1" in str(read.extensions["cot"])
    assert tak.control(tak.encode(read).data) == tak.Control(1, 2, "ANDROID-1")
    assert tak.control(tak.from_xml(tak.to_xml(both))) == tak.Control(1, 2, "ANDROID-1")


def test_unknown_fields_stay_in_the_extension_and_come_back() -> None:
    message = TakMessage()
    message.cotEvent.uid, message.cotEvent.type = "U-1", "a-f-G"
    message.cotEvent.MergeFromString(b"\xfa\x01\x05later")
    frame = stream_frame(message.SerializeToString())
    read = tak.decode(frame)
    assert b"later".hex() in str(read.extensions["cot"])
    assert b"\xfa\x01\x05later" in tak.encode(read).data
    assert tak.control(frame) is None


def test_markings_are_the_fields_that_tak_server_reads() -> None:
    message = TakMessage()
    said = message.cotEvent
    said.uid, said.type, said.access, said.opex = "U-1", "a-f-G", "LES", "e-NOGALES 26"
    said.caveat, said.releaseableTo, said.qos = "FOUO", "USA,MEX", "9-r-g"
    read = tak.decode(stream_frame(message.SerializeToString()))
    assert read.handling == Handling(
        national_marking="LES", caveat="FOUO", releasable_to=("US", "MX")
    )
    assert read.exercise is Exercise.EXERCISE
    assert b"\x82\x01\x04FOUO\x8a\x01\x07USA,MEX" in tak.encode(read).data


@pytest.mark.parametrize(
    ("data", "error", "where"),
    [
        (b"", MalformedDocument, "Byte 0"),
        (b"\xbf\x07\x12\x05\x0a\x09", MalformedDocument, "Byte 6"),
        (b"\xbf\x04\x12\x02\x0a\x09", MalformedDocument, "Byte 4"),
        (b"\xbf\x02\x12\x00", MalformedDocument, "/cotEvent/uid"),
        (b"\xbf\x00", MalformedDocument, "Byte 2"),
        (b"\xbf\x01\xbf", MalformedDocument, "Byte 3"),
        (b"<event/>", UnsupportedVersion, "Byte 0"),
        (b"\xbf" * 300_000, UnsafeDocument, "bytes"),
    ],
)
def test_a_refusal_says_where(data: bytes, error: type[FormatRefused], where: str) -> None:
    with pytest.raises(error, match=where):
        tak.decode(data)
    with pytest.raises(error, match=where):
        tak.to_xml(data)


def test_an_event_that_xml_refuses_is_refused_here_too() -> None:
    for data in (b"<event/>", b"<x", b"\xbf\x00"):
        with pytest.raises(FormatRefused):
            tak.from_xml(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.booleans())
def test_anything_is_read_or_refused_by_name(data: bytes, inside: bool) -> None:
    payload = b"\x12\x0c\x0a\x05a-f-G\x2a\x03U-1" + data if inside else data
    try:
        message = tak.decode(stream_frame(payload))
    except FormatRefused:
        return
    assert as_said(tak.decode(tak.encode(message).data)) == as_said(message)


# --- our kinds ----------------------------------------------------------------------------------


def composed(making: types.SimpleNamespace, body: Any, **fields: Any) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=fields.pop("sent", datetime(2026, 11, 21, 19, 31, tzinfo=UTC)),
        body=body,
        **fields,
    )


def test_our_position_is_typed_for_a_tak_client(making: types.SimpleNamespace) -> None:
    message = composed(
        making,
        Position(unit="GN-3", course=90.0, speed=2.5),
        location=Location(point=Point(lat=31.3, lon=-110.9)),
    )
    frame = tak.encode(message, Settings(carry_canonical=False, profile="mesh")).data
    said = TakMessage.FromString(frame[3:]).cotEvent.detail
    assert said.contact.callsign == "GN-3"
    assert (said.track.course, said.track.speed) == (90.0, 2.5)


def test_a_kind_without_a_home_is_carried_whole(making: types.SimpleNamespace) -> None:
    message = composed(making, AssistRequest(capability="SEARCH"), incident="TUN-1")
    encoded = tak.encode(message)
    assert "kind" in {loss.field for loss in encoded.losses}
    read = tak.decode(encoded.data)
    assert (read.body, read.incident, read.id) == (message.body, "TUN-1", message.id)


def test_microseconds_are_kept_and_said_to_be_cut(making: types.SimpleNamespace) -> None:
    sent = datetime(2026, 11, 21, 19, 31, 0, 123456, tzinfo=UTC)
    message = composed(making, Position(unit="GN-3"), sent=sent)
    for carry in (True, False):
        encoded = tak.encode(message, Settings(carry_canonical=carry))
        assert tak.decode(encoded.data).sent == sent
        assert "sent" in {loss.field for loss in encoded.losses}


def test_before_1970_there_is_no_time(making: types.SimpleNamespace) -> None:
    message = composed(making, Position(), sent=datetime(1969, 1, 1, tzinfo=UTC))
    with pytest.raises(NotRepresentable, match="1970"):
        tak.encode(message)


def test_the_format_says_what_it_is() -> None:
    assert tak.FORMAT.name == "tak"
    assert tak.FORMAT.profiles == ("stream", "mesh")
    rows = {row.field: row.home for row in tak.crosswalk()}
    assert rows["sent"] == "cotEvent.sendTime"
    assert rows["handling.caveat"] == "cotEvent.caveat"
    assert rows["location.point"] == "cotEvent.lat, lon, hae, ce, le"
    assert {f"kind {name}" for name in KINDS} <= set(rows)
