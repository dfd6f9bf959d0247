"""A feed of NMEA 0183 cut into documents, each with what `decode` needs of earlier lines.

Bytes come in any cuts. Lines become sentences, sentences that belong together one document, and
what has no time of receipt is given one as a TAG block. Before a safety text the stream puts the
station's last position, before a position the sentence that names the station, before a position of
an emergency device that goes on the one that raised the emergency.

Whatever is wrong with a line comes out as a document that `decode` refuses by name, so that it is
counted and shown, and the next line is read as if nothing had been. All memory is bounded.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Final, Generic, TypeVar

import msgspec

from protocols.clock import Clock
from protocols.errors import MalformedDocument
from protocols.formats.ais.document import part_of
from protocols.formats.ais.sentence import (
    LINE_LIMIT,
    Sentence,
    parse_line,
    receive_time,
    tag_block,
    tag_time,
)
from protocols.formats.ais.sentences import document_of
from protocols.formats.ais.sixbit import unarmour
from protocols.formats.ais.words import ACTIVE, POSITIONS, TEXTS, UNDER_TEST, device_of

STATIONS_MOST: Final = 10_000
GROUPS_MOST: Final = 64
"""Messages of several sentences that may be waiting for the rest of them."""
SECOND: Final = 1_000_000
GROUP_AGE: Final = 30 * SECOND
POSITION_AGE: Final = 30 * 60 * SECOND
"""How old a position may be and still stand for where a station is that sends a text."""
NAMED: Final = POSITIONS | TEXTS | {24}
"""Messages that are shown with the name of their station."""
NAME_AGE: Final = 24 * 3600 * SECOND

_LINE_ENDS: Final = re.compile(rb"[\r\n]+")
_STARTS: Final = re.compile(r"(?<!^)(?=[!$][A-Z][A-Z0-9]{2,9},)")
_STATUS: Final = frozenset({1, 2, 3})
_LATITUDES: Final = {
    **dict.fromkeys((1, 2, 3, 9), (89, 27, 91 * 600_000)),
    **dict.fromkeys((4, 11), (107, 27, 91 * 600_000)),
    **dict.fromkeys((18, 19), (85, 27, 91 * 600_000)),
    21: (192, 27, 91 * 600_000),
    27: (62, 17, 91 * 600),
}
"""First bit, width and "not available" of the latitude, to tell in passing if there is a fix."""

_T = TypeVar("_T")


class Lately(Generic[_T]):
    """What was last known of each station, for a time, of no more than so many stations."""

    def __init__(self, most: int, age: int) -> None:
        self._most = most
        self._age = age
        self._known: OrderedDict[int, tuple[int, _T]] = OrderedDict()

    def put(self, mmsi: int, value: _T, now: int) -> None:
        """Remember it; the station that was quiet for longest makes room."""
        self._known[mmsi] = (now, value)
        self._known.move_to_end(mmsi)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def get(self, mmsi: int, now: int) -> _T | None:
        """What is known, unless that is too long ago."""
        found = self._known.get(mmsi)
        if found is None or not -self._age <= now - found[0] <= self._age:
            return None
        return found[1]

    def __len__(self) -> int:
        return len(self._known)


class Fix(msgspec.Struct, frozen=True):
    """The sentences of a position, whether there is a place in them, and whether it is distress."""

    lines: tuple[str, ...]
    located: bool
    distress: bool


class Glance(msgspec.Struct, frozen=True):
    """What one look at the first bits of a message tells."""

    number: int
    mmsi: int
    located: bool = False
    distress: bool = False
    names: bool = False


class AisStream:
    """One feed: one connection, or one sender of datagrams."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buffer = bytearray()
        self._skipping = False
        self._groups: OrderedDict[tuple[str, ...], tuple[int, dict[int, Sentence]]] = OrderedDict()
        self._positions: Lately[Fix] = Lately(STATIONS_MOST, POSITION_AGE)
        self._names: Lately[tuple[str, ...]] = Lately(STATIONS_MOST, NAME_AGE)

    def feed(self, data: bytes) -> list[bytes]:
        """Add what was read; every document that is now whole, in order. Never raises."""
        documents: list[bytes] = []
        *whole, rest = _LINE_ENDS.split(data)
        for part in whole:
            self._take(part)
            documents += self._end_line()
        self._take(rest)
        documents += self._cut_off()
        return documents

    def close(self) -> list[bytes]:
        """The feed has ended: a last line without an end, and messages that are not whole."""
        documents = self._end_line()
        documents += [_incomplete(parts) for _, parts in self._groups.values()]
        self._groups.clear()
        return documents

    # --- lines ----------------------------------------------------------------------------------

    def _take(self, part: bytes) -> None:
        """Add a part of a line, never more than one byte too many."""
        if not self._skipping:
            self._buffer += part[: LINE_LIMIT + 1 - len(self._buffer)]

    def _cut_off(self) -> list[bytes]:
        """Give up a line that is too long: it comes out as it is, the rest of it is skipped."""
        if len(self._buffer) <= LINE_LIMIT:
            return []
        line = bytes(self._buffer)
        self._buffer.clear()
        self._skipping = True
        return [line]

    def _end_line(self) -> list[bytes]:
        documents = self._cut_off()
        self._skipping = False
        line = bytes(self._buffer)
        self._buffer.clear()
        if not line.strip() or line.lstrip()[:1] == b"#":
            return documents
        try:
            text = line.decode("ascii")
        except UnicodeDecodeError:
            return [*documents, line + b"\r\n"]
        for piece in _STARTS.split(text) if text.count("$") + text.count("!") > 1 else (text,):
            documents += self._line(piece)
        return documents

    def _line(self, text: str) -> list[bytes]:
        try:
            sentence = parse_line(text)
            if not sentence.carries_ais:
                return [self._document((sentence,))]
            total, number = part_of(sentence)
        except MalformedDocument:
            return [text.encode("ascii") + b"\r\n"]
        if total == 1:
            return [self._message((sentence,))]
        return self._assemble(sentence, total, number)

    # --- messages of several sentences ----------------------------------------------------------

    def _assemble(self, sentence: Sentence, total: int, number: int) -> list[bytes]:
        now = self._clock()
        documents = self._expired(now)
        key = self._group_of(sentence, number)
        group = self._groups.get(key)
        if group is not None and number in group[1]:
            documents.append(_incomplete(group[1]))
            del self._groups[key]
            group = None
        if group is None:
            group = self._groups[key] = (now, {})
        parts = group[1]
        parts[number] = sentence
        if len(parts) == total:
            del self._groups[key]
            documents.append(self._message(tuple(parts[n] for n in sorted(parts))))
        elif len(self._groups) > GROUPS_MOST:
            documents.append(_incomplete(self._groups.popitem(last=False)[1][1]))
        return documents

    def _group_of(self, sentence: Sentence, number: int) -> tuple[str, ...]:
        """Which message a part belongs to; some receivers name the channel in the first only."""
        total, _, sequence, channel = sentence.fields[:4]
        key = (sentence.address, total, sequence, channel)
        if channel == "" and number > 1 and key not in self._groups:
            alike = (other for other in self._groups if other[:3] == key[:3])
            return next(alike, key)
        return key

    def _expired(self, now: int) -> list[bytes]:
        """The messages whose other parts did not come in time."""
        old = [key for key, (begun, _) in self._groups.items() if not 0 <= now - begun <= GROUP_AGE]
        return [_incomplete(self._groups.pop(key)[1]) for key in old]

    # --- documents ------------------------------------------------------------------------------

    def _message(self, sentences: tuple[Sentence, ...]) -> bytes:
        """A whole AIS message as a document, with what is known of its station before it."""
        glance = glance_at(sentences)
        if glance is None:
            return self._document(sentences)
        now = self._clock()
        before: list[str] = []
        name = None if glance.names else self._names.get(glance.mmsi, now)
        if name is not None and glance.number in NAMED:
            before += name
        fix = self._positions.get(glance.mmsi, now)
        if fix is not None and _belongs(fix, glance):
            before += fix.lines
        if glance.names and not glance.located:
            self._names.put(glance.mmsi, tuple(map(_bare, sentences)), now)
        lines = self._stamped(sentences)
        if glance.number in POSITIONS and _worth_keeping(glance, fix):
            self._positions.put(glance.mmsi, Fix(lines, glance.located, glance.distress), now)
        return document_of((*before, *lines))

    def _document(self, sentences: tuple[Sentence, ...]) -> bytes:
        return document_of(self._stamped(sentences))

    def _stamped(self, sentences: tuple[Sentence, ...]) -> tuple[str, ...]:
        """The lines, with the time of receipt where they do not say it themselves."""
        lines = tuple(sentence.text for sentence in sentences)
        if receive_time(sentences) is not None:
            return lines
        before = sentences[0].before
        stamp = tag_block(f"c:{tag_time(self._clock())}")
        return (before + stamp + lines[0][len(before) :], *lines[1:])


