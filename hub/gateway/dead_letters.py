"""What could not be passed on, kept as it was with the reason, one pair of files each.

`<time>-<hash>.bin` holds the document byte for byte, `<time>-<hash>.json` why it stopped. Names are
made here and never taken from a document. What came from the channel is kept as a reference to its
entry, not as text: the encrypted store holds the message. The same letter again replaces itself.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from protocols.clock import Clock, to_datetime
from protocols.errors import CrossbandError

KEPT: Final = 10_000
KEPT_BYTES: Final = 256 * 1024 * 1024
"""The oldest go when there are more, in number or in bytes."""

Way: TypeAlias = Literal["in", "out"]


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """Why a document stopped here. `way` is `in` (from the system) or `out` (from the channel)."""

    at: str
    way: Way
    source: str
    error: str
    detail: str
    remedy: str
    sha256: str
    size: int


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
    ) -> DeadLetter:
        """Store a document that was refused; raises OSError when the disk does not take it.

        `at` is when it came, in UTC microseconds; without it, now.
        """
        sizes = self._index()
        moment = to_datetime(self._clock() if at is None else at)
        digest = hashlib.sha256(document).hexdigest()
        letter = DeadLetter(
            at=moment.isoformat(),
            way=way,
            source=source,
            error=error.code,
            detail=error.detail,
            remedy=error.remedy,
            sha256=digest,
            size=len(document),
        )
        stem = f"{moment:%Y%m%dT%H%M%S%f}Z-{digest[:16]}"
        self._write(f"{stem}.bin", document)
        self._write(f"{stem}.json", msgspec.json.encode(letter))
        self._bytes += len(document) - sizes.get(stem, 0)
        sizes[stem] = len(document)
        while len(sizes) > self._most or (self._bytes > self._most_bytes and len(sizes) > 1):
            self._drop_oldest(sizes)
        return letter

    def list(self) -> tuple[DeadLetter, ...]:
        """Every letter, oldest first; one that a crash left half-written is passed over."""
        letters = []
        for file in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []:
            try:
                letters.append(msgspec.json.decode(file.read_bytes(), type=DeadLetter))
            except (msgspec.DecodeError, OSError):
                continue
        return tuple(letters)

    def _index(self) -> OrderedDict[str, int]:
        """What is there, oldest first; read once."""
        if self._sizes is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files = sorted(self._folder.glob("*.bin"))
            self._sizes = OrderedDict((file.stem, file.stat().st_size) for file in files)
            self._bytes = sum(self._sizes.values())
        return self._sizes

    def _write(self, name: str, data: bytes) -> None:
        """A whole file or none: what a full disk cut short is taken away again."""
        path = self._folder / name
        try:
            path.write_bytes(data)
        except OSError:
            path.unlink(missing_ok=True)
            raise

    def _drop_oldest(self, sizes: OrderedDict[str, int]) -> None:
        stem, size = sizes.popitem(last=False)
        self._bytes -= size
        for suffix in (".bin", ".json"):
            (self._folder / f"{stem}{suffix}").unlink(missing_ok=True)
