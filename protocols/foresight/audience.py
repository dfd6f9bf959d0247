"""Who will have what of a message before it is sent: one preview for every other member.

This is what a client shows as "what they will see": the fields that are withheld from a member, and
those that the member's own system has no place for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from protocols.foresight.preview import Preview, as_seen_by
from protocols.foresight.tongues import read_by
from protocols.foresight.voices import Voice, voice_of
from protocols.identity import Identity
from protocols.messages.envelope import Message


class Listener(msgspec.Struct, frozen=True):
    """One member, what it speaks, and what it will have. `preview` is None where nobody knows."""

    member: Identity
    voice: Voice
    preview: Preview | None


def audience(
    message: Message, members: Sequence[Identity], notices: Sequence[Message], at: datetime
) -> tuple[Listener, ...]:
    """The preview for each member but the sender itself, in the order of the roster.

    Of several formats that a member speaks the one counts that loses least.
    """
    return tuple(
        _listener(message, member, notices, at)
        for member in members
        if member.device != message.sender.device
    )


def _listener(
    message: Message, member: Identity, notices: Sequence[Message], at: datetime
) -> Listener:
    voice = voice_of(member, notices, at)
    previews = [
        as_seen_by(message, tongue.format, tongue.settings, reader=member)
        for tongue in read_by(voice)
    ]
    best = min(previews, key=_weight, default=None)
    return Listener(member, voice, best)


def _weight(preview: Preview) -> tuple[bool, int]:
    return preview.refused is not None, len(preview.losses)
