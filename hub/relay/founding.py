"""Opening a channel, and what its owners decide about it afterwards."""

from __future__ import annotations

from hub.relay.access import (
    ask,
    check_admission,
    check_create,
    check_name,
    check_policy,
    open_with,
)
from hub.relay.channels import Channel, Charter
from hub.relay.effects import Append, Effect, Reply
from hub.relay.rounds import Round
from hub.relay.state import Seat, State
from hub.store import items
from protocols.errors import ChannelExists, NotAMember, PolicyRefused
from protocols.frames import Channel as ChannelFrame
from protocols.frames import Create, SetPolicy
from protocols.mls.public_group import PublicGroup


class Founding:
    """The room for `create` and `policy`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def create(self, seat: Seat, frame: Create, now: int) -> list[Effect]:
        """Check a new channel's name, policy and group; raises what it is refused with."""
        state, identity, policy = self._state, seat.identity, frame.policy
        check_name(frame.channel)
        if frame.channel in state.channels:
            raise ChannelExists(f"there is a channel {frame.channel!r} already")
        check_create(identity, policy, state.roots.agencies)
        standing = open_with(policy, identity.agency)
        state.check_changes(identity.device, now)
        group = PublicGroup.from_group_info(frame.group_info, validator=state.validator)
        if group.group_id != frame.channel.encode():
            raise PolicyRefused("the MLS group id is not the channel's name")
        if group.epoch:
            raise PolicyRefused("a channel is opened with a new group, at its epoch 0")
        if group.suite != policy.suite:
            raise PolicyRefused(f"the group is of suite {group.suite}, the policy says otherwise")
        state.check_external_sender(group)
        charter = Charter.of(standing, identity.device)
        channel = Channel(frame.channel, charter, group, frame.group_info)
        channel.set_members(state.validator)
        if identity.device not in channel.members:
            raise NotAMember("who opens a channel must be a member of its group")
        for member in channel.members.values():
            check_admission(standing.policy, member)
        item = items.CreateChannel(
            frame.channel,
            identity.device,
            charter.encode(),
            group.epoch,
            channel.record(group),
            frame.group_info,
            now,
        )
        return [Append(item, seat.number, frame.ref, channel)]

    def created(self, append: Append, result: items.Result, round_: Round) -> None:
        """The log's answer to a new channel."""
        state, channel = self._state, append.note
        assert isinstance(channel, Channel)
        if not isinstance(result, items.Committed):
            error = ChannelExists(f"there is a channel {channel.name!r} already")
            round_.add(state.refuse(append.connection, append.ref, error))
            return
        channel.epoch_at = result.at
        channel.absent = {device for device in channel.members if device not in state.online}
        state.add_channel(channel)
        round_.ack(append.connection, append.ref, 0, result.at)
        self._announce(channel, round_)

    def set_policy(self, seat: Seat, frame: SetPolicy, now: int) -> list[Effect]:
        """Note what an owner asks for or agrees to; raises what it is refused with."""
        state = self._state
        channel = state.channel(frame.channel)
        check_policy(frame.policy, state.roots.agencies)
        charter = channel.charter
        state.check_changes(seat.identity.device, now)
        standing = ask(charter.standing, frame.policy, seat.identity, channel.members.values())
        after = Charter.of(standing, charter.creator)
        item = items.SetPolicy(channel.name, seat.identity.device, after.encode(), now)
        channel.busy = True
        return [Append(item, seat.number, frame.ref, after)]

    def policy_set(self, append: Append, result: items.Result, round_: Round) -> None:
        """The log's answer to a policy."""
        item, charter = append.item, append.note
        assert isinstance(item, items.SetPolicy)
        assert isinstance(charter, Charter)
        channel = self._state.channels[item.channel]
        channel.busy = False
        if isinstance(result, items.Committed):
            channel.charter = charter
            round_.ack(append.connection, append.ref, 0, result.at)
            self._announce(channel, round_)

    def _announce(self, channel: Channel, round_: Round) -> None:
        """Tell members, and the owners' command devices that are not members but may decide."""
        state = self._state
        for seat in state.seats.values():
            if state.concerns(channel, seat.identity):
                told = ChannelFrame(channel.name, channel.state(seat.identity.device))
                round_.add(Reply(seat.number, told))
