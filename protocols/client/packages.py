"""The stock of key packages with which others add this device while it is away.

Fifty one-time packages and one of last resort lie at the hub. Their private halves are on disk
here before the public halves leave. A one-time half is forgotten when its Welcome was used; the
last resort is replaced once it was used, and forgotten when its lifetime ends, because a claim
may be on its way (RFC 9420 section 16.8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from protocols.client.store import Change, Drop, Put, Table
from protocols.frames import PACKAGES_PER_DEVICE, Publish
from protocols.mls.group import KeyPackageBundle

REFILL_BELOW = PACKAGES_PER_DEVICE // 2
"""The stock is filled up when the hub has fewer than this."""

Make = Callable[[bool], KeyPackageBundle]
"""Makes one bundle; the argument says whether it is one of last resort."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle with what must be known of it. `not_after` is in unix seconds."""

    bundle: bytes
    last_resort: bool
    not_after: int
    used: bool = False


class Packages:
    """The private halves of this device's key packages, by reference."""

    def __init__(self) -> None:
        self._kept: dict[bytes, Kept] = {}
        self._changes: list[Change] = []

    @classmethod
    def load(cls, rows: Iterable[tuple[str, bytes]]) -> Packages:
        """The stock as it was kept: names and values of the table `bundles`."""
        packages = cls()
        for name, value in rows:
            packages._kept[bytes.fromhex(name)] = msgspec.msgpack.decode(value, type=Kept)
        return packages

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, references: Iterable[bytes]) -> tuple[bytes, KeyPackageBundle] | None:
        """The first bundle that one of `references` names, if any is here."""
        for reference in references:
            kept = self._kept.get(reference)
            if kept is not None:
                return reference, KeyPackageBundle.from_bytes(kept.bundle)
        return None

    def refill(self, ref: int, at_hub: int, make: Make, not_after: int, now: int) -> Publish | None:
        """The frame that fills the hub's stock of `at_hub` packages, or None when it is full.

        `now` and `not_after` (the end of the new packages) are in unix seconds.
        """
        self._expire(now)
        fresh_resort = not any(
            kept.last_resort and not kept.used and kept.not_after - now > _HALF_DAY
            for kept in self._kept.values()
        )
        missing = PACKAGES_PER_DEVICE - at_hub if at_hub < REFILL_BELOW else 0
        if not missing and not fresh_resort:
            return None
        public = tuple(self._keep(make(False), False, not_after) for _ in range(missing))
        resort = self._keep(make(True), True, not_after) if fresh_resort else None
        return Publish(ref, public, resort)

    def used(self, reference: bytes) -> bool:
        """A Welcome was joined with this one. True if a new last resort is due."""
        kept = self._kept[reference]
        if not kept.last_resort:
            del self._kept[reference]
            self._changes.append(Drop(Table.BUNDLES, reference.hex()))
            return False
        self._store(reference, msgspec.structs.replace(kept, used=True))
        return True

    def retire(self) -> None:
        """The certificate was renewed: what is published still opens, but is to be replaced."""
        for reference, kept in list(self._kept.items()):
            if kept.last_resort and not kept.used:
                self._store(reference, msgspec.structs.replace(kept, used=True))

    def take_changes(self) -> list[Change]:
        """What is to be kept, in order."""
        changes, self._changes = self._changes, []
        return changes

    def _keep(self, bundle: KeyPackageBundle, last_resort: bool, not_after: int) -> bytes:
        kept = Kept(bundle=bundle.to_bytes(), last_resort=last_resort, not_after=not_after)
        self._store(bundle.ref, kept)
        return bundle.key_package

    def _store(self, reference: bytes, kept: Kept) -> None:
        self._kept[reference] = kept
        self._changes.append(Put(Table.BUNDLES, reference.hex(), 0, msgspec.msgpack.encode(kept)))

    def _expire(self, now: int) -> None:
        for reference in [r for r, kept in self._kept.items() if kept.not_after < now]:
            del self._kept[reference]
            self._changes.append(Drop(Table.BUNDLES, reference.hex()))


_HALF_DAY = 12 * 3600
