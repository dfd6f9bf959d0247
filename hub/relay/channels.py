"""What the relay keeps hot of each channel: group state without secrets, policy, place in the log.

Everything here can be made again from the log. Two values go into the log as opaque bytes: the
`Charter` (policy, what is asked for, who opened it) and the `GroupRecord` (public group and who
has left), written in the transaction of the entry that changes them.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import msgspec

from hub.relay.access import Asking
from hub.store.interface import ChannelState as StoredChannel
from protocols.errors import NotAMember
from protocols.frames import ChannelState, Handshake, Policy, Propose, SetPolicy
from protocols.identity import ChainValidator, Identity
from protocols.mls.public_group import PublicGroup

SENDERS_KEPT = 4096
"""Newest entries of a channel whose sender is remembered, so that it can be told of receipts."""
GRACE_MICROSECONDS = 5_000_000
"""How long messages of the epoch before are still taken after a commit."""


class Charter(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands in the log's policy entries: JSON."""

    policy: Policy
    creator: str
    asked: Policy | None = None
    agreed: tuple[str, ...] = ()

    @classmethod
    def of(cls, standing: Asking, creator: str) -> Charter:
        """The charter of a channel with this standing."""
        return cls(standing.policy, creator, standing.asked, standing.agreed)

    @property
    def standing(self) -> Asking:
        """The policy in force and the one asked for."""
        return Asking(self.policy, self.asked, self.agreed)

    def encode(self) -> bytes:
        """JSON, as it stands in the log."""
        return msgspec.json.encode(self)


class GroupRecord(msgspec.Struct, frozen=True, array_like=True):
    """The public group, and up to which entry each device that left may still read.

    -1 stands for the commit that this record is written with: its number is not known before.
    """

    group: bytes
    departed: dict[str, int]


class Waiting(NamedTuple):
    """A handshake frame that came while another of its channel was being written."""

    connection: int
    frame: Handshake | Propose | SetPolicy


class Channel:
    """One channel."""

    __slots__ = (
        "absent",
        "busy",
        "charter",
        "departed",
        "epoch_at",
        "epoch_seq",
        "first_available",
        "group",
        "group_info",
        "handshake_seq",
        "last_seq",
        "members",
        "name",
        "removals",
        "senders",
        "uninvited",
        "waiting",
    )

    def __init__(self, name: str, charter: Charter, group: PublicGroup, group_info: bytes) -> None:
        self.name = name
        self.charter = charter
        self.group = group
        self.group_info = group_info
        self.members: dict[str, Identity] = {}
        self.departed: dict[str, int] = {}
        self.last_seq = 0
        self.first_available = 1
        self.epoch_seq = 0
        self.epoch_at = 0
        self.handshake_seq = 0
        self.busy = False
        """A handshake is on its way to the log; others wait."""
        self.waiting: deque[Waiting] = deque()
        self.removals: dict[str, bytes] = {}
        """Devices that the hub has proposed to remove in this epoch, with the proposal's ref."""
        self.uninvited: set[str] = set()
        """Members that have not used their Welcome yet, as far as this process knows."""
        self.absent: set[str] = set()
        """Members without a connection."""
        self.senders: dict[int, str] = {}

    @classmethod
    def load(cls, stored: StoredChannel, validator: ChainValidator, now: int) -> Channel:
        """The channel as the log has it. Members keep their places however old their papers."""
        record = msgspec.msgpack.decode(stored.group_state, type=GroupRecord)
        group = PublicGroup.from_bytes(record.group, validator=validator)
        charter = msgspec.json.decode(stored.policy, type=Charter)
        channel = cls(stored.channel, charter, group, stored.group_info)
        channel.last_seq = stored.last_seq
        channel.first_available = stored.first_available
        channel.epoch_seq = stored.epoch_seq
        channel.epoch_at = now
        channel.handshake_seq = stored.handshake_seq
        channel.departed = {
            device: stored.epoch_seq if seq < 0 else seq for device, seq in record.departed.items()
        }
        channel.set_members(validator)
        channel.absent = set(channel.members)
        return channel

    @property
    def epoch(self) -> int:
        """The group's current epoch."""
        return self.group.epoch

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.charter.policy

    def set_members(self, validator: ChainValidator) -> None:
        """Read the members off the group's tree."""
        identities = (validator.identity(member.credential) for member in self.group.members())
        self.members = {identity.device: identity for identity in identities}

    def leaf_of(self, device: str) -> int | None:
        """The leaf index of a member's device."""
        for member in self.group.members():
            if member.identity == device:
                return member.leaf
        return None

    def record(self, group: PublicGroup, leaving: tuple[str, ...] = ()) -> bytes:
        """The group record to write with a handshake that leads to `group`."""
        departed = {**self.departed, **dict.fromkeys(leaving, -1)}
        return msgspec.msgpack.encode(GroupRecord(group.to_bytes(), departed))

    def check_member(self, device: str) -> Identity:
        """The member's identity; raises `NotAMember`."""
        identity = self.members.get(device)
        if identity is None:
            raise NotAMember(f"{device} is not a member of {self.name}")
        return identity

    def accepts_epoch(self, epoch: int, now: int) -> bool:
        """Whether a message of this epoch is taken: the current one, or just now the one before."""
        if epoch == self.group.epoch:
            return True
        return epoch == self.group.epoch - 1 and now - self.epoch_at <= GRACE_MICROSECONDS

    def remember_sender(self, seq: int, device: str) -> None:
        """Note who sent an entry, so that receipts can be pushed; the oldest note goes."""
        self.senders[seq] = device
        self.senders.pop(seq - SENDERS_KEPT, None)

    def state(self, device: str) -> ChannelState:
        """What a device is told about the channel."""
        charter = self.charter
        return ChannelState(
            channel=self.name,
            epoch=self.group.epoch,
            last_seq=self.last_seq,
            first_available=self.first_available,
            policy=charter.policy,
            agreed=charter.agreed,
            asked=charter.asked,
            member=device in self.members,
        )
