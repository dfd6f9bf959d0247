"""A replay and a checklist as lines for people, in their language.

What stands in the log was written by others: names, metadata and shown texts are stripped of
control and direction characters before they reach a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from hub.audit.findings import CHECKS, Finding, Report
from hub.audit.printable import safe
from hub.audit.replay import Difference, Told
from hub.console import Console, Texts
from protocols.clock import to_datetime
from protocols.tlog.entry import Kind


def moment(at: int) -> str:
    """UTC microseconds as ISO 8601 with Z."""
    try:
        return to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except OverflowError:  # no calendar reaches there, but a tampered log may
        return f"{at} µs"


def told_lines(told: Told, console: Console, texts: Texts) -> Iterator[str]:
    """One entry: a line, and below it the text as it was shown, where that is known."""
    yield "  ".join(filter(None, _parts(told, console, texts)))
    if told.kind in (Kind.APPLICATION, Kind.PROPOSAL, Kind.COMMIT):
        if told.readers is None:
            yield "    " + console.text(texts, "readers_unknown")
        else:
            names = ", ".join(safe(name) for name in told.readers)
            yield "    " + console.text(texts, "readers", names=names)
    if told.shown is not None:
        text = safe(told.shown.text)
        yield "    " + console.text(texts, "as_shown", text=text)
        if told.shown.refused:
            yield "    " + console.text(texts, "as_refused", reason=safe(told.shown.refused))


def _parts(told: Told, console: Console, texts: Texts) -> Iterator[str]:
    yield moment(told.at)
    place = safe(told.channel)
    yield f"{place} #{told.seq}" if told.seq else place
    yield _label(texts, console, f"kind_{told.kind}", "kind_other", told.kind)
    yield safe(told.device)
    if told.act:
        yield _label(texts, console, f"act_{told.act}", "act_other", told.act)
    if told.kind == Kind.APPLICATION:
        yield _label(texts, console, f"lane_{told.lane}", "lane_other", told.lane)
    if told.seq:
        yield console.text(texts, "epoch", epoch=told.epoch)
    if told.erased:
        yield console.text(texts, "erased")
    elif told.body_hash:
        yield f"{told.body_hash[:16]} ({told.size} B)"
    yield safe(told.metadata)


def _label(texts: Texts, console: Console, key: str, other: str, number: int) -> str:
    return console.text(texts, key if key in texts else other, number=number)


def told_value(told: Told) -> dict[str, object]:
    """One entry for programs; times also as microseconds."""
    value: dict[str, object] = {
        "index": told.index,
        "at": moment(told.at),
        "at_us": told.at,
        "channel": told.channel,
        "seq": told.seq,
        "kind": Kind(told.kind).name.lower() if told.kind in _KINDS else told.kind,
        "device": told.device,
        "act": told.act,
        "lane": told.lane,
        "epoch": told.epoch,
        "bytes": told.size,
        "sha256": told.body_hash,
        "erased": told.erased,
        "readers": None if told.readers is None else list(told.readers),
    }
    if told.metadata:
        value["metadata"] = _parsed(told.metadata)
    if told.shown is not None:
        value["shown"] = {
            "text": told.shown.text,
            "language": told.shown.language,
            "sha256": told.shown.sha256,
            "refused": told.shown.refused,
        }
    return value


def _parsed(metadata: str) -> object:
    """Metadata as JSON where it is such and can be written again; else the text."""
    if metadata.count("[") + metadata.count("{") > _DEEPEST:
        return metadata
    try:
        return msgspec.json.decode(metadata)
    except msgspec.DecodeError:
        return metadata


def difference_line(difference: Difference, console: Console, texts: Texts) -> str:
    """Where log and record disagree, as a sentence."""
    place = {"channel": safe(difference.channel), "seq": difference.seq}
    return console.text(texts, f"difference_{difference.code}", **place)


def finding_line(finding: Finding, console: Console, texts: Texts) -> str:
    """A finding as a sentence."""
    facts = {
        name: safe(fact) if isinstance(fact, str) else fact for name, fact in finding.facts.items()
    }
    said = console.text(texts, f"found_{finding.code}", index=finding.index, **facts)
    if finding.index is None:
        return said
    return console.text(texts, "at_entry", index=finding.index, said=said)


def report_lines(report: Report, console: Console, texts: Texts) -> Iterator[str]:
    """The checklist, its findings, and the verdict."""
    for number, name in enumerate(CHECKS, 1):
        state = console.text(texts, f"state_{report.state(number)}")
        yield f"{number:2}  {console.text(texts, f'check_{name}'):<58}  {state}"
        for finding in report.findings:
            if finding.check == number:
                yield "      " + finding_line(finding, console, texts)
    if report.more_findings:
        yield console.text(texts, "more_findings", count=report.more_findings)
    yield console.text(
        texts,
        "summary",
        size=report.size,
        channels=report.channels,
        checkpoints=report.checkpoints,
        signed=report.signed_size,
        erased=report.erased,
    )
    if report.root:
        yield console.text(texts, "root", root=report.root.hex())
    if report.in_use:
        yield console.text(texts, "in_use")
    yield console.text(texts, "end_held" if report.held_size else "end_open", held=report.held_size)
    yield verdict(report, console, texts)


def verdict(report: Report, console: Console, texts: Texts) -> str:
    """The one sentence that counts; what is not proven says so first."""
    first = report.first_bad
    if first is not None:
        said = finding_line(first, console, texts)
        return console.text(texts, "verdict_bad", check=first.check, said=said)
    if report.proven:
        key = "verdict_partly" if report.unsigned else "verdict_proven"
        return console.text(texts, key, signed=report.signed_size, unsigned=report.unsigned)
    return console.text(texts, "verdict_empty" if report.keys else "verdict_unproven")


def report_value(report: Report) -> dict[str, object]:
    """The report for programs."""
    first = report.first_bad
    return {
        "fine": report.fine,
        "proven": report.proven,
        "entries": report.size,
        "root": report.root.hex(),
        "channels": report.channels,
        "checkpoints": report.checkpoints,
        "signed_size": report.signed_size,
        "unsigned": report.unsigned,
        "held": report.held,
        "held_size": report.held_size,
        "erased": report.erased,
        "checks": {name: report.state(number) for number, name in enumerate(CHECKS, 1)},
        "first_bad": None if first is None else _finding_value(first),
        "findings": [_finding_value(finding) for finding in report.findings],
        "more_findings": report.more_findings,
    }


def _finding_value(finding: Finding) -> dict[str, object]:
    return {
        "check": CHECKS[finding.check - 1],
        "number": finding.check,
        "code": finding.code,
        "index": finding.index,
        "facts": finding.facts,
    }


_KINDS = frozenset(int(kind) for kind in Kind)
_DEEPEST = 100
"""Brackets in metadata beyond which they stay text: nesting must not exhaust the stack."""
