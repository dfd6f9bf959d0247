"""The operator's commands about what does not pass: dead letters, and the rules of what crosses.

They work on the gateway's folder, whether the gateway runs or not. `retry` leaves a mark there that
the running gateway finds, and waits for what comes of it.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from hub.console import OK, REFUSED, Console, Subparsers, Usage, command, table, texts

if TYPE_CHECKING:
    from hub.gateway.dead_letters import DeadLetters

GATEWAY: Final = "hub.gateway"
LOOK_SECONDS: Final = 0.1
BYTES_SHOWN: Final = 4096
LINE: Final = 16
"""Bytes in a line of a document that is no text."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of one retry: `passed`, `stopped` again, or `waiting` for a gateway to run."""

    id: str
    outcome: str
    error: str = ""
    detail: str = ""
    attempts: int = 0


def register(commands: Subparsers) -> None:
    """Add `letters`, `retry` and `rules` to the commands of `gateway`."""
    letters = command(commands, "letters", _list, help="list what could not be passed on")
    _config_option(letters)
    more = letters.add_subparsers(dest="letters_command", metavar="COMMAND")
    show = command(more, "show", _show, help="print one of these documents, escaped")
    show.add_argument("id")
    show.add_argument("--all", action="store_true", help=f"more than its first {BYTES_SHOWN} bytes")
    _config_option(show)
    drop = command(more, "drop", _drop, help="forget one of these documents")
    drop.add_argument("id")
    drop.add_argument("--yes", action="store_true", help="it is gone for good")
    _config_option(drop)

    retry = command(commands, "retry", _retry, help="have the gateway try dead letters again")
    retry.add_argument("id", nargs="*")
    retry.add_argument("--all", action="store_true", help="every letter")
    retry.add_argument("--seconds", type=float, default=10.0, help="how long to wait for it")
    _config_option(retry)

    rules = command(commands, "rules", _rules, help="explain what may cross, rule by rule")
    rules.add_argument("--kind", default="", help="only what is about messages of this kind")
    _config_option(rules)


def _config_option(parser: argparse.ArgumentParser) -> None:
    """The same option in front of a sub-command and behind it."""
    parser.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, help="the gateway's configuration"
    )


def _letters(arguments: argparse.Namespace) -> DeadLetters:
    from hub.gateway.config import load
    from hub.gateway.dead_letters import DeadLetters
    from protocols.clock import system_clock

    return DeadLetters(load(_config(arguments)).dead_letters, system_clock)


def _config(arguments: argparse.Namespace) -> Path:
    path: Path | None = getattr(arguments, "config", None)
    if path is None:
        raise Usage("--config is needed: the gateway's gateway.toml")
    return path


# --- letters ------------------------------------------------------------------------------------


def _list(arguments: argparse.Namespace, console: Console) -> int:
    letters = _letters(arguments).list()
    columns = ("id", "way", "source", "attempts", "error", "detail")
    head = tuple(console.text(texts(GATEWAY), word) for word in columns)
    rows = [tuple(escaped(str(getattr(one, name))) for name in columns) for one in letters]
    console.result(letters, table([head, *rows]))
    return OK


def _show(arguments: argparse.Namespace, console: Console) -> int:
    letter, document = _letters(arguments).read(arguments.id)
    shown = document if arguments.all else document[:BYTES_SHOWN]
    text = printable(shown)
    facts = [f"{name}: {escaped(str(value))}" for name, value in _facts(letter)]
    if len(shown) < letter.size:
        facts.append(console.text(texts(GATEWAY), "shortened", shown=len(shown), size=letter.size))
    value = {**msgspec.to_builtins(letter), "document": text, "shown": len(shown)}
    console.result(value, [*facts, "", text])
    return OK


def _facts(letter: msgspec.Struct) -> list[tuple[str, object]]:
    return [(name, getattr(letter, name)) for name in letter.__struct_fields__]


def _drop(arguments: argparse.Namespace, console: Console) -> int:
    if not arguments.yes:
        raise Usage("--yes is needed: a letter that is dropped is gone for good")
    _letters(arguments).remove(arguments.id)
    words = console.text(texts(GATEWAY), "dropped", id=arguments.id)
    console.result({"id": arguments.id, "outcome": "dropped"}, words)
    return OK


def escaped(text: str) -> str:
    """A text that cannot steer a terminal: whatever is not printable as its escape."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def printable(document: bytes) -> str:
    """A document as lines that cannot steer a terminal: as text where it is text, else as hex."""
    try:
        text = document.decode()
    except UnicodeDecodeError as error:
        if error.end < len(document) - 3:  # otherwise the cut went through a letter
            return _hex(document)
        text = document[: error.start].decode()
    if "\0" in text:
        return _hex(document)
    return "\n".join(map(escaped, text.split("\n")))


def _hex(document: bytes) -> str:
    lines = []
    for start in range(0, len(document), LINE):
        part = document[start : start + LINE]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:08x}  {part.hex(' '):<{3 * LINE}} {letters}")
    return "\n".join(lines)


# --- retry --------------------------------------------------------------------------------------


def _retry(arguments: argparse.Namespace, console: Console) -> int:
    letters = _letters(arguments)
    names = list(arguments.id)
    if bool(names) == arguments.all:
        raise Usage("name the letters to try again, or all with --all")
    if arguments.all:
        names = [one.id for one in letters.list() if not one.cut]
    before = {name: letters.read(name)[0].attempts for name in names}
    for name in names:
        letters.ask(name)
    _wait(letters, names, arguments.seconds)
    outcomes = [_outcome(letters, name, tries) for name, tries in before.items()]
    lines = []
    for one in outcomes:
        words = console.text(texts(GATEWAY), f"retry_{one.outcome}", id=one.id, error=one.error)
        lines.append(f"{words} {escaped(one.detail)}".rstrip())
    console.result(outcomes, lines)
    return OK if all(one.outcome == "passed" for one in outcomes) else REFUSED


def _wait(letters: DeadLetters, names: list[str], seconds: float) -> None:
    """Until the gateway has answered for each letter, or the time is over."""
    end = time.monotonic() + seconds
    while set(names) & set(letters.asked()) and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)


def _outcome(letters: DeadLetters, name: str, attempts: int) -> Outcome:
    from protocols.errors import UnknownLetter

    try:
        letter, _ = letters.read(name)
    except UnknownLetter:
        return Outcome(name, "passed")
    said = "stopped" if letter.attempts > attempts else "waiting"
    return Outcome(name, said, letter.error, letter.detail, letter.attempts)


# --- rules --------------------------------------------------------------------------------------


def _rules(arguments: argparse.Namespace, console: Console) -> int:
    from hub.gateway.config import load
    from hub.gateway.crossing import PHRASES, explain
    from protocols.messages.kinds import KINDS

    if arguments.kind and arguments.kind not in KINDS:
        raise Usage(f"there is no kind {arguments.kind!r}; there are {', '.join(KINDS)}")
    words = texts(GATEWAY)
    phrases = {name: console.text(words, name) for name in PHRASES}
    lines = explain(load(_config(arguments)).crossing, arguments.kind, phrases)
    head = tuple(console.text(words, name) for name in ("rule", "way", "let", "when"))
    rows = [
        (
            line.rule or console.text(words, "otherwise"),
            console.text(words, f"way_{line.way}"),
            console.text(words, f"let_{line.let}"),
            line.when or console.text(words, "always"),
        )
        for line in lines
    ]
    console.result(lines, table([head, *rows]))
    return OK
