"""Who is connected: ten connections a device, not too often, every login in the log."""

from __future__ import annotations

from hub.relay.effects import Append, Effect
from hub.relay.state import Bucket, Seat, State
from hub.store.items import AppendEvent
from protocols.errors import CrossbandError, TooManyConnections
from protocols.frames import CONNECTIONS_PER_DEVICE, Ready
from protocols.identity import Identity
from protocols.tlog.entry import Kind


class Connections:
    """The seats of one hub."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._arrivals: dict[str, Bucket] = {}
        limits = state.limits
        self._refusals = Bucket(limits.refusals_per_second, limits.refusals_burst)

    def opened(self, number: int, identity: Identity, remote: str, now: int) -> list[Effect]:
        """Give a device a seat; raises `TooManyConnections`."""
        state, device = self._state, identity.device
        seats = state.online.get(device, {})
        if len(seats) >= CONNECTIONS_PER_DEVICE:
            raise TooManyConnections(f"{device} has {len(seats)} connections already")
        bucket = self._arrivals.get(device)
        if bucket is None:
            limits = state.limits
            bucket = Bucket(limits.connections_per_minute / 60, limits.connections_burst)
            self._arrivals[device] = bucket
        wait = bucket.take(now)
        if wait:
            raise TooManyConnections(f"{device} connects too often", retry_after=wait)
        seat = Seat(number, identity, remote, state.limits)
        state.seats[number] = seat
        if device not in state.online:
            state.online[device] = {}
            for channel in state.channels.values():
                channel.absent.discard(device)
        state.online[device][number] = seat
        state.metrics.logins += 1
        meta = state.meta(remote=remote, role=identity.role.value, unit=identity.unit)
        return [Append(AppendEvent(Kind.LOGIN, device, now, meta=meta))]

    def greeting(self, number: int, packages: int, now: int) -> Ready:
        """What the hub holds for a device."""
        state = self._state
        identity = state.seats[number].identity
        channels = tuple(
            channel.state(identity.device)
            for channel in state.channels.values()
            if state.concerns(channel, identity)
        )
        return Ready(identity.device, now, channels, packages, state.sender)

    def closed(self, number: int) -> None:
        """The seat is empty; a device without any is absent from its channels."""
        state = self._state
        seat = state.seats.pop(number, None)
        if seat is None:
            return
        device = seat.identity.device
        seats = state.online[device]
        del seats[number]
        if not seats:
            del state.online[device]
            for channel in state.channels.values():
                if device in channel.members:
                    channel.absent.add(device)

    def login_refused(self, remote: str, error: CrossbandError, now: int) -> list[Effect]:
        """Log that somebody did not get in, within bounds."""
        state = self._state
        state.metrics.refused(error.code)
        if self._refusals.take(now):
            state.metrics.unlogged_refusals += 1
            return []
        meta = state.meta(code=error.code, detail=error.detail[:400], remote=remote)
        return [Append(AppendEvent(Kind.REFUSAL, state.hub, now, meta=meta))]
