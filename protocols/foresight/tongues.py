"""What two sides have in common: formats, versions and profiles that one writes and one reads."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from protocols.foresight.voices import Voice
from protocols.formats.codec import Format, Settings
from protocols.formats.registry import FORMATS
from protocols.messages.kinds import SpokenFormat


class Tongue(msgspec.Struct, frozen=True):
    """A format and the settings under which both sides have it."""

    format: Format
    settings: Settings


def read_by(voice: Voice) -> list[Tongue]:
    """What we write that the member reads, in the member's own order."""
    return _common(voice, lambda one: one.reads, lambda entry: entry.writes)


def written_by(voice: Voice) -> list[Tongue]:
    """What the member writes that we read and could write ourselves: its documents are as ours."""
    return _common(voice, lambda one: one.writes, lambda entry: entry.writes if entry.reads else ())


def _common(
    voice: Voice,
    wanted: Callable[[SpokenFormat], bool],
    offered: Callable[[Format], tuple[str, ...]],
) -> list[Tongue]:
    found = []
    for one in voice.formats:
        entry = FORMATS.get(one.format)
        if entry is None or not wanted(one):
            continue
        common = [v for v in offered(entry) if not one.versions or v in one.versions]
        if common:
            profile = one.profile if one.profile in entry.profiles else None
            found.append(Tongue(entry, Settings(version=common[0], profile=profile)))
    return found
