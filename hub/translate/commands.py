"""`crossband formats` says what maps to what; `crossband convert` turns one document into another.

    crossband formats [--json] [--table]
    crossband convert --from F --to F [FILE] [--losses FILE] [--lang en|es|fr]

The result goes to standard output, bytes as the format has them. A refusal is one line on standard
error and exit status 1; nothing is written then. `-`, or no file, reads standard input.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from hub.console import OK, REFUSED, Console, Subparsers, command

LANGUAGES: Final = ("en", "es", "fr")


def register(subparsers: Subparsers) -> None:
    """Add the two commands."""
    formats = command(
        subparsers, "formats", run_formats, help="the formats spoken here, and what maps to what"
    )
    formats.add_argument("--table", action="store_true", help="what each format carries and loses")
    convert = command(
        subparsers, "convert", run_convert, help="turn a document of one format into another"
    )
    convert.add_argument("--from", dest="source", required=True, metavar="FORMAT")
    convert.add_argument("--to", dest="target", required=True, metavar="FORMAT")
    convert.add_argument("file", nargs="?", default="-", metavar="FILE", help="- or nothing: stdin")
    convert.add_argument(
        "--losses", type=Path, metavar="FILE", help="write what was lost there, as JSON"
    )
    convert.add_argument("--lang", choices=LANGUAGES, help="language of labels in the result")


def run_formats(arguments: argparse.Namespace, console: Console) -> int:
    """List the formats; with `--table` also each one's crosswalk, generated from the codecs."""
    from hub.translate.table import describe, table_text

    described = describe(with_rows=arguments.table)
    console.result(described, table_text(described))
    return OK


def run_convert(arguments: argparse.Namespace, console: Console) -> int:
    """Decode, encode, write. Losses of both steps go to `--losses`."""
    from protocols.errors import Refused
    from protocols.formats.codec import Settings
    from protocols.formats.registry import format_named

    try:
        source, target = format_named(arguments.source), format_named(arguments.target)
        message = source.decode(_read(arguments.file))
        encoded = target.encode(message, Settings(language=arguments.lang))
    except Refused as refusal:
        sys.stderr.write(f"{refusal.code}: {' '.join(refusal.detail.split())}\n")
        return REFUSED
    if arguments.losses is not None:
        lost: list[dict[str, Any]] = msgspec.to_builtins((*message.losses, *encoded.losses))
        text = msgspec.json.format(msgspec.json.encode(lost), indent=2)
        arguments.losses.write_bytes(text + b"\n")
    _write(encoded.data)
    return OK


def _read(name: str) -> bytes:
    """The document; one byte more than any format takes is enough to refuse it."""
    from protocols.messages.envelope import JSON_LIMIT

    if name == "-":
        return sys.stdin.buffer.read(JSON_LIMIT + 1)
    with Path(name).open("rb") as file:
        return file.read(JSON_LIMIT + 1)


def _write(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data if data.endswith(b"\n") else data + b"\n")
    sys.stdout.buffer.flush()
