"""What could not be passed on, kept as it was with the reason, one pair of files each.

    <id>.bin       the document byte for byte, of an oversized one its beginning
    <id>.json      why it stopped; id is <time>-<hash>
    retry/<id>     an empty file: somebody asks the running gateway to try this letter again

Names are made here and never taken from a document. What came from the channel is kept as a
reference to its entry, not as text: the encrypted store holds the message. The same letter again
replaces itself. A gateway and its operator's commands work on the same folder at the same time.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from protocols.clock import Clock, to_datetime
from protocols.errors import CrossbandError, LetterCut, UnknownLetter

KEPT: Final = 10_000
KEPT_BYTES: Final = 256 * 1024 * 1024
"""The oldest go when there are more, in number or in bytes."""
DOCUMENT_KEPT: Final = 1024 * 1024
"""Bytes of one document; of a larger one the beginning is kept, and its whole size is said."""
ROOM_MADE: Final = 0.95
"""How far a full folder is emptied, so that the next letters find room."""

_ID: Final = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{16}")
_RETRY: Final = "retry"

Way: TypeAlias = Literal["in", "out"]


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """Why a document stopped here. `way` is `in` (from the system) or `out` (from the channel)."""

    id: str = ""
    at: str
    way: Way
    source: str
    format: str = ""
    """Of a document in another format than the gateway's own."""
    error: str
    detail: str
    remedy: str
    sha256: str
    size: int
    attempts: int = 0
    """How often it was tried again."""
    kept: int = -1
    """Bytes of the document that are kept; -1: all."""

    @property
    def cut(self) -> bool:
        """Whether only the beginning of the document is kept."""
        return 0 <= self.kept < self.size


