"""What a checked GeoJSON document says: one message, and what of the document it does not hold.

A message is one, so of a collection one feature speaks: the first that reports something, else the
first. The outer rings of all features are the target area. Values that a message holds are taken
out of the document; `read` remembers which property each came from, so that writing puts it back.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from protocols.errors import UnsafeDocument
from protocols.formats.codec import UNDETERMINED, derived_id, words
from protocols.formats.geojson import names
from protocols.formats.geojson.geometry import (
    GEOMETRIES,
    check,
    check_box,
    first_point,
    outer_rings,
    point_geometry,
    point_of,
    refused,
    unsaid,
)
from protocols.formats.losses import Losses
from protocols.formats.times import parse_time
from protocols.messages.kinds import (
    EMERGENCY,
    Alarm,
    AlarmCancel,
    Body,
    LogNote,
    Observation,
    Position,
    Text,
)
from protocols.messages.values import (
    Absent,
    Area,
    Circle,
    Exercise,
    Location,
    Moment,
    NativeCode,
    Point,
    Precedence,
)

Object = dict[str, Any]

NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for `sent` where a document states no time: reading it twice must give the same message,
so it cannot be the time of reading. `absent` then says that the time is unknown."""
DEEPEST: Final = 27
"""Levels of a document: a message has 32, of which the extension takes four."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MILLISECONDS: Final = range(10**11, 10**14)
_SECONDS: Final = range(10**8, 10**11)


# --- the document ---------------------------------------------------------------------------------


def check_document(document: Object) -> None:
    """Raise `MalformedDocument` unless this is a GeoJSON object (RFC 7946, section 3)."""
    kind = document.get("type")
    if kind == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list):
            raise refused("/features", "a collection has a list of features")
        for index, feature in enumerate(features):
            _check_feature(feature, f"/features/{index}")
        check_box(document, "")
    elif kind == "Feature":
        _check_feature(document, "")
    elif isinstance(kind, str) and kind in GEOMETRIES:
        check(document, "")
    else:
        raise refused("/type", f"{str(kind)[:40]!r} is no type of a GeoJSON object")
    if _depth(document, DEEPEST) > DEEPEST:
        raise UnsafeDocument(f"The document is more than {DEEPEST} levels deep.")


def _check_feature(feature: Any, where: str) -> None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise refused(f"{where}/type", "this is no feature")
    for name in ("geometry", "properties"):
        if name not in feature:
            raise refused(f"{where}/{name}", "the member is missing; it may be null")
    if not isinstance(feature["properties"], dict | None):
        raise refused(f"{where}/properties", "properties are an object or null")
    identifier = feature.get("id", "")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int | float):
        raise refused(f"{where}/id", "an id is a text or a number")
    if feature["geometry"] is not None:
        check(feature["geometry"], f"{where}/geometry")
    check_box(feature, where)


def _depth(value: Any, room: int) -> int:
    """Levels of containers, counted no further than a few beyond `room`."""
    if room < -1 or not isinstance(value, dict | list) or not value:
        return 1 if isinstance(value, dict | list) else 0
    inside = value.values() if isinstance(value, dict) else value
    return 1 + max(
        (_depth(item, room - 1) for item in inside if isinstance(item, dict | list)), default=0
    )


def digest(document: Object) -> str:
    """A hash of what a document says, however its numbers and spaces are written."""
    text = json.dumps(_plain(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    """`value` with 1.0 as 1: for JSON they are the same number."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


# --- reading --------------------------------------------------------------------------------------


class Reading:
    """One document on its way to a message: the fields so far, and where each came from."""

    def __init__(self, document: Object) -> None:
        self.document = document
        self.fields: Object = {"language": UNDETERMINED}
        self.read: dict[str, str] = {}
        self.moments: dict[str, Moment] = {}
        self.losses = Losses()
        self.number, self.where, self.feature = _speaker(document)
        given = self.feature.get("properties") if self.feature else None
        self.properties: Object = given if isinstance(given, dict) else {}

    def take(self, field: str, tried: tuple[str, ...], accept: Callable[[Any], Any]) -> Any:
        """The first of these properties that `accept` makes a value of, taken out; or None."""
        for name in tried:
            if name in self.properties:
                value = accept(self.properties[name])
                if value is not None:
                    del self.properties[name]
                    self.read[field] = name
                    return value
        return None

    def body(self, kind: type[Body], **fixed: Any) -> Body:
        """A body with the fields that its properties give."""
        for field, tried in names.BODY_HOMES[kind].items():
            value = self.take(f"body.{field}", tried, _accepting(field))
            if value is not None:
                fixed[field] = value
        return kind(**fixed)


