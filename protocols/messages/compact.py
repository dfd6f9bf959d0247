"""The compact form: MessagePack with every field name replaced by its number from one table.

    message = map of number -> value, default values left out, in the fixed order of the struct
    "kind"  = the kind's number in `kinds.KINDS`
    sent    = a MessagePack timestamp, left out where the UUIDv7 of the message says the same
    times   = their distance from `sent`, numbers as decimals: see `shorthand`
    bytes   = bin; the rest as in the JSON form

The message's id stands in the clear header and its sender in the MLS leaf, so neither is repeated;
only the operator at the device travels (number of `operator`). Names that are not in the table
(those inside `extensions`, `absent` and `moments`) stay text, so nothing is lost. A number never
changes its meaning, and a new field gets a new number at the end.

There is one compact form of a message: what does not come back to the same bytes is refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from protocols.clock import to_datetime, to_microseconds
from protocols.errors import MalformedMessage
from protocols.identity import Identity
from protocols.ids import id_bytes, id_time
from protocols.messages import tree
from protocols.messages.envelope import Message, Sender
from protocols.messages.kinds import BY_NUMBER
from protocols.messages.shorthand import long_form, short_float, short_time

COMPACT_LIMIT = 4 * 1024 * 1024
"""Bytes. The hub's frame limit is far below; this bounds a form kept elsewhere."""

# Numbers below 128 take one byte: the fields of positions, texts and alarms stand first.
_NAMES = """
kind body sent observed location point lat lon hae ce le unit track course speed symbol how
text language precedence incident patrol alarm_class alarm heads reason hazards expires
in_reply_to originator operator country agency role side side_asserted_by source system id format
version ack_wanted exercise handling tlp releasable_to path by assist answer units state
capability quantity request granted remarks status leg ok of stage subject to accounted expected
codes code label stubs withheld sealed readers data keys recipients personal third_party
original sha256 media_type extensions losses field value absent moments offset_given references
sender effective onset supersedes target_area computed_side monument active latched injured
situation actions needs persons incident_type priority lead summary size activity camera sensor
eta when limits meeting_point task translations silent gone national_marking caveat restriction
accepted abort_word action addresses altitude ambulatory areas at audience authority
badge basis bolo boundary call_sign category ceiling centre certainty change channel_fallback
channel_primary checkin_grace checkin_interval amber_before circles colour conditions contact
content count crossed_at crossing_point date_of_birth decided_by description
designated_officer digest disposition document due duplicate_of dwell end equipment
event event_codes forecast formats frequency from_when geocodes giver heading headline host_a
host_b incidents infos information_source injuries instruction item lateral left legs length line
litter make marking mechanism mmsi model name names nationality next_due nine_line north note
number outcome pair parameters patient_name patients patients_priority patients_routine
patients_urgent permitted_action person place plate plate_state points polygons property_list
purpose radius recipient registration rendezvous resources response right scope seconds
sector sector_area security sender_name severity signed_at signs size_text south special_equipment
stale_position start tag taker terrain time tolerances transfer treatment triage unit_seen uri
urgency vehicle versions vessel vessel_type waypoint_north waypoint_south web what window year
about device devices reads writes profile
""".split()  # noqa: SIM905  a table of words reads better than 300 quoted strings

