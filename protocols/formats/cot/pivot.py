"""One event element ↔ one message: what the XML form and the protobuf form of CoT have in common.

Read: positions, markers, chat and its receipts, emergencies and their cancel, casualty
evacuations; what CoT only draws becomes a note. Written: the same, and for kinds that CoT does
not have an event that a TAK screen can show (a marker or a chat line with the text in the
reader's language), beside which the complete canonical message travels in the detail element
`__crossband`, so that a dispatch system that speaks only CoT can read and write every kind.

Missing is missing: 9999999.0, NaN and 0,0 are no position; no `opex` is "not stated".
"""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from lxml import etree

from protocols.errors import MalformedDocument, MalformedMessage, UnsupportedVersion
from protocols.formats.codec import UNDETERMINED, Settings, derived_id, speaking_for
from protocols.formats.cot.detail import (
    Element,
    child,
    find,
    put,
    put_point,
    take_point,
    take_time,
)
from protocols.formats.cot.envelope import (
    put_envelope,
    read_markings,
    read_times,
    spend_expiry,
    stricter,
)
from protocols.formats.cot.losses import note_losses
from protocols.formats.cot.read import read_kind
from protocols.formats.cot.restore import RESTORERS, restore_kind
from protocols.formats.cot.words import (
    CANONICAL,
    NAMESPACE,
)
from protocols.formats.cot.write import Home, appearance, home_of, uid_of
from protocols.formats.inside import checked, no_more_real
from protocols.formats.losses import Losses
from protocols.formats.times import parse_time
from protocols.formats.xml import MAX_BYTES, Node, from_node, legal, malformed, own_root, to_node
from protocols.messages import tree
from protocols.messages.envelope import Loss, Message, Original, Sender, Source, to_json
from protocols.messages.kinds import Position
from protocols.messages.values import Exercise, Location

EXTENSION: Final = "cot"
"""Where a message keeps what it has no home for, whichever form its event came in."""
EVENT_VERSION: Final = "2.0"
_VERSION: Final = re.compile(r"2(\.0*)?", re.ASCII)


class Form(NamedTuple):
    """In which form an event travels: the name, version and media type of its bytes."""

    name: str
    version: str
    media_type: str


# --- reading ------------------------------------------------------------------------------------


def check(event: Element) -> Element:
    """The element, found to be a CoT 2.0 event with what every event must have.

    Raises `UnsupportedVersion` and `MalformedDocument`, with line and path. Takes `version` out.
    """
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


def read(event: Element, data: bytes, form: Form, sender: Sender) -> Message:
    """The message of an event that `check` has passed; the element is used up.

    `data` are the bytes it came in, kept as the original. Raises `MalformedDocument`.
    """
    detail = find(event, "detail")
    if detail is None:
        detail = etree.Element("detail")
    fields: dict[str, Any] = {"losses": ()}
    carried = _carried(event, detail, fields)
    if carried is not None:
        return _complete(carried, event, data, form, sender)
    uid, kind = event.get("uid", ""), event.get("type", "")
    point = find(event, "point")
    if point is None:
        raise malformed(event, "the element is missing", "point")
    found, stale = read_fields(event, point, detail)
    fields |= found
    times = [str(moment.timestamp()) for moment in (fields["sent"], fields["effective"], stale)]
    place = None if fields["location"] is None else fields["location"].point
    body = msgspec.json.encode(fields["body"]).decode()
    identity = (EXTENSION, uid, kind, *times, str(place), body)
    del event.attrib["uid"]
    return Message(
        id=derived_id(fields["sent"], *identity),
        sender=sender,
        language=UNDETERMINED,
        source=Source(system=uid, id=uid, format=form.name, version=form.version),
        original=Original.of(data, form.name, form.version, form.media_type),
        extensions={EXTENSION: _extension(event, point, detail)},
        **fields,
    )


def read_fields(event: Element, point: Element, detail: Element) -> tuple[dict[str, Any], datetime]:
    """The fields that an event states, taken out of it; and its `stale`, whatever it means."""
    fields, stale = read_times(event)
    fields |= read_kind(event, detail, dropped=stale < fields["effective"])
    body = fields["body"]
    if isinstance(body, Position) and body.gone:
        spend_expiry(fields, stale)
    place = take_point(point)
    fields["location"] = None if place is None else Location(point=place)
    return fields | read_markings(event), stale


def _extension(event: Element, point: Element, detail: Element) -> dict[str, Any]:
    """All that reading has left, in document order."""
    rest = [to_node(part) for part in event if part is not point and part is not detail]
    inside = to_node(point)[1 + bool(point.attrib) :]
    if not len(point) and not (point.text or "").strip():
        inside = []
    left: dict[str, Any] = {
        "event": dict(event.attrib),
        "point": dict(point.attrib),
        "in_point": inside,
        "detail": to_node(detail)[1:],
        "rest": rest,
        "text": "".join(filter(None, (event.text, *(part.tail for part in event)))).strip(),
    }
    return {name: value for name, value in left.items() if value}


def _carried(event: Element, detail: Element, fields: dict[str, Any]) -> dict[str, Any] | None:
    """The canonical message inside, unless the event was changed after it was written."""
    element = find(detail, CANONICAL)
    if element is None:
        return None
    if sum(1 for _ in detail.iterchildren("{*}" + CANONICAL)) > 1 or len(element):
        raise malformed(element, "it stands twice, or holds elements")
    written_for = element.get("time")
    if written_for is not None and not _same_time(written_for, event.get("time", "")):
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


