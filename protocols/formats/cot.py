"""Cursor on Target 2.0: one XML event (MITRE base schema with TAK details) ↔ one message.

Read: positions, markers, chat and its receipts, emergencies and their cancel, casualty
evacuations; what CoT only draws becomes a note. Written: the same, and for kinds that CoT does
not have an event that a TAK screen can show (a marker or a chat line with the text in the
reader's language), beside which the complete canonical message travels in the detail element
`__crossband`, so that a dispatch system that speaks only CoT can read and write every kind.

Missing is missing: 9999999.0, NaN and 0,0 are no position; no `opex` is "not stated".
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import msgspec
from lxml import etree

from protocols.errors import MalformedDocument, MalformedMessage, UnsupportedVersion
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    UNDETERMINED,
    Encoded,
    Format,
    Settings,
    derived_id,
    speaking_for,
)
from protocols.formats.cot_detail import (
    Element,
    child,
    find,
    put,
    put_point,
    put_time,
    says_nothing,
    take,
    take_point,
    take_time,
)
from protocols.formats.cot_losses import crosswalk, note_losses
from protocols.formats.cot_read import read_kind
from protocols.formats.cot_restore import RESTORERS, restore_kind
from protocols.formats.cot_words import (
    CANONICAL,
    COUNTRIES,
    COUNTRIES_BACK,
    EXERCISES,
    NAMESPACE,
    NO_ACCESS,
    OPEX,
    QOS,
    precedence_of,
)
from protocols.formats.cot_write import Home, home_of, uid_of
from protocols.formats.losses import Losses
from protocols.formats.xml import (
    MAX_BYTES,
    Node,
    from_node,
    legal,
    malformed,
    own_root,
    parse,
    serialise,
    to_node,
)
from protocols.formats.xml import leaves as xml_leaves
from protocols.messages import tree
from protocols.messages.envelope import Handling, Loss, Message, Original, Sender, Source, to_json
from protocols.messages.kinds import Position
from protocols.messages.values import Exercise, Location, Moment

NAME: Final = "cot"
VERSION: Final = "2.0"
MEDIA_TYPE: Final = "application/cot+xml"
PROTOBUF_FRAME: Final = 0xBF
"""First byte of a TAK Protocol v1 frame, mesh and stream alike."""
_VERSION: Final = re.compile(r"2(\.0*)?", re.ASCII)


# --- reading ------------------------------------------------------------------------------------


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one event.

    Raises `UnsafeDocument` and `MalformedDocument` (with line and path), and `UnsupportedVersion`
    for TAK protobuf frames, other roots and other versions than 2.0.
    """
    event = _event(data)
    detail = find(event, "detail")
    if detail is None:
        detail = etree.Element("detail")
    fields: dict[str, Any] = {"losses": ()}
    carried = _carried(event, detail, fields)
    if carried is not None:
        return _complete(carried, event, data, sender)
    moments: dict[str, Moment] = {}
    uid, kind = event.get("uid", ""), event.get("type", "")
    point = find(event, "point")
    if point is None:
        raise malformed(event, "the element is missing", "point")
    fields |= {
        "sent": take_time(event, "time", moments, "/sent"),
        "effective": take_time(event, "start", moments, "/effective"),
        "expires": take_time(event, "stale", moments, "/expires"),
        "moments": moments,
    }
    fields |= read_kind(event, detail)
    place = take_point(point)
    if place is not None:
        fields["location"] = Location(point=place)
    body = fields["body"]
    if fields["expires"] < fields["effective"] and isinstance(body, Position):
        fields["body"] = msgspec.structs.replace(body, gone=True)
    times = [str(fields[name].timestamp()) for name in ("sent", "effective", "expires")]
    identity = (NAME, uid, kind, *times, str(place), _remarks(fields))
    fields |= _markings(event)
    del event.attrib["uid"]
    return Message(
        id=derived_id(fields["sent"], *identity),
        sender=sender,
        language=UNDETERMINED,
        source=Source(system=uid, id=uid, format=NAME, version=VERSION),
        original=Original.of(data, NAME, VERSION, MEDIA_TYPE),
        extensions={NAME: _extension(event, point, detail)},
        **fields,
    )