class DeadLetters:
    """The folder. It is made when the first letter arrives."""

    def __init__(
        self, folder: Path, clock: Clock, *, most: int = KEPT, most_bytes: int = KEPT_BYTES
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._most = most
        self._most_bytes = most_bytes
        self._sizes: OrderedDict[str, int] | None = None
        self._bytes = 0

    def keep(
        self,
        way: Way,
        source: str,
        document: bytes,
        error: CrossbandError,
        *,
        at: int | None = None,
        format_name: str = "",
        size: int | None = None,
    ) -> DeadLetter:
        """Store a document that was refused; raises OSError when the disk does not take it.

        `at` is when it came, in UTC microseconds; without it, now. `size` is that of the whole
        where `document` is only its beginning.
        """
        sizes = self._index()
        moment = to_datetime(self._clock() if at is None else at)
        digest = hashlib.sha256(document).hexdigest()
        name = _letter_id(moment, digest)
        kept = document[:DOCUMENT_KEPT]
        letter = DeadLetter(
            id=name,
            at=moment.isoformat(),
            way=way,
            source=source,
            format=format_name,
            error=error.code,
            detail=error.detail,
            remedy=error.remedy,
            sha256=digest,
            size=len(document) if size is None else size,
            attempts=self._attempts(name) if name in sizes else 0,
            kept=len(kept),
        )
        self._write(f"{name}.bin", kept)
        self._write(f"{name}.json", msgspec.json.encode(letter))
        self._bytes += len(kept) - sizes.get(name, 0)
        sizes[name] = len(kept)
        if self._full(1.0):
            self._make_room()
        return letter

    # --- reading --------------------------------------------------------------------------------

    def list(self) -> tuple[DeadLetter, ...]:
        """Every letter, oldest first; one that a crash left half-written is passed over."""
        letters = []
        for file in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []:
            try:
                letters.append(_decode(file))
            except (msgspec.DecodeError, OSError):
                continue
        return tuple(letters)

    def read(self, name: str) -> tuple[DeadLetter, bytes]:
        """A letter and its document; raises `UnknownLetter`."""
        try:
            if _ID.fullmatch(name):
                letter = _decode(self._folder / f"{name}.json")
                return letter, (self._folder / f"{name}.bin").read_bytes()
        except (msgspec.DecodeError, OSError):
            pass
        raise UnknownLetter(f"There is no letter {name!r}.")

    # --- what becomes of a letter ---------------------------------------------------------------

    def remove(self, name: str) -> None:
        """Forget a letter; raises `UnknownLetter`."""
        letter, _ = self.read(name)
        for path in self._files(letter.id):
            path.unlink(missing_ok=True)
        if self._sizes is not None:
            self._bytes -= self._sizes.pop(name, 0)

    def settled(self, document: bytes, at: int) -> None:
        """What was kept once, when it came at `at`, has passed meanwhile: forget its letter."""
        if self._sizes is None and not self._folder.is_dir():
            return
        name = _letter_id(to_datetime(at), hashlib.sha256(document).hexdigest())
        if name in self._index():
            with suppress(UnknownLetter):  # the operator dropped it
                self.remove(name)

    def failed_again(self, name: str, error: CrossbandError) -> DeadLetter:
        """Note that it was tried again and why it stopped this time; raises `UnknownLetter`."""
        letter, _ = self.read(name)
        letter = msgspec.structs.replace(
            letter,
            error=error.code,
            detail=error.detail,
            remedy=error.remedy,
            attempts=letter.attempts + 1,
        )
        self._write(f"{name}.json", msgspec.json.encode(letter))
        return letter

    def ask(self, name: str) -> None:
        """Ask for another attempt; raises `UnknownLetter`, and `LetterCut` for half a document."""
        letter, _ = self.read(name)
        if letter.cut:
            raise LetterCut(f"Of {letter.size} bytes {letter.kept} were kept.")
        (self._folder / _RETRY).mkdir(mode=0o700, exist_ok=True)
        (self._folder / _RETRY / name).touch()

    def asked(self) -> tuple[str, ...]:
        """The letters that somebody wants tried again, oldest first."""
        try:
            names = os.listdir(self._folder / _RETRY)
        except OSError:
            return ()
        return tuple(sorted(name for name in names if _ID.fullmatch(name)))

    def answered(self, name: str) -> None:
        """It was tried; nobody waits for it any more."""
        (self._folder / _RETRY / name).unlink(missing_ok=True)

    # --- files ----------------------------------------------------------------------------------

    def _index(self) -> OrderedDict[str, int]:
        """What is there, oldest first; read once, and again when it seems to be full."""
        if self._sizes is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for half in self._folder.glob("*.part"):  # only the gateway writes here
                half.unlink(missing_ok=True)
            files = sorted(self._folder.glob("*.bin"))
            self._sizes = OrderedDict((file.stem, file.stat().st_size) for file in files)
            self._bytes = sum(self._sizes.values())
        return self._sizes

    def _full(self, share: float) -> bool:
        sizes = self._index()
        return len(sizes) > math.ceil(self._most * share) or (
            self._bytes > self._most_bytes * share and len(sizes) > 1
        )

    def _make_room(self) -> None:
        """Let the oldest go, once it is sure that nobody dropped others meanwhile."""
        self._sizes = None
        if not self._full(1.0):
            return
        sizes = self._index()
        while self._full(ROOM_MADE):
            name, size = sizes.popitem(last=False)
            self._bytes -= size
            for path in self._files(name):
                path.unlink(missing_ok=True)

    def _attempts(self, name: str) -> int:
        try:
            return self.read(name)[0].attempts
        except UnknownLetter:
            return 0

    def _files(self, name: str) -> tuple[Path, ...]:
        ends = (".bin", ".json")
        return (*(self._folder / f"{name}{end}" for end in ends), self._folder / _RETRY / name)

    def _write(self, name: str, data: bytes) -> None:
        """A whole file or none: what a full disk cut short is taken away again."""
        path = self._folder / name
        half = path.with_name(f"{name}.part")
        try:
            half.write_bytes(data)
            half.replace(path)
        except OSError:
            half.unlink(missing_ok=True)
            raise


def _letter_id(moment: datetime, digest: str) -> str:
    """When it came, in UTC to the microsecond, and the beginning of its hash."""
    return f"{moment:%Y%m%dT%H%M%S%f}Z-{digest[:16]}"


def _decode(file: Path) -> DeadLetter:
    letter = msgspec.json.decode(file.read_bytes(), type=DeadLetter)
    return msgspec.structs.replace(letter, id=file.stem)
