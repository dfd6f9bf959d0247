"""What the rooms of the core share: channels, connections, the hub's own name and key, limits.

No behaviour but look-ups and the three ways in which any room answers: reply, refuse, log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from hub.relay.channels import Channel
from hub.relay.effects import Append, Effect, Reply
from hub.store.items import AppendEvent
from protocols.errors import CrossbandError, PolicyRefused, RateLimited, UnknownChannel
from protocols.frames import HubFrame, HubSender, refusal
from protocols.identity import ChainValidator, DeviceKey, Identity, Role, Roots
from protocols.mls.public_group import ExternalSender, PublicGroup, basic, external_senders
from protocols.tlog.entry import Kind

if TYPE_CHECKING:
    from hub.relay.metrics import Metrics


def tidy(text: str, limit: int) -> str:
    """A peer's words as they may stand in logs and notices: cut, and without control characters."""
    return "".join(
        one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text[:limit]
    )


class Bucket:
    """A token bucket: `burst` at once, `rate` a second. Times are UTC microseconds."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = 0

    def take(self, now: int, count: float = 1.0) -> int:
        """0 if it may happen now, else the milliseconds after which it may."""
        grown = max(0, now - self._at) / 1_000_000 * self._rate
        self._tokens = min(self._burst, self._tokens + grown)
        self._at = now
        if self._tokens >= count:
            self._tokens -= count
            return 0
        return int((count - self._tokens) / self._rate * 1000) + 1


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Rates and bounds an operator may set; the defaults fit one machine."""

    claims_per_minute: float = 120.0
    claims_burst: float = 250.0
    changes_per_minute: float = 240.0
    changes_burst: float = 500.0
    """What one device may change: channels opened, policies, proposals, commits."""
    questions_per_minute: float = 60.0
    questions_burst: float = 30.0
    """What one connection may ask or complain that costs others work: `directory`, `cannot`."""
    connections_per_minute: float = 60.0
    connections_burst: float = 60.0
    refusals_per_second: float = 2.0
    refusals_burst: float = 50.0
    """Refusals of one connection that enter the log; what is above is only counted."""
    waiting_handshakes: int = 64
    """Handshakes that wait for one channel, and an eighth of them from one connection."""
    in_flight: int = 4096
    """Items of one connection that wait for the log; those with group state count 256 times."""
    receipts_in_frame: int = 10_000
    backlog: int = 20_000
    """Items waiting for the log beyond which senders are told to slow down."""


class Seat:
    """One logged-in connection, as the core sees it."""

    __slots__ = ("identity", "in_flight", "number", "questions", "refusals", "remote")

    def __init__(self, number: int, identity: Identity, remote: str, limits: Limits) -> None:
        self.number = number
        self.identity = identity
        self.remote = remote
        self.refusals = Bucket(limits.refusals_per_second, limits.refusals_burst)
        self.questions = Bucket(limits.questions_per_minute / 60, limits.questions_burst)
        self.in_flight = 0

    def check_question(self, now: int) -> None:
        """Count a question; raises `RateLimited`."""
        wait = self.questions.take(now)
        if wait:
            raise RateLimited("too many questions on this connection", retry_after=wait)


class State:
    """Shared by all rooms of one core. Times are UTC microseconds."""

    def __init__(
        self,
        *,
        hub: str,
        key: DeviceKey,
        roots: Roots,
        clock: Callable[[], int],
        metrics: Metrics,
        limits: Limits,
    ) -> None:
        self.hub = hub
        self.key = key
        name = basic(hub)
        # An ExternalSender is key and credential; with an empty key one byte stands before it.
        self.sender = HubSender(key.public_key, ExternalSender(b"", name).encoded[1:])
        self._external_senders = external_senders((ExternalSender(key.public_key, name),))
        self.roots = roots
        self.metrics = metrics
        self.limits = limits
        self.validator = ChainValidator(roots, clock)
        self.channels: dict[str, Channel] = {}
        self.groups: dict[bytes, Channel] = {}
        """The same channels by group id, as messages name them."""
        self.seats: dict[int, Seat] = {}
        self.online: dict[str, dict[int, Seat]] = {}
        self.claims: dict[str, Bucket] = {}
        self.changes: dict[str, Bucket] = {}
        self.refusing = ""
        """Why nothing is written at present: `disk`, `busy`, `storage`; empty when all is well."""

    def add_channel(self, channel: Channel) -> None:
        """Make a channel known under its name and group id."""
        self.channels[channel.name] = channel
        self.groups[channel.group.group_id] = channel

    def channel(self, name: str) -> Channel:
        """The channel of this name; raises `UnknownChannel`."""
        channel = self.channels.get(name)
        if channel is None:
            raise UnknownChannel(f"there is no channel {name[:80]!r}")
        return channel

    def check_changes(self, device: str, now: int) -> None:
        """Count a change by this device; raises `RateLimited`."""
        bucket = self.changes.get(device)
        if bucket is None:
            limits = self.limits
            bucket = Bucket(limits.changes_per_minute / 60, limits.changes_burst)
            self.changes[device] = bucket
        wait = bucket.take(now)
        if wait:
            raise RateLimited(f"{device} changes channels too often", retry_after=wait)

    def concerns(self, channel: Channel, identity: Identity) -> bool:
        """Whether a device is told about a channel: its members, and who decides its policy."""
        if identity.device in channel.members:
            return True
        return identity.role is Role.COMMAND and identity.agency in channel.policy.owners

    def check_external_sender(self, group: PublicGroup) -> None:
        """The hub must be the group's only external sender, or it could remove nobody.

        Raises `PolicyRefused`.
        """
        if self._external_senders not in group.extensions:
            raise PolicyRefused("the group's external_senders must name this hub and nobody else")

    def replies(self, device: str, frame: HubFrame) -> list[Effect]:
        """The frame to every connection of a device."""
        return [Reply(number, frame) for number in self.online.get(device, ())]

    def tell_members(self, channel: Channel, make: Callable[[str], HubFrame]) -> list[Effect]:
        """A frame for each member that is connected."""
        return [
            effect
            for device in channel.members
            if device in self.online
            for effect in self.replies(device, make(device))
        ]

    def refuse(self, connection: int, ref: int, error: CrossbandError) -> Reply:
        """The frame that says no."""
        self.metrics.refused(error.code)
        return Reply(connection, refusal(ref, error))

    def log_refusal(
        self, seat: Seat, error: CrossbandError, now: int, channel: str = ""
    ) -> list[Effect]:
        """A REFUSAL entry, unless this connection has had its share of them."""
        if seat.refusals.take(now):
            self.metrics.unlogged_refusals += 1
            return []
        known = channel if channel in self.channels else ""
        meta = self.meta(code=error.code, detail=error.detail[:400], remote=seat.remote)
        device = seat.identity.device
        return [Append(AppendEvent(Kind.REFUSAL, device, now, channel=known, meta=meta))]

    @staticmethod
    def meta(**facts: str | int) -> bytes:
        """Metadata of a log entry: JSON, bound to the log by a salted hash only."""
        return msgspec.json.encode(facts)