NUMBERS: dict[str, int] = {name: number for number, name in enumerate(_NAMES)}
"""The one table: field name to number."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def pack(message: Message) -> bytes:
    """The compact form of `message`, without its id and sender. Raises `MalformedMessage`."""
    plain = tree.build(message)
    sent = plain.pop("sent")
    if id_time(id_bytes(plain.pop("id"))) == to_microseconds(sent):
        plain_sent = {}
    else:
        plain_sent = {NUMBERS["sent"]: sent}
    operator = plain.pop("sender").get("operator")
    if operator is not None:
        plain["operator"] = operator
    plain["body"]["kind"] = message.entry.number
    try:
        return _encode(plain_sent | _shorten(plain, sent))
    except UnicodeEncodeError as error:
        raise MalformedMessage("text with a lone surrogate is not Unicode text") from error


def unpack(data: bytes, *, id: str, sender: Sender | Identity) -> Message:  # noqa: A002  the field's name
    """The message of a compact form, with the id of its header and the sender of its MLS leaf.

    Raises `MalformedMessage` for anything that `pack` would not have written.
    """
    if len(data) > COMPACT_LIMIT:
        raise MalformedMessage(f"/: {len(data)} bytes are over the limit of {COMPACT_LIMIT}")
    try:
        short = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"/: not the compact form: {error}") from error
    plain_keys = isinstance(short, dict) and all(type(key) in (int, str) for key in short)
    if not plain_keys or _encode(short) != data:
        raise MalformedMessage("/: not the compact form of a message")
    sent = _sent(short.pop(NUMBERS["sent"], None), id)
    plain: dict[str, Any] = _lengthen(short, sent, 1)
    _name_kind(plain)
    operator = plain.pop("operator", None)
    if operator is not None and not isinstance(operator, str):
        raise MalformedMessage("/operator: Expected `str`")
    if "id" in plain or "sender" in plain:
        raise MalformedMessage("/: the id and the sender stand in the header and the leaf")
    if isinstance(sender, Identity):
        sender = Sender.of(sender)
    plain["id"], plain["sent"] = id, sent
    plain["sender"] = msgspec.to_builtins(msgspec.structs.replace(sender, operator=operator))
    return tree.convert(plain, Message)


def _sent(stated: Any, identifier: str) -> datetime:
    """When it was sent: as stated, or as its UUIDv7 says; a statement of the same is refused."""
    try:
        implied = id_time(id_bytes(identifier))
        if stated is None:
            return to_datetime(implied)
    except (ValueError, OverflowError) as error:
        raise MalformedMessage(f"/id: {identifier!r} says no time: {error}") from error
    if not isinstance(stated, datetime) or to_microseconds(stated) == implied:
        raise MalformedMessage("/sent: not a time, or one that the id says already")
    return stated


def _name_kind(plain: dict[str, Any]) -> None:
    body = plain.get("body")
    number = body.get("kind") if isinstance(body, dict) else None
    if not isinstance(body, dict) or type(number) is not int or number not in BY_NUMBER:
        raise MalformedMessage(f"/body/kind: there is no kind of number {number!r}")
    body["kind"] = BY_NUMBER[number].name


def _shorten(value: Any, sent: datetime) -> Any:
    if isinstance(value, dict):
        return {NUMBERS.get(name, name): _shorten(item, sent) for name, item in value.items()}
    if isinstance(value, list):
        return [_shorten(item, sent) for item in value]
    if isinstance(value, float):
        return short_float(value)
    if isinstance(value, datetime):
        return short_time(value, sent)
    return value


def _lengthen(value: Any, sent: datetime, depth: int) -> Any:
    if depth > tree.DEPTH_LIMIT:
        raise MalformedMessage(f"/: more than {tree.DEPTH_LIMIT} levels deep")
    if isinstance(value, dict):
        return {_name(key): _lengthen(item, sent, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_lengthen(item, sent, depth + 1) for item in value]
    if isinstance(value, msgspec.msgpack.Ext):
        return long_form(value, sent)
    if isinstance(value, float):
        return _plain_float(value)
    if isinstance(value, str | int | bytes) or value is None:
        return value
    raise MalformedMessage(f"/: {type(value).__name__} has no place in a message")


def _plain_float(value: float) -> float:
    if short_float(tree.finite(value)) is not value:
        raise MalformedMessage("/: a number that has a shorter form")
    return value


def _name(key: Any) -> str:
    if isinstance(key, str):
        if key in NUMBERS:
            raise MalformedMessage(f"/: the name {key!r} must stand as its number")
        return key
    if isinstance(key, int) and not isinstance(key, bool) and 0 <= key < len(_NAMES):
        return _NAMES[key]
    raise MalformedMessage(f"/: there is no field of number {key!r}")
