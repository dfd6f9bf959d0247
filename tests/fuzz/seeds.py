"""What the fuzzing starts from: documents of others, and documents that our own writers make."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from lxml import etree

from protocols.errors import FormatRefused
from protocols.formats.codec import Format, Settings
from protocols.messages.envelope import Message
from protocols.messages.kinds import KINDS
from tests.protocols.formats.conftest import messages_of

FOLDERS: Final[dict[str, tuple[str, ...]]] = {
    "tak": ("cot",),
    "ais": ("ais-nmea",),
    "edxl-de": ("edxl-de", "cap/samples"),
}
"""Where a format's documents lie in the corpus, if not in the folder of its name."""
SUFFIXES: Final = frozenset(
    {".xml", ".json", ".geojson", ".cot", ".cap", ".log", ".yaml", ".bin", ".txt", ".nmea", ""}
)
_SKIPPED: Final = ("schema", "codes", "expected")
_LARGEST: Final = 64 * 1024
_LINES: Final = 4
"""Sentences of a log that make one input."""


def corpus_seeds(entry: Format, shared: Path) -> list[bytes]:
    """The documents of the shared corpus for a format, smallest first; logs in pieces.

    Of an XML format also what stands inside documents of others.
    """
    found = list(_inside(entry, shared)) if entry.roots else []
    for folder in FOLDERS.get(entry.name, (entry.name,)):
        for path in sorted((shared / "corpus" / folder).rglob("*")):
            inside = [part for part in path.parts if part.startswith(_SKIPPED)]
            if path.is_file() and not inside and path.suffix in SUFFIXES:
                found += _documents(path)
    unique = {hashlib.sha256(data).digest(): data for data in found if len(data) <= _LARGEST}
    return sorted(unique.values(), key=len)


def _inside(entry: Format, shared: Path) -> Iterator[bytes]:
    for path in sorted((shared / "corpus" / "edxl-de" / "samples").rglob("*.xml")):
        try:
            root = etree.fromstring(path.read_bytes())
        except etree.XMLSyntaxError:
            continue
        for element in root.iter(*(tag for tag in entry.roots if tag)):
            if element is not root:
                yield etree.tostring(element, with_tail=False)


def _documents(path: Path) -> list[bytes]:
    data = path.read_bytes()
    if path.suffix == ".yaml":
        wrapper = yaml.safe_load(data)
        text = wrapper.get("message") if isinstance(wrapper, dict) else None
        return [text.encode()] if isinstance(text, str) else []
    if path.suffix == ".log":
        lines = data.splitlines(keepends=True)
        return [b"".join(lines[at : at + _LINES]) for at in range(0, len(lines), _LINES)]
    return [data]


def own_messages(of_each_kind: int, seed: int = 0) -> list[Message]:
    """Messages of every kind with any envelope; the same `seed` gives the same ones."""
    made: list[Message] = []
    for kind in KINDS:

        @seeded(seed)
        @settings(
            max_examples=of_each_kind,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(messages_of(kind))
        def collect(message: Message) -> None:
            made.append(message)

        collect()
    return made


def own_seeds(entry: Format, messages: list[Message]) -> list[bytes]:
    """Those messages as our own writer writes them, as far as it does."""
    found: list[bytes] = []
    if not entry.writes:
        return found
    for number, message in enumerate(messages):
        wishes = Settings(
            language=("en", "es", "fr")[number % 3],
            carry_canonical=number % 2 == 0,
            version=entry.writes[number % len(entry.writes)],
        )
        try:
            found.append(entry.encode(message, wishes).data)
        except FormatRefused:
            continue
    return [data for data in found if 0 < len(data) <= _LARGEST]
