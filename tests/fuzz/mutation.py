"""From documents that are right to documents that are nearly right, thousands a second.

A mutation works on tokens: it repeats, drops, moves and splices balanced parts within and between
documents, puts extreme numbers and times in place of others, nests deeper and deeper, cuts off,
flips bits and changes the encoding. A NMEA sentence is given its checksum again and a protobuf
message its lengths, so that what is odd lies deeper than the first check.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Final

from tests.fuzz.spice import DEPTHS, ENCODINGS, MARKUP, NUMBERS, TIMES
from tests.fuzz.tokens import Tokens, tokens_of

MAX_BYTES: Final = 300 * 1024
"""Somewhat more than any reader takes."""
_CHECKSUM_KEPT: Final = 0.2
"""How often a NMEA checksum is left wrong."""


class Mutator:
    """Makes one input after the other out of the seeds; the same `seed` makes the same inputs."""

    def __init__(self, seeds: Sequence[bytes], seed: int, *, sentences: bool = False) -> None:
        self._chance = random.Random(seed)
        self._seeds = [data for data in seeds if data]
        self._tokens: dict[int, Tokens] = {}
        self._sentences = sentences

    def next(self) -> bytes:
        """One more input."""
        number = self._pick(len(self._seeds))
        data = self._seeds[number]
        way = self._chance.random()
        if data[:1] == b"\xbf":
            data = self._bytes(data) if way < 0.5 else self._fields(data)
        elif way < 0.72:
            data = self._structured(self._tokens_of(number))
        elif way < 0.92:
            data = self._bytes(data)
        elif way < 0.96:
            data = self._whole(data)
        else:
            data = self._bytes(self._structured(self._tokens_of(number)))
        if self._sentences and self._chance.random() > _CHECKSUM_KEPT:
            data = with_checksums(data)
        return data[:MAX_BYTES]

    def _pick(self, length: int) -> int:
        return int(self._chance.random() * length)

    def _tokens_of(self, number: int) -> Tokens:
        found = self._tokens.get(number)
        if found is None:
            found = self._tokens[number] = tokens_of(self._seeds[number])
        return found

    # --- tokens ---------------------------------------------------------------------------------

    def _structured(self, tokens: Tokens) -> bytes:
        """A few changes of tokens and balanced parts, made from the end so that places hold."""
        parts = list(tokens.parts)
        changes: list[tuple[int, int, list[bytes]]] = []
        for _ in range(1 + self._pick(self._pick(5) + 1)):
            changes.append(_CHANGES[self._pick(len(_CHANGES))](self, tokens))
        changes.sort(key=lambda change: change[0], reverse=True)
        for start, end, put in changes:
            parts[start:end] = put
        return b"".join(parts)

    def _place(self, tokens: Tokens) -> int:
        return self._pick(len(tokens.parts))

    def _span(self, tokens: Tokens) -> tuple[int, int]:
        return tokens.spans[self._pick(len(tokens.spans))]

    def _drop_span(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        start, end = self._span(tokens)
        return start, end, []

    def _repeat_span(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        start, end = self._span(tokens)
        times = (1, 1, 2, 5, 300)[self._pick(5)]
        room = max(1, 40_000 // (end - start))
        return end, end, self._joined(tokens.parts[start:end], min(times, room))

    def _joined(self, part: list[bytes], times: int) -> list[bytes]:
        """A part repeated, with commas where JSON wants them."""
        comma = [b","] if part[:1] in ([b"{"], [b"["]) else []
        return (comma + part) * times

    def _move_span(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        start, end = self._span(tokens)
        to = self._span(tokens)
        return to[0], to[1], tokens.parts[start:end]

    def _splice(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        other = self._tokens_of(self._pick(len(self._seeds)))
        start, end = self._span(other)
        to = self._span(tokens)
        return (to if self._chance.random() < 0.5 else (to[1], to[1])) + (other.parts[start:end],)

    def _number(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        if not tokens.numbers:
            return self._spice(tokens)
        at = tokens.numbers[self._pick(len(tokens.numbers))]
        stock = TIMES if tokens.parts[at][4:5] == b"-" or self._chance.random() < 0.1 else NUMBERS
        return at, at + 1, [stock[self._pick(len(stock))]]

    def _string(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        """Another string or tag in the place of one; or the same, changed inside."""
        if not tokens.strings:
            return self._spice(tokens)
        at = tokens.strings[self._pick(len(tokens.strings))]
        part = tokens.parts[at]
        way = self._pick(6)
        if way == 0 and part[:1] == b'"':
            put = NUMBERS[self._pick(len(NUMBERS))]
        elif way == 1 and part[:1] == b'"':
            put = b'"' + TIMES[self._pick(len(TIMES))] + b'"'
        elif way == 2:
            put = part[:1] + MARKUP[self._pick(len(MARKUP))] + part[1:]
        elif way == 3:
            put = tokens.parts[tokens.strings[self._pick(len(tokens.strings))]]
        elif way == 4 and part[:1] == b'"':
            put = self._inside(part)
        else:
            middle = 1 + self._pick(len(part) - 1)
            put = part[:middle] + MARKUP[self._pick(len(MARKUP))] + part[middle:]
        return at, at + 1, [put]

    def _inside(self, part: bytes) -> bytes:
        """A JSON string whose text is a document itself, changed as one."""
        try:
            text = json.loads(part)
        except ValueError:
            return part + part
        changed = self._structured(tokens_of(str(text).encode("utf-8", "replace") or b" "))
        return json.dumps(changed.decode("utf-8", "replace")).encode()

    def _spice(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        at = self._place(tokens)
        return at, at + self._pick(2), [MARKUP[self._pick(len(MARKUP))]]

    def _token(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        """A token dropped, doubled, or put in another's place."""
        at, way = self._place(tokens), self._pick(3)
        part = tokens.parts[at]
        return at, at + 1, [[], [part, part], [tokens.parts[self._place(tokens)]]][way]

    def _nest(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        """A part inside itself, or inside brackets, many levels deep."""
        start, end = self._span(tokens)
        part, depth = tokens.parts[start:end], DEPTHS[self._pick(len(DEPTHS))]
        first, last = part[0], part[-1]
        if first == b"{":
            first, last = b'{"a":', b"}"
        elif (first[:1] == b"<" and first[-2:] == b"/>") or first[:1] not in b"<[":
            first, last = b"<a>", b"</a>"
        return start, end, [first * depth, *part, last * depth]

    def _cut(self, tokens: Tokens) -> tuple[int, int, list[bytes]]:
        return self._place(tokens), len(tokens.parts), []

    # --- bytes ----------------------------------------------------------------------------------

    def _bytes(self, data: bytes) -> bytes:
        """Flips, insertions, deletions, copies and splices without regard to structure."""
        bent = bytearray(data)
        for _ in range(1 + self._pick(4)):
            if not bent:
                break
            at, end = self._pick(len(bent)), self._pick(len(bent))
            way = self._pick(7)
            if way == 0:
                bent[at] ^= 1 << self._pick(8)
            elif way == 1:
                bent[at] = self._pick(256)
            elif way == 2:
                del bent[at : at + 1 + self._pick(40)]
            elif way == 3:
                bent[at:at] = bent[end : end + 1 + self._pick(200)]
            elif way == 4:
                bent[at:at] = MARKUP[self._pick(len(MARKUP))]
            elif way == 5:
                other = self._seeds[self._pick(len(self._seeds))]
                begin = self._pick(len(other))
                bent[at : at + self._pick(60)] = other[begin : begin + 1 + self._pick(200)]
            elif self._pick(4) == 0:
                del bent[at:]
            else:
                bent[at : at + 8] = bent[end : end + 8]
        return bytes(bent)

    def _whole(self, data: bytes) -> bytes:
        """Another encoding, two documents in one, nothing at all, noise."""
        way = self._pick(6)
        if way < 3:
            name = ENCODINGS[self._pick(len(ENCODINGS))]
            return data.decode("utf-8", "replace").encode(name, "replace")
        if way == 3:
            return data + self._seeds[self._pick(len(self._seeds))]
        if way == 4:
            return self._chance.randbytes(self._pick(300))
        return MARKUP[self._pick(len(MARKUP))] * (1 + self._pick(3000))

    # --- protobuf -------------------------------------------------------------------------------

    def _fields(self, frame: bytes) -> bytes:
        """A TAK frame whose fields are dropped, doubled, changed or moved; its lengths are right.

        Both framings: `bf 01 bf` and a payload, or `bf`, the payload's length and the payload.
        """
        if frame[:3] == b"\xbf\x01\xbf":
            return frame[:3] + self._message(frame[3:], 0)
        _, start = read_varint(frame, 1)
        payload = self._message(frame[start:], 0)
        return b"\xbf" + varint(len(payload)) + payload

    def _message(self, data: bytes, depth: int) -> bytes:
        fields = read_fields(data)
        if not fields:
            return self._bytes(data)
        at = self._pick(len(fields))
        key, value = fields[at]
        way = self._pick(6)
        if way < 3 and key & 7 == 2 and depth < 6 and value:
            inside = read_fields(value)
            value = self._message(value, depth + 1) if inside else self._text(value)
            fields[at] = (key, value)
        elif way == 3:
            del fields[at]
        elif way == 4:
            fields.insert(self._pick(len(fields) + 1), fields[self._pick(len(fields))])
        else:
            fields[at] = (key if self._pick(3) else key ^ (1 << self._pick(7)), self._value(key))
        return b"".join(
            varint(key) + (varint(len(value)) if key & 7 == 2 else b"") + value
            for key, value in fields
        )

    def _text(self, value: bytes) -> bytes:
        return self._structured(tokens_of(value)) if self._pick(2) else self._bytes(value)

    def _value(self, key: int) -> bytes:
        """A value of the field's wire type: extreme, or noise."""
        kind = key & 7
        if kind == 0:
            return varint((0, 1, 127, 2**31, 2**53, 2**63, 2**64 - 1)[self._pick(7)])
        if kind in (1, 5):
            width = 8 if kind == 1 else 4
            ends = (b"\x00", b"\xff", b"\x7f")[self._pick(3)] * width
            noise = self._chance.randbytes(width)
            return (ends, noise, b"\x00" * (width - 2) + b"\xf8\x7f")[self._pick(3)]
        return MARKUP[self._pick(len(MARKUP))]


_CHANGES: Final[tuple[Callable[[Mutator, Tokens], tuple[int, int, list[bytes]]], ...]] = (
    Mutator._drop_span,
    Mutator._repeat_span,
    Mutator._move_span,
    Mutator._splice,
    Mutator._splice,
    Mutator._number,
    Mutator._number,
    Mutator._number,
    Mutator._string,
    Mutator._string,
    Mutator._string,
    Mutator._spice,
    Mutator._token,
    Mutator._token,
    Mutator._nest,
    Mutator._cut,
)


# --- what keeps an input from failing at the first check ------------------------------------------


def with_checksums(data: bytes) -> bytes:
    """Every NMEA sentence with the checksum that its bytes have (IEC 61162-1, 7.2.4)."""
    lines = data.split(b"\n")
    for index, line in enumerate(lines):
        start = max(line.find(b"!"), line.find(b"$"))
        star = line.rfind(b"*")
        if start < 0 or star < start:
            continue
        total = 0
        for byte in line[start + 1 : star]:
            total ^= byte
        ending = b"\r" if line.endswith(b"\r") else b""
        lines[index] = line[: star + 1] + b"%02X" % total + ending
    return b"\n".join(lines)


def varint(number: int) -> bytes:
    """A protobuf varint."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """(number, where the next byte is); (-1, at) where there is none."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            return -1, at
        number |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return number, at
    return -1, at


def read_fields(data: bytes) -> list[tuple[int, bytes]]:
    """(key, value) of every field of a protobuf message; empty where it is none."""
    fields: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        begin = at
        if key & 7 == 2:
            length, begin = read_varint(data, at)
            end = begin + length if length >= 0 else -1
        else:
            number, behind = read_varint(data, at)
            end = {0: behind if number >= 0 else -1, 1: at + 8, 5: at + 4}.get(key & 7, -1)
        if key <= 0 or end < begin or end > len(data):
            return []
        fields.append((key, data[begin:end]))
        at = end
    return fields
