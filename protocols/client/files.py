"""Files that must be whole and, some of them, secret: written aside, synced, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from protocols.errors import ConfigurationError, KeyUnreadable

PUBLIC: Final = 0o644
SECRET: Final = 0o600


def write_atomic(path: Path, data: bytes, mode: int = PUBLIC) -> None:
    """Put `data` at `path`: after a crash the file is the old one or the new one, never a part."""
    descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private(folder: Path) -> None:
    """Make a folder that only its owner can enter; one that is there already stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def read(path: Path, what: str) -> bytes:
    """The bytes of a file that must be there; raises `ConfigurationError` naming it."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} ({what}) cannot be read: {error.strerror}") from error


def read_secret(path: Path, what: str) -> bytes:
    """As `read`, and raises `KeyUnreadable` for a file that others on this machine can read."""
    data = read(path, what)
    if path.stat().st_mode & 0o077:
        raise KeyUnreadable(f"{path} ({what}) can be read by others: its mode must be 0600")
    return data
