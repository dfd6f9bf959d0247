"""A document as tokens with its balanced parts, so that mutations keep enough of its structure.

One lexer serves XML, JSON and plain text alike: tags, strings, words, numbers, and the spans that
begin and end together (`<a>…</a>`, `{…}`, `[…]`). Foreign documents also stand inside each other
(JSON in an XML text, XML in a JSON text), and so do their tokens here.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    rb"<!--.*?-->|<[^<>]{1,400}>|\"(?:[^\"\\\n]|\\.){0,400}\"|[A-Za-z_][\w:.]*"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"
    rb"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\s+|.",
    re.DOTALL,
)
_TAG_NAME: Final = re.compile(rb"</?([^\s/>]+)")
_PAIRS: Final = {b"}": b"{", b"]": b"["}


class Tokens(NamedTuple):
    """The tokens of one document, and its balanced spans as (first, behind the last)."""

    parts: list[bytes]
    spans: list[tuple[int, int]]
    numbers: list[int]
    """Where numbers and times stand."""
    strings: list[int]


def tokens_of(data: bytes) -> Tokens:
    """The tokens of a document; joined they are the document again."""
    parts = _TOKEN.findall(data)
    spans: list[tuple[int, int]] = []
    open_still: list[tuple[bytes, int]] = []
    for index, part in enumerate(parts):
        opening, closing = _role(part)
        if opening:
            open_still.append((opening, index))
        elif closing:
            for depth in range(len(open_still) - 1, max(-1, len(open_still) - 8), -1):
                if open_still[depth][0] == closing:
                    spans.append((open_still[depth][1], index + 1))
                    del open_still[depth:]
                    break
        elif part[:1] == b"<" and part[-2:] == b"/>":
            spans.append((index, index + 1))
    numbers = [i for i, part in enumerate(parts) if part[-1:].isdigit() or part[:2] == b"20"]
    strings = [i for i, part in enumerate(parts) if part[:1] in b'"<' and len(part) > 2]
    return Tokens(parts, spans or [(0, len(parts))], numbers, strings)


def _role(part: bytes) -> tuple[bytes, bytes]:
    """What the token opens, or what it closes."""
    if part in (b"{", b"["):
        return part, b""
    if part in _PAIRS:
        return b"", _PAIRS[part]
    if part[:1] == b"<" and part[-1:] == b">" and part[-2:] != b"/>":
        name = _TAG_NAME.match(part)
        if name is not None and name[1][:1] not in b"?!":
            return (b"", name[1]) if part[1:2] == b"/" else (name[1], b"")
    return b"", b""
