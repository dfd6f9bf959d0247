"""`crossband audit verify` and `crossband audit replay`: the auditor's two commands.

    audit verify LOG [--key FILE]... [--checkpoint FILE]...
    audit replay LOG [--channel C] [--device D] [--kind K]... [--from T] [--to T]
                     [--as DEVICE [--record FILE]] [--root FILE]...

Exit status 0 when nothing is wrong, 1 when something was found, 2 when called wrongly.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hub.console import OK, REFUSED, Console, Subparsers, Usage, command, group, texts
from protocols.clock import to_microseconds
from protocols.tlog.entry import Kind

if TYPE_CHECKING:
    from hub.audit.replay import Filters, Record
    from protocols.tlog.checkpoint import VerifierKey

_PACKAGE = "hub.audit"


def register(subparsers: Subparsers) -> None:
    """Add `crossband audit` and its commands."""
    audit = group(subparsers, "audit", help="prove and replay what happened, from a copy of a log")

    verify = command(audit, "verify", _verify, help="go through the checklist of a log")
    verify.add_argument("log", type=Path, help="copy of the hub's log")
    verify.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="HUBKEY",
        help="the hub's verifier key: a file with one a line, or the key itself; repeatable",
    )
    verify.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a signed checkpoint that somebody kept; repeatable",
    )

    replay = command(audit, "replay", _replay, help="tell what happened, in order")
    replay.add_argument("log", type=Path, help="copy of the hub's log")
    replay.add_argument("--channel", default="", help="only this channel")
    replay.add_argument("--device", default="", help="only what this device did")
    replay.add_argument(
        "--kind",
        action="append",
        default=[],
        choices=[kind.name.lower() for kind in Kind],
        help="only entries of this kind; repeatable",
    )
    replay.add_argument("--from", dest="since", type=_time, metavar="TIME", help="UTC, ISO 8601")
    replay.add_argument("--to", dest="until", type=_time, metavar="TIME", help="UTC, ISO 8601")
    replay.add_argument("--as", dest="viewer", default="", metavar="DEVICE", help="what it got")
    replay.add_argument("--record", type=Path, help="what that device showed (its JSON lines)")
    replay.add_argument(
        "--root", action="append", default=[], type=Path, help="an agency's root, PEM; repeatable"
    )


def _verify(arguments: argparse.Namespace, console: Console) -> int:
    from hub.audit.show import report_lines, report_value, verdict
    from hub.audit.verify import verify

    _must_exist(arguments.log)
    keys = _keys(arguments.key)
    held = [(path.name, _note(path)) for path in arguments.checkpoint]
    progress = None
    if sys.stderr.isatty() and not console.as_json:

        def progress(done: int, total: int) -> None:
            console.note(console.text(texts(_PACKAGE), "progress", done=done, total=total))

    report = verify(arguments.log, keys, held, progress)
    console.result(report_value(report), report_lines(report, console, texts(_PACKAGE)))
    if console.as_json and report.fine and not report.proven:
        console.note(verdict(report, console, texts(_PACKAGE)))
    return OK if report.fine else REFUSED


def _replay(arguments: argparse.Namespace, console: Console) -> int:
    from hub.audit.logfile import LogFile
    from hub.audit.membership import Membership
    from hub.audit.replay import Record, replay
    from hub.audit.show import told_lines, told_value
    from protocols.identity.roots import certificates_from_pem

    _must_exist(arguments.log)
    if arguments.record is not None and not arguments.viewer:
        raise Usage("--record needs --as DEVICE: whose record it is")
    roots = [one for path in arguments.root for one in certificates_from_pem(path.read_bytes())]
    membership = Membership(roots)
    record = None if arguments.record is None else Record.read(arguments.record)
    console.note(console.text(texts(_PACKAGE), "to_be_recorded"))
    console.note(console.text(texts(_PACKAGE), "not_verified"))
    if not roots:
        console.note(console.text(texts(_PACKAGE), "names_claimed"))
    count = 0
    with LogFile(arguments.log) as log:
        filters = _filters(arguments)
        for told in replay(log, filters, membership, viewer=arguments.viewer, record=record):
            count += 1
            console.result(told_value(told), told_lines(told, console, texts(_PACKAGE)))
    return _conclude(console, count, membership.faults, record)


def _conclude(console: Console, count: int, faults: list[str], record: Record | None) -> int:
    """What was found, last; differences and faults are findings."""
    from hub.audit.printable import safe
    from hub.audit.show import difference_line

    sentences = texts(_PACKAGE)
    for fault in faults:
        console.note(console.text(sentences, "fault", fault=safe(fault)))
    differences = [] if record is None else record.differences
    for difference in differences:
        console.note(difference_line(difference, console, sentences))
    if record is not None:
        _compared(console, record)
    console.say(console.text(sentences, "told", count=count))
    return REFUSED if differences or faults else OK


def _compared(console: Console, record: Record) -> None:
    """How the record and the log agree; with --json the last line."""
    value = {
        "compared": record.compared,
        "superseded": record.superseded,
        "differences": [
            {"difference": one.code, "channel": one.channel, "seq": one.seq}
            for one in record.differences
        ],
    }
    text = console.text(
        texts(_PACKAGE),
        "compared_bad" if record.differences else "compared_fine",
        count=record.compared,
        superseded=record.superseded,
        differences=len(record.differences),
    )
    console.result(value, text)


def _filters(arguments: argparse.Namespace) -> Filters:
    from hub.audit.replay import Filters

    return Filters(
        channel=arguments.channel,
        device=arguments.device,
        kinds=frozenset(int(Kind[name.upper()]) for name in arguments.kind),
        since=arguments.since,
        until=arguments.until,
    )


def _keys(given: list[str]) -> list[VerifierKey]:
    from protocols.tlog.checkpoint import VerifierKey

    keys: list[VerifierKey] = []
    for one in given:
        lines = [line.strip() for line in _key_lines(one)]
        found = [VerifierKey.parse(line) for line in lines if line and line[0] != "#"]
        if not found:  # to go on without would turn a proof into none, quietly
            raise Usage(f"--key {one}: there is no key in this file")
        keys += found
    return keys


def _key_lines(given: str) -> list[str]:
    """A file's lines, or the one key itself (that of ML-DSA is longer than a file name may be)."""
    try:
        is_file = Path(given).is_file()
    except OSError:
        is_file = False
    if not is_file:
        if given.count("+") < 2:
            raise Usage(f"--key {given}: neither a file nor a verifier key name+id+base64")
        return [given]
    try:
        return Path(given).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise Usage(f"--key {given}: this is not a file of verifier keys") from error


def _note(path: Path) -> str:
    """A kept checkpoint, byte by byte; what is no text can only become a finding."""
    from protocols.tlog.checkpoint import MAX_NOTE

    with path.open("rb") as file:
        return file.read(MAX_NOTE + 1).decode("utf-8", "backslashreplace")


def _must_exist(log: Path) -> None:
    if not log.is_file():
        raise Usage(f"{log}: there is no such log")


def _time(text: str) -> int:
    """ISO 8601, UTC unless it says otherwise, as UTC microseconds."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return to_microseconds(moment)
