"""The encrypted local store: what one incoming entry changes is on disk together, or not at all.

Everything that the engine wants kept is a `Put` or a `Drop`; `Store.apply` writes a list of them
in one transaction. So the cursor, the group state and the history of an entry cannot drift apart,
and killing the process at any moment neither loses nor doubles anything.

Consumed MLS secrets must not survive in the file. Therefore: `secure_delete` zeroes what is
overwritten, and the rollback journal (which holds the old pages while a transaction runs) is cut
to nothing at its end; a write-ahead log would keep them until some later checkpoint. One hole is
left by SQLite: when it balances a tree it moves the beginnings of rows between pages and leaves
copies in the gaps. So a secret row begins with more blank bytes than a tree page ever holds of a
row; the secret itself stands in overflow pages, which are never moved and are zeroed when freed.
(What a file system or a flash disk keeps of overwritten blocks is outside a program's reach.)

The file is locked as long as it is open: two processes with one group state would use one key
twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from enum import StrEnum
from importlib import resources
from pathlib import Path

import apsw
import msgspec

from protocols.client.vault import SALT_BYTES, Vault, require_private
from protocols.errors import LocalStoreError

VERSION = 1
_CHECK = b"crossband local store"


class Table(StrEnum):
    """The nouns of `schema.sql`."""

    CHANNELS = "channels"
    GROUPS = "groups"
    BUNDLES = "bundles"
    OUTBOX = "outbox"
    FATES = "fates"
    HISTORY = "history"
    SEEN = "seen"
    RECEIPTS = "receipts"


SECRET_TABLES = frozenset({Table.GROUPS, Table.BUNDLES})
"""Tables whose old values would open old messages."""
PAGE_BYTES = 4096
BLANK = bytes(1024)
"""Of a WITHOUT ROWID row, a page of 4096 bytes holds at most 1002: (4096 - 12) * 64 / 255 - 23."""


class Put(msgspec.Struct, frozen=True):
    """Keep `value` under (`table`, `name`, `number`), in place of what stood there."""

    table: Table
    name: str
    number: int
    value: bytes


class Drop(msgspec.Struct, frozen=True):
    """Forget what stands under (`table`, `name`, `number`)."""

    table: Table
    name: str
    number: int = 0


Change = Put | Drop


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One value with the name it was put under."""

    name: str
    number: int
    value: bytes


_Sealed = tuple[str, bytes]


