r"""The lines of NMEA 0183 (IEC 61162-1) and what stands around them, without a word about AIS.

    junk \s:r3669,c:1241544035*4A\!AIVDM,2,1,7,B,53aDpaT000010;CKK...,0*74,r3669,1241544035

`before` the sentence may stand what a logger put there, TAG blocks (NMEA 0183 4.0, section 7; IEC
61162-450) say when and where it was received, `after` the checksum the older loggers say the same.
A checksum that is given must be right; a parametric sentence (`$`) may lack one, an encapsulated
one (`!`) may not, because without it a line that was cut off looks whole.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterable
from typing import Final

import msgspec

from protocols.errors import MalformedDocument

LINE_LIMIT: Final = 1024
"""Bytes of a line; the standard says 82, TAG blocks and loggers add to that."""
ENCAPSULATED: Final = ("VDM", "VDO")
"""Sentences that carry AIS: what was received from others, and what the own station sent."""
_LINE: Final = re.compile(
    r"(?P<before>[^\\!$]*)(?P<tags>(?:\\[^\\]{0,200}\\)*)"
    r"(?P<start>[!$])(?P<body>[^*!$\\]*)(?:\*(?P<sum>[0-9A-Fa-f]{2})(?P<after>.*))?"
)
_ADDRESS: Final = re.compile(r"[A-Z][A-Z0-9]{2,9}")
_TAG: Final = re.compile(r"\\([^\\*]*)\*([0-9A-Fa-f]{2})\\")
TAG_TIME: Final = re.compile(r"(?:^|,)c:(\d{1,16})(?=,|$)")
_LOGGED_TIME: Final = re.compile(r"(?:^|,)(\d{9,13})$")
_MILLISECONDS_FROM: Final = 10**11
"""A time this large counts milliseconds: as seconds it would be in the year 5138."""
_LAST_SECOND: Final = 253_402_300_799


class Sentence(msgspec.Struct, frozen=True):
    """One line, taken apart. `tags` are the contents of its TAG blocks, without checksums."""

    number: int
    """Of the line in the document, from 1."""
    text: str
    """The line as it stood."""
    address: str
    """Talker and formatter: `AIVDM`, `GPRMC`, `PGRME`."""
    fields: tuple[str, ...]
    start: str = "$"
    checked: bool = True
    """Whether it has a checksum."""
    before: str = ""
    tags: tuple[str, ...] = ()
    after: str = ""

    @property
    def carries_ais(self) -> bool:
        """Whether this is a part of an AIS message."""
        return self.start == "!" and self.address[2:] in ENCAPSULATED


def checksum(text: str) -> str:
    """Two hexadecimal digits: the exclusive or of all characters (IEC 61162-1, section 7.2)."""
    return f"{functools.reduce(operator.xor, text.encode('latin-1'), 0):02X}"


def parse_line(text: str, number: int = 1) -> Sentence:
    """One line without its end. Raises `MalformedDocument`, naming the line."""
    match = _LINE.fullmatch(text)
    if match is None or not text.isprintable():
        raise malformed(number, f"{text[:40]!r} is not a sentence of NMEA 0183")
    before, tags, start, body, given, after = match.groups()
    if given is None and start == "!":
        raise malformed(number, "the sentence has no checksum, so nobody knows if it is whole")
    if given is not None and (found := checksum(body)) != given.upper():
        raise malformed(number, f"the sentence says checksum {given}, its characters make {found}")
    address, *fields = body.split(",")
    if not _ADDRESS.fullmatch(address):
        raise malformed(number, f"{address[:20]!r} is no talker and formatter")
    return Sentence(
        number=number,
        text=text,
        address=address,
        fields=tuple(fields),
        start=start,
        checked=given is not None,
        before=before,
        tags=_parse_tags(tags, number) if tags else (),
        after=after or "",
    )


def _parse_tags(text: str, number: int) -> tuple[str, ...]:
    contents = []
    at = 0
    while at < len(text):
        match = _TAG.match(text, at)
        if match is None:
            raise malformed(number, f"{text[at : at + 40]!r} is not a TAG block")
        if checksum(match[1]) != match[2].upper():
            raise malformed(number, f"the TAG block {match[1][:40]!r} has a wrong checksum")
        contents.append(match[1])
        at = match.end()
    return tuple(contents)


def malformed(line: int, sentence: str) -> MalformedDocument:
    """The refusal, with the line that it is about."""
    return MalformedDocument(f"Line {line}: {sentence}.", line=line)


# --- the time of receipt ------------------------------------------------------------------------


def receive_time(sentences: Iterable[Sentence]) -> tuple[str, int] | None:
    """(as written, microseconds since 1970) when the first of the sentences that says it came in.

    A TAG block's `c:`, in seconds or milliseconds, or what a logger wrote after the checksum.
    """
    for sentence in sentences:
        for tag in sentence.tags:
            found = TAG_TIME.search(tag)
            if found is not None and (moment := tag_moment(found[1])) is not None:
                return found[1], moment
        if sentence.after:
            found = _LOGGED_TIME.search(sentence.after)
            if found is not None and (moment := tag_moment(found[1])) is not None:
                return found[1], moment
    return None


def tag_moment(text: str) -> int | None:
    """Microseconds since 1970 of a TAG block's time; None beyond the year 9999."""
    number = int(text)
    if number >= _MILLISECONDS_FROM:
        return number * 1000 if number // 1000 <= _LAST_SECOND else None
    return number * 1_000_000


def tag_time(microseconds: int) -> str:
    """A moment as a TAG block writes it: whole seconds, or milliseconds where there are any."""
    if microseconds < 0 or 0 < microseconds < _MILLISECONDS_FROM * 1000:
        return str(max(microseconds, 0) // 1_000_000)
    milliseconds = microseconds // 1000
    seconds, odd = divmod(milliseconds, 1000)
    return str(milliseconds if odd or seconds >= _MILLISECONDS_FROM else seconds)


def tag_block(content: str) -> str:
    r"""The content with its checksum between backslashes."""
    return f"\\{content}*{checksum(content)}\\"


def write_sentence(start: str, address: str, fields: Iterable[str], *, checked: bool = True) -> str:
    """One sentence without TAG blocks and line end."""
    body = ",".join((address, *fields))
    return f"{start}{body}*{checksum(body)}" if checked else f"{start}{body}"