def _same_time(one: str, other: str) -> bool:
    """Whether two texts say the same moment: who passes an event on may write its time anew."""
    try:
        return one == other or parse_time(one)[0] == parse_time(other)[0]
    except ValueError:
        return False


def _complete(
    carried: dict[str, Any], event: Element, data: bytes, form: Form, sender: Sender
) -> Message:
    """The carried message. What its writer left out is taken from the event around it."""
    sent = take_time(event, "time", {}, "/sent")
    uid = event.get("uid", "")
    carried.setdefault("sent", sent)
    identity = repr(sorted(carried.items(), key=str))
    carried.setdefault("id", derived_id(sent, EXTENSION, uid, identity))
    carried.setdefault("sender", msgspec.to_builtins(sender))
    try:
        message = tree.convert(carried, Message, from_text=True)
        tree.build(message)  # what cannot travel on is refused here, not by the next writer
        message = checked(message, f"/event/detail/{CANONICAL}")
    except MalformedMessage as fault:
        where = f"/event/detail/{CANONICAL}"
        raise MalformedDocument(f"{where}{fault.detail}", where=where) from fault
    added: dict[str, Any] = {}
    if message.source is None:
        added["source"] = Source(system=uid, id=uid, format=form.name, version=form.version)
    if message.original is None:
        added["original"] = Original.of(data, form.name, form.version, form.media_type)
    whole = msgspec.structs.replace(message, **added)
    marked = read_markings(event)
    whole = no_more_real(whole, marked.get("exercise", Exercise.NOT_STATED))
    if "handling" in marked:
        handling = stricter(whole.handling, marked["handling"])
        whole = msgspec.structs.replace(whole, handling=handling)
    return speaking_for(whole, sender)


# --- writing ------------------------------------------------------------------------------------


def write(message: Message, settings: Settings) -> tuple[Element, tuple[Loss, ...]]:
    """An event, and what a plain TAK client would not show of the message.

    Raises `MalformedDocument` for an extension that does not hold what reading put there, and for
    a message that breaks a rule of its own.
    """
    kept = message.extensions.get(EXTENSION)
    if isinstance(kept, dict) and type(message.body) in RESTORERS:
        event = _restored(message, kept)
        home = None
    else:
        home = home_of(message)
        event = _drawn(message, home, settings)
    losses = note_losses(message, _read_again(event), home, settings)
    if settings.carry_canonical and (home is not None or losses.take()):
        _carry(event, message, losses)
    return event, losses.take()


def _read_again(event: Element) -> dict[str, Any]:
    """What a reader without our detail finds in an event that was just written.

    The proof of what is lost: a field that a writer forgets, or that reads differently, is seen.
    """
    copied = deepcopy(event)
    point, detail = find(copied, "point"), find(copied, "detail")
    if point is None or detail is None:
        raise MalformedDocument("/event: an event has a point and a detail.", where="/event")
    return read_fields(copied, point, detail)[0]


def _restored(message: Message, kept: dict[str, Any]) -> Element:
    """The event that the message came from, with the message's values in their places."""
    event = etree.Element("event", version=EVENT_VERSION)
    for name, value in _attributes(kept.get("event")).items():
        put(event, name, value)
    uid = (message.source.id if message.source else None) or ""
    event.set("uid", legal(uid if uid.strip() else message.id))
    put_envelope(event, message)
    point = from_node(["point", *_nodes(kept.get("in_point"))])
    event.append(point)
    for name, value in _attributes(kept.get("point")).items():
        put(point, name, value)
    put_point(point, message.location.point if message.location else None)
    detail = from_node(["detail", *_nodes(kept.get("detail"))])
    event.append(detail)
    for node in _nodes(kept.get("rest")):
        event.append(from_node(node))
    text = kept.get("text")
    event.text = legal(text) if isinstance(text, str) else None
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
    event = etree.Element("event", version=EVENT_VERSION)
    uid = uid_of(message)
    put(event, "uid", uid if uid.strip() else message.id)
    body = message.body
    symbol, how = home.type, home.how
    if isinstance(body, Position) and not body.gone:
        symbol, how = appearance(body, home)
    put(event, "type", symbol)
    put(event, "how", how)
    put_envelope(event, message, home.stale_after)
    put_point(
        etree.SubElement(event, "point"), message.location.point if message.location else None
    )
    home.fill(etree.SubElement(event, "detail"), message, settings)
    return event


def _carry(event: Element, message: Message, losses: Losses) -> None:
    """Put the complete message into the detail; its original only as far as there is room."""
    original = message.original
    try:
        text = to_json(message)
    except MalformedMessage as fault:
        raise MalformedDocument(fault.detail) from fault
    if len(text) > MAX_BYTES // 2 and original is not None and original.data is not None:
        losses.add("original.data", original.sha256, "too large for an event; its hash travels")
        lighter = msgspec.structs.replace(original, data=None)
        text = to_json(msgspec.structs.replace(message, original=lighter))
    detail = child(event, "detail")
    element = own_root(CANONICAL, NAMESPACE)
    detail.append(element)
    element.set("time", event.get("time", ""))
    element.text = legal(text.decode())
