"""GeoJSON both ways: what RFC 7946 asks for, what the public CoT mapping says, nothing hidden."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.errors import ExerciseUnsayable, FormatRefused, MalformedDocument, UnsafeDocument
from protocols.formats.codec import Settings
from protocols.formats.geojson import names
from protocols.formats.geojson.feature import CHANGED, FORMAT, decode, encode, leaves
from protocols.formats.geojson.read import digest
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.formats.translate import translate
from protocols.messages.envelope import Message, Original
from protocols.messages.kinds import (
    EMERGENCY,
    KINDS,
    Alarm,
    AlarmCancel,
    LogNote,
    Observation,
    Position,
    Text,
)
from protocols.messages.values import Absent, Area, Circle, Exercise, Location, Point

BARE = Settings(carry_canonical=False)


def corpus(shared: Path) -> list[Path]:
    return sorted((shared / "corpus" / "geojson").rglob("*json"))


def without_original(message: Message) -> Message:
    return msgspec.structs.replace(message, original=None)


def feature(properties: dict[str, Any] | None, geometry: Any = None, **more: Any) -> bytes:
    document = {"type": "Feature", "geometry": geometry, "properties": properties} | more
    return json.dumps(document).encode()


def point(*position: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(position)}


# --- the corpus -----------------------------------------------------------------------------------


def test_the_corpus_is_read_or_refused_by_name_with_the_place(shared: Path) -> None:
    found: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for path in corpus(shared):
        try:
            found[decode(path.read_bytes()).kind] += 1
        except FormatRefused as refusal:
            found[refusal.code] += 1
            refused[path.parent.name] += str(refusal.facts["where"]).startswith("/")
    assert found == {"position": 7, "log.note": 14, "malformed_document": 14}
    assert refused == {"invalid": 14}


def test_nothing_in_the_corpus_vanishes_and_all_of_it_comes_back(shared: Path) -> None:
    for path in corpus(shared):
        if path.parent.name == "invalid":
            continue
        data = path.read_bytes()
        message = without_original(decode(data))
        assert unaccounted(leaves(data), message) == [], path.name
        for wishes in (Settings(), BARE):
            written = encode(message, wishes)
            assert written.losses == ()
            assert without_original(decode(written.data)) == message, path.name
            assert json.loads(written.data) == json.loads(data), path.name


# --- what a document says -------------------------------------------------------------------------


def test_a_friendly_track_is_a_position_with_longitude_first() -> None:
    properties = {
        "type": "a-f-G-U-C", "how": "m-g", "callsign": "GN-3", "course": 91.5, "speed": 3,
        "time": "2026-10-25T19:31:00.500Z", "start": "2026-10-25T19:31:00Z",
        "stale": "2026-10-25T19:36:00-07:00", "status": {"battery": 80},
    }  # fmt: skip
    message = decode(feature(properties, point(-110.9511, 31.33275, 1180), id="ANDROID-1"))
    body = message.body
    assert body == Position(
        track="ANDROID-1", unit="GN-3", symbol="a-f-G-U-C", how="m-g", course=91.5, speed=3
    )
    assert message.location == Location(point=Point(lat=31.33275, lon=-110.9511, hae=1180))
    assert message.sent == datetime(2026, 10, 25, 19, 31, 0, 500_000, tzinfo=UTC)
    assert message.moments["/expires"].text == "2026-10-25T19:36:00-07:00"
    assert message.exercise is Exercise.NOT_STATED
    assert message.language == "und"
    kept = message.extensions["geojson"]["document"]
    assert kept["properties"] == {"status": {"battery": 80}}


@pytest.mark.parametrize(
    ("kind", "how", "body"),
    [
        ("a-h-G", "h-e", Observation(sensor="person")),
        ("a-h-G", "m-g", Position(symbol="a-h-G", how="m-g")),
        ("a-f-G", "h-e", Position(symbol="a-f-G", how="h-e")),
        ("b-m-p-s-m", "h-g-i-g-o", Observation(sensor="person")),
        ("b-a-o-tbl", "m-g", Alarm(alarm_class=EMERGENCY)),
        ("b-t-f", "h-e", Text()),
        ("u-d-f", "h-e", LogNote()),
        ("Polygon", "h-e", LogNote()),
        ("a-f-G\n", "m-g", LogNote()),
    ],
)
def test_the_kind_follows_from_the_cot_type(kind: str, how: str, body: object) -> None:
    assert decode(feature({"type": kind, "how": how}, point(1, 2))).body == body


def test_an_emergency_is_cancelled_by_its_id_and_never_without_one() -> None:
    cancel = feature({"type": "b-a-o-can", "remarks": "ok"}, id="ALARM-1")
    body = decode(cancel).body
    assert isinstance(body, AlarmCancel)
    assert body.alarm == "ALARM-1"
    assert isinstance(decode(feature({"type": "b-a-o-can"})).body, LogNote)


def test_null_island_of_a_cot_track_is_no_position_but_a_map_may_show_it() -> None:
    assert decode(feature({"type": "a-f-G"}, point(0, 0, 9999999.0))).location is None
    assert decode(feature({"name": "buoy"}, point(0, 0))).location is not None
    unknown = decode(feature({"type": "a-f-G"}, point(1, 2, 9999999.0)))
    assert unknown.location == Location(point=Point(lat=2, lon=1))


def test_a_time_is_found_under_its_usual_names() -> None:
    for properties, expected in (
        ({"timestamp": "2026-10-25 19:31:00Z"}, "2026-10-25T19:31:00+00:00"),
        ({"time": 1388620296020}, "2014-01-01T23:51:36.020000+00:00"),
        ({"updated": "yesterday", "created": "2026-10-25"}, "2026-10-25T00:00:00+00:00"),
        ({"sent": "2026-10-25T19:31:00"}, "2026-10-25T19:31:00+00:00"),
    ):
        data = feature(properties)
        message = decode(data)
        assert message.sent.isoformat() == expected
        assert message.moments["/sent"].offset_given is (
            "Z" in str(properties) or "time" in properties
        )
        assert json.loads(encode(message, BARE).data) == json.loads(data)


def test_without_a_time_the_time_is_said_to_be_unknown_and_the_id_is_the_documents() -> None:
    one, other = feature({"name": "a"}, point(1, 2)), feature({"name": "b"}, point(1, 2))
    message = decode(one)
    assert message.sent == datetime(1970, 1, 1, tzinfo=UTC)
    assert message.absent == {"/sent": Absent.UNKNOWN}
    assert [loss.field for loss in message.losses] == ["/sent"]
    assert decode(one.replace(b" ", b"").replace(b"[1,2]", b"[1.0,2.00]")).id == message.id
    assert decode(other).id != message.id


def test_a_collection_speaks_by_its_first_report_and_keeps_the_others() -> None:
    ring = [[1, 1], [2, 1], [2, 2], [1, 1]]
    features = [
        json.loads(feature({"name": "sector"}, {"type": "Polygon", "coordinates": [ring]})),
        json.loads(feature({"type": "a-f-G", "callsign": "US-1"}, point(5, 6), id=7)),
        json.loads(feature({"name": "post"}, point(3, 4))),
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features, "crs": "x"}).encode()
    message = decode(data)
    assert message.body == Position(track="7", unit="US-1", symbol="a-f-G")
    assert message.location == Location(point=Point(lat=6, lon=5))
    (area,) = message.target_area
    assert len(area.polygons[0]) == 4
    assert "/features" in [loss.field for loss in message.losses]
    assert json.loads(encode(message, BARE).data) == json.loads(data)


def test_a_hole_and_a_line_are_named_and_kept() -> None:
    outer = [[0, 0], [9, 0], [9, 9], [0, 0]]
    hole = [[4, 1], [5, 1], [5, 2], [4, 1]]
    shapes = {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "Polygon", "coordinates": [outer, hole]},
            {"type": "LineString", "coordinates": [[0, 0], [200, 1]]},
        ],
    }
    message = decode(feature({"time": "2026-10-25T19:31:00Z"}, shapes))
    assert len(message.target_area[0].polygons) == 1
    assert [loss.value for loss in message.losses] == ["1", "LineString", ""]
    assert json.loads(encode(message).data)["geometry"] == shapes


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geometry", "where"),
    [
        (point(31.33, -110.95), "/geometry/coordinates/1"),
        (point(1), "/geometry/coordinates"),
        ({"type": "Point", "coordinates": [True, 1]}, "/geometry/coordinates"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "/geometry/coordinates"),
        ({"type": "Polygon", "coordinates": [[[1, 2]] * 3]}, "/geometry/coordinates/0"),
        (
            {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [3, 3]]]},
            "/geometry/coordinates/0",
        ),
        ({"type": "MultiPolygon", "coordinates": [[[[1]]]]}, "/geometry/coordinates/0/0"),
        ({"type": "GeometryCollection"}, "/geometry/geometries"),
        ({"type": "Circle", "coordinates": [1, 2]}, "/geometry/type"),
        ([], "/geometry"),
    ],
)
def test_a_wrong_geometry_is_refused_with_its_place(geometry: Any, where: str) -> None:
    with pytest.raises(MalformedDocument) as refusal:
        decode(feature({}, geometry))
    assert refusal.value.facts["where"] == where


def test_what_is_too_deep_or_no_json_is_refused() -> None:
    with pytest.raises(UnsafeDocument):
        decode(feature({"a": json.loads("[" * 28 + "]" * 28)}))
    for data in (b"", b"[]", b"{}", b"\xff", b'{"type":"Feature","type":"Feature"}', b"<a/>"):
        with pytest.raises(MalformedDocument):
            decode(data)


# --- writing --------------------------------------------------------------------------------------


def test_areas_are_features_of_their_own_closed_and_counterclockwise(
    making: SimpleNamespace,
) -> None:
    clockwise = (Point(lat=0, lon=0), Point(lat=2, lon=0), Point(lat=2, lon=2), Point(lat=0, lon=2))
    circle = Circle(centre=Point(lat=31.3, lon=-110.9), radius=400)
    message = Message(
        id="01890000-0000-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 10, 25, tzinfo=UTC),
        body=KINDS["log.note"].body(),
        location=Location(point=Point(lat=1, lon=2)),
        target_area=(Area(polygons=(clockwise,), circles=(circle,)),),
    )
    written = encode(message, BARE)
    document = json.loads(written.data)
    event, area, round_one = document["features"]
    assert event["geometry"] == point(2, 1)
    assert area["geometry"]["coordinates"] == [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]][::1]]
    assert round_one["geometry"] == point(-110.9, 31.3)
    assert round_one["properties"]["radius"] == 400
    assert any("no circles" in loss.reason for loss in written.losses)
    back = decode(written.data)
    assert [len(one.circles) for one in back.target_area] == [0, 1]
    assert back.location == message.location


def test_a_changed_document_speaks_for_itself(making: SimpleNamespace) -> None:
    message = Message(
        id="01890000-0000-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 10, 25, tzinfo=UTC),
        body=Position(unit="GN-3", track="gn-3"),
        location=Location(point=Point(lat=1.0, lon=2.0)),
    )
    data = encode(message).data
    assert without_original(decode(data)).body == message.body
    moved = decode(data.replace(b"[2.0,1.0]", b"[2.5,1.0]"))
    assert moved.location == Location(point=Point(lat=1, lon=2.5))
    assert [loss.reason for loss in moved.losses] == [CHANGED]
    assert moved.id != message.id


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_kind_is_carried_or_its_loss_is_said(
    kind: str, data: st.DataObject, making: SimpleNamespace
) -> None:
    message = data.draw(making.messages_of(kind))
    built = msgspec.to_builtins(message)
    for name in ("original", "losses", "moments"):
        built.pop(name, None)
    for wishes in (Settings(language="es"), Settings(language="fr", carry_canonical=False)):
        written = encode(message, wishes)
        back = decode(written.data)
        lost = {loss.field for loss in written.losses}
        stated = [(path, str(leaf)) for path, leaf in leaf_paths(built) if path not in lost]
        assert unaccounted(stated, msgspec.structs.replace(back, original=None)) == []
        assert (back.exercise is Exercise.ACTUAL) <= (message.exercise is Exercise.ACTUAL)
        if wishes.carry_canonical:
            assert back.kind == kind
            assert back.id == message.id
        assert decode(written.data) == back


def test_an_exercise_is_not_written_as_it_is(making: SimpleNamespace) -> None:
    message = Message(
        id="01890000-0000-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 10, 25, tzinfo=UTC),
        body=Position(),
        exercise=Exercise.EXERCISE,
    )
    with pytest.raises(ExerciseUnsayable):
        translate(message, FORMAT)
    assert decode(encode(message, BARE).data).exercise is Exercise.EXERCISE
    assert decode(feature({"exercise": True})).exercise is Exercise.EXERCISE
    assert decode(feature({"exercise": False})).exercise is Exercise.NOT_STATED


@pytest.mark.parametrize("said", [True, "exercise", "test", "simulation"])
@pytest.mark.parametrize("claimed", [Exercise.ACTUAL, Exercise.NOT_STATED])
def test_the_foreign_member_is_no_more_real_than_the_feature(
    said: object, claimed: Exercise, making: SimpleNamespace
) -> None:
    message = a_position(making, exercise=claimed)
    document = json.loads(encode(message).data)
    member = document.pop("crossband")
    document["properties"]["exercise"] = said
    document["crossband"] = member | {"digest": digest(document)}
    back = decode(json.dumps(document).encode())
    assert back.id == message.id
    assert back.exercise.value == ("exercise" if said is True else said)


def test_a_forged_original_in_the_foreign_member_is_refused(making: SimpleNamespace) -> None:
    original = Original.of(b"as it was", "geojson", "1", "application/geo+json")
    message = a_position(making, original=original)
    data = encode(message).data
    assert decode(data).original == original
    document = json.loads(data)
    document["crossband"]["message"]["original"]["sha256"] = "0" * 64
    with pytest.raises(MalformedDocument) as refusal:
        decode(json.dumps(document).encode())
    assert refusal.value.facts["where"] == "/crossband/message/original/sha256"


def a_position(making: SimpleNamespace, **more: Any) -> Message:
    return Message(
        id="01890000-0000-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 10, 25, tzinfo=UTC),
        body=Position(unit="GN-3", track="gn-3"),
        location=Location(point=Point(lat=1.0, lon=2.0)),
        **more,
    )


def test_an_extension_of_somebody_else_is_not_believed(making: SimpleNamespace) -> None:
    for kept in (
        {"document": {"type": "Feature"}, "read": {}},
        {"document": {"type": "FeatureCollection", "features": []}, "feature": 3, "read": {}},
        {"document": {"type": "Point", "coordinates": [1, 2]}, "read": {"sent": "time"}},
        {"document": 7},
        "words",
    ):
        message = Message(
            id="01890000-0000-7000-8000-000000000001",
            sender=making.sender,
            sent=datetime(2026, 10, 25, tzinfo=UTC),
            body=LogNote(),
            extensions={"geojson": kept},
        )
        assert decode(encode(message, BARE).data).kind == "log.note"


def test_the_crosswalk_names_every_field_and_kind() -> None:
    fields = {row.field.partition(".")[0] for row in FORMAT.crosswalk()}
    assert set(Message.__struct_fields__) - {"body", "losses"} <= fields
    assert {f"kind {name}" for name in KINDS} <= {row.field for row in FORMAT.crosswalk()}
    assert set(FORMAT.gives) == {KINDS_OF[body] for body in names.GIVES}


KINDS_OF = {entry.body: name for name, entry in KINDS.items()}
