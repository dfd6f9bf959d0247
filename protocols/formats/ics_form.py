"""ICS forms as text: labelled lines that people read, in English, Spanish and French.

    GENERAL MESSAGE (ICS 213)            the heading, then perhaps: THIS IS AN EXERCISE
    2. To: C5 Sonora                     number of the block on the paper form, label, value
    7. Message:                          a value of several lines, each two spaces in
      Exit confirmed.
      One metre north of the line.

Read are labels of all three languages, with or without numbers; what has no label we know stays as
it is. What is read and what is written are the same entries, so a form comes back as it was.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

import msgspec

from protocols.errors import MalformedDocument, UnsafeDocument
from protocols.messages.values import Exercise

MAX_BYTES: Final = 256 * 1024
LANGUAGES: Final = ("en", "es", "fr")
INDENT: Final = "  "
NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for `sent` where a form states no time: the same form must always be the same message.
`absent` then says that the time is unknown."""
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")
_NUMBER: Final = re.compile(r"^\s*\d{1,2}[a-d]?\.\s*", re.ASCII)
_WORDS: Final = re.compile(r"[^\W_]+")


class Entry(msgspec.Struct, frozen=True):
    """One labelled value of a form, or with an empty `label` lines of their own."""

    label: str
    value: str


class Blocks:
    """The labels of one form, in three languages, and which of its values people type freely."""

    def __init__(
        self,
        texts: dict[str, tuple[str, ...]],
        *,
        also: dict[str, tuple[str, ...]],
        long: Iterable[str],
        after_long: Iterable[str],
    ) -> None:
        """`texts`: name → (number of the block or "", English, Spanish, French); `also`: further
        labels that are read. The values of `long` may go on in lines that are not indented; such a
        value ends only before a label of `after_long`."""
        self._texts = texts
        self.long = frozenset(long)
        self.after_long = frozenset(after_long)
        self._names = {key_of(text): name for name, (_, *all_) in texts.items() for text in all_}
        self._names |= {key_of(text): name for name, all_ in also.items() for text in all_}

    def label(self, name: str, language: str) -> str:
        """The label as it is written, with the number of the block where the form has one."""
        number, *all_ = self._texts[name]
        words = all_[LANGUAGES.index(language)]
        return f"{number}. {words}" if number else words

    def language_of(self, name: str, label: str) -> str | None:
        """The language of a written label; None for one that is not ours."""
        found = [key_of(text) for text in self._texts[name][1:]]
        key = key_of(label)
        return LANGUAGES[found.index(key)] if key in found else None

    def name_of(self, label: str) -> str | None:
        """The name of the block that a written label stands for."""
        return self._names.get(key_of(label)) if len(label) < 60 else None


@lru_cache(4096)
def key_of(label: str) -> str:
    """A label without number, case and punctuation."""
    return " ".join(_WORDS.findall(_NUMBER.sub("", label, count=1))).casefold()


# --- documents ------------------------------------------------------------------------------------


def text_of(data: bytes) -> str:
    """The text of a document: UTF-8, or else the Windows code page that packet programs write.

    Raises `UnsafeDocument` for more than 256 KiB and `MalformedDocument`, with the line, for what
    is no text.
    """
    if len(data) > MAX_BYTES:
        raise UnsafeDocument(f"The document has {len(data)} bytes; {MAX_BYTES} are allowed.")
    data = data.rstrip(b"\x1a")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError as fault:
            line = data.count(b"\n", 0, fault.start) + 1
            raise MalformedDocument(
                f"Line {line}: byte {data[fault.start]:#04x} is no text.", where=str(line)
            ) from fault
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    control = _CONTROL.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        raise malformed(line, "a control character has no place in a form")
    return text


def malformed(line: int, detail: str) -> MalformedDocument:
    """The refusal of a document, with the line (from 1)."""
    return MalformedDocument(f"Line {line}: {detail}.", where=str(line))


def bytes_of(text: str) -> bytes:
    """A document as UTF-8; what no text file should have becomes a replacement character."""
    return "\n".join(map(writable, text.split("\n"))).encode("utf-8")


def writable(text: str) -> str:
    """Text without control characters and lone surrogates."""
    return _UNWRITABLE.sub("\ufffd", text)