def read_document(document: Object) -> Object:
    """The fields of the message that a checked document is; `document` keeps what is left."""
    name = digest(document)
    reading = Reading(document)
    fields = reading.fields
    _read_times(reading)
    for field in names.PLAIN:
        value = reading.take(field, (field,), _PLAIN[field])
        if value is not None:
            fields[field] = value
    if reading.properties.get("exercise") is True:
        fields["exercise"] = Exercise.EXERCISE
    fields["body"] = _body(reading)
    _read_place(reading)
    fields["target_area"] = tuple(_areas(document))
    for at, value, reason in _all_unsaid(document):
        reading.losses.add(at, value, reason)
    fields["id"] = derived_id(fields["sent"], names.NAME, name)
    fields["moments"] = reading.moments
    fields["losses"] = reading.losses.take()
    kept: Object = {"document": document, "read": reading.read}
    if reading.number is not None:
        kept["feature"] = reading.number
    fields["extensions"] = {names.NAME: kept}
    return fields


def stated_exercise(document: Object) -> Exercise:
    """What the feature that speaks says of whether it is real; `document` stays as it is."""
    feature = _speaker(document)[2]
    given = feature.get("properties") if feature else None
    value = given.get("exercise") if isinstance(given, dict) else None
    if value is True:
        return Exercise.EXERCISE
    return _exercise(value) or Exercise.NOT_STATED


def _speaker(document: Object) -> tuple[int | None, str, Object | None]:
    """(number in its collection, place, feature) of the feature that the message is about."""
    if document["type"] == "Feature":
        return None, "", document
    if document["type"] != "FeatureCollection" or not document["features"]:
        return None, "", None
    features = document["features"]
    chosen = next((i for i, one in enumerate(features) if _reports(one)), 0)
    return chosen, f"/features/{chosen}", features[chosen]


def _reports(feature: Object) -> bool:
    """Whether a feature is of a family that is more than a drawing."""
    return _family(feature["properties"] or {}) is not LogNote


def _family(properties: Object) -> type[Body]:
    """The kind of message that a feature of this CoT type is."""
    kind, how = properties.get("type"), properties.get("how")
    if not isinstance(kind, str) or not names.COT_TYPE.fullmatch(kind):
        return LogNote
    if kind.startswith("a-"):
        by_hand = isinstance(how, str) and how.startswith("h")
        return Observation if by_hand and not kind.startswith(names.FRIEND) else Position
    if kind.startswith("b-m-p-s-"):
        return Observation
    if kind == names.CHAT:
        return Text
    if kind.startswith("b-a-o"):
        return AlarmCancel if kind.startswith(names.CANCEL_TYPE) else Alarm
    return LogNote


def _body(reading: Reading) -> Body:
    properties = reading.properties
    family = _family(properties)
    identifier = reading.feature.get("id") if reading.feature else None
    uid = None if identifier is None else str(identifier)
    if family is Position:
        return reading.body(Position, track=uid)
    if family is Observation:
        by_hand = str(properties.get("how", "")).startswith("h")
        return reading.body(Observation, sensor="person" if by_hand else None)
    if family is AlarmCancel and uid:
        return reading.body(AlarmCancel, alarm=uid)
    if family is Alarm:
        return reading.body(Alarm, alarm_class=EMERGENCY, alarm=uid)
    return reading.body(Text if family is Text else LogNote)


def _read_times(reading: Reading) -> None:
    fields = reading.fields
    for field, tried in names.TIMES.items():
        found = reading.take(field, tried, _moment)
        if found is None:
            continue
        fields[field], given, text = found
        reading.moments[f"/{field}"] = Moment(text=text, offset_given=given)
    if "sent" not in fields:
        fields["sent"] = NO_TIME
        fields["absent"] = {"/sent": Absent.UNKNOWN}
        reading.losses.add("/sent", "", "the document states no time; 1970 stands for unknown")


