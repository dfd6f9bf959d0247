"""What a purchase will break: the crosswalk, run over real messages, now and on a later day.

For every member the messages of the others are written in what it reads now and in what it will
read then, and its own messages in what it writes now and then. A field that arrives now and would
not arrive then is forecast as lost, with how many of the messages it concerns and why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from protocols.foresight.preview import as_seen_by
from protocols.foresight.tongues import Tongue, read_by, written_by
from protocols.foresight.voices import Basis, Voice, in_effect, starts, voice_of
from protocols.formats.codec import STRANGER
from protocols.identity import Identity
from protocols.messages.envelope import Message
from protocols.messages.kinds import EquipmentNotice, Presence, Read, Receipt

WHOLE: Final = "kind "
"""How the field of a forecast begins that says that a whole message does not arrive."""
_INDEX: Final = re.compile(r"\.\d+(?=\.|$)")

Lost = dict[str, tuple[str, str]]
"""What one reader would not have of one message: field to (an example of its value, reason)."""


class FieldForecast(msgspec.Struct, frozen=True):
    """A field that would no longer arrive; `*` stands for every item of a list."""

    field: str
    messages: int
    """How many of the messages looked at it concerns."""
    example: str
    reason: str


class MemberForecast(msgspec.Struct, frozen=True, kw_only=True):
    """What changes for one member."""

    device: str
    now: Voice
    then: Voice
    looked_at: int
    """Messages that were written for it and from it."""
    no_longer_read: tuple[FieldForecast, ...] = ()
    """What it would no longer get from the others."""
    no_longer_said: tuple[FieldForecast, ...] = ()
    """What the others would no longer get from it."""
    newly_read: tuple[str, ...] = ()
    """Fields that it does not get now and would get then."""

    @property
    def breaks(self) -> bool:
        """Whether anything is lost that is not lost now."""
        return bool(self.no_longer_read or self.no_longer_said)


class Forecast(msgspec.Struct, frozen=True):
    """The whole channel, from one day to a later one."""

    now: datetime
    then: datetime
    members: tuple[MemberForecast, ...]

    @property
    def breaks(self) -> bool:
        """Whether any member loses anything."""
        return any(member.breaks for member in self.members)


def next_change(notices: Iterable[Message], now: datetime) -> datetime | None:
    """The first day after `now` on which an announced change takes effect, if there is one."""
    announced = (one for one in notices if isinstance(one.body, EquipmentNotice))
    return min((day for day in map(starts, announced) if day > now), default=None)


def last_change(notices: Iterable[Message], now: datetime) -> datetime | None:
    """The day by which every announced change has taken effect, if one is still to come."""
    announced = (one for one in notices if isinstance(one.body, EquipmentNotice))
    return max((day for day in map(starts, announced) if day > now), default=None)


def forecast(
    members: Sequence[Identity],
    notices: Sequence[Message],
    messages: Sequence[Message],
    *,
    now: datetime,
    then: datetime,
) -> Forecast:
    """What each member would lose at `then` of messages like these, compared with `now`.

    Messages of nobody's agency (`samples`) count as sent by everybody. Receipts and presence are
    not looked at: they are no content. A member whose voice does not change, or is unknown, is in
    the result with nothing lost.
    """
    content = [one for one in messages if not isinstance(one.body, Receipt | Read | Presence)]
    announced = in_effect(notices, then)
    return Forecast(
        now,
        then,
        tuple(_member(one, announced, content, now, then) for one in members),
    )


def _member(
    member: Identity,
    notices: Sequence[Message],
    messages: Sequence[Message],
    now: datetime,
    then: datetime,
) -> MemberForecast:
    voice_now, voice_then = voice_of(member, notices, now), voice_of(member, notices, then)
    if voice_now.formats == voice_then.formats or Basis.UNKNOWN in (
        voice_now.basis,
        voice_then.basis,
    ):
        return MemberForecast(device=member.device, now=voice_now, then=voice_then, looked_at=0)
    heard = [one for one in messages if one.sender.agency != member.agency]
    said = [one for one in messages if one.sender.agency in (member.agency, STRANGER.agency)]
    heard_now, heard_then = (
        [_lost(one, read_by(voice), member) for one in heard] for voice in (voice_now, voice_then)
    )
    said_now, said_then = (
        [_lost(one, written_by(voice), None) for one in said] for voice in (voice_now, voice_then)
    )
    regained = {
        field
        for was, will in zip(heard_now, heard_then, strict=True)
        for field in was.keys() - will.keys()
    }
    return MemberForecast(
        device=member.device,
        now=voice_now,
        then=voice_then,
        looked_at=len(messages),
        no_longer_read=_newly(heard_now, heard_then),
        no_longer_said=_newly(said_now, said_then),
        newly_read=tuple(sorted(regained)),
    )


def _newly(now: Sequence[Lost], then: Sequence[Lost]) -> tuple[FieldForecast, ...]:
    """Fields that are lost then and not now, the most frequent first."""
    found: dict[str, FieldForecast] = {}
    for was, will in zip(now, then, strict=True):
        if _nothing_arrives(was):
            continue
        for field in will.keys() - was.keys():
            seen = found.get(field)
            example, reason = will[field] if seen is None else (seen.example, seen.reason)
            count = 1 if seen is None else seen.messages + 1
            found[field] = FieldForecast(field, count, example, reason)
    return tuple(sorted(found.values(), key=lambda one: (-one.messages, one.field)))


# --- one message ----------------------------------------------------------------------------------


def _lost(message: Message, tongues: Sequence[Tongue], reader: Identity | None) -> Lost:
    """What does not arrive by the best of several formats."""
    if not tongues:
        return {WHOLE + message.kind: ("", "no format and version in common")}
    return min((_lost_in(message, one, reader) for one in tongues), key=_weight)


def _weight(lost: Lost) -> float:
    return math.inf if _nothing_arrives(lost) else len(lost)


def _nothing_arrives(lost: Lost) -> bool:
    return any(field.startswith(WHOLE) for field in lost)


def _lost_in(message: Message, tongue: Tongue, reader: Identity | None) -> Lost:
    preview = as_seen_by(message, tongue.format, tongue.settings, reader=reader)
    if preview.refused is not None:
        return {WHOLE + message.kind: ("", preview.refused.detail)}
    return {
        _INDEX.sub(".*", loss.field): (loss.value, loss.reason) for loss in reversed(preview.losses)
    }