def digest(parts: Iterable[str]) -> str:
    """A hash of what a form says, in order."""
    joined = "\x1f".join(part.strip() for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


# --- labelled lines -------------------------------------------------------------------------------


def entries_of(lines: Sequence[str], blocks: Blocks) -> list[Entry]:
    """The entries of a form, in order. An indented line goes on with the value before it."""
    found: list[tuple[str, list[str | None], bool]] = []
    """(label, lines of the value, whether lines that are not indented belong to it); None is an
    empty line without indentation, which belongs to a value only if more of it follows."""
    for line in lines:
        if found and found[-1][0] and (line.startswith(INDENT) or not line.strip()):
            found[-1][1].append(line[len(INDENT) :] if line.startswith(INDENT) else None)
            continue
        label, value = _labelled(line, blocks)
        name = blocks.name_of(label) if label else None
        if found and found[-1][2] and name not in blocks.after_long:
            found[-1][1].append(line)
        elif label:
            found.append((label, [value], name in blocks.long))
        elif line.strip() and found and not found[-1][0]:
            found[-1][1].append(line.strip())
        elif line.strip():
            found.append(("", [line.strip()], False))
    return [Entry(label, _value(parts, stands_alone=not label)) for label, parts, _ in found]


def _labelled(line: str, blocks: Blocks) -> tuple[str, str]:
    """(label, value) of a line that begins with a label, ("", "") of any other."""
    label, colon, value = line.partition(":")
    if not colon or line.startswith(INDENT) or blocks.name_of(label) is None:
        return "", ""
    return label.strip(), value


def _value(parts: list[str | None], *, stands_alone: bool) -> str:
    """A value of one line without the spaces around it, one of several lines as it is."""
    while parts[-1] is None:
        parts.pop()
    first, *rest = [part or "" for part in parts]
    if not rest:
        return first.strip()
    return "\n".join([first.strip(), *rest] if stands_alone or first.strip() else rest)


def block(label: str, value: str, separator: str = ":", *, below: bool = False) -> str:
    """An entry as lines: on the label's own line where it fits there, else indented below it."""
    if below or "\n" in value or value != value.strip():
        lines = "".join(f"\n{INDENT}{line}" for line in value.split("\n"))
        return f"{label}{separator}{lines}"
    return f"{label}{separator} {value}".rstrip()


# --- exercises ------------------------------------------------------------------------------------

EXERCISE_LINES: Final[dict[Exercise, dict[str, str]]] = {
    Exercise.EXERCISE: {
        "en": "THIS IS AN EXERCISE",
        "es": "ESTO ES UN SIMULACRO",
        "fr": "CECI EST UN EXERCICE",
    },
    Exercise.SIMULATION: {
        "en": "THIS IS A SIMULATION",
        "es": "ESTO ES UNA SIMULACIÓN",
        "fr": "CECI EST UNE SIMULATION",
    },
    Exercise.TEST: {
        "en": "THIS IS A TEST",
        "es": "ESTO ES UNA PRUEBA",
        "fr": "CECI EST UN TEST",
    },
    Exercise.DRAFT: {
        "en": "THIS IS A DRAFT",
        "es": "ESTO ES UN BORRADOR",
        "fr": "CECI EST UN BROUILLON",
    },
}
"""What stands at the top of a form that is not real: the words that people say on the radio."""
_ALSO: Final = {
    "exercise": Exercise.EXERCISE,
    "simulacro": Exercise.EXERCISE,
    "exercice": Exercise.EXERCISE,
    "drill": Exercise.EXERCISE,
    "this is a drill": Exercise.EXERCISE,
    "this is only an exercise": Exercise.EXERCISE,
    "this is only a test": Exercise.TEST,
}
_SAID: Final = {
    key_of(line): state for state, lines in EXERCISE_LINES.items() for line in lines.values()
} | _ALSO


def exercise_in(lines: Iterable[str]) -> Exercise | None:
    """What the first line that says so states; a word inside a sentence states nothing.

    The word may be said three times, as it is on the radio, and stand between asterisks.
    """
    for line in lines:
        if len(line) > 120:
            continue
        words = key_of(line)
        once = " ".join(dict.fromkeys(words.split()))
        state = _SAID.get(words) or _SAID.get(once)
        if state is not None:
            return state
    return None


# --- times ----------------------------------------------------------------------------------------

_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_SLASHED: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})", re.ASCII)
_CLOCK: Final = re.compile(
    r"(\d{1,2}):?(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
    r"(?:\s*[A-Za-z]{1,5})?",
    re.ASCII,
)
"""An hour, perhaps an offset; a zone by letters (PST, L) is no offset, and no hour either way."""


def moment_of(day: str, clock: str, *, day_first: bool = False) -> tuple[datetime, bool] | None:
    """(moment, whether an offset was given) of a date and an hour as people write them.

    Without an offset the hour is read as UTC and the caller is told. 01/09/2022 is January the 9th
    unless `day_first`. None for what is no date or no hour; a missing hour is midnight.
    """
    date = _date(day.strip(), day_first)
    match = _CLOCK.fullmatch(clock.strip() or "00:00")
    if date is None or match is None:
        return None
    hour, minute, second, fraction, offset = match.groups()
    zone = "+00:00" if offset in (None, "Z", "UTC", "GMT") else str(offset).replace(":", "")
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    written = f"{date}T{int(hour):02}:{minute}:{second or '00'}.{(fraction or '').ljust(6, '0')}"
    try:
        moment = datetime.fromisoformat(written + zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment, offset is not None


def _date(text: str, day_first: bool) -> str | None:
    match = _ISO.fullmatch(text)
    if match is not None:
        year, month, day = match.groups()
    else:
        match = _SLASHED.fullmatch(text)
        if match is None:
            return None
        month, day, year = match.groups()
        if day_first:
            month, day = day, month
        year = year if len(year) == 4 else f"20{year}"
    return f"{year}-{int(month):02}-{int(day):02}"


def mail_moment(text: str) -> tuple[datetime, bool] | None:
    """The moment of a mail's `Date` (RFC 5322, section 3.3); `-0000` gives no offset."""
    if len(text) > 100:
        return None
    try:
        found = parsedate_to_datetime(text)
        if found.tzinfo is None:
            return found.replace(tzinfo=UTC), False
        return found.astimezone(UTC), True
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def day_text(moment: datetime) -> str:
    """A date the same way in every language: 2026-10-25."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d").rjust(10, "0")


def clock_text(moment: datetime) -> str:
    """The hour in UTC, said so, with seconds only where there are any."""
    clock = moment.astimezone(UTC).time()
    if clock.microsecond:
        return clock.isoformat("microseconds") + " UTC"
    return clock.isoformat("seconds" if clock.second else "minutes") + " UTC"
