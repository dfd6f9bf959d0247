"""One document: the lines of one message, behind earlier ones of the same station as its context.

A safety text has no position and a position has no name, so the stream that cut the lines puts the
station's last position or its name before them. Everything is refused by line.
"""

from __future__ import annotations

from typing import Final

import msgspec

from protocols.errors import MalformedDocument, UnsafeDocument
from protocols.formats.ais.payload import Payload, read
from protocols.formats.ais.sentence import LINE_LIMIT, Sentence, malformed, parse_line
from protocols.formats.ais.sixbit import ARMOURED, unarmour
from protocols.formats.ais.words import NAMING, POSITIONS

SIZE_LIMIT: Final = 32 * 1024
LINES_MOST: Final = 32
PARTS_MOST: Final = 9


class Report(msgspec.Struct, frozen=True):
    """An AIS message with the sentences that carried it."""

    sentences: tuple[Sentence, ...]
    payload: Payload
    bits: int
    length: int

    @property
    def number(self) -> int:
        """The type of the message."""
        return int(self.payload.fields["type"])

    @property
    def mmsi(self) -> int:
        """Whose message it is."""
        return int(self.payload.fields["mmsi"])

    @property
    def key(self) -> str:
        """The same for the same bits but those that count how often it was repeated."""
        return f"{self.length}:{self.bits & ~(3 << (self.length - 8)):x}"


class Document(msgspec.Struct, frozen=True):
    """The message, either of AIS or one other sentence, and what is known from before."""

    main: Report | Sentence
    context: tuple[Report, ...] = ()

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The lines of the message itself."""
        return self.main.sentences if isinstance(self.main, Report) else (self.main,)


def parse(data: bytes) -> Document:
    """Take a document apart. Raises `UnsafeDocument` for its size and `MalformedDocument`."""
    if len(data) > SIZE_LIMIT:
        raise UnsafeDocument(f"The document has {len(data)} bytes; {SIZE_LIMIT} are allowed.")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise malformed(line, f"byte {data[fault.start]:#04x} is none of NMEA 0183") from fault
    messages = _messages(_sentences(text))
    main = messages[-1]
    if len(messages) == 1:
        return Document(main)
    context = tuple(one for one in messages[:-1] if isinstance(one, Report))
    if not isinstance(main, Report) or len(context) != len(messages) - 1:
        raise _too_many(messages)
    for earlier in context:
        known = earlier.number in POSITIONS or earlier.number in NAMING
        if not known or earlier.mmsi != main.mmsi:
            raise _too_many(messages)
    return Document(main, context)


def _too_many(messages: list[Report | Sentence]) -> MalformedDocument:
    last = messages[-1]
    line = last.number if isinstance(last, Sentence) else last.sentences[0].number
    return malformed(line, "here another message begins; a document is one message (a log of many "
                     "is read as a stream)")  # fmt: skip


def _sentences(text: str) -> list[Sentence]:
    sentences = []
    for number, line in enumerate(text.split("\n"), 1):
        content = line.rstrip("\r")
        if len(content) > LINE_LIMIT:
            raise UnsafeDocument(
                f"Line {number} has {len(content)} bytes; {LINE_LIMIT} are allowed.", line=number
            )
        if not content.strip() or content[0] == "#":
            continue
        sentences.append(parse_line(content, number))
        if len(sentences) > LINES_MOST:
            raise UnsafeDocument(f"Line {number}: more than {LINES_MOST} sentences.", line=number)
    if not sentences:
        raise malformed(1, "there is no sentence")
    return sentences


def _messages(sentences: list[Sentence]) -> list[Report | Sentence]:
    """The sentences put together to messages, in their order."""
    messages: list[Report | Sentence] = []
    at = 0
    while at < len(sentences):
        first = sentences[at]
        if not first.carries_ais:
            messages.append(first)
            at += 1
            continue
        total = part_of(first)[0]
        messages.append(_report(sentences[at : at + total], total))
        at += total
    return messages


def part_of(sentence: Sentence) -> tuple[int, int]:
    """(how many parts, which one) of a sentence that carries AIS. Raises `MalformedDocument`."""
    fields = sentence.fields
    if len(fields) != 6:
        raise malformed(sentence.number, f"{sentence.address} has 6 fields, not {len(fields)}")
    total, number = fields[0], fields[1]
    if not (len(total) == len(number) == 1 and "1" <= number <= total <= str(PARTS_MOST)):
        raise malformed(
            sentence.number, f"part {number[:8]!r} of {total[:8]!r} parts is not possible"
        )
    if not ARMOURED.fullmatch(fields[4]):
        raise malformed(sentence.number, "the payload has characters that are not armour")
    if len(fields[5]) != 1 or fields[5] not in "012345":
        raise malformed(sentence.number, f"{fields[5][:8]!r} bits to leave out are not 0 to 5")
    return int(total), int(number)


def _report(sentences: list[Sentence], total: int) -> Report:
    first = sentences[0]
    parts: dict[int, Sentence] = {}
    for sentence in sentences:
        if not sentence.carries_ais or sentence.address != first.address:
            break
        of, number = part_of(sentence)
        if of != total or sentence.fields[2] != first.fields[2] or number in parts:
            break
        parts[number] = sentence
    missing = [str(number) for number in range(1, total + 1) if number not in parts]
    if missing:
        raise malformed(
            first.number, f"of {total} parts of the message {', '.join(missing)} is missing"
        )
    bits = length = 0
    for number in range(1, total + 1):
        sentence = parts[number]
        try:
            more, count = unarmour(sentence.fields[4], int(sentence.fields[5]))
        except ValueError as fault:
            raise malformed(sentence.number, str(fault)) from fault
        bits, length = bits << count | more, length + count
    ordered = tuple(parts[number] for number in range(1, total + 1))
    try:
        payload = read(bits, length)
    except ValueError as fault:
        raise malformed(first.number, str(fault)) from fault
    return Report(ordered, payload, bits, length)
