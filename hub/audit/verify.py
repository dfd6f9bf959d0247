"""Verification of a log as a numbered checklist, offline, with nothing but the file and its keys.

    1  file         it opens, has our layout and nothing else, and SQLite finds its pages whole
    2  leaves       no entry is missing, and each leaf follows from its fixed fields
    3  bodies       body and metadata have the hashes in the leaf; what is gone was erased by order
    4  checkpoints  every stored checkpoint has the root of the log at its size, and is signed;
                    no more than a moment's entries follow the last
    5  held         so has every checkpoint that somebody else held
    6  sequence     each channel counts 1, 2, 3, ... without a gap
    7  repeats      no device's message id stands twice in a channel
    8  times        no entry is earlier than the one before
    9  order        known kinds, channels opened first, epochs that follow from the commits
    10 beside       what the hub keeps beside the entries (tree edge, subtrees, epochs) agrees
    11 headers      each body's own group, epoch and clear header say what its entry says

One pass over the entries, in constant memory but for eight bytes an entry (7). A finding carries
the number of its check, a code and facts; the sentences are in `texts.json`. Who checks a root at
a given size has all leaves before it, so equality proves consistency (RFC 9162 section 2.1.4).
Nothing in the file can show that its end was cut off at an older checkpoint: that takes one which
somebody else kept (5), and the report says so where there is none.

This file, `logfile` and `protocols.tlog` need the standard library and `cryptography` alone. It is
longer than most files here, because a verifier should be read in one sitting.
"""

from __future__ import annotations

import json
import struct
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import merge
from itertools import pairwise
from pathlib import Path

from hub.audit.clearheader import disagreement
from hub.audit.findings import CHECKS, HELD, MAX_FINDINGS, STORED, Finding, Report
from hub.audit.logfile import LogFile, Row
from protocols.errors import CheckpointWrong, LogDamaged, LogVersion
from protocols.tlog.checkpoint import VerifierKey, open_note, parse_note
from protocols.tlog.entry import NOTHING, SALT_SIZE, SEQUENCED, Kind, canonical
from protocols.tlog.merkle import TILE_SIZE, Frontier

TAIL_ENTRIES = 65_536
TAIL_SECONDS = 60
"""A hub signs each second; beyond either of these the end of its log was never signed, or its
checkpoints were taken out so that what follows the last could be written anew."""

_PROGRESS_EVERY = 50_000

Progress = Callable[[int, int], None]


def verify(
    path: Path,
    keys: Sequence[VerifierKey] = (),
    held: Sequence[tuple[str, str]] = (),
    progress: Progress | None = None,
) -> Report:
    """Go through the checklist. `held` are (name, note) of checkpoints kept elsewhere.

    Never raises for a bad log, that is what findings are for; `OSError` if there is no such file.
    """
    path.stat()
    report = Report(keys=len(keys), held=len(held))
    try:
        with LogFile(path) as log:
            report.in_use = log.in_use
            report.findings += [Finding(1, "strange", facts={"what": one}) for one in log.strange]
            whole = log.quick_check()
            if whole != "ok":
                report.findings.append(Finding(1, "pages", facts={"said": whole}))
            report.done = 1
            _Checklist(log, keys, held, report, progress).run()
            report.done = len(CHECKS)
    except LogVersion as error:
        report.findings.append(Finding(1, "not_a_log", facts={"said": error.detail}))
    except LogDamaged as error:
        report.findings.append(Finding(1, "unreadable", report.size, {"said": error.detail}))
    return report


@dataclass(slots=True)
class _Channel:
    """What the entries so far say of a channel."""

    epoch: int
    last_seq: int = 0
    erased: array[int] = field(default_factory=lambda: array("q"))
    erased_at: array[int] = field(default_factory=lambda: array("q"))
    orders: list[tuple[int, int]] = field(default_factory=list)

    def ordered(self) -> tuple[list[int], list[int]]:
        """Firsts and lasts of what the orders cover, joined and ascending."""
        firsts: list[int] = []
        lasts: list[int] = []
        for first, last in sorted(self.orders):
            if lasts and first <= lasts[-1] + 1:
                lasts[-1] = max(lasts[-1], last)
            else:
                firsts.append(first)
                lasts.append(last)
        return firsts, lasts


