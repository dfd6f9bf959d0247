"""What any store offers to the relay: commit batches, read back, prove, check point.

Writing is by values (`hub.store.items`); this file has the values that come back from reading and
the protocol itself. Reading is asynchronous here because a later store may live elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from hub.store.items import Item, Result

Delivery = tuple[int, int, int, bytes | None]
"""(seq, at, kind, body) of an entry as it goes to members; the body is None once erased."""

SignCheckpoint = Callable[[int, bytes], str]
"""Size and root in, signed note out: `protocols.tlog.checkpoint.CheckpointSigner`."""


class ChannelState(msgspec.Struct, frozen=True):
    """What the relay needs of a channel to carry on where the last process stopped."""

    channel: str
    last_seq: int
    first_available: int
    epoch: int
    epoch_seq: int
    handshake_seq: int
    policy: bytes
    group_state: bytes
    group_info: bytes


class Revocation(msgspec.Struct, frozen=True):
    """A revoked device, or one of its certificates where `serial` is not empty."""

    device: str
    serial: str
    at: int
    reason: str


class Snapshot(msgspec.Struct, frozen=True):
    """Everything that is kept hot, as it stands in the log."""

    channels: tuple[ChannelState, ...]
    revoked: tuple[Revocation, ...]
    size: int
    root: bytes
    last_at: int


class Receipt(msgspec.Struct, frozen=True):
    """One step of one recipient in the delivery ledger of a message."""

    device: str
    stage: str
    at: int
    reason: str


class WaitingWelcome(msgspec.Struct, frozen=True):
    """A Welcome that its device has not acknowledged; `seq` is that of the commit that adds it."""

    welcome_id: int
    channel: str
    seq: int
    body: bytes


class PackageHolder(msgspec.Struct, frozen=True):
    """A device that has key packages here: its newest one, and how many one-time ones."""

    device: str
    body: bytes
    count: int


class Store(Protocol):
    """The log behind the relay.

    Every method may raise `StoreUnavailable` (full disk, read or write error) and, after
    `close`, `StoreClosed`.
    """

    @property
    def disk_low(self) -> bool:
        """Whether less than a tenth of the disk is free; looked at once a second at most."""
        ...

    @property
    def size(self) -> int:
        """Entries in the log, committed ones only."""
        ...

    @property
    def commits(self) -> int:
        """Transactions since it was opened."""
        ...

    @property
    def committed(self) -> int:
        """Entries added since it was opened."""
        ...

    @property
    def entries_since_checkpoint(self) -> int:
        """Entries that the last checkpoint does not cover."""
        ...

    @property
    def last_checkpoint(self) -> str:
        """The newest signed note, or an empty string before the first."""
        ...

    def load(self) -> Snapshot:
        """What to keep hot; call once, before the first commit."""
        ...

    async def commit(self, batch: Sequence[Item]) -> list[Result]:
        """Write a batch; returns one result per item once all of it is on disk.

        Raises `StoreUnavailable` when the transaction failed: then nothing of it is in the log.
        """
        ...

    async def entries(self, channel: str, after_seq: int, limit: int = 256) -> list[Delivery]:
        """Up to `limit` deliveries with seq > `after_seq`, ascending."""
        ...

    async def first_available(self, channel: str) -> int:
        """The first seq from which nothing has been pruned, 1 for an unknown channel."""
        ...

    async def last_seq(self, channel: str) -> int:
        """The newest seq, 0 for an empty or unknown channel."""
        ...

    async def ledger(self, channel: str, seq: int) -> list[Receipt]:
        """The steps of all recipients of one message, oldest first."""
        ...

    async def welcomes(self, device: str) -> list[WaitingWelcome]:
        """The device's unacknowledged Welcomes, oldest first."""
        ...

    async def key_package_count(self, device: str, at: int) -> int:
        """One-time key packages that still hold at `at`."""
        ...

    async def key_package_holders(self, at: int) -> list[PackageHolder]:
        """Every device with a key package that holds at `at`, by name."""
        ...

    async def checkpoint(self, sign: SignCheckpoint) -> str:
        """Sign the log as it stands and keep the note; the last one if nothing was added."""
        ...

    async def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """RFC 9162 section 2.1.3; `ValueError` when there is no such entry or size."""
        ...

    async def consistency_proof(self, first: int, second: int) -> list[bytes]:
        """RFC 9162 section 2.1.4; `ValueError` when there is no such size."""
        ...

    async def backup(self, path: Path) -> None:
        """A consistent copy of the whole log for auditors; replaces `path`."""
        ...

    def check_disk(self) -> float:
        """Look now: the free share of the disk, 0 to 1."""
        ...

    def close(self) -> None:
        """Finish the running transaction and release the file."""
        ...
