"""Key packages: validated when they come, each one-time one given once, every claim logged."""

from __future__ import annotations

from collections.abc import Sequence

from hub.relay.access import check_membership_change
from hub.relay.effects import Append, Effect, ReadDirectory, Reply
from hub.relay.rounds import Round
from hub.relay.state import Bucket, Seat, State
from hub.store import items
from hub.store.interface import PackageHolder
from protocols.errors import (
    MalformedFrame,
    MLSError,
    PolicyRefused,
    RateLimited,
    UnknownDevice,
)
from protocols.frames import (
    PACKAGES_PER_DEVICE,
    Claim,
    DeviceEntry,
    Devices,
    Directory,
    Package,
    Publish,
)
from protocols.mls.public_group import check_key_package

_MICROSECONDS = 1_000_000


class Packages:
    """The room for `publish`, `claim` and `directory`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def publish(self, seat: Seat, frame: Publish, now: int) -> list[Effect]:
        """Keep a device's own key packages; raises an MLSError for one that does not hold."""
        if len(frame.packages) > PACKAGES_PER_DEVICE:
            raise MalformedFrame(f"a device keeps at most {PACKAGES_PER_DEVICE} key packages here")
        new = [self._check(seat, body, now, last_resort=False) for body in frame.packages]
        if frame.last_resort is not None:
            new.append(self._check(seat, frame.last_resort, now, last_resort=True))
        meta = self._state.meta(count=len(new))
        item = items.PutKeyPackages(seat.identity.device, tuple(new), now, meta)
        return [Append(item, seat.number, frame.ref)]

    def _check(
        self, seat: Seat, body: bytes, now: int, *, last_resort: bool
    ) -> items.NewKeyPackage:
        checked = check_key_package(body, self._state.validator, now // _MICROSECONDS)
        if checked.identity != seat.identity.device:
            raise PolicyRefused(f"a key package of {checked.identity} is not this device's to give")
        if checked.last_resort != last_resort:
            raise MalformedFrame("last-resort key packages are marked so, and only those")
        return items.NewKeyPackage(
            checked.ref, body, checked.not_after * _MICROSECONDS, last_resort
        )

    def claim(self, seat: Seat, frame: Claim, now: int) -> list[Effect]:
        """Give one key package of a device to somebody who may add it; raises a refusal."""
        state = self._state
        channel = state.channel(frame.channel)
        device = seat.identity.device
        identity = channel.check_member(device)
        check_membership_change(identity, channel.charter.creator)
        bucket = state.claims.get(device)
        if bucket is None:
            limits = state.limits
            bucket = Bucket(limits.claims_per_minute / 60, limits.claims_burst)
            state.claims[device] = bucket
        wait = bucket.take(now)
        if wait:
            raise RateLimited("too many key packages were claimed", retry_after=wait)
        meta = state.meta(channel=channel.name)
        return [
            Append(items.ClaimKeyPackage(frame.device, device, now, meta), seat.number, frame.ref)
        ]

    def claimed(self, append: Append, result: items.Result, round_: Round) -> None:
        """The log's answer to a claim."""
        item = append.item
        assert isinstance(item, items.ClaimKeyPackage)
        if isinstance(result, items.Claimed):
            round_.add(Reply(append.connection, Package(append.ref, item.target, result.body)))
        else:
            error = UnknownDevice(f"the hub has no key package of {item.target[:80]!r}")
            round_.add(self._state.refuse(append.connection, append.ref, error))

    def directory(self, seat: Seat, frame: Directory, now: int) -> list[Effect]:
        """Look up who has key packages here; raises `RateLimited`."""
        seat.check_question(now)
        return [ReadDirectory(seat.number, frame.ref)]

    def listed(self, ref: int, holders: Sequence[PackageHolder], now: int) -> Devices:
        """The answer to `directory`: who has key packages here whose certificate still holds."""
        rows = [self._entry(holder, now) for holder in holders]
        return Devices(ref, tuple(row for row in rows if row is not None))

    def _entry(self, holder: PackageHolder, now: int) -> DeviceEntry | None:
        validator = self._state.validator
        try:
            checked = check_key_package(holder.body, validator, now // _MICROSECONDS)
            identity = validator.identity(checked.credential)
        except MLSError:
            return None
        return DeviceEntry(
            identity.device,
            identity.agency,
            identity.country,
            identity.role.value,
            identity.device in self._state.online,
            holder.count,
        )