def glance_at(sentences: tuple[Sentence, ...]) -> Glance | None:
    """What kind of message it is, of whom; None where there are not even so many bits."""
    try:
        bits, length = _bits(sentences)
    except ValueError:
        return None
    if length < 42:
        return None
    number, mmsi = bits >> (length - 6), bits >> (length - 38) & (1 << 30) - 1
    distress = False
    if number in POSITIONS:
        status = bits >> (length - 42) & 15 if number in _STATUS else None
        distress = status == ACTIVE or (device_of(mmsi) is not None and status != UNDER_TEST)
    names = number in (5, 19, 21) or (number == 24 and not bits >> (length - 40) & 3)
    located = False
    if number in _LATITUDES:
        first, width, absent = _LATITUDES[number]
        left = length - first - width
        located = left >= 0 and bits >> left & (1 << width) - 1 != absent
    return Glance(number, mmsi, located, distress, names)


def _bits(sentences: tuple[Sentence, ...]) -> tuple[int, int]:
    bits = length = 0
    for sentence in sentences:
        more, count = unarmour(sentence.fields[4], int(sentence.fields[5]))
        bits, length = bits << count | more, length + count
    return bits, length


def _belongs(fix: Fix, glance: Glance) -> bool:
    """Whether an earlier position belongs before a message: before a text, and before a position
    of a device whose emergency that earlier one has raised."""
    if glance.number in TEXTS:
        return fix.located or device_of(glance.mmsi) is not None
    return glance.distress and fix.distress


def _worth_keeping(glance: Glance, fix: Fix | None) -> bool:
    """A position without a place does not push one with a place out, unless it says more."""
    return glance.located or fix is None or not fix.located or glance.distress is not fix.distress


def _bare(sentence: Sentence) -> str:
    """The sentence alone, as it stood."""
    end = len(sentence.text) - len(sentence.after)
    tags = sum(len(tag_block(tag)) for tag in sentence.tags)
    return sentence.text[len(sentence.before) + tags : end]


def _incomplete(parts: dict[int, Sentence]) -> bytes:
    return document_of(parts[number].text for number in sorted(parts))