def _moment(value: Any) -> tuple[datetime, bool, str] | None:
    """(moment, whether an offset was given, text) of an ISO 8601 text or a number since 1970."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value in _MILLISECONDS:
            return datetime.fromtimestamp(value / 1000, UTC), True, str(value)
        if value in _SECONDS:
            return datetime.fromtimestamp(value, UTC), True, str(value)
        return None
    if not isinstance(value, str) or len(value) > 64:
        return None
    text = f"{value}T00:00:00" if _DAY.fullmatch(value) else value.strip().replace(" ", "T", 1)
    try:
        moment, given = parse_time(text)
    except ValueError:
        return None
    return moment, given, value


def _read_place(reading: Reading) -> None:
    """The location: the point of the feature that speaks, or of a bare geometry."""
    holder: Object = reading.feature or reading.document
    geometry = holder.get("geometry") if reading.feature else _bare(holder)
    properties = reading.properties
    if not isinstance(geometry, dict) or properties.get(names.ROLE) == names.TARGET_AREA:
        return
    point = first_point(geometry, "")
    from_cot = "body.symbol" in reading.read or names.COT_TYPE.fullmatch(
        str(properties.get("type", ""))
    )
    if point is None or (from_cot and point.lat == 0 and point.lon == 0):
        return
    reading.fields["location"] = Location(point=point)
    if reading.feature and geometry == point_geometry(point) and names.RADIUS not in properties:
        del geometry["coordinates"]
        reading.read["location.point"] = "geometry"


def _bare(document: Object) -> Object | None:
    return document if document["type"] in GEOMETRIES else None


def _features(document: Object) -> Iterator[tuple[str, Object]]:
    """(place, geometry holder) of every feature, or of the bare geometry."""
    if document["type"] == "FeatureCollection":
        for index, feature in enumerate(document["features"]):
            yield f"/features/{index}/geometry", feature
    elif document["type"] == "Feature":
        yield "/geometry", document
    else:
        yield "", {"geometry": document, "properties": None}


def _whole(geometry: Any) -> bool:
    """Whether a geometry still has its coordinates; a point that was read has not."""
    return isinstance(geometry, dict) and ("coordinates" in geometry or "geometries" in geometry)


def _areas(document: Object) -> Iterator[Area]:
    """Whom it concerns: the rings of every feature, and the circles that we write as points."""
    for where, feature in _features(document):
        geometry, properties = feature["geometry"], feature["properties"] or {}
        if not _whole(geometry):
            continue
        rings = outer_rings(geometry, where)
        circle = _circle(geometry, properties.get(names.RADIUS))
        circles = () if circle is None else (circle,)
        said = _area_words(properties) if properties.get(names.ROLE) == names.TARGET_AREA else {}
        if rings or circles or said:
            yield Area(polygons=rings, circles=circles, **said)


def _circle(geometry: Object, radius: Any) -> Circle | None:
    number = _quantity(radius, float("inf"))
    if number is None or geometry["type"] != "Point" or not geometry["coordinates"]:
        return None
    centre = point_of(geometry["coordinates"])
    return Circle(centre=centre, radius=number) if isinstance(centre, Point) else None


def _area_words(properties: Object) -> Object:
    """What we write of an area beside its shape, as far as it is what we write."""
    said: Object = {}
    text = properties.get(names.AREA_WORDS)
    if isinstance(text, str) and text:
        said["description"] = words(text)
    codes = properties.get(names.GEOCODES)
    if isinstance(codes, dict):
        said["geocodes"] = tuple(
            NativeCode(system=system, code=code)
            for system, listed in codes.items()
            for code in (listed if isinstance(listed, list) else [])
            if isinstance(code, str)
        )
    for name in ("altitude", "ceiling"):
        value = properties.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            said[name] = float(value)
    return said


def _all_unsaid(document: Object) -> Iterator[tuple[str, str, str]]:
    for where, feature in _features(document):
        if _whole(feature["geometry"]):
            yield from unsaid(feature["geometry"], where)
    if document["type"] == "FeatureCollection" and len(document["features"]) > 1:
        more = len(document["features"]) - 1
        yield (
            "/features",
            str(more),
            "a message is about one feature; the others stay in the extension",
        )


# --- values ---------------------------------------------------------------------------------------


def _accepting(field: str) -> Callable[[Any], Any]:
    if field in names.NUMBERS:
        return lambda value: _quantity(value, names.NUMBERS[field])
    return _text if field in names.AS_TEXT else _free_text


def _quantity(value: Any, most: float) -> float | None:
    """A number from 0 on that a float holds; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if number == value and number != float("inf") else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _free_text(value: Any) -> Any:
    return words(value) if isinstance(value, str) else None


def _language(value: Any) -> str | None:
    return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else None


def _precedence(value: Any) -> Precedence | None:
    known = isinstance(value, str) and value in {one.value for one in Precedence}
    return Precedence(value) if known else None


def _exercise(value: Any) -> Exercise | None:
    """A state by its name; a boolean stays where it is, and `false` never means that it is real."""
    known = isinstance(value, str) and value in {one.value for one in Exercise}
    return Exercise(value) if known else None


_PLAIN: Final[dict[str, Callable[[Any], Any]]] = {
    "incident": _text,
    "patrol": _text,
    "language": _language,
    "precedence": _precedence,
    "exercise": _exercise,
}
