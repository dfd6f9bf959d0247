"""What the agency remembers: codes that are out, devices that are in, devices taken back.

One JSON file, mode 0600, replaced as a whole under a lock, so the commands and the running service
can share it. Of a code only its hash is kept. All times are unix seconds.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from protocols.client.files import SECRET, write_atomic
from protocols.errors import ConfigurationError
from protocols.identity import Role

KEPT: Final = 30 * 24 * 3600
"""Seconds that a code which is used or expired stays, so that whoever tries it is told why."""


class Code(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One enrolment code, by its hash, and the device it was made for."""

    digest: bytes
    name: str
    role: Role
    unit: str
    expires: int
    key: str = ""
    """SHA-256 (hex) of the public key it is for; '' for the first key that comes with the code."""
    used: int = 0
    withdrawn: int = 0


class Enrolled(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A device and its latest certificate."""

    device: str
    role: Role
    unit: str
    key: str
    serial: str
    enrolled: int
    issued: int
    not_after: int
    revoked: int = 0
    reason: str = ""
    earlier: int = 0
    """When an earlier key of this name was revoked: every certificate must begin after it."""


class Book(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The whole register."""

    version: int = 1
    codes: list[Code] = []
    devices: dict[str, Enrolled] = {}

    def find(self, digest: bytes) -> Code | None:
        """The code of this hash."""
        return next((code for code in self.codes if code.digest == digest), None)


class Register:
    """The register in an authority's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "register.json"
        self._lock = folder / "register.lock"

    def read(self) -> Book:
        """The register as it stands; raises `ConfigurationError` when the file is damaged."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Book)
        except FileNotFoundError:
            return Book()
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{self._path} is damaged: {error}") from error

    @contextmanager
    def change(self, now: int) -> Iterator[Book]:
        """The register, to be changed inside the `with`; written if its body ends without error."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, SECRET)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            book = self.read()
            yield book
            book.codes = [code for code in book.codes if now < code.expires + KEPT]
            data = msgspec.json.format(msgspec.json.encode(book), indent=1)
            write_atomic(self._path, data + b"\n", SECRET)
        finally:
            os.close(descriptor)
