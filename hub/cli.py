"""`crossband`: puts the rooms together and turns every error into a sentence and an exit status.

Each room brings its own commands in `register(subparsers)`; a new room is one line in `ROOMS`. This
is the one place where an error that nobody expected is caught: the user is told its kind and how
to see the rest (`CROSSBAND_DEBUG=1`).
"""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final

from hub.console import (
    INTERRUPTED,
    LANGUAGES,
    OK,
    REFUSED,
    USAGE,
    Console,
    Parser,
    Usage,
    preferred_language,
)
from protocols.errors import CrossbandError, PortInUse, Trouble

ROOMS: Final = (
    "hub.relay.commands",
    "hub.agency.commands",
    "hub.channel.commands",
    "hub.gateway.commands",
    "hub.audit.commands",
    "hub.translate.commands",
    "hub.interop.commands",
    "hub.demo.commands",
    "hub.mls_peer",
    "hub.doctor",
)


def build_parser(rooms: Sequence[str] = ROOMS) -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="crossband",
        description="A blind hub for agencies along a border: encrypted, ordered, provable.",
    )
    parser.add_argument("--version", action="version", version=_version())
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for room in rooms:
        importlib.import_module(room).register(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status and never raises."""
    words = list(sys.argv[1:] if argv is None else argv)
    console = Console(as_json="--json" in words, language=_language(words), explain=explain_error)
    try:
        arguments = build_parser().parse_args(words)
        status: int = arguments.run(arguments, console)
        sys.stdout.flush()
    except SystemExit as end:  # --help and --version
        return end.code if isinstance(end.code, int) else USAGE
    except BrokenPipeError:
        return _reader_went_away()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one boundary
        return _report(error, console)
    return status


def explain_error(error: CrossbandError, language: str) -> tuple[str, str]:
    """What happened and what to do. Outside English the known sentence leads, the case follows."""
    from protocols.codes import explain

    known = None if language == "en" else explain(error.code, language)
    if known is None:
        return error.detail, error.remedy
    return f"{known.sentence} ({error.detail})", known.remedy


def _report(error: Exception, console: Console) -> int:
    """Say what happened; returns the exit status."""
    if os.environ.get("CROSSBAND_DEBUG"):
        console.note("".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, Usage):
        console.misused(str(error))
        return USAGE
    console.failed(as_crossband_error(error))
    return REFUSED


def as_crossband_error(error: Exception) -> CrossbandError:
    """An error of ours as it is; the operating system's and a defect's put into our words."""
    if isinstance(error, CrossbandError):
        return error
    if isinstance(error, OSError):
        if error.errno == errno.EADDRINUSE:
            return PortInUse(f"the address to listen on is taken: {error.strerror}")
        place = f"{error.filename}: " if error.filename else ""
        return Trouble(f"{place}{error.strerror or error}")
    return Trouble(
        f"an internal error ({type(error).__name__}); run it again with CROSSBAND_DEBUG=1"
    )


def _reader_went_away() -> int:
    """Whoever read our output has closed it (`| head`): no complaint, and none at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK


def _language(words: Sequence[str]) -> str:
    """--language before anything is parsed, because parsing itself may fail."""
    for place, word in enumerate(words):
        choice = (
            "".join(words[place + 1 : place + 2])
            if word == "--language"
            else word.removeprefix("--language=")
        )
        if word.startswith("--language") and choice in LANGUAGES:
            return choice
    return preferred_language()


def _version() -> str:
    from importlib.metadata import version

    return f"crossband {version('crossband')}"
