"""How commands speak: text for people in their language, one JSON document for programs.

Results go to standard output, everything else to standard error. Exit status: 0 fine, 1 refused or
something found, 2 called wrongly.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final, NoReturn, TextIO, TypeAlias

import msgspec

if TYPE_CHECKING:
    from protocols.errors import CrossbandError

    Subparsers: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = argparse._SubParsersAction

OK: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells report it."""

LANGUAGES: Final = ("en", "es", "fr")
Texts: TypeAlias = Mapping[str, Mapping[str, str]]
"""Sentences by key, then by language."""


Explain: TypeAlias = "Callable[[CrossbandError, str], tuple[str, str]]"


def as_it_is(error: CrossbandError, language: str) -> tuple[str, str]:
    """An error in its own words, which are English."""
    return error.detail, error.remedy


class Usage(Exception):
    """The command was called wrongly; exit status 2."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises `Usage` instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        """What argparse calls for wrong arguments."""
        raise Usage(f"{message}\n{self.format_usage().rstrip()}")


class Console:
    """Where one command writes. `as_json` and `language` are the caller's choice.

    `explain` puts an error into a language: (what happened, what to do). It is given by whoever
    puts the command line together, because the hub, which speaks through this too, must not reach
    the code lists that read messages.
    """

    def __init__(
        self,
        *,
        as_json: bool = False,
        language: str = "en",
        explain: Explain | None = None,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.as_json = as_json
        self.language = language if language in LANGUAGES else "en"
        self._explain = explain or as_it_is
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def say(self, text: str) -> None:
        """A line for people on standard output; nothing with --json."""
        if not self.as_json:
            self._write(self._out, text)

    def note(self, text: str) -> None:
        """A line on standard error, for people, whatever the output format."""
        self._write(self._err, text)

    def result(self, value: object, text: str | Iterable[str]) -> None:
        """The command's result: `value` as JSON with --json, else the text."""
        if self.as_json:
            self._write(self._out, to_json(value))
        else:
            self._write(self._out, text if isinstance(text, str) else "\n".join(text))

    def failed(self, error: CrossbandError) -> None:
        """One sentence that says what happened and one that says what to do."""
        said, remedy = self._explain(error, self.language)
        if self.as_json:
            fault = {"error": error.code, "detail": error.detail, "remedy": error.remedy}
            self._write(self._err, to_json({**fault, "text": said, "facts": error.facts}))
        else:
            self._write(self._err, f"crossband: {said}\n{remedy}".rstrip())

    def misused(self, text: str) -> None:
        """What was wrong about the call."""
        if self.as_json:
            self._write(self._err, to_json({"error": "usage", "detail": text}))
        else:
            self._write(self._err, f"crossband: {text}")

    def text(self, texts: Texts, key: str, /, **values: object) -> str:
        """A sentence of a room's own texts in the user's language."""
        return texts[key][self.language].format_map(values)

    @staticmethod
    def _write(stream: TextIO, text: str) -> None:
        stream.write(text + "\n")
        stream.flush()


def to_json(value: object) -> str:
    """A value (mappings, sequences, structs) as one line of JSON, letters kept as they are.

    Whatever is not printable (C0, C1, direction and tag characters) is escaped: JSON of ours may
    end on a terminal, and what a peer sent must not steer it.
    """
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() else json.dumps(letter)[1:-1]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines in columns as wide as they need; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def preferred_language(environment: Mapping[str, str] = os.environ) -> str:
    """`en`, `es` or `fr` by CROSSBAND_LANG, else by the locale (POSIX order), else English."""
    for name in ("CROSSBAND_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return value[:2].lower() if value[:2].lower() in LANGUAGES else "en"
    return "en"


@lru_cache(maxsize=16)
def texts(package: str) -> Texts:
    """The sentences in a package's `texts.json`."""
    data = resources.files(package).joinpath("texts.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, dict[str, str]])


Run: TypeAlias = Callable[[argparse.Namespace, Console], int]


def group(
    subparsers: Subparsers,
    name: str,
    *,
    help: str,  # noqa: A002 - argparse's own word
) -> Subparsers:
    """A command that consists of sub-commands."""
    parser = subparsers.add_parser(name, help=help, description=help)
    return parser.add_subparsers(dest=f"{name}_command", metavar="COMMAND", required=True)


def command(
    subparsers: Subparsers,
    name: str,
    run: Run,
    *,
    help: str,  # noqa: A002 - argparse's own word
    description: str | None = None,
) -> argparse.ArgumentParser:
    """A command that does something: `run(arguments, console)` returns the exit status."""
    parser = subparsers.add_parser(name, help=help, description=description or help)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument(
        "--language", choices=LANGUAGES, default=preferred_language(), help="language of the text"
    )
    parser.set_defaults(run=run)
    return parser
