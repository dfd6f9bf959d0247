"""Seals what is kept on this device's disk: AES-256-GCM under one key that never leaves it.

The key is 32 random bytes in a file that only its owner can read, or it is derived from a
passphrase with scrypt (RFC 7914). Every value is bound to the place it stands in, so a row cannot
be moved to another key, and names appear in the file only as keyed hashes.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from protocols.errors import LocalStoreError

KEY_BYTES = 32
SALT_BYTES = 16
_NONCE_BYTES = 12
_SCRYPT_COST = 2**15
_SCRYPT_BLOCK = 8


class Vault:
    """Seals and opens values. `key` is 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise LocalStoreError(f"the store key has {len(key)} bytes instead of {KEY_BYTES}")
        self._cipher = AESGCM(_derive(key, b"values"))
        self._names = _derive(key, b"names")

    @classmethod
    def from_passphrase(cls, passphrase: str, salt: bytes) -> Vault:
        """The vault of a passphrase; `salt` is 16 random bytes kept beside the values."""
        kdf = Scrypt(salt=salt, length=KEY_BYTES, n=_SCRYPT_COST, r=_SCRYPT_BLOCK, p=1)
        return cls(kdf.derive(passphrase.encode()))

    @classmethod
    def from_key_file(cls, path: Path, *, create: bool) -> Vault:
        """The vault of a key file, which `create` makes with mode 0600 when it is absent.

        Raises `LocalStoreError` if the file cannot be read, is missing, or if others may read it.
        """
        try:
            if create and not path.exists():
                _write_private(path, os.urandom(KEY_BYTES))
            require_private(path)
            return cls(path.read_bytes())
        except OSError as error:
            raise LocalStoreError(f"the store key {path} cannot be used: {error}") from error

    def seal(self, value: bytes, place: bytes) -> bytes:
        """`value` encrypted so that it opens only at `place`: nonce and AES-256-GCM output."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """What `seal` was given; raises `LocalStoreError` for another key, place or content."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
        except (InvalidTag, ValueError) as error:
            raise LocalStoreError(
                "a value in the local store does not open with this key or passphrase"
            ) from error

    def hide(self, name: str) -> bytes:
        """The 16 bytes under which `name` stands in the file: stable, not reversible."""
        return hmac.digest(self._names, name.encode(), hashlib.sha256)[:16]


def require_private(path: Path) -> None:
    """Raises `LocalStoreError` if anyone but the owner may read or write the file."""
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise LocalStoreError(
            f"{path} can be read by others (mode {mode:04o}); set it to 0600 with chmod"
        )


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _derive(key: bytes, purpose: bytes) -> bytes:
    """One key for one purpose: HMAC-SHA256 as a PRF of a uniformly random key."""
    return hmac.digest(key, b"crossband local store " + purpose, hashlib.sha256)
