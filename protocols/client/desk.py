"""What the parts of the engine share: who this device is, what it holds, and what is to happen.

Effects are values. The shell takes them in this order and does them in this order: changes to the
store in one transaction, then frames to the hub, then events to the program. So nothing is told to
anyone that a crash could undo.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Protocol

from protocols.client.channels import Channel, Record, Standing
from protocols.client.commits import Committer
from protocols.client.device import Device
from protocols.client.events import ChannelChanged, ChannelView, Event, FateChanged, Noticed
from protocols.client.groups import MemberGroup
from protocols.client.outbox import Outbox
from protocols.client.packages import Packages
from protocols.client.questions import Questions
from protocols.client.receipts import Receipts
from protocols.client.store import Change, Put, Row, Table
from protocols.clock import Clock
from protocols.errors import CrossbandError, MLSError
from protocols.frames import ChannelState, ClientFrame, HubSender
from protocols.identity import ChainValidator, Identity, Role
from protocols.mls.credentials import x509_credential

CERTIFICATE_GRACE = 7 * 24 * 3600
"""Seconds for which an ended certificate still passes in a tree: see `ChainValidator`."""


class Rows(Protocol):
    """Where the kept rows are read from at the start; `store.Store` is one."""

    def rows(self, table: Table) -> Iterable[Row]: ...
    def get(self, table: Table, name: str, number: int = 0) -> bytes | None: ...


class Desk:
    """State shared by the parts of one engine. `now` everywhere: UTC microseconds."""

    def __init__(
        self, device: Device, rows: Rows, clock: Clock, chance: Callable[[], float] | None
    ) -> None:
        self.be(device)
        self.validator = ChainValidator(device.roots, clock, grace=CERTIFICATE_GRACE)
        self.random = chance or random.SystemRandom().random
        self.questions = Questions()
        self.receipts = Receipts.load(rows.rows(Table.RECEIPTS))
        self.packages = Packages.load((row.name, row.value) for row in rows.rows(Table.BUNDLES))
        self.outbox = Outbox.load(
            [row.value for row in rows.rows(Table.OUTBOX)],
            [row.value for row in rows.rows(Table.FATES)],
        )
        self.hub: HubSender | None = None
        self.states: dict[str, ChannelState] = {}
        """What the hub last said of each channel, those not joined yet included."""
        self.channels: dict[str, Channel] = {}
        self._committers: dict[str, Committer] = {}
        self._changes: list[Change] = []
        self._events: list[Event] = []
        self._rows = rows
        self._fresh: dict[str, int] = {}
        """Message ids seen since the last `take_changes`, with their entries."""
        self._load_channels(rows)

    def be(self, device: Device) -> None:
        """Speaks as this device: at the start, and again when its certificate was renewed."""
        self.device = device
        self.own = device.identity
        self.credential = x509_credential(device.chain)

    def _load_channels(self, rows: Rows) -> None:
        kept = {row.name: row.value for row in rows.rows(Table.GROUPS)}
        for row in rows.rows(Table.CHANNELS):
            channel = self.channels[row.name] = Channel.load(row.value, None)
            if row.name not in kept:
                continue
            try:
                channel.group = MemberGroup.load(kept[row.name], self.device.key, self.validator)
            except MLSError as error:
                channel.lose()
                self.notice(error, row.name)

    # --- questions ------------------------------------------------------------------------------

    def committer(self, channel: str) -> Committer:
        """The queue of membership changes of a channel."""
        if channel not in self._committers:
            self._committers[channel] = Committer(self.own, self.random)
        return self._committers[channel]

    def view(self, channel: Channel) -> ChannelView:
        """The channel as a program sees it."""
        record = channel.record
        roster = () if channel.group is None else channel.group.roster
        return ChannelView(
            channel=channel.name,
            state=channel.standing.value,
            live=channel.live,
            cursor=channel.cursor,
            epoch=-1 if channel.group is None else channel.group.epoch,
            policy=record.policy,
            asked=record.asked,
            agreed=record.agreed,
            sealed=not record.policy.gatewayed and not any(map(_is_gateway, roster)),
        )

    def learn(self, state: ChannelState) -> bool:
        """Keeps what the hub says of a channel; True if it is news about one known here."""
        self.states[state.channel] = state
        channel = self.channels.get(state.channel)
        return channel is not None and channel.update(state=state)

    def open_channel(self, name: str) -> Channel:
        """The channel of this name; a new one stands as `left` until its group is there."""
        if name not in self.channels:
            self.channels[name] = Channel(Record(channel=name, standing=Standing.LEFT), None)
        channel = self.channels[name]
        if name in self.states:
            channel.update(state=self.states[name])
        return channel

    def first_seen(self, channel: str, message_id: str, seq: int) -> int:
        """The entry in which this message id was first seen here: `seq` if it is this one."""
        name = f"{channel}\0{message_id}"
        if name in self._fresh:
            return self._fresh[name]
        kept = self._rows.get(Table.SEEN, name)
        if kept is not None:
            return int.from_bytes(kept, "big")
        self._fresh[name] = seq
        self.keep(Put(Table.SEEN, name, 0, seq.to_bytes(8, "big")))
        return seq

    # --- effects --------------------------------------------------------------------------------

    def keep(self, change: Change) -> None:
        """A change to the store, in the transaction of what is being handled now."""
        self._changes.append(change)

    def tell(self, event: Event) -> None:
        """An event, told once everything of this moment is kept."""
        self._events.append(event)

    def notice(self, error: CrossbandError, channel: str = "") -> None:
        """Something that the person at this device must know."""
        self.tell(Noticed(error.code, error.detail, error.remedy, channel))

    def changed(self, channel: Channel) -> None:
        """Says how a channel stands now."""
        self.tell(ChannelChanged(channel.name, self.view(channel)))

    def take_changes(self) -> list[Change]:
        """Everything to be kept, in order."""
        changes, self._changes = self._changes, []
        self._fresh.clear()
        for channel in self.channels.values():
            changes += channel.take_changes()
        changes += self.outbox.take_changes()
        changes += self.packages.take_changes()
        return changes + self.receipts.take_changes()

    def take_frames(self) -> list[ClientFrame]:
        """Everything to be sent, in order; receipts last."""
        if self.questions.connected:
            for receipt in self.receipts.flush(self.questions.last_ref):
                self.questions.put(receipt)
        return self.questions.take_frames()

    def take_events(self) -> list[Event]:
        """Everything to be told, in order; fates last, each once."""
        events, self._events = self._events, []
        return [*events, *map(FateChanged, self.outbox.take_fates())]


def _is_gateway(member: Identity) -> bool:
    return member.role is Role.GATEWAY
