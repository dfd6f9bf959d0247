"""What a member asks for that changes no group: entries, group state, its Welcomes; and complaints.

Reading has no effect on the log, but for `joined`, which empties the inbox, and `cannot`, which
flags a committer: the hub cannot see whether a commit's secrets open, so its victims say so.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.relay.effects import Append, Effect, Follow, ReadInbox, Reply
from hub.relay.state import Seat, State, tidy
from hub.store.interface import WaitingWelcome
from hub.store.items import AckWelcome, AppendEvent
from protocols.errors import UnexpectedFrame
from protocols.frames import (
    Accepted,
    Ack,
    Cannot,
    Fetch,
    GroupInfo,
    Joined,
    Notice,
    Subscribe,
    Welcome,
)
from protocols.identity import Role
from protocols.tlog.entry import Kind

ERROR_LENGTH = 200


class Reading:
    """The room for `subscribe`, `fetch`, `joined` and `cannot`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def subscribe(self, seat: Seat, frame: Subscribe, now: int) -> list[Effect]:
        """Feed a channel to a member; to a former one up to the commit that removed it."""
        channel = self._state.channel(frame.channel)
        device = seat.identity.device
        last = 0
        if device not in channel.members:
            last = channel.departed.get(device, 0)
            if not last:
                channel.check_member(device)
        if not 0 <= frame.after <= channel.last_seq:
            raise UnexpectedFrame(
                f"{channel.name} has {channel.last_seq} entries, none after {frame.after}: if this "
                "device has more, the hub's log was set back; keep the copy as evidence",
                last_seq=channel.last_seq,
            )
        ack = Ack(frame.ref, last or channel.last_seq, now)
        return [
            Reply(seat.number, Accepted((ack,))),
            Follow(seat.number, channel.name, frame.after, last),
        ]

    def fetch(self, seat: Seat, frame: Fetch, now: int) -> list[Effect]:
        """The GroupInfo of the current epoch, with which a member can rejoin."""
        channel = self._state.channel(frame.channel)
        channel.check_member(seat.identity.device)
        info = GroupInfo(frame.ref, channel.name, channel.epoch_seq, channel.group_info)
        return [Reply(seat.number, info)]

    def joined(self, seat: Seat, frame: Joined, now: int) -> list[Effect]:
        """A Welcome was used and need not be kept."""
        channel = self._state.channel(frame.channel)
        channel.uninvited.discard(seat.identity.device)
        return [ReadInbox(seat.number, seat.identity.device, (frame.channel, frame.seq))]

    def inbox(
        self,
        number: int,
        device: str,
        joined: tuple[str, int] | None,
        welcomes: Iterable[WaitingWelcome],
    ) -> list[Effect]:
        """Hand out the Welcomes that wait, or forget the one that was used."""
        effects: list[Effect] = []
        for welcome in welcomes:
            if joined == (welcome.channel, welcome.seq):
                effects.append(Append(AckWelcome(device, welcome.welcome_id)))
            elif joined is None:
                channel = self._state.channels.get(welcome.channel)
                if channel is not None and device in channel.members:
                    channel.uninvited.add(device)
                frame = Welcome(welcome.channel, welcome.seq, welcome.body)
                effects.append(Reply(number, frame))
        return effects

    def cannot(self, seat: Seat, frame: Cannot, now: int) -> list[Effect]:
        """Flag the sender of an entry that a member cannot apply, and tell who commands."""
        state = self._state
        channel = state.channel(frame.channel)
        device = seat.identity.device
        channel.check_member(device)
        if not 0 < frame.seq <= channel.last_seq:
            raise UnexpectedFrame(f"{channel.name} has entries 1 to {channel.last_seq}")
        seat.check_question(now)
        culprit = channel.senders.get(frame.seq, "")
        error = tidy(frame.error, ERROR_LENGTH)
        state.metrics.committers_flagged += 1
        meta = state.meta(seq=frame.seq, committer=culprit, error=error)
        notice = Notice(
            "flagged",
            f"{device} cannot apply entry {frame.seq} of {channel.name}"
            + (f", sent by {culprit}" if culprit else "")
            + f": {error}",
            "Ask the sender's agency to check that device; the victim rejoins by itself.",
        )
        effects: list[Effect] = [
            Append(AppendEvent(Kind.FLAG, device, now, channel=channel.name, meta=meta))
        ]
        for other in state.seats.values():
            if other.identity.role is Role.COMMAND and state.concerns(channel, other.identity):
                effects.append(Reply(other.number, notice))
        return effects