class _Checklist:
    """One pass over the log; the methods are the checks 2 to 11."""

    def __init__(
        self,
        log: LogFile,
        keys: Sequence[VerifierKey],
        held: Sequence[tuple[str, str]],
        report: Report,
        progress: Progress | None,
    ) -> None:
        self._log = log
        self._keys = keys
        self._report = report
        self._progress = progress
        self._frontier = Frontier()
        self._leaves: list[bytes] = []
        self._unbroken = True
        self._channels: dict[str, _Channel] = {}
        self._ids = array("q")
        self._handshakes = array("q")
        self._last_at = 0
        self._signed_at = 0
        self._tiles = log.tiles()
        self._milestones = merge(self._stored(), self._held(held))
        self._next = next(self._milestones, None)
        self._good_size = 0

    def run(self) -> None:
        """Checks 2 to 11 in one pass, then what can only be said at the end."""
        total = self._log.count() if self._progress else 0
        expected = 0
        self._reach(0)
        for row in self._log.entries():
            if row[0] != expected:
                self._missing(expected, row[0])
                expected = row[0]
            self._entry(row)
            expected += 1
            self._report.size = expected
            if not expected % TILE_SIZE or (self._next and self._next[0] <= expected):
                self._reach(expected)
            if self._progress and not expected % _PROGRESS_EVERY:
                self._progress(expected, total)
        self._reach(expected)
        self._report.channels = len(self._channels)
        self._report.root = self._frontier.root() if self._unbroken else b""
        self._unreached(expected)
        self._tail()
        self._erasures()
        self._repeats()
        self._beside()

    def _entry(self, row: Row) -> None:
        """All that one entry can show; a value of another type can only be someone's change."""
        try:
            self._leaf(row)
            self._body(row)
            self._repeat(row)
            self._time(row)
            self._order(row)
            self._header(row)
        except (TypeError, ValueError, AttributeError, struct.error) as error:
            self._found(2, "malformed", row[0], said=str(error))
            self._unbroken = False

    def _found(self, check: int, code: str, index: int | None = None, **facts: str | int) -> None:
        if len(self._report.findings) < MAX_FINDINGS:
            self._report.findings.append(Finding(check, code, index, facts))
        else:
            self._report.more_findings += 1

    # --- 2: leaves ------------------------------------------------------------------------------

    def _missing(self, expected: int, index: int) -> None:
        """The tree cannot be computed past a gap."""
        self._found(2, "missing", expected, last=index - 1)
        self._unbroken = False

    def _leaf(self, row: Row) -> None:
        (index, channel, seq, kind, at, device, message_id, act, lane, epoch, body, meta, leaf) = (
            row[:13]
        )
        fields = canonical(
            index, channel, seq, kind, at, device, message_id or b"", act, lane, epoch, body, meta
        )
        computed = sha256(b"\x00" + fields).digest()
        if computed != leaf:
            self._found(2, "changed", index)
        self._leaves.append(computed)

    def _reach(self, size: int) -> None:
        """The log up to `size` is read: compare subtrees (10) and checkpoints (4, 5)."""
        leaves, self._leaves = self._leaves, []
        if self._unbroken:
            for tile in self._frontier.extend(leaves):
                number = self._frontier.size // TILE_SIZE - 1
                if next(self._tiles, None) != (number, tile):
                    first = number * TILE_SIZE
                    self._found(10, "subtree", None, first=first, last=first + TILE_SIZE - 1)
        while self._next is not None and self._next[0] <= size:
            self._compare(*self._next)
            self._next = next(self._milestones, None)

    # --- 3: bodies ------------------------------------------------------------------------------

    def _body(self, row: Row) -> None:
        index, channel, seq, kind = row[:4]
        body_hash, meta_hash, _, salt, metadata, body = row[10:]
        gone = False
        if body is not None:
            if sha256(body).digest() != body_hash:
                self._found(3, "body", index, channel=channel, seq=seq)
        elif body_hash != NOTHING:
            gone = True
        if metadata is not None:
            # With a salt of any other length, metadata could be moved into it and still fit.
            salted = sha256((salt or b"") + metadata).digest()
            if salted != meta_hash or len(salt or b"") != SALT_SIZE:
                self._found(3, "metadata", index, channel=channel, seq=seq)
        elif meta_hash != NOTHING:
            gone = True
        if gone:
            known = self._channels.get(channel)
            if kind != Kind.APPLICATION or known is None:
                self._found(3, "body_missing", index, channel=channel, seq=seq)
            else:
                known.erased.append(seq)
                known.erased_at.append(index)

    def _erasures(self) -> None:
        """What is gone must be covered by an order in the log, given after it was written."""
        for name, channel in self._channels.items():
            firsts, lasts = channel.ordered()
            for seq, index in zip(channel.erased, channel.erased_at, strict=True):
                at = bisect_right(firsts, seq) - 1
                if at >= 0 and seq <= lasts[at]:
                    self._report.erased += 1
                else:
                    self._found(3, "body_missing", index, channel=name, seq=seq)

    # --- 4 and 5: checkpoints -------------------------------------------------------------------

    def _stored(self) -> Iterator[tuple[int, int, str, str]]:
        for size, note in self._log.checkpoints():
            yield size, STORED, str(size), note if isinstance(note, str) else ""

    def _held(self, held: Sequence[tuple[str, str]]) -> Iterator[tuple[int, int, str, str]]:
        """Held notes by their size; those that cannot be read are found at once."""
        readable: list[tuple[int, int, str, str]] = []
        for name, note in held:
            try:
                readable.append((parse_note(note)[0].size, HELD, name, note))
            except CheckpointWrong as error:
                self._found(HELD, "note", None, name=name, said=error.detail)
        return iter(sorted(readable))

    def _compare(self, size: int, check: int, name: str, note: str) -> None:
        """A checkpoint against the log at its size."""
        if check == STORED:
            self._report.checkpoints += 1
        try:
            checkpoint = parse_note(note)[0]
            if self._keys:
                signers = open_note(note, self._keys)[1]
                unsigned = [key.name for key in self._keys if key not in signers]
                if unsigned:
                    self._found(check, "unsigned", None, name=name, key=unsigned[0])
                if any(key.name != checkpoint.origin for key in signers):
                    self._found(check, "origin", None, name=name, origin=checkpoint.origin)
        except CheckpointWrong as error:
            self._found(check, "note", None, name=name, said=error.detail)
            return
        if checkpoint.size != size:
            self._found(check, "misplaced", None, name=name, size=checkpoint.size)
        elif not self._unbroken:
            self._found(check, "uncomputable", None, name=name, size=size)
        elif self._frontier.size != size or self._frontier.root() != checkpoint.root:
            last = size - 1
            self._found(check, "root", None, name=name, size=size, first=self._good_size, last=last)
        else:
            self._good_size = size
            if self._keys:
                self._report.signed_size = size
                self._signed_at = self._last_at
            if check == HELD:
                self._report.held_size = size

    def _unreached(self, size: int) -> None:
        """Checkpoints of a longer log than this: its end was cut off."""
        while self._next is not None:
            claimed, check, name, _ = self._next
            self._found(check, "shorter", size, name=name, size=claimed)
            self._next = next(self._milestones, None)
        if self._keys and not self._report.checkpoints:
            self._found(STORED, "no_checkpoint")

    def _tail(self) -> None:
        """A hub does not leave much unsigned; whoever rewrites a log without its key must."""
        report = self._report
        if not self._keys or any(one.check in (STORED, HELD) for one in report.findings):
            return
        seconds = (self._last_at - self._signed_at) // 1_000_000
        if report.unsigned > TAIL_ENTRIES or (report.unsigned and seconds > TAIL_SECONDS):
            facts = {"count": report.unsigned, "seconds": seconds}
            self._found(STORED, "tail", report.signed_size, **facts)

    # --- 6, 8 and 9: sequence, times, order -----------------------------------------------------

    def _time(self, row: Row) -> None:
        index, at = row[0], row[4]
        if not index:
            self._signed_at = at
        if at < self._last_at:
            self._found(8, "backwards", index)
        else:
            self._last_at = at

    def _order(self, row: Row) -> None:
        index, name, seq, kind, epoch = row[0], row[1], row[2], row[3], row[9]
        if Kind.PROPOSAL <= kind <= Kind.CHANNEL:
            self._handshakes.append(index)
        if kind in SEQUENCED:
            channel = self._channels.get(name)
            if channel is None:
                self._found(9, "unopened", index, channel=name)
                channel = self._channels[name] = _Channel(epoch)
            if seq != channel.last_seq + 1:
                self._found(6, "gap", index, channel=name, seq=seq, expected=channel.last_seq + 1)
            channel.last_seq = seq
            late = kind == Kind.APPLICATION and epoch == channel.epoch - 1
            if epoch != channel.epoch and not late:
                self._found(9, "epoch", index, channel=name, epoch=epoch, current=channel.epoch)
            if kind == Kind.COMMIT:
                channel.epoch = epoch + 1
            return
        if seq:
            self._found(6, "numbered", index, seq=seq)
        if kind == Kind.CHANNEL:
            if name in self._channels:
                self._found(9, "opened_twice", index, channel=name)
            else:
                self._channels[name] = _Channel(epoch)
        elif kind == Kind.ERASURE:
            self._erasure(row)
        elif kind not in _KINDS:
            self._found(9, "kind", index, kind=str(kind))

    def _erasure(self, row: Row) -> None:
        """An order to erase what its channel has so far: remember what it covers."""
        try:
            order = json.loads(row[15])
            name, first, last = order["channel"], order["first"], order["last"]
        except (TypeError, ValueError, KeyError, RecursionError):
            name = first = last = None
        channel = self._channels.get(row[1])
        known = channel is not None and name == row[1] and type(first) is type(last) is int
        if channel is not None and known and first >= 0 and last <= channel.last_seq:
            channel.orders.append((first, last))
        else:
            self._found(9, "order", row[0])

    # --- 7: repeats -----------------------------------------------------------------------------

    def _repeat(self, row: Row) -> None:
        if row[6] is not None:
            self._ids.append(hash((row[1], row[5], row[6])))

    def _repeats(self) -> None:
        """Equal hashes are only candidates; those are looked at again in full."""
        ordered = sorted(self._ids)
        candidates = {one for one, after in pairwise(ordered) if one == after}
        del ordered
        if not candidates:
            return
        first: dict[tuple[str, str, bytes], int] = {}
        for index, *key in self._log.senders():
            name = (key[0], key[1], key[2])
            if hash(name) not in candidates:
                continue
            if name in first:
                self._found(7, "repeat", index, channel=key[0], device=key[1], first=first[name])
            else:
                first[name] = index

    # --- 10: beside the entries -----------------------------------------------------------------

    def _beside(self) -> None:
        stored = self._log.frontier()
        if self._unbroken and stored != (self._frontier.size, self._frontier.to_bytes()):
            size = int(stored[0]) if stored and isinstance(stored[0], int) else 0
            self._found(10, "edge", None, size=size, entries=self._frontier.size)
        if self._unbroken and next(self._tiles, None) is not None:
            self._found(10, "subtree_beyond", None, entries=self._frontier.size)
        if array("q", (row[0] for row in self._log.indexed_handshakes())) != self._handshakes:
            self._found(10, "index")
        epochs: dict[str, int] = dict(self._log.channels())
        for name, channel in self._channels.items():
            if epochs.pop(name, None) != channel.epoch:
                self._found(10, "channel", None, channel=name, epoch=channel.epoch)
        for name in epochs:
            self._found(10, "channel_beyond", None, channel=str(name))

    # --- 11: headers ----------------------------------------------------------------------------

    def _header(self, row: Row) -> None:
        index, channel, seq, kind, message_id, act, lane, epoch, body = (
            row[0], row[1], row[2], row[3], row[6], row[7], row[8], row[9], row[15],
        )  # fmt: skip
        if body is not None:
            what = disagreement(channel, kind, message_id or b"", act, lane, epoch, body)
            if what:
                self._found(11, f"header_{what}", index, channel=channel, seq=seq)


_KINDS = frozenset(int(kind) for kind in Kind)
