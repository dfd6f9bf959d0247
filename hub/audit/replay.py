"""What happened, in the order in which it happened, from everybody's or one device's place.

A replay is a stream of `Told` values; writing them down is `hub.audit.show`. With a device's own
record beside it, each delivered body is held against the hash in the log: what differs, and what
stands on one side only, is a `Difference`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from hub.audit.logfile import LogFile, Row
from hub.audit.membership import Membership
from hub.audit.printable import safe
from protocols.errors import RecordWrong
from protocols.tlog.entry import NOTHING, SEQUENCED, Kind

POSITION_LANE = 4
"""Positions may be superseded on their way to a slow device (`protocols.frames.Lane`)."""

_HANDSHAKES = frozenset({Kind.CHANNEL, Kind.PROPOSAL, Kind.COMMIT})


@dataclass(frozen=True, slots=True)
class Filters:
    """What is told; empty or None means all. Times are UTC microseconds, both ends included."""

    channel: str = ""
    device: str = ""
    kinds: frozenset[int] = frozenset()
    since: int | None = None
    until: int | None = None

    def take(self, row: Row) -> bool:
        """Whether this entry is told."""
        return (
            (not self.channel or row[1] == self.channel)
            and (not self.device or row[5] == self.device)
            and (not self.kinds or row[3] in self.kinds)
            and (self.since is None or row[4] >= self.since)
            and (self.until is None or row[4] <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """What a device's record says of an entry."""

    sha256: str
    text: str
    language: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as a replay tells it. `readers` is None where membership is not known."""

    index: int
    at: int
    channel: str
    seq: int
    kind: int
    device: str
    act: int
    lane: int
    epoch: int
    size: int
    body_hash: str
    erased: bool
    metadata: str
    readers: tuple[str, ...] | None
    shown: Shown | None = None


class _Line(msgspec.Struct):
    """One line of a device's record, as the terminal client exports it."""

    channel: str
    seq: int
    sha256: str
    text: str
    language: str | None = None
    refused: str | None = None


_decode_line = msgspec.json.Decoder(_Line).decode


@dataclass(frozen=True, slots=True)
class Difference:
    """Where log and record disagree: `hash`, `not_in_record` or `not_in_log`."""

    code: str
    channel: str
    seq: int


@dataclass(slots=True)
class Record:
    """A device's record by (channel, seq), and what came of comparing it."""

    shown: dict[tuple[str, int], Shown]
    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    superseded: int = 0

    @classmethod
    def read(cls, path: Path) -> Record:
        """Read JSON lines with channel, seq, sha256 and text; raises `RecordWrong`."""
        shown: dict[tuple[str, int], Shown] = {}
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    one = _decode_line(line)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    raise RecordWrong(f"Line {number} of the record cannot be read.") from error
                key = (one.channel, one.seq)
                if key in shown:
                    place = f"{safe(one.channel)} #{one.seq}"
                    raise RecordWrong(f"Line {number} of the record repeats {place}.")
                shown[key] = Shown(
                    one.sha256.lower(), one.text, one.language or "", one.refused or ""
                )
        return cls(shown)

    def hold_against(self, row: Row) -> Shown | None:
        """Compare one entry that the device could read."""
        channel, seq, kind, lane, digest = row[1], row[2], row[3], row[8], row[10]
        shown = self.shown.pop((channel, seq), None)
        if shown is None:
            if kind == Kind.APPLICATION:
                if lane == POSITION_LANE:
                    self.superseded += 1
                else:
                    self.differences.append(Difference("not_in_record", channel, seq))
            return None
        self.compared += 1
        if shown.sha256 != digest.hex():
            self.differences.append(Difference("hash", channel, seq))
        return shown

    def finish(self) -> None:
        """What is left stands in the record alone."""
        self.differences += [Difference("not_in_log", *key) for key in sorted(self.shown)]


def replay(
    log: LogFile,
    filters: Filters,
    membership: Membership,
    *,
    viewer: str = "",
    record: Record | None = None,
) -> Iterator[Told]:
    """Tell the log in order; with `viewer` exactly what that device was a member for.

    With a record the whole log is compared, whatever the filters; they only choose what is told.
    """
    start = 0
    if filters.since is not None and record is None:
        start = log.first_at(filters.since)
    for _, channel, seq, kind, at, epoch, body in log.handshakes(start):
        membership.feed(channel, seq, kind, at, epoch, body or b"")
    for row in log.told(start):
        if record is None and filters.until is not None and row[4] > filters.until:
            break
        visible = not viewer or membership.could_read(row, viewer)
        shown = record.hold_against(row) if visible and record is not None else None
        if row[3] in _HANDSHAKES:
            membership.feed(row[1], row[2], row[3], row[4], row[9], row[12] or b"")
        if visible and filters.take(row):
            yield _told(row, membership, shown)
    if record is not None:
        record.finish()


def _told(row: Row, membership: Membership, shown: Shown | None) -> Told:
    (index, channel, seq, kind, at, device, _, act, lane, epoch, digest, metadata, body) = row
    readers = membership.readers(channel, epoch) if kind in SEQUENCED else ()
    return Told(
        index=index,
        at=at,
        channel=channel,
        seq=seq,
        kind=kind,
        device=device,
        act=act,
        lane=lane,
        epoch=epoch,
        size=len(body or b""),
        body_hash=digest.hex() if digest != NOTHING else "",
        erased=body is None and digest != NOTHING,
        metadata=(metadata or b"").decode("utf-8", "backslashreplace"),
        readers=readers,
        shown=shown,
    )