def _event(data: bytes) -> Element:
    """The root, checked for what every event must have."""
    if data[:1] == bytes([PROTOBUF_FRAME]):
        raise UnsupportedVersion(
            "Byte 0: this is a TAK Protocol v1 (protobuf) frame, not a CoT 2.0 XML event."
        )
    event = parse(data)
    if event.tag != "event":
        raise UnsupportedVersion(
            f"Line {event.sourceline}: the root is {event.tag!r}, not a CoT event."
        )
    version = event.get("version", "")
    if not _VERSION.fullmatch(version):
        raise UnsupportedVersion(f"/event/@version: {version[:20]!r} is not read, only 2.0.")
    for name in ("uid", "type"):
        if not event.get(name, "").strip():
            raise malformed(event, "the attribute is missing", f"@{name}")
    del event.attrib["version"]
    return event


def _remarks(fields: dict[str, Any]) -> str:
    """Every word of the body: two events that differ in it are two messages."""
    return msgspec.json.encode(fields["body"]).decode()


def _markings(event: Element) -> dict[str, Any]:
    """Exercise, precedence and handling, as far as the event states them."""
    fields: dict[str, Any] = {}
    opex = event.get("opex", "")
    letter, _, name = opex.partition("-")
    if letter in EXERCISES:
        fields["exercise"] = EXERCISES[letter]
        if not name:
            del event.attrib["opex"]
    precedence = precedence_of(event.get("qos", ""))
    if precedence is not None:
        fields["precedence"] = precedence
        if event.get("qos") == QOS[precedence]:
            del event.attrib["qos"]
    access = event.get("access", "")
    marking = None if access.lower() in NO_ACCESS else take(event, "access")
    caveat, releasable = take(event, "caveat"), _releasable(event)
    if marking or caveat or releasable:
        fields["handling"] = Handling(
            national_marking=marking, caveat=caveat, releasable_to=releasable
        )
    return fields


def _releasable(event: Element) -> tuple[str, ...]:
    """`releaseableTo` (TAK's spelling) as our two-letter countries; other names as they are."""
    for name in ("releaseableTo", "releasableTo"):
        text = event.get(name, "")
        names = tuple(COUNTRIES.get(part, part) for part in re.split(r"[\s,]+", text) if part)
        if names:
            if _releasable_text(names) == text:
                del event.attrib[name]
            return names
    return ()


def _releasable_text(names: tuple[str, ...]) -> str:
    return ",".join(COUNTRIES_BACK.get(name, name) for name in names)


def _extension(event: Element, point: Element, detail: Element) -> dict[str, Any]:
    """All that reading has left, in document order."""
    rest = [to_node(part) for part in event if part is not point and part is not detail]
    left: dict[str, Any] = {
        "event": dict(event.attrib),
        "point": dict(point.attrib),
        "detail": to_node(detail)[1:],
        "rest": rest,
    }
    return {name: value for name, value in left.items() if value}


def _carried(event: Element, detail: Element, fields: dict[str, Any]) -> dict[str, Any] | None:
    """The canonical message inside, unless the event was changed after it was written."""
    element = find(detail, CANONICAL)
    if element is None:
        return None
    written_for = element.get("time")
    if written_for is not None and written_for != event.get("time"):
        detail.remove(element)
        fields["losses"] = (
            Loss(
                field=f"/event/detail/{CANONICAL}",
                value=written_for,
                reason="the event was changed after this was written; the event holds",
            ),
        )
        return None
    try:
        return tree.decode_json(element.text or "", MAX_BYTES)
    except MalformedMessage as fault:
        raise malformed(element, fault.detail) from fault


def _complete(carried: dict[str, Any], event: Element, data: bytes, sender: Sender) -> Message:
    """The carried message. What its writer left out is taken from the event around it."""
    sent = take_time(event, "time", {}, "/sent")
    uid = event.get("uid", "")
    carried.setdefault("sent", sent)
    carried.setdefault("id", derived_id(sent, NAME, uid, repr(sorted(carried.items(), key=str))))
    carried.setdefault("sender", msgspec.to_builtins(sender))
    try:
        message = tree.convert(carried, Message, from_text=True)
    except MalformedMessage as fault:
        where = f"/event/detail/{CANONICAL}"
        raise MalformedDocument(f"{where}{fault.detail}", where=where) from fault
    added: dict[str, Any] = {}
    if message.source is None:
        added["source"] = Source(system=uid, id=uid, format=NAME, version=VERSION)
    if message.original is None:
        added["original"] = Original.of(data, NAME, VERSION, MEDIA_TYPE)
    return speaking_for(msgspec.structs.replace(message, **added), sender)


