"""What a reader made of one input: a message, a refusal by name, or a finding.

Right is a message that can be packed and written as JSON, or a leaf of `FormatRefused`, within
250 ms. Everything else is a finding. Now and then a message is also written again, in every format,
and what was written is read: no writer may fail on what a reader accepts, no reader may refuse
what our own writer has written, and what is not real stays so.
"""

from __future__ import annotations

import gc
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec

from protocols.clock import system_clock
from protocols.errors import FormatRefused, UnsafeDocument
from protocols.formats.codec import Format
from protocols.formats.registry import FORMATS
from protocols.messages.compact import pack
from protocols.messages.envelope import Message, from_json, to_json
from protocols.messages.values import Exercise

TIME_LIMIT: Final = 0.25
"""Seconds that one input may take."""
HANG: Final = 20
"""Seconds after which an input is given up."""
REWRITE_EVERY: Final = 50
DOCUMENTS: Final = 20
"""Documents of one stream that are read."""
_SAYS_ITSELF: Final = (Exercise.ACTUAL, Exercise.NOT_STATED)
_DOUBT: Final = 0.05
"""Seconds from which an input is measured again, because the machine may have been busy."""


class Finding(msgspec.Struct, frozen=True):
    """Something that must not happen, with the input that made it happen."""

    what: str
    where: str
    data: bytes
    trace: str = ""


class Tally(msgspec.Struct):
    """The counts of one run."""

    inputs: int = 0
    documents: int = 0
    """What was decoded: of a stream several documents an input."""
    accepted: int = 0
    rewritten: int = 0
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    findings: list[Finding] = msgspec.field(default_factory=list)
    findings_seen: Counter[str] = msgspec.field(default_factory=Counter)
    slowest: float = 0.0
    """Seconds."""

    def add(self, other: Tally) -> None:
        """Take another run's counts in."""
        self.inputs += other.inputs
        self.documents += other.documents
        self.accepted += other.accepted
        self.rewritten += other.rewritten
        self.refused += other.refused
        self.findings += other.findings
        self.findings_seen += other.findings_seen
        self.slowest = max(self.slowest, other.slowest)


class Judge:
    """Gives one input after the other to a reader and counts what comes of it."""

    def __init__(
        self, entry: Format, *, rewrite_every: int = REWRITE_EVERY, time_limit: float = TIME_LIMIT
    ) -> None:
        """`time_limit`: seconds for one document; a test that runs on any machine allows more."""
        self.tally = Tally()
        self._time_limit = time_limit
        self._entry = entry
        self._rewrite_every = rewrite_every

    def judge(self, data: bytes) -> None:
        """One input, as a whole document and, where the format is one, as a stream."""
        self.tally.inputs += 1
        with given_up_after(HANG):
            try:
                self._timed(data)
            except Hanging:
                self._found("it hangs", "", data, traceback.format_exc())

    def _timed(self, data: bytes) -> None:
        for document in self._documents(data):
            self.tally.documents += 1
            start = time.perf_counter()
            message = self._read(document)
            self._took(time.perf_counter() - start, document)
            if message is not None:
                self.tally.accepted += 1
                if self.tally.accepted % self._rewrite_every == 0:
                    self._rewrite(message, document)

    def _took(self, seconds: float, document: bytes) -> None:
        """Note how long a document took; the shortest of three, where that was long."""
        if seconds > _DOUBT:
            gc.collect()
            seconds = min(seconds, self._again(document), self._again(document))
        self.tally.slowest = max(self.tally.slowest, seconds)
        if seconds > self._time_limit:
            self._found("it is slow", f"slow: {seconds * 1000:.0f} ms", document)

    def _again(self, document: bytes) -> float:
        """Seconds for the same document, counting nothing."""
        start = time.perf_counter()
        Judge(self._entry)._read(document)
        return time.perf_counter() - start

    def _read(self, document: bytes) -> Message | None:
        try:
            message = self._entry.decode(document)
            pack(message)
            to_json(message)
        except FormatRefused as refusal:
            self.tally.refused[refusal.code] += 1
            if not refusal.detail or type(refusal) is FormatRefused:
                self._found("a refusal without a name or a sentence", refusal.code, document)
        except Exception as error:  # noqa: BLE001 - whatever escapes a reader is the finding
            self._crash("reading", error, document)
        else:
            return message
        return None

    def _documents(self, data: bytes) -> Iterator[bytes]:
        """The input itself, and what the format's stream cuts out of it."""
        yield data
        if self._entry.stream is None:
            return
        try:
            start = time.perf_counter()
            stream = self._entry.stream(system_clock)
            middle = len(data) // 2
            cut = [*stream.feed(data[:middle]), *stream.feed(data[middle:]), *stream.close()]
        except Exception as error:  # noqa: BLE001 - a stream never raises, whatever comes
            self._crash("cutting the stream", error, data)
            return
        if time.perf_counter() - start > self._time_limit:
            self._found("it is slow", "slow: cutting the stream", data)
        yield from cut[:DOCUMENTS]

    def _rewrite(self, message: Message, data: bytes) -> None:
        self.tally.rewritten += 1
        try:
            same = from_json(to_json(message)) == message
        except Exception as error:  # noqa: BLE001 - what was accepted must be readable as JSON
            self._crash("reading our own JSON form", error, data)
        else:
            if not same:
                self._found("the JSON form is another message", "to_json", data)
        for target in FORMATS.values():
            if not target.writes:
                continue
            try:
                written = target.encode(message).data
            except FormatRefused:
                continue
            except Exception as error:  # noqa: BLE001 - whatever escapes a writer is the finding
                self._crash(f"writing {target.name}", error, data)
                continue
            self._read_back(message, target, written, data)

    def _read_back(self, message: Message, target: Format, written: bytes, data: bytes) -> None:
        if not target.reads:
            return
        try:
            back = target.decode(written)
        except UnsafeDocument:
            return  # larger than any document may be
        except FormatRefused as refusal:
            what = f"our own {target.name} is refused: {refusal.detail[:200]}"
            self._found(what, f"{target.name} {refusal.code}", data)
            return
        except Exception as error:  # noqa: BLE001 - whatever escapes a reader is the finding
            self._crash(f"reading our own {target.name}", error, data)
            return
        sayable = message.exercise in _SAYS_ITSELF or message.exercise in target.exercises
        real = Exercise.ACTUAL
        if sayable and back.exercise is real and message.exercise is not real:
            self._found(f"{message.exercise} became actual in {target.name}", target.name, data)

    def _crash(self, doing: str, error: Exception, data: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
        trace = "".join(traceback.format_exception(error, limit=-8))
        self._found(
            f"{doing}: {type(error).__name__}: {error}"[:300], " ".join(own[-3:]), data, trace
        )

    def _found(self, what: str, where: str, data: bytes, trace: str = "") -> None:
        """Keep the first inputs of each kind of finding, count all."""
        kind = f"{what.partition(':')[0]} {where.partition(':')[0] if 'slow' in where else where}"
        self.tally.findings_seen[kind] += 1
        if self.tally.findings_seen[kind] <= 2:
            self.tally.findings.append(Finding(what, where, data, trace))


class Hanging(BaseException):
    """An input took longer than anybody waits."""


@contextmanager
def given_up_after(seconds: float) -> Iterator[None]:
    """Raise `Hanging` in what runs inside after that many seconds."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _hanging(number: int, frame: FrameType | None) -> None:
    raise Hanging


def watch_for_hanging() -> None:
    """From now on `given_up_after` works in this process (POSIX, main thread)."""
    signal.signal(signal.SIGALRM, _hanging)
