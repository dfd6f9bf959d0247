"""`crossband formats` says what maps to what; `crossband convert` turns documents into others.

    crossband formats [--table [--from F] [--to F]] [--json]
    crossband convert --from F --to F [FILE] [--losses FILE] [--lang en|es|fr]
                      [--as-version V] [--profile P] [--inside F] [--unsayable refuse|wrap]
    crossband convert --from F --as-seen-by F [FILE] [--json]

The result goes to standard output, bytes as the format has them; `-`, or no file, reads standard
input. A refusal is one line on standard error and exit status 1; nothing is written then. Of a
format that is a stream (ais) every message gives one line, and what cannot be read costs only
itself: it is said on standard error, and the status is 0 if anything could be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec

from hub.console import OK, REFUSED, Console, Subparsers, Usage, command

if TYPE_CHECKING:
    from protocols.errors import Refused
    from protocols.formats.codec import Format, Settings, Stream
    from protocols.messages.envelope import Loss, Message

LANGUAGES: Final = ("en", "es", "fr")
PIECE: Final = 64 * 1024
"""Bytes of a stream that are read at a time. A live feed has no end, so it has no limit either."""


def register(subparsers: Subparsers) -> None:
    """Add the two commands."""
    formats = command(
        subparsers, "formats", run_formats, help="the formats spoken here, and what maps to what"
    )
    formats.add_argument("--table", action="store_true", help="what maps to what, for each pair")
    formats.add_argument("--from", dest="source", metavar="FORMAT", help="only from this one")
    formats.add_argument("--to", dest="target", metavar="FORMAT", help="only to this one")
    convert = command(
        subparsers, "convert", run_convert, help="turn a document of one format into another"
    )
    convert.add_argument("--from", dest="source", required=True, metavar="FORMAT")
    convert.add_argument("--to", dest="target", metavar="FORMAT")
    convert.add_argument(
        "--as-seen-by", metavar="FORMAT", help="what a reader of this format sees, and what not"
    )
    convert.add_argument("file", nargs="?", default="-", metavar="FILE", help="- or nothing: stdin")
    convert.add_argument(
        "--losses", type=Path, metavar="FILE", help="write what was lost there, as JSON"
    )
    convert.add_argument("--lang", choices=LANGUAGES, help="language of labels in the result")
    convert.add_argument("--as-version", metavar="V", help="which version of the format")
    convert.add_argument("--profile", metavar="P", help="which profile of the format")
    convert.add_argument("--inside", metavar="FORMAT", help="what a wrapping format carries")
    convert.add_argument(
        "--unsayable",
        choices=("refuse", "wrap"),
        default="refuse",
        help="an exercise in a format that cannot say exercise",
    )


# --- formats --------------------------------------------------------------------------------------


def run_formats(arguments: argparse.Namespace, console: Console) -> int:
    """List the formats; with `--table` the crosswalk of every pair, generated from the codecs."""
    from hub.translate.table import chosen, describe, describe_pairs, formats_text, table_text
    from protocols.formats.registry import FORMATS, format_named

    for name in (arguments.source, arguments.target):
        if name is not None:
            format_named(name)
    if arguments.table:
        wanted = chosen(arguments.source, arguments.target)
        console.result(describe_pairs(wanted), table_text(wanted))
    else:
        console.result(describe(FORMATS.values()), formats_text(FORMATS.values()))
    return OK


# --- convert --------------------------------------------------------------------------------------


def run_convert(arguments: argparse.Namespace, console: Console) -> int:
    """Decode, encode, write. Losses of both steps go to `--losses`."""
    from protocols.errors import Refused
    from protocols.formats.registry import format_named

    if (arguments.target is None) == (arguments.as_seen_by is None):
        raise Usage("give one of --to FORMAT and --as-seen-by FORMAT")
    try:
        source = format_named(arguments.source)
        target = format_named(arguments.target or arguments.as_seen_by)
        if arguments.as_seen_by is not None:
            return _show(arguments, console, source.decode(_read(arguments.file)), target)
        if source.stream is not None:
            return _convert_stream(arguments, source, target)
        message = source.decode(_read(arguments.file))
        data, losses = _written(message, target, arguments)
    except Refused as refusal:
        _refuse(refusal)
        return REFUSED
    _keep_losses(arguments.losses, (*message.losses, *losses))
    _write(data)
    return OK


def _written(
    message: Message, target: Format, arguments: argparse.Namespace
) -> tuple[bytes, tuple[Loss, ...]]:
    from protocols.formats.translate import Unsayable, translate

    unsayable = Unsayable(arguments.unsayable)
    written = translate(message, target, _settings(arguments), unsayable=unsayable)
    return written.encoded.data, written.encoded.losses


def _settings(arguments: argparse.Namespace) -> Settings:
    from protocols.formats.codec import Settings

    return Settings(
        language=arguments.lang,
        version=arguments.as_version,
        profile=arguments.profile,
        inside=arguments.inside,
    )


def _convert_stream(arguments: argparse.Namespace, source: Format, target: Format) -> int:
    """Every document of a stream for itself. Exit status 1 only where none could be converted."""
    from protocols.errors import Refused

    losses: list[Loss] = []
    converted = refused = 0
    for document in _documents(arguments.file, source):
        try:
            message = source.decode(document)
            data, lost = _written(message, target, arguments)
        except Refused as refusal:
            refused += 1
            _refuse(refusal)
            continue
        converted += 1
        losses += (*message.losses, *lost)
        _write(data)
    _keep_losses(arguments.losses, tuple(losses))
    return REFUSED if refused and not converted else OK


def _documents(name: str, source: Format) -> Iterator[bytes]:
    from protocols.clock import system_clock

    assert source.stream is not None
    stream = source.stream(system_clock)
    if name == "-":
        yield from _pieces(sys.stdin.buffer, stream)
    else:
        with Path(name).open("rb") as file:
            yield from _pieces(file, stream)
    yield from stream.close()


def _pieces(file: BinaryIO, stream: Stream) -> Iterator[bytes]:
    """What the stream makes of the file; `read1` gives a live feed as it comes."""
    while piece := file.read1(PIECE) if isinstance(file, BufferedReader) else file.read(PIECE):
        yield from stream.feed(piece)


def _show(arguments: argparse.Namespace, console: Console, message: Message, target: Format) -> int:
    """What a reader of `target` has of the message, for people or as JSON."""
    from hub.translate.seen import seen_lines, seen_value
    from protocols.foresight.preview import as_seen_by
    from protocols.formats.translate import Unsayable

    unsayable = Unsayable(arguments.unsayable)
    preview = as_seen_by(message, target, _settings(arguments), unsayable=unsayable)
    console.result(
        seen_value(message, preview), seen_lines(message, preview, arguments.lang or "en")
    )
    _keep_losses(arguments.losses, (*message.losses, *preview.losses))
    return OK if preview.refused is None else REFUSED


# --- files ----------------------------------------------------------------------------------------


def _read(name: str) -> bytes:
    """The document; one byte more than any format takes is enough to refuse it."""
    from protocols.messages.envelope import JSON_LIMIT

    if name == "-":
        return sys.stdin.buffer.read(JSON_LIMIT + 1)
    with Path(name).open("rb") as file:
        return file.read(JSON_LIMIT + 1)


def _refuse(refusal: Refused) -> None:
    sys.stderr.write(f"{refusal.code}: {' '.join(refusal.detail.split())}\n")


def _keep_losses(path: Path | None, losses: tuple[Loss, ...]) -> None:
    if path is None:
        return
    lost: list[dict[str, Any]] = msgspec.to_builtins(losses)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(lost), indent=2) + b"\n")


def _write(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data if data.endswith(b"\n") else data + b"\n")
    sys.stdout.buffer.flush()
