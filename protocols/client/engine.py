"""The engine: frames of the hub and wishes of the program in; changes, frames and events out.

    receive(frame, now)          one frame of the hub
    tick(now)                    time has passed; `wake_at()` says when that will matter
    create add remove send mark  what the program wants
    take_changes()               to be kept, in one transaction
    take_frames()                to be sent, once that is on disk
    take_events()                to be told, once that is on disk

What it decides itself is little (this is a long file because each frame and each wish has its line
here): reading, writing, membership and the stock of key packages have files of their own.

It reads no clock, no file and no socket. Every number of `now` is UTC microseconds. If a change
cannot be kept, the engine is ahead of the disk: throw it away and make a new one from the store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from protocols.client.channels import Broken, Channel, Missing
from protocols.client.commits import Wish
from protocols.client.desk import Desk, Rows
from protocols.client.device import Device
from protocols.client.events import ChannelView, Done, Event, Noticed
from protocols.client.fates import Fate
from protocols.client.groups import Passed
from protocols.client.membership import Membership
from protocols.client.plausible import LONGEST_WAIT, check
from protocols.client.reading import Reader
from protocols.client.refusals import error_of
from protocols.client.store import Change
from protocols.client.suites import offered
from protocols.client.writing import Writer
from protocols.clock import Clock
from protocols.errors import (
    CertificateExpired,
    FrameRefused,
    MLSError,
    UnexpectedFrame,
    UnknownChannel,
)
from protocols.frames import (
    Accepted,
    CaughtUp,
    ClientFrame,
    Devices,
    Directory,
    Entry,
    GroupInfo,
    HubFrame,
    Ledger,
    Notice,
    Package,
    Policy,
    Pruned,
    Publish,
    Ready,
    Refusal,
    SetPolicy,
    SlowDown,
    Stage,
    Superseded,
    Trace,
    Welcome,
)
from protocols.frames import Channel as ChannelFrame
from protocols.identity import Identity
from protocols.messages.envelope import Message
from protocols.mls.group import KeyPackageBundle, new_key_package
from protocols.mls.header import peek

_SECOND = 1_000_000
PACKAGE_LIFETIME = 28 * 24 * 3600
"""Seconds that a key package is good for at most; its certificate may end before."""
PACKAGE_SKEW = 3600
"""Seconds by which a key package begins early, for clocks that run slow."""


class Engine:
    """One device's side of everything. `chance` gives numbers from 0 to 1 for jitter."""

    def __init__(
        self,
        device: Device,
        rows: Rows,
        clock: Clock,
        *,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._desk = Desk(device, rows, clock, chance)
        self._reader = Reader(self._desk)
        self._writer = Writer(self._desk)
        self._membership = Membership(self._desk)
        self._operation = 0
        self._packages_at_hub = 0
        self._publishing = 0
        self._expiry_told = False

    # --- the link -------------------------------------------------------------------------------

    def connected(self, ready: Ready, now: int) -> None:
        """The hub has accepted the login. Raises `MalformedFrame` for a greeting that cannot be."""
        desk = self._desk
        check(ready, desk.own.device)
        desk.hub = ready.sender
        desk.questions.link_up()
        for state in ready.channels:
            desk.learn(state)
        listed = {state.channel for state in ready.channels if state.member}
        self._membership.link_up(listed, now)
        self._packages_at_hub = ready.packages
        self._refill(now)

    def disconnected(self) -> None:
        """The link is gone."""
        desk = self._desk
        self._publishing = 0
        desk.questions.link_down()
        desk.outbox.cut()
        desk.receipts.cut()
        self._membership.link_down()

    def renewed(self, device: Device, now: int) -> None:
        """The device's certificate was renewed: new key packages, new leaves."""
        desk = self._desk
        desk.be(device)
        self._expiry_told = False
        if desk.questions.connected:
            self._packages_at_hub = 0
            desk.packages.retire()
            self._refill(now)
        for channel in desk.channels.values():
            if channel.live:
                self._renew(channel, now)

    # --- frames ---------------------------------------------------------------------------------

    def receive(self, frame: HubFrame, now: int) -> None:
        """Takes one frame of the hub, after `connected`.

        What cannot be is told and changes nothing; no error comes out of here.
        """
        try:
            check(frame, self._desk.own.device)
            self._take(frame, now)
        except FrameRefused as error:
            self._desk.notice(error)

    def _take(self, frame: HubFrame, now: int) -> None:
        match frame:
            case Entry():
                self._entry(frame, now)
            case Accepted():
                self._accepted(frame, now)
            case Refusal():
                self._refused(frame, now)
            case SlowDown():
                self._slowed(frame, now)
            case Package() | GroupInfo() | Devices():
                self._answer(frame.ref, frame, now)
            case Ledger():
                self._desk.outbox.ledger(
                    frame.channel, frame.seq, frame.rows, self._desk.own.device
                )
                if frame.ref:
                    self._answer(frame.ref, frame, now)
            case CaughtUp():
                self._caught_up(frame, now)
            case Pruned():
                self._pruned(frame)
            case Superseded():
                self._superseded(frame)
            case Welcome():
                self._membership.welcome(frame, now)
                self._refill(now)
            case ChannelFrame():
                self._channel(frame)
            case Notice():
                self._desk.tell(Noticed(frame.code, frame.detail, frame.remedy))
            case _:
                raise UnexpectedFrame(f"the hub sent {type(frame).__name__}")

    def _entry(self, entry: Entry, now: int) -> None:
        try:
            name = peek(entry.body).group_id.decode()
        except (MLSError, UnicodeDecodeError) as error:
            detail = f"entry {entry.seq} belongs to no channel: {error}"
            self._desk.tell(Noticed("malformed_frame", detail, "Tell the hub's operator."))
            return
        channel = self._desk.channels.get(name)
        if channel is None or channel.asked_again:
            return  # left while it was on its way, or about to come again in order
        outcome = channel.take(entry, now // _SECOND)
        match outcome:
            case Missing():
                channel.asked_again = True
                self._membership.subscribe(channel)
            case Broken():
                self._membership.broken(channel, outcome)
            case Passed():
                self._membership.passed(channel, outcome, now)
                if channel.member:
                    self._reader.passed_over(channel)
                self._go_on(channel, now)
            case _:
                self._reader.message(channel, outcome)

    def _accepted(self, frame: Accepted, now: int) -> None:
        touched: set[str] = set()
        for ack in frame.acks:
            channel = self._desk.outbox.accepted(ack.ref, ack.seq, ack.time)
            if channel is not None:
                touched.add(channel)
                self._desk.receipts.answered(ack.ref)
            else:
                self._answer(ack.ref, frame, now)
        for name in touched & self._desk.channels.keys():
            self._go_on(self._desk.channels[name], now)

    def _refused(self, refusal: Refusal, now: int) -> None:
        if refusal.ref and self._desk.outbox.refused(refusal, now):
            self._desk.receipts.answered(refusal.ref)
            for channel in self._desk.channels.values():
                self._writer.pump(channel, now)
        elif not self._answer(refusal.ref, refusal, now):
            self._desk.tell(Noticed(refusal.code, refusal.detail, refusal.remedy))

    def _answer(self, ref: int, frame: HubFrame, now: int) -> bool:
        self._desk.receipts.answered(ref)
        return self._desk.questions.answered(ref, frame, now)

    def _slowed(self, frame: SlowDown, now: int) -> None:
        until = now + min(frame.retry_after, LONGEST_WAIT) * 1000
        if not self._desk.outbox.slowed(frame.ref, until):
            self._desk.questions.slowed(frame.ref, until)

    def _caught_up(self, frame: CaughtUp, now: int) -> None:
        channel = self._desk.channels.get(frame.channel)
        if channel is None or channel.asked_again:
            return
        if frame.seq > channel.cursor:
            self._membership.subscribe(channel)
            return
        if epoch := self._missed_epoch(channel):
            self._membership.missed(channel, epoch)
            return
        channel.live = True
        self._desk.changed(channel)
        self._renew(channel, now)
        if channel.group is not None and channel.group.proposed:
            self._desk.committer(channel.name).outstanding(now)
        self._go_on(channel, now)

    def _missed_epoch(self, channel: Channel) -> int:
        """The hub's epoch, if the commits that lead there are behind the cursor; 0 otherwise."""
        state, group = self._desk.states.get(channel.name), channel.group
        if state is None or group is None or not channel.member:
            return 0
        behind = state.last_seq <= channel.cursor and state.epoch > group.epoch
        return state.epoch if behind else 0

    def _pruned(self, frame: Pruned) -> None:
        channel = self._desk.channels.get(frame.channel)
        if channel is None or frame.first_available <= channel.cursor + 1:
            return
        missed = f"{channel.cursor + 1} to {frame.first_available - 1}"
        channel.update(cursor=frame.first_available - 1)
        self._desk.tell(
            Noticed(
                "pruned",
                f"entries {missed} are not kept by the hub any more",
                "Ask another member for what was said; the log still proves that it was.",
                channel.name,
            )
        )

    def _superseded(self, frame: Superseded) -> None:
        channel = self._desk.channels.get(frame.channel)
        if channel is None or channel.asked_again:
            return
        if not channel.skip(frame.seqs):
            channel.asked_again = True
            self._membership.subscribe(channel)

    def _channel(self, frame: ChannelFrame) -> None:
        if self._desk.learn(frame.state):
            channel = self._desk.channels[frame.channel]
            self._desk.changed(channel)
            if channel.member:
                self._membership.tell_uninvited(channel)

    def _go_on(self, channel: Channel, now: int) -> None:
        self._membership.advance(channel, now)
        self._writer.pump(channel, now)

    # --- wishes ---------------------------------------------------------------------------------

    def create(self, channel: str, policy: Policy, now: int) -> int:
        """Opens a channel; returns the operation whose `Done` tells the end, like all below."""
        operation = self._next_operation()
        self._membership.create(operation, channel, policy, now)
        return operation

    def add(self, channel: str, devices: Sequence[str], now: int) -> int:
        """Adds devices; done when the log shows it."""
        operation = self._next_operation()
        self._membership.wish(channel, Wish(operation=operation, add=tuple(devices)), now)
        return operation

    def remove(self, channel: str, devices: Sequence[str], now: int) -> int:
        """Removes devices; done when the log shows it."""
        operation = self._next_operation()
        self._membership.wish(channel, Wish(operation=operation, remove=tuple(devices)), now)
        return operation

    def set_policy(self, channel: str, policy: Policy) -> int:
        """Asks for, or agrees to, a policy."""
        return self._ask(SetPolicy(0, channel, policy))

    def directory(self) -> int:
        """Asks which devices can be added; `Done.answer` is the `Devices` frame."""
        return self._ask(Directory(0))

    def trace(self, channel: str, seq: int) -> int:
        """Asks for the delivery ledger of an entry; `Done.answer` is the `Ledger` frame."""
        return self._ask(Trace(0, channel, seq))

    def send(self, channel: str, message: Message, now: int) -> Fate:
        """Queues a message; see `Writer.queue` for what is refused at once."""
        fate = self._writer.queue(channel, message, now)
        self._writer.pump(self._desk.channels[channel], now)
        return self._desk.outbox.fate(message.id) or fate

    def mark(self, channel: str, seqs: Sequence[int], stage: Stage) -> None:
        """Entries were shown to, or acknowledged by, the person at this device."""
        if channel not in self._desk.channels:
            raise UnknownChannel(f"this device is not in a channel called {channel!r}")
        for seq in seqs:
            self._desk.receipts.add(channel, seq, stage)

    # --- questions ------------------------------------------------------------------------------

    @property
    def addable(self) -> bool:
        """Whether the hub holds this device's key packages, so that others can add it."""
        return self._desk.questions.connected and not self._publishing

    def roster(self, channel: str) -> tuple[Identity, ...]:
        """Who can read a channel; raises `UnknownChannel`, and is empty where this device left."""
        group = self._known(channel).group
        return () if group is None else group.roster

    def channel(self, channel: str) -> ChannelView:
        """How a channel stands; raises `UnknownChannel`.

        A command device of an owning agency is told of channels that it is not in, so that it can
        agree to a policy: these stand as `outside`.
        """
        state = self._desk.states.get(channel)
        if channel not in self._desk.channels and state is not None:
            return ChannelView(
                channel=channel,
                state="outside",
                live=False,
                cursor=0,
                epoch=state.epoch,
                policy=state.policy,
                asked=state.asked,
                agreed=state.agreed,
                sealed=not state.policy.gatewayed,
            )
        return self._desk.view(self._known(channel))

    def expected(self, channel: str) -> bool:
        """Whether the hub holds this device for a member, though its Welcome may be on its way."""
        state = self._desk.states.get(channel)
        return state is not None and state.member

    def channels(self) -> list[ChannelView]:
        """How every channel stands that this device has been in."""
        return [self._desk.view(channel) for channel in self._desk.channels.values()]

    def fates(self, channel: str | None = None) -> list[Fate]:
        """What became of the messages sent from here."""
        return self._desk.outbox.fates(channel)

    def fate(self, message_id: str) -> Fate | None:
        """What became of one message."""
        return self._desk.outbox.fate(message_id)

    # --- time and effects -----------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Does what has become due."""
        if (expires := self._expires) is not None and now >= expires:
            self._expiry_told = True
            self._desk.notice(
                CertificateExpired(
                    f"the certificate of {self._desk.own.device} has expired: the hub will not let "
                    "it in; what is written meanwhile waits here"
                )
            )
        self._desk.questions.tick(now)
        self._membership.tick(now)
        for channel in self._desk.channels.values():
            self._writer.pump(channel, now)

    def wake_at(self, now: int) -> int | None:
        """When `tick` will have something to do, or None."""
        times = (
            self._desk.questions.wake_at(),
            self._desk.outbox.wake_at(now),
            self._membership.wake_at(),
            self._expires,
        )
        return min((time for time in times if time is not None), default=None)

    def take_changes(self) -> list[Change]:
        """What is to be kept, in one transaction, before anything else of this moment."""
        return self._desk.take_changes()

    def take_frames(self) -> list[ClientFrame]:
        """What is to be sent, in order."""
        return self._desk.take_frames()

    def take_events(self) -> list[Event]:
        """What is to be told, in order."""
        return self._desk.take_events()

    # --- within ---------------------------------------------------------------------------------

    @property
    def _expires(self) -> int | None:
        """When the end of the device's certificate is to be told; None once it was."""
        return None if self._expiry_told else (self._desk.device.not_after + 1) * _SECOND

    def _known(self, channel: str) -> Channel:
        known = self._desk.channels.get(channel)
        if known is None:
            raise UnknownChannel(f"this device is not in a channel called {channel!r}")
        return known

    def _next_operation(self) -> int:
        self._operation += 1
        return self._operation

    def _ask(self, frame: ClientFrame) -> int:
        operation = self._next_operation()

        def answered(answer: HubFrame, now: int) -> None:
            if isinstance(answer, Refusal):
                self._desk.tell(Done(operation, error_of(answer)))
            else:
                self._desk.tell(Done(operation, None, answer))

        self._desk.questions.ask(frame, answered, repeat=True)
        return operation

    def _refill(self, now: int) -> None:
        """Publishes key packages when the hub has few, or the last resort was used."""
        desk, seconds = self._desk, now // _SECOND
        not_after = min(seconds + PACKAGE_LIFETIME, desk.device.not_after)
        if not_after <= seconds:
            return

        (suite,) = offered(desk.device.key)

        def make(last_resort: bool) -> KeyPackageBundle:
            return new_key_package(
                suite,
                desk.device.key,
                desk.credential,
                not_before=seconds - PACKAGE_SKEW,
                not_after=not_after,
                last_resort=last_resort,
            )

        frame = desk.packages.refill(0, self._packages_at_hub, make, not_after, seconds)
        if frame is not None:
            self._packages_at_hub += len(frame.packages)
            self._publishing += 1
            desk.questions.ask(frame, lambda answer, now: self._published(frame, answer))

    def _published(self, frame: Publish, answer: HubFrame) -> None:
        self._publishing -= 1
        if isinstance(answer, Refusal):
            self._packages_at_hub -= len(frame.packages)
            self._desk.notice(error_of(answer))

    def _renew(self, channel: Channel, now: int) -> None:
        """Puts a renewed certificate into the tree."""
        desk, group = self._desk, channel.group
        if group is None or not channel.member or group.credential == desk.credential:
            return
        if not desk.committer(channel.name).renews(desk.credential):
            wish = Wish(operation=0, credential=desk.credential)
            self._membership.wish(channel.name, wish, now)
