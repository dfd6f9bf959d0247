"""Messages of packet radio: headers like a mail's, then a form in brackets, a receipt, or words.

    From: kc6rsc@w1xsc.ampr.org          RFC 5322 headers, a blank line
    Subject: RSC-100P_R_ICS213_Hello

    !SCCoPIFO!                           PackItForms
    #T: form-ics213.html
    MsgNo: [RSC-100P]
    12.: [Test Message]
    !/ADDON!

A receipt begins with `!LMI!` (delivered) or `!RR!` (read). Neither is ever an acceptance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from protocols.formats.ics_form import malformed

BEGIN: Final = "!SCCoPIFO!"
END: Final = "!/ADDON!"
DELIVERED: Final = "!LMI!"
READ: Final = "!RR!"
_HEADER: Final = re.compile(r"([A-Za-z][A-Za-z-]{0,40}):[ \t]*(.*)", re.ASCII)
_QUOTED: Final = re.compile(r"((?:> ?|[ \t]){1,8})(?:From|To|Date|Subject):[ \t]", re.ASCII)
_MAIL: Final = frozenset({"from", "to", "date", "subject"})
"""At least one of these stands in the headers of a message."""
_FIELD: Final = re.compile(r"([^:\[\]]{1,40}):[ \t]*\[(.*)", re.DOTALL)
_HASH: Final = re.compile(r"#([A-Za-z]):[ \t]*(.*)")
_ESCAPES: Final = {"\\n": "\n", "\\\\": "\\", "`]": "]"}
_ESCAPED: Final = re.compile(r"\\n|\\\\|`\]")


class Packet(msgspec.Struct):
    """One message: its headers, and the lines of its body with the number of the first."""

    headers: list[list[str]]
    body: list[str]
    begin: int

    def header(self, name: str) -> str:
        """The first header of that name, or an empty text."""
        return next((value for known, value in self.headers if known.casefold() == name), "")


class Pifo(msgspec.Struct):
    """A form of PackItForms."""

    marks: list[list[str]]
    """The lines with `#`: T is the form, V its version."""
    fields: list[list[str]]
    lines: dict[str, int]
    """On which line each field stands."""
    head: str
    """What stands before the form: words of whoever passed it on."""
    tail: str
    """What follows the form."""

    def mark(self, letter: str) -> str:
        """The value of a line with `#`."""
        return next((value for known, value in self.marks if known == letter), "")


def packet_of(lines: Sequence[str], begin: int = 1) -> Packet:
    """A message with its headers; without a block of headers everything is body.

    `begin` is the number of the first of these lines in the document.
    """
    headers: list[list[str]] = []
    for number, line in enumerate(lines):
        if not line.strip():
            if any(name.casefold() in _MAIL for name, _ in headers):
                return Packet(headers, list(lines[number + 1 :]), begin + number + 1)
            if headers:
                break
            continue
        match = _HEADER.fullmatch(line)
        if match is not None:
            headers.append([match[1], match[2].strip()])
        elif headers and line[:1] in " \t" and line.strip() != BEGIN:
            headers[-1][1] = f"{headers[-1][1]} {line.strip()}".strip()
        else:
            break
    return Packet([], list(lines), begin)


class Quoted(msgspec.Struct, frozen=True):
    """A message inside other words, each of its lines behind the same `mark`."""

    before: str
    mark: str
    lines: tuple[str, ...]
    after: str
    begin: int
    """On which line of the document it begins."""

    def around(self, text: str) -> str:
        """The whole document again, with `text` as the message."""
        quoted = [f"{self.mark}{line}" if line else "" for line in text.rstrip("\n").split("\n")]
        return "\n".join([self.before, *quoted, self.after])


def quoted_in(lines: Sequence[str]) -> Quoted | None:
    """The first message that somebody passed on: two headers of a mail, indented or behind `>`."""
    for number, line in enumerate(lines):
        match = _QUOTED.match(line)
        if match is None or number + 1 >= len(lines):
            continue
        mark = match[1]
        if not _QUOTED.match(lines[number + 1]) or not lines[number + 1].startswith(mark):
            continue
        end = number
        while end < len(lines) and (lines[end].startswith(mark) or not lines[end].strip()):
            end += 1
        inner = tuple(one[len(mark) :] if one.startswith(mark) else "" for one in lines[number:end])
        before, after = "\n".join(lines[:number]), "\n".join(lines[end:])
        return Quoted(before, mark, inner, after, number + 1)
    return None


def pifo_of(lines: Sequence[str], begin: int) -> Pifo:
    """The form in a body whose first line is line number `begin` of the document.

    Raises `MalformedDocument` with the line of what is no field, and for a form without an end.
    """
    start = next(i for i, line in enumerate(lines) if line.strip() == BEGIN)
    form = Pifo([], [], {}, "\n".join(lines[:start]).strip("\n"), "")
    number = start + 1
    while number < len(lines):
        line = lines[number]
        if line.strip() == END:
            form.tail = "\n".join(lines[number + 1 :]).strip("\n")
            return form
        mark = _HASH.fullmatch(line.strip())
        if mark is not None:
            form.marks.append([mark[1], mark[2].strip()])
        elif line.strip():
            number = _field(form, lines, number, begin)
        number += 1
    raise malformed(begin + start, f"the form has no end ({END})")


def _field(form: Pifo, lines: Sequence[str], number: int, begin: int) -> int:
    """One `name: [value]`, which may go on in further lines; gives the number of its last line."""
    match = _FIELD.fullmatch(lines[number])
    if match is None:
        raise malformed(begin + number, "this is no field of a form, `name: [value]`")
    name, value, first = match[1].strip(), match[2], number
    pieces = [value]
    while not _closed(pieces[-1]):
        number += 1
        if number >= len(lines) or lines[number].strip() == END:
            raise malformed(begin + first, f"the bracket of {name} is not closed")
        pieces.append(lines[number])
    if name in form.lines:
        raise malformed(begin + first, f"{name} stands twice")
    form.lines[name] = begin + first
    whole = "".join(pieces).rstrip()[:-1]
    form.fields.append([name, _ESCAPED.sub(lambda found: _ESCAPES[found[0]], whole)])
    return number


def _closed(text: str) -> bool:
    text = text.rstrip()
    return text.endswith("]") and not text.endswith("`]")


def write_packet(headers: Sequence[Sequence[str]], body: str) -> str:
    """A message with its headers and a blank line, or the body alone."""
    lines = [f"{name}: {' '.join(value.split())}".rstrip() for name, value in headers]
    return "\n".join([*lines, "", body]) if lines else body


def write_pifo(
    marks: Sequence[Sequence[str]],
    fields: Sequence[Sequence[str]],
    head: str = "",
    tail: str = "",
) -> str:
    """A form of PackItForms, with what stands before and after it."""
    lines = [head, BEGIN] if head else [BEGIN]
    lines += [f"#{letter}: {value}" for letter, value in marks]
    lines += [f"{name}: [{_escaped(value)}]" for name, value in fields]
    lines.append(END)
    return "\n".join(lines) + "\n" + (tail + "\n" if tail else "")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("]", "`]")
