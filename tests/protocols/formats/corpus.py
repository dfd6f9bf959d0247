"""The documents of others, by format: where they lie, and how a stream is cut."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from protocols.errors import FormatRefused
from protocols.formats.registry import FORMATS
from protocols.messages.envelope import Message

FOLDERS = {
    "cot": ("cot",),
    "tak": ("cot/takv1",),
    "cap": ("cap",),
    "edxl-de": ("edxl-de",),
    "edxl-rm": ("edxl-rm",),
    "edxl-have": ("edxl-have", "edxl-de"),
    "eido": ("eido",),
    "emsi": ("emsi",),
    "ais": ("ais-nmea/samples",),
    "geojson": ("geojson",),
    "ics-213": ("ics-213",),
}
"""Folders of `corpus` in which documents of a format may be; not every file there is one."""

CLOCK = 1_763_800_000_000_000
"""The time at which a stream without times is read: always the same."""


@cache
def documents(shared: Path, name: str) -> tuple[tuple[str, bytes], ...]:
    """(name, bytes) of every document of the folders of a format; a stream is cut into its own."""
    files = sorted(
        path
        for folder in FOLDERS.get(name, ())
        for path in (shared / "corpus" / folder).rglob("*")
        if path.is_file()
    )
    return tuple(_cut(name, files))


def _cut(name: str, files: list[Path]) -> Iterator[tuple[str, bytes]]:
    for path in files:
        data = path.read_bytes()
        make = FORMATS[name].stream
        if make is None:
            yield path.name, data
            continue
        stream = make(lambda: CLOCK)
        for number, document in enumerate((*stream.feed(data), *stream.close())):
            yield f"{path.name}#{number}", document


@cache
def accepted(shared: Path, name: str) -> tuple[tuple[str, bytes, Message], ...]:
    """The documents that the format reads, with the message that each is."""
    found = []
    for label, data in documents(shared, name):
        try:
            found.append((label, data, FORMATS[name].decode(data)))
        except FormatRefused:
            continue
    return tuple(found)