class Store:
    """One device's store. Not shared between threads; `open` it, and `close` it at the end."""

    def __init__(self, connection: apsw.Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    @classmethod
    def open(cls, path: Path, passphrase: str | None = None) -> Store:
        """Opens the store, and makes it when the file is absent.

        Without a passphrase the key is the file `<path>.key` (mode 0600). Raises
        `LocalStoreError`: wrong key or passphrase, another process has it open, damaged, unknown
        version, not readable.
        """
        try:
            connection = _connect(path)
        except (apsw.Error, OSError) as error:
            raise LocalStoreError(_sentence(path, error)) from error
        try:
            return cls(connection, _unlock(connection, path, passphrase))
        except apsw.Error as error:
            connection.close()
            raise LocalStoreError(_sentence(path, error)) from error
        except LocalStoreError:
            connection.close()
            raise

    def close(self) -> None:
        """Closes the file and lets another process have it."""
        self._connection.close()

    def apply(self, changes: Sequence[Change]) -> None:
        """Writes all of `changes` in one transaction; raises `LocalStoreError` with none written.

        When it returns, they survive a crash of the process and of the machine.
        """
        if not changes:
            return
        try:
            self._connection.execute("BEGIN")
            for change in changes:
                self._write(change)
            self._connection.execute("COMMIT")
        except apsw.FullError as error:
            raise LocalStoreError(
                "the disk is full: what was to be kept is not, and nothing of it is sent"
            ) from error
        except (apsw.Error, OverflowError) as error:
            raise LocalStoreError(f"the local store cannot be written: {error}") from error
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def get(self, table: Table, name: str, number: int = 0) -> bytes | None:
        """The value under (`table`, `name`, `number`), or None."""
        place = self._place(table, name)
        for (sealed,) in self._query(
            f"SELECT value FROM {table} WHERE place = ? AND number = ?",  # noqa: S608 an enum
            (place, number),
        ):
            return self._open(table, place, number, sealed).value
        return None

    def rows(self, table: Table) -> Iterator[Row]:
        """Every row of a table, by name (in no order of meaning) and number."""
        for place, number, sealed in self._query(
            f"SELECT place, number, value FROM {table} ORDER BY place, number",  # noqa: S608
            (),
        ):
            yield self._open(table, place, number, sealed)

    def after(self, table: Table, name: str, number: int, limit: int = -1) -> list[Row]:
        """The rows of one name with a number above `number`, ascending, at most `limit`."""
        place = self._place(table, name)
        found = self._query(
            f"SELECT number, value FROM {table} WHERE place = ? AND number > ?"  # noqa: S608
            " ORDER BY number LIMIT ?",
            (place, number, limit),
        )
        return [self._open(table, place, number, sealed) for number, sealed in found]

    def latest(self, table: Table, name: str, limit: int) -> list[Row]:
        """The last `limit` rows of one name, ascending."""
        place = self._place(table, name)
        found = self._query(
            f"SELECT number, value FROM {table} WHERE place = ?"  # noqa: S608 an enum
            " ORDER BY number DESC LIMIT ?",
            (place, limit),
        )
        return [self._open(table, place, number, sealed) for number, sealed in found][::-1]

    def _query(self, statement: str, bindings: tuple[bytes | int, ...]) -> list[tuple]:  # type: ignore[type-arg] # rows differ by statement
        try:
            return list(self._connection.execute(statement, bindings))
        except apsw.Error as error:
            raise LocalStoreError(f"the local store cannot be read: {error}") from error

    def _write(self, change: Change) -> None:
        place = self._place(change.table, change.name)
        if isinstance(change, Drop):
            self._connection.execute(
                f"DELETE FROM {change.table} WHERE place = ? AND number = ?",  # noqa: S608
                (place, change.number),
            )
            return
        plain = msgspec.msgpack.encode((change.name, change.value))
        sealed = self._vault.seal(plain, _binding(change.table, place, change.number))
        if change.table in SECRET_TABLES:
            sealed = BLANK + sealed
        self._connection.execute(
            f"INSERT OR REPLACE INTO {change.table} VALUES (?, ?, ?)",  # noqa: S608 an enum
            (place, change.number, sealed),
        )

    def _place(self, table: Table, name: str) -> bytes:
        return self._vault.hide(f"{table}\0{name}")

    def _open(self, table: Table, place: bytes, number: int, sealed: bytes) -> Row:
        if table in SECRET_TABLES:
            sealed = sealed[len(BLANK) :]
        plain = self._vault.open(sealed, _binding(table, place, number))
        name, value = msgspec.msgpack.decode(plain, type=_Sealed)
        return Row(name, number, value)


def _connect(path: Path) -> apsw.Connection:
    if path.exists():
        require_private(path)
    else:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(200)
    for pragma in (
        f"page_size = {PAGE_BYTES}",
        "locking_mode = EXCLUSIVE",
        "secure_delete = ON",
        "journal_mode = TRUNCATE",
        "synchronous = FULL",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    # The exclusive lock is taken with the first write and then held until the end.
    connection.execute("BEGIN EXCLUSIVE; COMMIT")
    return connection


def _unlock(connection: apsw.Connection, path: Path, passphrase: str | None) -> Vault:
    """The vault of an existing store after a check of the key, or that of a new one."""
    version = int(connection.pragma("user_version"))
    if version not in (0, VERSION):
        raise LocalStoreError(f"{path} has version {version}; this program reads {VERSION}")
    fresh = version == 0
    salt = os.urandom(SALT_BYTES) if fresh else _about(connection, "salt")
    key_file = path.with_name(path.name + ".key")
    if passphrase is not None:
        vault = Vault.from_passphrase(passphrase, salt)
    else:
        if not fresh and not key_file.exists():
            raise LocalStoreError(f"{path} needs its passphrase, or its key file {key_file.name}")
        vault = Vault.from_key_file(key_file, create=fresh)
    if not fresh:
        vault.open(_about(connection, "check"), b"check")
        return vault
    schema = resources.files("protocols.client").joinpath("schema.sql").read_text("utf-8")
    with connection:
        connection.execute(schema)
        connection.execute("INSERT INTO about VALUES ('salt', ?)", (salt,))
        connection.execute("INSERT INTO about VALUES ('check', ?)", (vault.seal(_CHECK, b"check"),))
        connection.execute(f"PRAGMA user_version = {VERSION}")
    return vault


def _about(connection: apsw.Connection, name: str) -> bytes:
    for (value,) in connection.execute("SELECT value FROM about WHERE name = ?", (name,)):
        return bytes(value)
    raise LocalStoreError(f"the local store lacks its {name}")


def _binding(table: Table, place: bytes, number: int) -> bytes:
    return f"{table}\0{number}\0".encode() + place


def _sentence(path: Path, error: Exception) -> str:
    if isinstance(error, apsw.BusyError):
        return f"{path} is in use by another process of this device"
    return f"{path} cannot be opened: {error}"
