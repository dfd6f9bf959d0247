"""Files in watched folders: what a system that speaks no network protocol puts down and picks up.

    inbox/NAME            a whole file is read once: when it has not changed between two looks
    inbox/done/NAME       it was passed on, or had crossed before
    inbox/refused/NAME    it was not, and NAME.why.txt says why in the system's language
    outbox/TIME-ID.txt    what the channel says, whole from the moment that it can be seen

A file stays in the inbox until what became of it is settled, and is moved only then: after a crash
it comes again, is known, and is moved. While our own side cannot take it (the queue is full) it
stays where it is and is tried again. Links, devices, folders, hidden and temporary files are never
touched; names in the outbox are made here and never come from a message.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import structlog

from hub.gateway.adapter import Edge
from hub.gateway.boundary import boundary
from hub.gateway.bridge import Parcel
from hub.gateway.counters import Count
from hub.gateway.tasks import together
from protocols.errors import (
    AlreadyCrossed,
    ConfigurationError,
    CrossbandError,
    Trouble,
    UnsafeDocument,
)

MAX_BYTES: Final = 256 * 1024
QUEUE: Final = 1000
"""Parcels that may wait for an outbox that cannot be written to."""
AGAIN_AFTER: Final = 30
"""Looks after which a file that our side could not take is tried again."""
FILES_A_LOOK: Final = 200
TEMPORARY: Final = (".tmp", ".part", ".partial", ".crdownload", ".swp", ".why.txt", "~")
_WRAPPED: Final = {"edxl-de": ".xml"}
"""The ending of what is written in another format than the folder's own."""
_WHY: Final = ".why.txt"

log = structlog.get_logger(__name__)

Signature = tuple[int, int, int]
"""Inode, size and time of the last change: the same twice means that nobody writes any more."""


class Settled(msgspec.Struct, frozen=True):
    """What became of a file: the folder that it belongs into, and why it was refused."""

    folder: Path
    why: str = ""


