"""The document that a message of AIS came from, with the message's values in their places.

`extensions["ais"]` holds what has no place in the message; it may have come over a channel, so it
is checked like any other input.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final, TypeVar

from protocols.clock import to_microseconds
from protocols.errors import MalformedDocument
from protocols.formats.ais.payload import Fields, Payload, trimmed, whole_number
from protocols.formats.ais.saying import ADDRESSED_MOST, BROADCAST_MOST, addressee, sayable
from protocols.formats.ais.sentence import (
    LINE_LIMIT,
    TAG_TIME,
    tag_block,
    tag_moment,
    tag_time,
    write_sentence,
)
from protocols.formats.ais.sentences import document_of, sentences_of
from protocols.formats.ais.sixbit import SAYABLE
from protocols.formats.ais.words import KNOT, POSITIONS, TEXTS
from protocols.messages.envelope import Message
from protocols.messages.kinds import Alarm, Position, Text
from protocols.messages.values import Absent

_WHOLE_KNOTS: Final = (9, 27)
_WHOLE_DEGREES: Final = (27,)
_T = TypeVar("_T")


def again(message: Message, kept: dict[str, Any]) -> bytes:
    """The document. Raises `MalformedDocument` for an extension that is none of ours."""
    address = _held(kept, "address", str, "")
    try:
        if "values" in kept:
            start, checked = _held(kept, "start", str, "$"), _held(kept, "checked", bool, True)
            sentences = [write_sentence(start, address, _texts(kept, "values"), checked=checked)]
        else:
            channel, sequence = _held(kept, "channel", str, ""), _held(kept, "sequence", str, "")
            cuts, pad = _held(kept, "cuts", list, []), _held(kept, "pad", int, 0)
            if not all(isinstance(cut, int) and 0 < cut <= LINE_LIMIT for cut in cuts):
                raise _strange("cuts holds something else than lengths")
            sentences = sentences_of(_payload(message, kept), address, channel, sequence, cuts, pad)
        return document_of((*_texts(kept, "context"), *_dressed(message, kept, sentences)))
    except (ValueError, OverflowError) as fault:  # UnicodeEncodeError is one
        raise _strange(str(fault)) from fault


# --- the payload --------------------------------------------------------------------------------


def _payload(message: Message, kept: dict[str, Any]) -> Payload:
    fields: Fields = dict(_held(kept, "fields", dict, {}))
    raw: dict[str, str] = dict(_held(kept, "raw", dict, {}))
    bits = kept.get("bits")
    if not all(isinstance(text, str) for text in raw.values()):
        raise _strange("raw holds something else than texts")
    if bits is not None and (isinstance(bits, bool) or not isinstance(bits, int)):
        raise _strange("bits is not a number")
    number = whole_number(fields, "type", 6)
    if number in POSITIONS:
        _put_position(fields, message)
    elif number in TEXTS:
        bits = _put_text(fields, raw, bits, message)
    return Payload(fields=fields, raw=raw, bits=bits, rest=_held(kept, "rest", str, ""))


def _put_position(fields: Fields, message: Message) -> None:
    """Place, course, speed and second of the message, as far as the message has them."""
    number = fields["type"]
    point = message.location.point if message.location else None
    if point is not None:
        fields |= {"lat": point.lat, "lon": point.lon}
    body = message.body
    if isinstance(body, Position):
        if body.course is not None:
            fields["course"] = round(body.course) if number in _WHOLE_DEGREES else body.course
        said = fields.get("speed")
        if body.speed is None:
            fields.pop("speed", None)
        elif not isinstance(said, int | float) or said * KNOT != body.speed:
            knots = body.speed / KNOT
            fields["speed"] = round(knots) if number in _WHOLE_KNOTS else round(knots, 1)
    second = fields.get("second", 60)
    if message.observed is not None and isinstance(second, int) and second < 60:
        fields["second"] = message.observed.astimezone(UTC).second


def _put_text(
    fields: Fields, raw: dict[str, str], bits: int | None, message: Message
) -> int | None:
    """The message's words and addressee; the length that then holds, None for the text's own."""
    body, number = message.body, fields["type"]
    words = body.text if isinstance(body, Text) else None
    words = body.reason if isinstance(body, Alarm) else words
    text = words.text if words else ""
    if not SAYABLE.issuperset(text):
        text = sayable(text)[0]
    text = text[: ADDRESSED_MOST if number == 12 else BROADCAST_MOST]
    if text:
        fields["text"] = text
    if trimmed("text", raw.get("text", "")) != text:
        raw.pop("text", None)
    if number == 12:
        to = addressee(message)
        if to is not None:
            fields["dest_mmsi"] = int(to)
    head = 40 if number == 14 else 72
    same = bits is not None and (bits - head) // 6 == len(raw.get("text", text))
    return bits if same else None


# --- what stands around the sentences -----------------------------------------------------------


def _dressed(message: Message, kept: dict[str, Any], sentences: list[str]) -> list[str]:
    """The sentences with their TAG blocks and what loggers wrote, and the time of receipt."""
    before, after = _texts(kept, "before"), _texts(kept, "after")
    tags = _timed(message, kept)
    return [
        (before[index] if index < len(before) else "")
        + "".join(map(tag_block, tags[index] if index < len(tags) else ()))
        + sentence
        + (after[index] if index < len(after) else "")
        for index, sentence in enumerate(sentences)
    ]


def _timed(message: Message, kept: dict[str, Any]) -> list[list[str]]:
    """The TAG blocks of each sentence, with the message's own time in the place of another one."""
    tags: list[list[str]] = []
    for blocks in _held(kept, "tags", list, []):
        if not isinstance(blocks, list) or not all(isinstance(block, str) for block in blocks):
            raise _strange("tags holds something else than lists of texts")
        tags.append(list(blocks))
    if message.absent.get("/sent") is Absent.UNKNOWN or kept.get("dated") is True:
        return tags
    moment = to_microseconds(message.sent)
    times = [
        (blocks, index, found)
        for blocks in tags
        for index, block in enumerate(blocks)
        if (found := TAG_TIME.search(block)) and tag_moment(found[1]) is not None
    ]
    if any(tag_moment(found[1]) == moment for _, _, found in times):
        return tags
    text = _time_text(message, moment)
    if times:
        blocks, index, found = times[0]
        block = blocks[index]
        blocks[index] = block[: found.start(1)] + text + block[found.end(1) :]
        return tags
    return [[f"c:{text}", *(tags[0] if tags else [])], *tags[1:]]


def _time_text(message: Message, moment: int) -> str:
    """The time as it was written, where it still is that time."""
    stated = message.moments.get("/sent")
    text = stated.text if stated is not None else ""
    if text.isascii() and text.isdigit() and len(text) <= 16 and tag_moment(text) == moment:
        return text
    return tag_time(moment)


def _held(kept: dict[str, Any], name: str, wanted: type[_T], otherwise: _T) -> _T:
    value = kept.get(name, otherwise)
    if not isinstance(value, wanted):
        raise _strange(f"{name} is {str(value)[:20]!r}")
    return value


def _texts(kept: dict[str, Any], name: str) -> list[str]:
    value = _held(kept, name, list, [])
    if not all(isinstance(text, str) for text in value):
        raise _strange(f"{name} holds something else than texts")
    return value


def _strange(sentence: str) -> MalformedDocument:
    return MalformedDocument(f"/extensions/ais does not hold a message of AIS: {sentence}.")
