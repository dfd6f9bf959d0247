"""The one gateway through which any text reaches the screen: cleaned, without markup, visibly.

A received text may hold terminal escapes, characters that turn the reading direction round,
characters nobody can see, and what Textual takes for markup (`[/]` stops a widget, `[@click=…]`
runs). `SafeText` holds runs of cleaned characters, each with a *tone*: the name of a meaning, such
as `warn`. The theme gives a tone its colour when the text is painted. Nothing is removed silently:
a control character shows as its Unicode control picture (␛), everything else as its number (‹202E›)
in the tone `strange`, so that a genuine "‹202E›" can be told from a hidden one.

Only this module builds renderables; a test walks the syntax trees of the client to keep it so.
Sources: Unicode 15 general categories; Unicode TR 36 (security), TR 9 (bidi controls).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

Tone = Literal[
    "", "quiet", "strong", "title", "good", "warn", "bad", "alarm", "acked", "US", "MX", "CA",
    "stub", "strange", "own", "key", "exercise", "tlp_red", "tlp_amber", "tlp_green", "tlp_clear",
    "chosen", "refused", "bar",
]  # fmt: skip
"""Meanings that a theme colours. Colour never carries a meaning alone: the words do."""

TONES: frozenset[str] = frozenset(Tone.__args__)  # type: ignore[attr-defined]  # Literal's values

Run = tuple[str, Tone]

MAX_CHARACTERS = 20_000
"""Longest text shown, in characters; what is left out is counted at its end."""

MAX_MARKS = 3
"""Longest run of combining marks on one character; beyond it they hide their neighbours."""

# Letters and marks that are printable by category but leave nothing (or a blank) on the screen:
# combining grapheme joiner, Hangul fillers, Khmer inherent vowels, Mongolian and standard
# variation selectors, the Braille blank, supplementary variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
_MARK = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_MARKS = re.compile(f"(?:{_MARK.pattern}){{{MAX_MARKS + 1},}}")


def _is_plain(value: str) -> bool:
    """Whether nothing in the text needs to be shown otherwise (the fast path: most texts)."""
    if value.isascii():
        return value.isprintable()
    return value.isprintable() and not _INVISIBLE.search(value) and not _MARKS.search(value)


def _shown(character: str) -> Run:
    """How one character that is not plain is shown."""
    number = ord(character)
    if number < 0x20:
        return chr(0x2400 + number), "strange"
    if number == 0x7F:
        return "␡", "strange"
    if unicodedata.category(character) == "Zs":  # other spaces: a blank is what they mean
        return " ", ""
    return f"‹{number:04X}›", "strange"


def _runs(value: str, tone: Tone) -> Iterator[Run]:
    """Cleaned runs of one line of text."""
    if len(value) > MAX_CHARACTERS:
        left = len(value) - MAX_CHARACTERS
        yield from _runs(value[:MAX_CHARACTERS], tone)
        yield f"…(+{left})", "strange"
        return
    if not value:
        return
    if _is_plain(value):
        yield value, tone
        return
    held: list[str] = []
    marks = 0
    for character in value:
        marks = marks + 1 if _MARK.match(character) else 0
        if marks <= MAX_MARKS and character.isprintable() and not _INVISIBLE.match(character):
            held.append(character)
            continue
        if held:
            yield "".join(held), tone
            held = []
        shown, strange = _shown(character)
        yield shown, strange or tone
    if held:
        yield "".join(held), tone


@dataclass(frozen=True, slots=True)
class SafeText:
    """One line of cleaned text in runs of (characters, tone); nothing can be changed in it."""

    runs: tuple[Run, ...] = ()

    @property
    def plain(self) -> str:
        """The characters without their tones."""
        return "".join(part for part, _ in self.runs)

    @property
    def cells(self) -> int:
        """Width on the screen, in character cells."""
        return sum(cell_len(part) for part, _ in self.runs)

    def __add__(self, other: SafeText) -> SafeText:
        return SafeText(self.runs + other.runs)

    def __bool__(self) -> bool:
        return any(part for part, _ in self.runs)

    def toned(self, tone: Tone) -> SafeText:
        """The same characters in one tone; what is strange stays strange."""
        return SafeText(
            tuple((part, "strange" if t == "strange" else tone) for part, t in self.runs)
        )

    def cut(self, width: int) -> SafeText:
        """At most `width` cells; where something is left out, the last cell is `…`."""
        if self.cells <= width:
            return self
        if width <= 0:
            return SafeText()
        kept: list[Run] = []
        room = width - 1
        for part, tone in self.runs:
            cells = cell_len(part)
            if cells >= room:
                kept += [(set_cell_size(part, room), tone), ("…", tone)]
                break
            kept.append((part, tone))
            room -= cells
        return SafeText(tuple(kept))

    def fit(self, width: int, align: Literal["left", "right"] = "left") -> SafeText:
        """Exactly `width` cells: cut with `…` or padded with blanks on the other side."""
        text = self.cut(width)
        blank: Run = (" " * (width - text.cells), "")
        return SafeText((blank, *text.runs) if align == "right" else (*text.runs, blank))

    def wrap(self, width: int, indent: int = 0) -> list[SafeText]:
        """Lines of at most `width` cells, broken between words where that is possible."""
        lines: list[list[Run]] = [[]]
        used = 0
        for word, tone in self._words():
            cells = cell_len(word)
            if used and used + cells > width:
                lines.append([(" " * indent, "")] if indent else [])
                used = indent
                word = word.lstrip(" ")
                cells = cell_len(word)
            while used + cells > width:  # one word longer than the line
                room = max(1, width - used)
                taken = _head(word, room)
                lines[-1].append((taken, tone))
                word = word[len(taken) :]
                cells = cell_len(word)
                lines.append([(" " * indent, "")] if indent else [])
                used = indent
            if word:
                lines[-1].append((word, tone))
                used += cells
        return [SafeText(tuple(line)) for line in lines]

    def _words(self) -> Iterator[Run]:
        for part, tone in self.runs:
            for word in re.findall(r" *[^ ]+| +$", part):
                yield word, tone

    def segments(self, styles: Mapping[str, Style], base: Style) -> list[Segment]:
        """What the painting widgets hand to the toolkit: characters with a finished style.

        `styles` maps tones to styles of the theme; `base` gives what they leave open. Nothing in
        the characters is ever read as markup from here on.
        """
        return [
            Segment(part, base + styles[tone] if tone in styles else base)
            for part, tone in self.runs
            if part
        ]


def _head(word: str, room: int) -> str:
    """The longest start of `word` that fits `room` cells; at least one character."""
    used = 0
    for index, character in enumerate(word):
        used += cell_len(character)
        if used > room:
            return word[: max(1, index)]
    return word


EMPTY = SafeText()


def text(value: str, tone: Tone = "") -> SafeText:
    """One line: any text, cleaned; a line break shows as ␊."""
    return SafeText(tuple(_runs(value, tone)))


def line(*parts: SafeText | Run | str) -> SafeText:
    """One line of several parts; strings and (string, tone) are cleaned on the way."""
    runs: list[Run] = []
    for part in parts:
        if isinstance(part, SafeText):
            runs.extend(part.runs)
        elif isinstance(part, str):
            runs.extend(_runs(part, ""))
        else:
            runs.extend(_runs(*part))
    return SafeText(tuple(runs))


def lines(value: str, tone: Tone = "") -> list[SafeText]:
    """Several lines: broken at line feeds (CR LF counts as one), each cleaned."""
    return [text(part, tone) for part in value.replace("\r\n", "\n").split("\n")]


def columns(parts: Iterable[tuple[SafeText | Run | str, int]], gap: int = 1) -> SafeText:
    """Aligned columns: each part cut or padded to its width; a negative width aligns right."""
    result: list[SafeText] = []
    for part, width in parts:
        cell = part if isinstance(part, SafeText) else line(part)
        result.append(cell.fit(abs(width), "right" if width < 0 else "left"))
    return join(" " * gap, result)


def join(separator: str, parts: Iterable[SafeText]) -> SafeText:
    """Parts with a separator between them."""
    runs: list[Run] = []
    for number, part in enumerate(parts):
        if number and separator:
            runs.append((separator, "quiet" if separator.strip() else ""))
        runs.extend(part.runs)
    return SafeText(tuple(runs))


def rule(title: SafeText, width: int, after: SafeText = EMPTY) -> SafeText:
    """A panel's head: the title, a thin line to the right edge, and what stands at its end."""
    end = line(" ", after) if after else EMPTY
    head = title.cut(max(0, width - end.cells - 2))
    dashes = max(0, width - head.cells - end.cells - 1)
    return line(head, " ", ("─" * dashes, "quiet"), end)


def word(value: str) -> str:
    """A cleaned string for the few places of the toolkit that take strings (titles of commands,
    placeholders); square brackets become parentheses, so nothing in it can be markup."""
    return text(value).plain.replace("[", "(").replace("]", ")")
