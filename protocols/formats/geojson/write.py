"""A message as GeoJSON: the event as a feature, and each target area as one more.

What comes from GeoJSON is put together again as it was; everything else is drawn new. What is
carried is not claimed but found out: what was written is read again, and a field that does not
come back with its value is a loss.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from protocols.errors import FormatRefused
from protocols.formats import readback
from protocols.formats.codec import STRANGER, Settings
from protocols.formats.geojson import names
from protocols.formats.geojson.geometry import drawable, point_geometry, position_of, rings_geometry
from protocols.formats.geojson.read import Object, check_document, read_document
from protocols.formats.text import speaker, summary
from protocols.formats.times import parse_time, zulu_text
from protocols.messages.envelope import Loss, Message
from protocols.messages.kinds import EMERGENCY, Alarm, AlarmCancel, Observation, Position, Text
from protocols.messages.render import title
from protocols.messages.values import Area, Exercise, LanguageText

IN_WORDS: Final = "a map shows it at most in the words of title and description"
NO_PLACE: Final = "GeoJSON has no member for it"
TRAVELS: Final = "GeoJSON has no member for it; it travels in the foreign member " + names.CANONICAL
NO_CIRCLE: Final = "GeoJSON has no circles: a map shows the centre, the radius is a property"
NO_RING: Final = "it encloses nothing, so it is not drawn"


def restored(message: Message) -> Object | None:
    """The document that a message came from, with the message's values; None where there is none.

    None as well where the document would say another kind or another place than the message does.
    """
    kept = message.extensions.get(names.NAME)
    if not isinstance(kept, dict) or not isinstance(kept.get("document"), dict):
        return None
    document: Object = copy.deepcopy(kept["document"])
    number, read = kept.get("feature"), kept.get("read")
    if not isinstance(read, dict):
        return None
    feature: Any = document
    if isinstance(number, int):
        features = document.get("features")
        if not isinstance(features, list) or not -1 < number < len(features):
            return None
        feature = features[number]
    if not isinstance(feature, dict):
        return None
    for field, name in read.items():
        if not isinstance(name, str) or not _put_back(feature, field, name, message):
            return None
    return document if _says(document, message) else None


def _put_back(feature: Object, field: str, name: str, message: Message) -> bool:
    """Put one value where it was; False where there is no such place."""
    if field == "location.point":
        geometry, place = feature.get("geometry"), message.location
        if place is None or place.point is None or not isinstance(geometry, dict):
            return False
        geometry["coordinates"] = position_of(place.point)
        return True
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        return False
    holder: Any = message
    for step in field.split("."):
        holder = getattr(holder, step, None)
    value = _value(holder, message, field)
    if value is not None:
        properties[name] = value
    return True


def _value(value: Any, message: Message, field: str) -> Any:
    """A field as JSON; a time the way the document wrote it, where that is still the time."""
    if isinstance(value, LanguageText):
        return value.text
    if not isinstance(value, datetime):
        return msgspec.to_builtins(value)
    moment = message.moments.get(f"/{field}")
    if moment is None:
        return zulu_text(value)
    if moment.text.isascii() and moment.text.isdigit():
        factor = 1_000_000 if len(moment.text) < 12 else 1_000
        same = int(moment.text) * factor == int(value.timestamp() * 1_000_000)
        return int(moment.text) if same else zulu_text(value)
    text = moment.text if len(moment.text) > 10 else f"{moment.text}T00:00:00"
    try:
        unchanged = parse_time(text.strip().replace(" ", "T", 1))[0] == value
    except ValueError:
        unchanged = False
    return moment.text if unchanged else zulu_text(value)


def _says(document: Object, message: Message) -> bool:
    """Whether a document reads as this message: its kind, place and areas."""
    try:
        check_document(document)
        fields = read_document(copy.deepcopy(document))
    except FormatRefused:
        return False
    return (
        fields["body"] == message.body
        and fields.get("location") == message.location
        and fields["target_area"] == message.target_area
    )


# --- drawn new ------------------------------------------------------------------------------------


def drawn(message: Message, settings: Settings) -> Object:
    """A new document: a feature, or a collection where there are areas to draw."""
    body = message.body
    point = message.location.point if message.location else None
    feature: Object = {
        "type": "Feature",
        "id": _identifier(message),
        "geometry": point_geometry(point) if point else None,
        "properties": _properties(message, settings),
    }
    if isinstance(body, Position) and body.gone:
        feature["geometry"] = None
    areas = [one for area in message.target_area for one in _area_features(area)]
    if not areas:
        return feature
    return {"type": "FeatureCollection", "features": [feature, *areas]}


def _identifier(message: Message) -> str:
    body = message.body
    if isinstance(body, Position) and body.track:
        return body.track
    if isinstance(body, Alarm | AlarmCancel) and body.alarm:
        return body.alarm
    return message.id


def _properties(message: Message, settings: Settings) -> Object:
    body = message.body
    properties: Object = {names.KIND: message.kind, names.CREATOR: {"callsign": speaker(message)}}
    symbol = _symbol(message)
    if symbol is not None:
        properties["type"] = symbol
        properties["how"] = names.BY_MACHINE if isinstance(body, Position) else names.BY_HAND
    for field, tried in names.BODY_HOMES.get(type(body), {}).items():
        value = _value(getattr(body, field), message, f"body.{field}")
        if value is not None:
            properties[tried[0]] = value
    if message.kind != "log.note":
        properties[names.TITLE] = title(message, settings.labels)
        if isinstance(body, Text) and body.subject is not None:
            properties[names.TITLE] = body.subject.text
        properties[names.DESCRIPTION] = summary(message, settings.labels)
    for field, (name, *_) in names.TIMES.items():
        moment = getattr(message, field)
        if moment is not None:
            properties[name] = _value(moment, message, field)
    for name in names.PLAIN:
        value = getattr(message, name)
        if value not in (None, Exercise.NOT_STATED, "und"):
            properties[name] = msgspec.to_builtins(value)
    return properties


def _symbol(message: Message) -> str | None:
    """The CoT type by which a reader of the public mapping knows the kind."""
    body = message.body
    if isinstance(body, Position):
        return names.UNKNOWN_TRACK
    if isinstance(body, Observation):
        return names.MARKER
    if isinstance(body, Alarm) and body.active and body.alarm_class == EMERGENCY:
        return names.EMERGENCY_TYPE
    if isinstance(body, AlarmCancel):
        return names.CANCEL_TYPE
    return names.CHAT if isinstance(body, Text) else None


def _area_features(area: Area) -> list[Object]:
    """The features of one area; its words stand with the first."""
    said: Object = {}
    if area.description is not None:
        said[names.AREA_WORDS] = area.description.text
    for code in area.geocodes:
        said.setdefault(names.GEOCODES, {}).setdefault(code.system, []).append(code.code)
    for name in ("altitude", "ceiling"):
        if getattr(area, name) is not None:
            said[name] = getattr(area, name)
    shapes: list[tuple[Object | None, Object]] = []
    rings = rings_geometry(area.polygons)
    if rings is not None or not area.circles:
        shapes.append((rings, {}))
    shapes += [(point_geometry(one.centre), {names.RADIUS: one.radius}) for one in area.circles]
    return [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {names.ROLE: names.TARGET_AREA} | (said if not index else {}) | more,
        }
        for index, (geometry, more) in enumerate(shapes)
    ]


# --- what is lost ---------------------------------------------------------------------------------


def losses(
    message: Message, document: Object, settings: Settings, *, as_it_was: bool
) -> tuple[Loss, ...]:
    """Every field that a plain reader of the document does not find, or finds less exactly."""
    back = Message(sender=STRANGER, **read_document(copy.deepcopy(document)))
    if as_it_was:
        back = msgspec.structs.replace(
            back, id=message.id, sender=message.sender, source=message.source
        )
    elif _identifier(message) == message.id:
        back = msgspec.structs.replace(back, id=message.id)
    lost = readback.losses(
        message,
        back,
        own=names.NAME if as_it_was else "",
        reasons={"body": IN_WORDS},
        otherwise=TRAVELS if settings.carry_canonical else NO_PLACE,
    )
    return (*lost, *_bent_shapes(message.target_area))


def _bent_shapes(areas: tuple[Area, ...]) -> Iterator[Loss]:
    """Circles are bent even where they come back: a map shows no circle."""
    for number, area in enumerate(areas):
        for index, circle in enumerate(area.circles):
            field = f"target_area.{number}.circles.{index}.radius"
            yield Loss(field=field, value=str(circle.radius), reason=NO_CIRCLE)
        for index, ring in enumerate(area.polygons):
            if not drawable(ring):
                field = f"target_area.{number}.polygons.{index}"
                yield Loss(field=field, value=f"{len(ring)}", reason=NO_RING)
