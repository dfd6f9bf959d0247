"""The way out: what waits in the outbox is sealed for today's members and handed to the link.

A message is sealed as late as possible, when the channel is caught up and the link is there, so
that it is readable to exactly those who are members when it goes. Its bytes and the used-up ratchet
step are kept in one transaction before the frame leaves: a crash in between resends the same bytes
and never uses a key twice.
"""

from __future__ import annotations

import msgspec

from protocols.client.channels import Channel, Standing
from protocols.client.desk import Desk
from protocols.client.fates import Fate
from protocols.client.outbox import Item
from protocols.client.readers import unsealing
from protocols.client.sealing import seal
from protocols.errors import (
    CrossbandError,
    Expired,
    FrameTooLarge,
    IdReused,
    NotAMember,
    PolicyRefused,
    UnknownChannel,
)
from protocols.frames import FRAME_LIMIT, Lane, Send
from protocols.messages import release
from protocols.messages.envelope import Message, Sender, from_json, to_json
from protocols.messages.kinds import Position
from protocols.messages.values import Exercise

OVERHEAD = 512
"""Bytes of a frame that are not payload: padding, header, signature, MLS and frame framing."""
PAYLOAD_LIMIT = FRAME_LIMIT - OVERHEAD


class Writer:
    """Queues messages and sends what is due."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def queue(self, channel: str, message: Message, now: int) -> Fate:
        """Takes a message into the outbox, in the name of this device.

        Raises what would be refused anyway: `UnknownChannel`, `NotAMember`, `RoleRefused`,
        `PolicyRefused` (an exercise channel carries exercise traffic only), `IdReused`.
        """
        desk = self._desk
        known = desk.channels.get(channel)
        if known is None:
            raise UnknownChannel(f"this device is not in a channel called {channel!r}")
        if known.standing is Standing.LEFT:
            raise NotAMember(f"this device was removed from {channel!r}")
        if desk.outbox.fate(message.id) is not None:
            raise IdReused(f"the message {message.id} was queued on this device before")
        sender = Sender.of(desk.own, message.sender.operator)
        message = msgspec.structs.replace(message, sender=sender)
        release.check_sender(desk.own, message)
        check_exercise(known, message)
        track = message.body.track if isinstance(message.body, Position) else None
        return desk.outbox.add(
            channel, message.id, message.lane, to_json(message), now, track=track or ""
        )

    def pump(self, channel: Channel, now: int) -> None:
        """Sends what is due in a channel, in order."""
        desk = self._desk
        group = channel.group
        if group is None or not (channel.live and channel.member and desk.questions.connected):
            return
        if group.proposed:
            # RFC 9420 section 12.4: a commit comes before application data, so that whoever is
            # to be removed is out before anything more is said.
            if waiting := desk.outbox.waiting(channel.name):
                desk.committer(channel.name).hurry(now, urgent=waiting[0].lane == Lane.FLASH)
            return
        gateways = unsealing(channel.record.policy, group.roster)
        for item in desk.outbox.due(channel.name, group.epoch, now):
            if gateways and item.lane != Lane.FLASH:
                continue  # the hub says sealed, the tree says otherwise: it waits, see `readers`
            ready = item
            if desk.outbox.must_encrypt(item, group.epoch):
                try:
                    ready = self._encrypt(channel, item, now)
                except CrossbandError as error:
                    desk.outbox.fail(item.id, error.code, error.detail, error.remedy)
                    continue
            ref = desk.questions.next_ref()
            desk.outbox.handed_over(ready, ref)
            desk.questions.put(Send(ref, ready.body))

    def _encrypt(self, channel: Channel, item: Item, now: int) -> Item:
        desk, group = self._desk, channel.group
        assert group is not None
        message = from_json(item.message)
        if message.header(bytes(32)).expired(now):
            raise Expired("the message's own time limit passed before the link came back")
        roster = group.roster
        payload, header = seal(message, roster, group)
        if len(payload) > PAYLOAD_LIMIT:
            raise FrameTooLarge(
                f"the message has {len(payload)} bytes packed; {PAYLOAD_LIMIT} fit one frame"
            )
        body = group.encrypt(payload, header)
        channel.touched()
        others = [one.device for one in roster if one.device != desk.own.device]
        return desk.outbox.encrypted(item, body, group.epoch, others)


def check_exercise(channel: Channel, message: Message) -> None:
    """An exercise channel carries exercise traffic and nothing else; raises `PolicyRefused`."""
    if channel.record.policy.exercise and message.exercise is not Exercise.EXERCISE:
        raise PolicyRefused("an exercise channel carries only messages marked as exercise")
