"""The attributes of `event` ↔ the envelope of a message: times, exercise, precedence, handling.

Reading takes out what it understood exactly; writing keeps the sender's own words where they
still say the same.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from protocols.formats.cot.detail import Element, attributes, put, put_time, take, take_time
from protocols.formats.cot.words import (
    COUNTRIES,
    COUNTRIES_BACK,
    NO_ACCESS,
    OPEX,
    QOS,
    exercise_of,
    precedence_of,
)
from protocols.formats.times import parse_time, zulu_text
from protocols.formats.xml import legal
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import Position
from protocols.messages.values import Moment

_LAST: Final = datetime.max.replace(microsecond=999_000, tzinfo=UTC)
"""To the millisecond, as the protobuf form counts."""


def read_times(event: Element) -> tuple[dict[str, Any], datetime]:
    """The times of an event, and its `stale` as it stands. Raises `MalformedDocument`.

    What is stale when it starts has no `expires`: that is CoT's way to say "over" (a track is
    dropped with `stale` before `start`), and as a time limit it would have passed before anybody
    could be told. Its words stay in `moments`, so that it can be written again.
    """
    moments: dict[str, Moment] = {}
    fields: dict[str, Any] = {
        "sent": take_time(event, "time", moments, "/sent"),
        "effective": take_time(event, "start", moments, "/effective"),
        "moments": moments,
    }
    stale = take_time(event, "stale", moments, "/expires")
    if stale > fields["effective"]:
        fields["expires"] = stale
    else:
        spend_expiry(fields, stale)
    return fields, stale


def spend_expiry(fields: dict[str, Any], stale: datetime) -> None:
    """Take `expires` back: it is only told in `moments`."""
    fields["expires"] = None
    fields["moments"].setdefault("/expires", Moment(text=zulu_text(stale), offset_given=True))


def read_markings(event: Element) -> dict[str, Any]:
    """Exercise, precedence and handling, as far as the event states them."""
    fields: dict[str, Any] = {}
    opex = event.get("opex", "")
    exercise = exercise_of(opex)
    if exercise is not None:
        fields["exercise"] = exercise
        if opex == OPEX[exercise]:
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


def stricter(own: Handling, around: Handling) -> Handling:
    """The markings of a carried message, and those that the event around it states beside them.

    What the message leaves open the event fills; where both say something, both hold. Countries
    that have none in common leave nobody to pass it on to, which is the third-party caveat.
    """
    merged: dict[str, Any] = {
        "national_marking": _both(own.national_marking, around.national_marking),
        "caveat": _both(own.caveat, around.caveat),
    }
    named = around.releasable_to
    if not own.releasable_to:
        merged["releasable_to"] = named
    elif named and _names(_releasable_text(own.releasable_to)) != named:
        common = tuple(n for n in own.releasable_to if COUNTRIES.get(n, n) in named)
        merged["releasable_to"] = common or own.releasable_to
        merged["third_party"] = own.third_party or not common
    return msgspec.structs.replace(own, **merged)


def _both(own: str | None, around: str | None) -> str | None:
    if own is None or around is None:
        return around if own is None else own
    return own if around in legal(own) else f"{own}; {around}"


def _names(text: str) -> tuple[str, ...]:
    return tuple(COUNTRIES.get(part, part) for part in re.split(r"[\s,]+", text) if part)


def _releasable(event: Element) -> tuple[str, ...]:
    """`releaseableTo` (TAK's spelling) as our two-letter countries; other names as they are."""
    for name in ("releaseableTo", "releasableTo"):
        text = event.get(name)
        if not text:
            continue
        names = _names(text)
        if names:
            if _releasable_text(names) == text and name == "releaseableTo":
                del event.attrib[name]
            return names
    return ()


def _releasable_text(names: tuple[str, ...]) -> str:
    return ",".join(COUNTRIES_BACK.get(name, name) for name in names)


def put_envelope(event: Element, message: Message, stale_after: int = 300) -> None:
    """Times, exercise, precedence and handling.

    `stale_after`: seconds, where the message states no expiry, which CoT must.
    """
    start = message.effective or message.sent
    put_time(event, "time", message.sent, message, "/sent")
    put_time(event, "start", start, message, "/effective")
    put_time(event, "stale", _stale(message, start, stale_after), message, "/expires")
    opex = OPEX.get(message.exercise, "")
    if exercise_of(event.get("opex", "")) != exercise_of(opex):
        event.attrib.pop("opex", "")
        put(event, "opex", opex)
    precedence = message.precedence
    if precedence is not None and precedence_of(event.get("qos", "")) != precedence:
        event.set("qos", QOS[precedence])
    handling = message.handling
    put(event, "access", handling.national_marking)
    put(event, "caveat", handling.caveat)
    if handling.releasable_to and not _releasable_stands(event, handling.releasable_to):
        put(event, "releaseableTo", _releasable_text(handling.releasable_to))


def _releasable_stands(event: Element, names: tuple[str, ...]) -> bool:
    """Whether the event says it already, in its own spelling (which reading leaves there)."""
    before = dict(attributes(event))
    stands = _releasable(event) == names
    for name, text in before.items():
        event.set(name, text)
    return stands


def _stale(message: Message, start: datetime, stale_after: int) -> datetime:
    """Never before `start` but to drop a track: readers would take it for that."""
    if message.expires is None:
        return _spent_expiry(message) or _later(start, stale_after)
    gone = isinstance(message.body, Position) and message.body.gone
    return message.expires if gone else max(message.expires, start)


def _later(start: datetime, seconds: int) -> datetime:
    """So much later, or the last moment that a time can say."""
    try:
        return start + timedelta(seconds=seconds)
    except OverflowError:
        return _LAST


def _spent_expiry(message: Message) -> datetime | None:
    """The `stale` that reading has left in `moments`; None where it left none."""
    kept = message.moments.get("/expires")
    try:
        return parse_time(kept.text)[0] if kept is not None else None
    except ValueError:
        return None
