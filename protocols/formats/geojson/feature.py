"""GeoJSON (RFC 7946): a feature, a collection of features or a bare geometry ↔ one message.

Read: features of the public mapping of CoT to GeoJSON become positions, observations, alarms and
chat; every other feature is a note with its name, its words and its place, for a drawing is not an
order. Written: the event as a feature and each target area as a feature of its own, with the
complete canonical message in the foreign member `crossband`.

GeoJSON has no flag that its readers would look for to see an exercise, so it cannot say that
something is not real. A document without any time gives a message of 1970 whose `absent` says that
the time is unknown.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from protocols.errors import MalformedDocument, MalformedMessage
from protocols.formats import json_document
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    Encoded,
    Format,
    Row,
    Settings,
    speaking_for,
)
from protocols.formats.geojson import names, write
from protocols.formats.geojson.read import (
    Object,
    check_document,
    digest,
    read_document,
    stated_exercise,
)
from protocols.formats.inside import checked, no_more_real
from protocols.formats.losses import Losses
from protocols.messages import tree
from protocols.messages.envelope import (
    JSON_LIMIT,
    Loss,
    Message,
    Original,
    Sender,
    Source,
    from_json,
    to_json,
)
from protocols.messages.kinds import BY_BODY, KINDS

_WHERE: Final = f"/{names.CANONICAL}/message"
CHANGED: Final = "the document was changed after this was written; the document holds"


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one document.

    Raises `UnsafeDocument` and `MalformedDocument`, which name the place by its JSON pointer.
    """
    document = json_document.parse(data)
    carried = _take_carried(document)
    check_document(document)
    original = Original.of(data, names.NAME, names.VERSION, names.MEDIA_TYPE)
    source = _source(document)
    if carried is not None and carried["digest"] == digest(document):
        message = _complete(carried["message"], source, original, sender)
        return no_more_real(message, stated_exercise(document))
    fields = read_document(document)
    if carried is not None:
        changed = Loss(field=_WHERE, value=str(carried["digest"]), reason=CHANGED)
        fields["losses"] = (*fields["losses"], changed)
    message = Message(sender=sender, source=source, original=original, **fields)
    return speaking_for(message, sender)


def _take_carried(document: Object) -> Object | None:
    """The canonical message that the document carries; somebody else's member is left alone."""
    member = document.get(names.CANONICAL)
    if not isinstance(member, dict) or set(member) != {"message", "digest"}:
        return None
    if not isinstance(member["message"], dict | str):
        return None
    del document[names.CANONICAL]
    return member


def _source(document: Object) -> Source:
    identifier = document.get("id")
    if document["type"] == "FeatureCollection" and identifier is None:
        firsts = [feature.get("id") for feature in document["features"][:1]]
        identifier = firsts[0] if firsts else None
    known = isinstance(identifier, str | int | float) and not isinstance(identifier, bool)
    text = str(identifier) if known else None
    return Source(system=names.NAME, id=text, format=names.NAME, version=names.VERSION)


def _complete(carried: Any, source: Source, original: Original, sender: Sender) -> Message:
    """The carried message; the document around it is its source where it names none."""
    try:
        if isinstance(carried, str):
            message = from_json(carried)
        else:
            message = tree.convert(carried, Message, from_text=True)
        tree.build(message)  # what cannot travel on is refused here, not by the next writer
        message = checked(message, _WHERE)
    except MalformedMessage as fault:
        raise MalformedDocument(f"{_WHERE}{fault.detail}", where=_WHERE) from fault
    added: Object = {}
    if message.source is None:
        added["source"] = source
    if message.original is None:
        added["original"] = original
    return speaking_for(msgspec.structs.replace(message, **added), sender)


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """One feature or collection; what a plain reader does not find is in the losses."""
    again = write.restored(message)
    document = again if again is not None else write.drawn(message, settings)
    lost = write.losses(message, document, settings, as_it_was=again is not None)
    if settings.carry_canonical and (again is None or lost):
        more = _carry(document, message)
        lost = (*lost, *more)
    return Encoded(json_document.serialise(document), lost)


def _carry(document: Object, message: Message) -> tuple[Loss, ...]:
    """Put the complete message into the document; its original only as far as there is room.

    A message that is too deep to stand inside a document travels as JSON text.
    """
    losses = Losses()
    text, original = _json(message), message.original
    if len(text) > json_document.MAX_BYTES // 2 and original is not None and original.data:
        losses.add("original.data", original.sha256, "too large for a document; its hash travels")
        lighter = msgspec.structs.replace(original, data=None)
        text = _json(msgspec.structs.replace(message, original=lighter))
    shape = digest(document)
    inside: Object = {"digest": shape, "message": msgspec.json.decode(text)}
    document[names.CANONICAL] = inside
    try:
        tree.decode_json(json_document.serialise(document), JSON_LIMIT)
    except MalformedMessage:
        inside["message"] = text.decode()
    return losses.take()


def _json(message: Message) -> bytes:
    try:
        return to_json(message)
    except MalformedMessage as fault:
        raise MalformedDocument(fault.detail) from fault


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that the document states, the carried message among them."""
    return list(json_document.leaves(json_document.parse(data)))


def crosswalk() -> tuple[Row, ...]:
    """What of the envelope is a member or a property, and which kinds a map reader knows."""
    rows = [
        Row("id", "feature id", "a position has the id of its track; the message's is in crossband")
    ]
    for field, tried in names.TIMES.items():
        rows.append(Row(field, f"properties.{tried[0]}"))
    rows += [Row(field, f"properties.{field}") for field in names.PLAIN if field != "exercise"]
    rows.append(
        Row("exercise", "properties.exercise", "no reader looks for it: refused or wrapped")
    )
    rows.append(Row("location.point", "geometry", "the error of a fix only in crossband"))
    rows.append(Row("target_area", "one feature an area", write.NO_CIRCLE))
    rows.append(Row("source.id", "feature id"))
    rows.append(Row("moments", "the text of each time"))
    rows.append(Row("extensions.geojson", "every other member and property"))
    said = {row.field.partition(".")[0] for row in rows} | {"body", "losses"}
    rows += [
        Row(field, "", f"only in the foreign member {names.CANONICAL}")
        for field in Message.__struct_fields__
        if field not in said
    ]
    for name, entry in KINDS.items():
        homes = names.BODY_HOMES.get(entry.body)
        if homes is None:
            rows.append(Row(f"kind {name}", "properties.title, description", write.IN_WORDS))
        else:
            properties = ", ".join(tried[0] for tried in homes.values())
            rows.append(Row(f"kind {name}", f"properties {properties}", "other fields as words"))
    return tuple(rows)


FORMAT = Format(
    name=names.NAME,
    title="GeoJSON",
    reads=(names.VERSION,),
    writes=(names.VERSION,),
    media_type=names.MEDIA_TYPE,
    exercises=frozenset(),
    gives=tuple(BY_BODY[body].name for body in names.GIVES),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