class FolderAdapter:
    """One inbox and one outbox, for as long as the gateway runs."""

    def __init__(
        self, inbox: Path, outbox: Path, edge: Edge, *, every: float = 1.0, suffix: str = ".txt"
    ) -> None:
        """`every`: seconds between two looks into the inbox. `suffix`: the ending of new files."""
        self._inbox, self._outbox = inbox, outbox
        self._done, self._refused = inbox / "done", inbox / "refused"
        self._edge = edge
        self._every = every
        self._suffix = suffix
        self._seen: dict[str, Signature] = {}
        self._settled: dict[str, tuple[Signature, Settled]] = {}
        self._held: dict[str, int] = {}
        self._waiting: dict[str, Parcel] = {}
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Nothing is listened on."""
        return 0

    def gauges(self) -> Mapping[str, float]:
        """What waits: parcels for the outbox, and files that could not be moved yet."""
        return {"outbox_waiting": len(self._waiting), "inbox_unmoved": len(self._settled)}

    async def start(self) -> None:
        """Make the folders and begin to look; raises `ConfigurationError` where that fails."""
        if self._inbox.resolve() == self._outbox.resolve():
            raise ConfigurationError("inbox and outbox are the same folder")
        for folder in (self._inbox, self._done, self._refused, self._outbox):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigurationError(f"the folder {folder} cannot be made: {error}") from error
        self._task = asyncio.create_task(together(self._watch(), self._write()))

    def deliver(self, parcel: Parcel) -> None:
        """Queue a parcel for the outbox; where too many wait, the oldest gives way."""
        name = self._name(parcel)
        if len(self._waiting) >= QUEUE and name not in self._waiting:
            gone = self._waiting.pop(next(iter(self._waiting)))
            self._edge.counters.add(Count.NOT_SENT)
            log.warning("outbox full", message=gone.message.id)
        self._waiting[name] = parcel
        self._wake.set()

    async def stop(self) -> None:
        """Stop looking; what still waits is written, as far as the disk takes it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self.flush()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.look()
            self._wake.set()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.flush()

    # --- inbox ----------------------------------------------------------------------------------

    async def look(self) -> None:
        """Look once: move what is settled, and take every file that is whole. Never raises."""
        try:
            with boundary("looking into the inbox"):
                await self._look()
        except CrossbandError as error:
            self._edge.counters.add(Count.ADAPTER_FAILURES)
            log.warning("inbox not read", code=error.code, detail=error.detail)

    async def _look(self) -> None:
        try:
            ready = await asyncio.to_thread(self._ready)
        except OSError as error:
            self._failed("listing the inbox", error)
            return
        for name, signature in ready:
            if name in self._settled and self._settled[name][0] == signature:
                await self._move(name)
            elif self._held.get(name, 0) > 0:
                self._held[name] -= 1
            else:
                await self._take(name, signature)

    def _ready(self) -> list[tuple[str, Signature]]:
        """The files that have not changed since the last look, in the order of their names."""
        now: dict[str, Signature] = {}
        with os.scandir(self._inbox) as entries:
            for entry in entries:
                if entry.name.startswith((".", "~")) or entry.name.lower().endswith(TEMPORARY):
                    continue
                with suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        now[entry.name] = (found.st_ino, found.st_size, found.st_mtime_ns)
        ready = [(name, one) for name, one in sorted(now.items()) if self._seen.get(name) == one]
        self._seen = now
        self._settled = {name: one for name, one in self._settled.items() if name in now}
        self._held = {name: left for name, left in self._held.items() if name in now}
        return ready[:FILES_A_LOOK]

    async def _take(self, name: str, signature: Signature) -> None:
        """Read one file and settle what becomes of it."""
        data = await asyncio.to_thread(self._read, name, signature)
        if data is None:
            return
        self._held.pop(name, None)
        source = "".join(letter if letter.isprintable() else "?" for letter in name)
        settled = Settled(self._done)
        try:
            if len(data) > MAX_BYTES:
                raise self._too_large(data[:MAX_BYTES], source, signature[1])
            await self._edge.take(data, source)
        except AlreadyCrossed:
            pass
        except Trouble as error:
            self._held[name] = AGAIN_AFTER
            log.warning("file not taken", file=source, code=error.code)
            return
        except CrossbandError as error:
            settled = Settled(self._refused, self._edge.said(error))
        self._settled[name] = (signature, settled)
        await self._move(name)

    def _read(self, name: str, signature: Signature) -> bytes | None:
        """The bytes of a file, one more than may be; None where it is no longer the same file."""
        try:
            handle = os.open(self._inbox / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            self._failed("reading a file", error)
            return None
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                return None
            if (found.st_ino, found.st_size, found.st_mtime_ns) != signature:
                return None
            return file.read(MAX_BYTES + 1)

    def _too_large(self, beginning: bytes, source: str, size: int) -> UnsafeDocument:
        error = UnsafeDocument(f"The file has {size} bytes; {MAX_BYTES} are allowed.")
        self._edge.refuse(beginning, source, error, size=size)
        return error

    async def _move(self, name: str) -> None:
        """Put a settled file where it belongs; where that fails it is tried at the next look."""
        try:
            await asyncio.to_thread(self._move_file, name, self._settled[name][1])
        except FileNotFoundError:
            pass
        except OSError as error:
            self._failed("moving a file", error)
            return
        self._settled.pop(name, None)

    def _move_file(self, name: str, settled: Settled) -> None:
        target = _free(settled.folder, name)
        if settled.why:
            _write_whole(settled.folder, target.name[:60] + _WHY, settled.why.encode() + b"\n")
        (self._inbox / name).rename(target)

    # --- outbox ---------------------------------------------------------------------------------

    async def flush(self) -> None:
        """Write every parcel that waits, the oldest first; what the disk does not take waits on."""
        async with self._writing:
            for name, parcel in list(self._waiting.items()):
                try:
                    await asyncio.to_thread(_write_whole, self._outbox, name, parcel.data)
                except OSError as error:
                    self._failed("writing to the outbox", error)
                    return
                if self._waiting.get(name) is parcel:
                    del self._waiting[name]

    def _name(self, parcel: Parcel) -> str:
        """The name of a parcel's file: the same parcel always has the same one."""
        moment = parcel.message.sent.strftime("%Y%m%dT%H%M%SZ")
        return f"{moment}-{parcel.message.id}{_WRAPPED.get(parcel.format_name, self._suffix)}"

    # --- trouble --------------------------------------------------------------------------------

    def _failed(self, doing: str, error: OSError) -> None:
        """The disk said no: counted and logged; the gateway goes on."""
        self._edge.counters.add(Count.ADAPTER_FAILURES)
        log.warning("folder trouble", doing=doing, error=str(error))


def _free(folder: Path, name: str) -> Path:
    """A name in that folder that nothing has yet: `form.txt`, `form-1.txt`, `form-2.txt`."""
    target = folder / name
    number = 0
    while os.path.lexists(target):
        number += 1
        target = folder / f"{Path(name).stem[:60]}-{number}{Path(name).suffix[:20]}"
    return target


def _write_whole(folder: Path, name: str, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    hidden = folder / f".{name}.part"
    hidden.unlink(missing_ok=True)
    handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(folder / name)
    except OSError:
        with suppress(OSError):
            hidden.unlink(missing_ok=True)
        raise