# --- writing ------------------------------------------------------------------------------------


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """One event; what a plain TAK client would not show of the message is in the losses."""
    losses = Losses()
    kept = message.extensions.get(NAME)
    if isinstance(kept, dict) and type(message.body) in RESTORERS:
        event = _restored(message, kept)
        home = None
    else:
        home = home_of(message)
        event = _drawn(message, home, settings)
    note_losses(message, home, settings, losses)
    if settings.carry_canonical and (home is not None or losses.take()):
        _carry(event, message, losses)
    return Encoded(serialise(event), losses.take())


def _restored(message: Message, kept: dict[str, Any]) -> Element:
    """The event that the message came from, with the message's values in their places."""
    event = etree.Element("event", version=VERSION)
    for name, value in _attributes(kept.get("event")).items():
        put(event, name, value)
    source = message.source.id if message.source else None
    event.set("uid", legal((source or "").strip() or message.id))
    _put_envelope(event, message)
    point = etree.SubElement(event, "point")
    for name, value in _attributes(kept.get("point")).items():
        put(point, name, value)
    put_point(point, message.location.point if message.location else None)
    detail = from_node(["detail", *_nodes(kept.get("detail"))])
    event.append(detail)
    for node in _nodes(kept.get("rest")):
        event.append(from_node(node))
    restore_kind(event, detail, message)
    return event


def _attributes(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise MalformedDocument("/extensions/cot does not hold the attributes of an event.")
    return value


def _nodes(value: object) -> list[Node]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedDocument("/extensions/cot does not hold the elements of an event.")
    return value


def _drawn(message: Message, home: Home, settings: Settings) -> Element:
    """A new event for a message that does not come from CoT."""
    event = etree.Element("event", version=VERSION)
    put(event, "uid", uid_of(message).strip() or message.id)
    body = message.body
    position = body if isinstance(body, Position) and not body.gone else None
    put(event, "type", (position.symbol or "").strip() if position else None)
    if "type" not in event.attrib:
        put(event, "type", home.type)
    put(event, "how", (position.how if position else None) or home.how)
    _put_envelope(event, message, home.stale_after)
    put_point(
        etree.SubElement(event, "point"), message.location.point if message.location else None
    )
    home.fill(etree.SubElement(event, "detail"), message, settings)
    return event


def _put_envelope(event: Element, message: Message, stale_after: int = 300) -> None:
    """Times, exercise, precedence and handling."""
    start = message.effective or message.sent
    stale = message.expires or start + timedelta(seconds=stale_after)
    put_time(event, "time", message.sent, message, "/sent")
    put_time(event, "start", start, message, "/effective")
    put_time(event, "stale", stale, message, "/expires")
    letter = event.get("opex", "").partition("-")[0]
    if EXERCISES.get(letter, Exercise.NOT_STATED) is not message.exercise:
        event.attrib.pop("opex", "")
        put(event, "opex", OPEX.get(message.exercise))
    precedence = message.precedence
    if precedence is not None and precedence_of(event.get("qos", "")) != precedence:
        event.set("qos", QOS[precedence])
    handling = message.handling
    put(event, "access", handling.national_marking)
    put(event, "caveat", handling.caveat)
    if handling.releasable_to and "releasableTo" not in event.attrib:
        put(event, "releaseableTo", _releasable_text(handling.releasable_to))


def _carry(event: Element, message: Message, losses: Losses) -> None:
    """Put the complete message into the detail; its original only as far as there is room."""
    text = to_json(message)
    original = message.original
    if len(text) > MAX_BYTES // 2 and original is not None and original.data is not None:
        losses.add("original.data", original.sha256, "too large for an event; its hash travels")
        lighter = msgspec.structs.replace(original, data=None)
        text = to_json(msgspec.structs.replace(message, original=lighter))
    detail = child(event, "detail")
    element = own_root(CANONICAL, NAMESPACE)
    detail.append(element)
    element.set("time", event.get("time", ""))
    element.text = legal(text.decode())


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that an event states; the ways to say "unknown" state nothing."""
    event = _event(data)
    point = find(event, "point")
    if point is not None and take_point(point) is not None:
        event = _event(data)
    return [pair for pair in xml_leaves(event) if not says_nothing(pair[1])]


FORMAT = Format(
    name=NAME,
    title="Cursor on Target",
    reads=(VERSION,),
    writes=VERSION,
    media_type=MEDIA_TYPE,
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
