"""The one way out of the canonical message: every document that leaves here passed these checks.

1. The format writes at all, and writes the version and the profile that the reader asked for.
2. What is not real never looks real: a format that cannot say so is refused, or its document is
   wrapped in EDXL-DE, which can. A missing flag stays "not stated".
3. The codec writes, and says what it lost.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from protocols.errors import ExerciseUnsayable, NotRepresentable, UnsupportedVersion
from protocols.formats.codec import DEFAULT_SETTINGS, Encoded, Format, Settings
from protocols.formats.registry import format_named
from protocols.messages.envelope import Message
from protocols.messages.values import Exercise

WRAPPER: Final = "edxl-de"
_SAYS_ITSELF: Final = (Exercise.ACTUAL, Exercise.NOT_STATED)


class Unsayable(StrEnum):
    """What happens to an exercise in a format that cannot say "exercise"."""

    REFUSE = "refuse"
    WRAP = "wrap"


class Translated(msgspec.Struct, frozen=True):
    """A written document, and the format that it finally has."""

    encoded: Encoded
    format: Format


def translate(
    message: Message,
    target: Format,
    settings: Settings = DEFAULT_SETTINGS,
    *,
    unsayable: Unsayable = Unsayable.REFUSE,
) -> Translated:
    """The document that a reader of `target` is given.

    Raises `NotRepresentable` for a kind or format that cannot be written, `UnsupportedVersion` for
    a version or profile that is not written, `ExerciseUnsayable`, and what the codec raises.
    """
    _check(target, settings)
    if message.exercise in _SAYS_ITSELF or message.exercise in target.exercises:
        return Translated(target.encode(message, settings), target)
    if unsayable is Unsayable.REFUSE:
        raise ExerciseUnsayable(f"{target.title} cannot say {message.exercise.value}.")
    wrapper = format_named(WRAPPER)
    inside = msgspec.structs.replace(settings, inside=target.name, version=None, profile=None)
    return Translated(wrapper.encode(message, inside), wrapper)


def _check(target: Format, settings: Settings) -> None:
    if not target.writes:
        raise NotRepresentable(f"{target.title} is only read here.")
    if settings.version is not None and settings.version not in target.writes:
        raise UnsupportedVersion(
            f"{target.title} {settings.version} is not written, only {', '.join(target.writes)}."
        )
    if settings.profile is not None and settings.profile not in target.profiles:
        known = ", ".join(target.profiles) or "none"
        raise UnsupportedVersion(f"{target.title} has profiles {known}, not {settings.profile}.")
