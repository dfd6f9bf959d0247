"""Getting into channels, changing who is in them, and coming back after something broke.

create      the group is made and kept, then the hub is asked; it counts when the hub says so
welcome     a Welcome is used once, with the bundle it names; the channel is read from there
commit      wishes of `commits.py`, offered to the hub, merged on their echo
rejoin      `cannot` to the hub, its GroupInfo, an external commit that removes the old leaf

Whatever the hub hands over on these ways is verified before anything here changes: a key package is
one of the device asked for, a Welcome or GroupInfo is of this channel, not older than what was
known, and names this hub. (A long file: the four ways share their timers and their ends.)
"""

from __future__ import annotations

from protocols.client.channels import Broken, Channel, Record, Standing
from protocols.client.commits import Committer, Wish
from protocols.client.desk import Desk
from protocols.client.events import Done, Noticed, RosterChanged
from protocols.client.groups import MemberGroup, Passed
from protocols.client.readers import uninvited, unsealing
from protocols.client.refusals import error_of
from protocols.client.suites import check_suite
from protocols.errors import (
    ChannelExists,
    CrossbandError,
    EpochConflict,
    MLSError,
    NotAMember,
    PolicyRefused,
    RemovalOutstanding,
    UnknownChannel,
)
from protocols.frames import (
    Cannot,
    Claim,
    Create,
    Fetch,
    GroupInfo,
    Handshake,
    HubFrame,
    Joined,
    Package,
    Policy,
    Refusal,
    Subscribe,
    Welcome,
)
from protocols.mls.public_group import welcome_refs

_SECOND = 1_000_000
WELCOME_PATIENCE = 5 * _SECOND
"""How long after login a Welcome may take before this device asks to come in by itself."""
RETRY = 10 * _SECOND
"""Wait before a rejoin that was refused is tried again; twice as long each time, up to"""
RETRY_LONGEST = 600 * _SECOND


class Membership:
    """The part of the engine that changes groups."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._creating: dict[str, int] = {}
        self._wanted: dict[str, tuple[int, Policy]] = {}
        self._strange: dict[str, int] = {}
        self._retry: dict[str, int] = {}
        self._refusals: dict[str, int] = {}
        """How often a rejoin was refused since the device was last in."""

    # --- creating -------------------------------------------------------------------------------

    def create(self, operation: int, channel: str, policy: Policy, now: int) -> None:
        """Opens a channel as soon as the hub can be asked."""
        known = self._desk.channels.get(channel)
        if known is not None and known.standing is not Standing.LEFT:
            error = ChannelExists(f"this device is in a channel called {channel!r} already")
            self._desk.tell(Done(operation, error))
            return
        self._wanted[channel] = (operation, policy)
        if self._desk.questions.connected:
            self._create_wanted(now)

    def _create_wanted(self, now: int) -> None:
        hub = self._desk.hub
        assert hub is not None
        wanted, self._wanted = self._wanted, {}
        for name, (operation, policy) in wanted.items():
            try:
                check_suite(self._desk.device.key, policy.suite)
                group = MemberGroup.create(
                    name,
                    policy.suite,
                    self._desk.device.key,
                    self._desk.credential,
                    hub,
                    self._desk.validator,
                    now // _SECOND,
                )
            except CrossbandError as error:
                self._desk.tell(Done(operation, error))
                continue
            record = Record(channel=name, standing=Standing.CREATING, policy=policy)
            channel = Channel(record, None)
            channel.enter(group, 0)
            channel.update(standing=Standing.CREATING)
            self._desk.channels[name] = channel
            self._creating[name] = operation
            self._ask_create(channel)

    def _ask_create(self, channel: Channel) -> None:
        assert channel.group is not None
        frame = Create(0, channel.name, channel.record.policy, channel.group.group_info)
        self._desk.questions.ask(frame, lambda answer, now: self._created(channel, answer, now))

    def _created(self, channel: Channel, answer: HubFrame, now: int) -> None:
        operation = self._creating.pop(channel.name, 0)
        if isinstance(answer, Refusal):
            channel.leave()
            self._desk.tell(Done(operation, error_of(answer)))
            self._desk.changed(channel)
            return
        self._confirm(channel, operation)

    def _confirm(self, channel: Channel, operation: int) -> None:
        channel.update(standing=Standing.MEMBER)
        self._desk.tell(Done(operation))
        self.subscribe(channel)

    # --- the link -------------------------------------------------------------------------------

    def link_up(self, listed: set[str], now: int) -> None:
        """`listed`: the channels in which the hub holds this device for a member."""
        for channel in list(self._desk.channels.values()):
            if channel.standing is Standing.CREATING:
                if channel.name in listed:
                    self._confirm(channel, self._creating.pop(channel.name, 0))
                else:
                    self._ask_create(channel)
            elif channel.standing is Standing.MEMBER:
                self.subscribe(channel)
            elif channel.standing is Standing.REJOINING:
                self.subscribe(channel)
                self.fetch(channel.name)
        for name in listed:
            known = self._desk.channels.get(name)
            if known is None or known.standing is Standing.LEFT:
                self._strange[name] = now + WELCOME_PATIENCE
        self._create_wanted(now)

    def link_down(self) -> None:
        """What was under way is found out again at the next login."""
        self._strange.clear()
        self._retry.clear()
        for channel in self._desk.channels.values():
            channel.live = False
            channel.returning = None
            self._desk.committer(channel.name).cut()

    def subscribe(self, channel: Channel) -> None:
        """Asks for everything after the cursor."""
        channel.live = False
        frame = Subscribe(0, channel.name, channel.cursor)
        self._desk.questions.ask(frame, lambda answer, now: self._subscribed(channel, answer))

    def _subscribed(self, channel: Channel, answer: HubFrame) -> None:
        channel.asked_again = False
        if not isinstance(answer, Refusal):
            return
        if answer.code in (NotAMember().code, UnknownChannel().code):
            self.out(channel)
        self._desk.notice(error_of(answer), channel.name)

    # --- welcomes -------------------------------------------------------------------------------

    def welcome(self, frame: Welcome, now: int) -> None:
        """A Welcome waits at the hub. Used at once unless an earlier membership is unread."""
        self._strange.pop(frame.channel, None)
        channel = self._desk.channels.get(frame.channel)
        if channel is not None and channel.standing is not Standing.LEFT:
            if channel.standing is Standing.CREATING:
                error = ChannelExists(
                    f"a Welcome to {frame.channel!r} came while it is opened here"
                )
                self._desk.notice(error, frame.channel)
                return
            if frame.seq <= channel.cursor:
                self._desk.questions.put(Joined(frame.channel, frame.seq))  # used before a cut
                return
            if channel.standing is Standing.MEMBER:
                channel.welcome = frame
                return
        self._join(frame, now)

    def _join(self, frame: Welcome, now: int) -> None:
        desk = self._desk
        known = desk.channels.get(frame.channel)
        try:
            assert desk.hub is not None
            found = desk.packages.find(welcome_refs(frame.body))
            if found is None:
                raise NotAMember("the Welcome is for a key package that is not kept here any more")
            reference, bundle = found
            group = MemberGroup.join(
                frame.channel,
                frame.body,
                bundle,
                desk.device.key,
                desk.hub,
                desk.validator,
                now // _SECOND,
                after=-1 if known is None else known.record.epoch,
            )
        except CrossbandError as error:
            desk.notice(error, frame.channel)
            desk.questions.put(Joined(frame.channel, frame.seq))
            self.fetch(frame.channel)
            return
        channel = desk.open_channel(frame.channel)
        channel.welcome = None
        channel.enter(group, frame.seq)
        self._refusals.pop(frame.channel, None)
        desk.packages.used(reference)
        desk.questions.put(Joined(frame.channel, frame.seq))
        self.subscribe(channel)
        desk.tell(RosterChanged(frame.channel, group.roster, (), group.epoch))
        self.tell_uninvited(channel)
        desk.changed(channel)

    # --- commits --------------------------------------------------------------------------------

    def wish(self, channel: str, wish: Wish, now: int) -> None:
        """A change of membership, done as soon as the log shows it."""
        known = self._desk.channels.get(channel)
        if known is None or known.standing is Standing.LEFT:
            error = NotAMember(f"this device is not in a channel called {channel!r}")
            self._desk.tell(Done(wish.operation, error))
            return
        self._desk.committer(channel).wish(wish)
        self.advance(known, now)

    def advance(self, channel: Channel, now: int) -> None:
        """Whatever the channel's wishes allow now: claims, a commit, offering it again."""
        group, committer = channel.group, self._desk.committer(channel.name)
        if group is None or not (channel.live and channel.member):
            return
        if not self._desk.questions.connected:
            return
        if group.pending is not None:
            if not committer.offered:
                self._offer(channel, group, committer)
            return
        for device in committer.to_claim(group.roster):
            self._claim(channel, committer, device)
        try:
            made = committer.build(group, now)
        except MLSError as error:
            self._end(committer.failed(), error)
            return
        if isinstance(made, list):
            self._end(made, None)
            self.advance(channel, now)
        elif made is not None:
            channel.touched()
            self._offer(channel, group, committer)

    def passed(self, channel: Channel, passed: Passed, now: int) -> None:
        """What a handshake of the log means for wishes, roster and standing."""
        committer = self._desk.committer(channel.name)
        for identity in passed.asked_out:
            self._desk.tell(
                Noticed(
                    "removal_proposed",
                    f"the hub asks that {identity.device} be removed",
                    "Somebody's next commit does it. If its agency has not revoked the device, "
                    "add it again and tell the hub's operator.",
                    channel.name,
                )
            )
        if not passed.committed:
            committer.outstanding(now)
            return
        if channel.member:
            self._refusals.pop(channel.name, None)
        self._end(committer.passed(passed, now), None)
        if passed.joined or passed.left:
            epoch = -1 if channel.group is None else channel.group.epoch
            self._desk.tell(RosterChanged(channel.name, passed.joined, passed.left, epoch))
        if passed.joined:
            self.tell_uninvited(channel)
        if passed.removed_here:
            self.out(channel)
            if channel.welcome is not None:
                self._join(channel.welcome, now)

    def out(self, channel: Channel) -> None:
        """This device is no longer in: what waited for the channel ends, and says why."""
        if channel.standing is not Standing.LEFT:
            channel.leave()
        error = NotAMember(f"this device was removed from {channel.name!r}")
        self._end(self._desk.committer(channel.name).give_up(), error)
        for item in self._desk.outbox.waiting(channel.name):
            self._desk.outbox.fail(item.id, error.code, error.detail, error.remedy)
        self._desk.changed(channel)

    def _claim(self, channel: Channel, committer: Committer, device: str) -> None:
        def answered(answer: HubFrame, now: int) -> None:
            if isinstance(answer, Refusal):
                self._end(committer.refused_claim(device), error_of(answer))
            elif isinstance(answer, Package) and channel.group is not None:
                try:
                    channel.group.check_package(device, answer.body, now // _SECOND)
                    committer.claimed(device, answer.body)
                except MLSError as error:
                    self._end(committer.refused_claim(device), error)
            self.advance(channel, now)

        self._desk.questions.ask(Claim(0, device, channel.name), answered)

    def _offer(self, channel: Channel, group: MemberGroup, committer: Committer) -> None:
        pending = group.pending
        assert pending is not None
        committer.offered = True
        frame = Handshake(0, pending.commit, pending.group_info, pending.welcome)

        def answered(answer: HubFrame, now: int) -> None:
            # An acceptance needs nothing: the echo merges. A refusal may come when the commit
            # was overtaken and a newer one is pending; then it is about nothing that is here.
            if not isinstance(answer, Refusal) or group.pending is not pending:
                return
            if channel.returning is group:
                self._return_refused(channel, answer, now)
            elif channel.group is group:
                self._commit_refused(channel, group, answer, now)

        self._desk.questions.ask(frame, answered)

    def _commit_refused(
        self, channel: Channel, group: MemberGroup, refusal: Refusal, now: int
    ) -> None:
        committer = self._desk.committer(channel.name)
        group.discard()
        channel.touched()
        epoch = refusal.facts.get("epoch", 0)
        again = refusal.code in (EpochConflict().code, RemovalOutstanding().code)
        if again and committer.conflict(epoch if isinstance(epoch, int) else 0, now):
            self.advance(channel, now)
        else:
            self._end(committer.failed(), error_of(refusal))

    def _end(self, wishes: list[Wish], error: CrossbandError | None) -> None:
        for wish in wishes:
            if wish.operation:
                self._desk.tell(Done(wish.operation, error))
            elif error is not None:
                self._desk.notice(error)

    # --- coming back ----------------------------------------------------------------------------

    def broken(self, channel: Channel, broken: Broken) -> None:
        """A handshake cannot be applied (rule 7): tell the hub, and come back in."""
        self._desk.questions.put(Cannot(channel.name, broken.entry.seq, broken.code))
        self._lose(channel, f"entry {broken.entry.seq} cannot be applied: {broken.detail}")

    def _lose(self, channel: Channel, detail: str) -> None:
        channel.lose()
        self._desk.committer(channel.name).cut()
        self._desk.tell(
            Noticed(
                "cannot_apply",
                detail,
                "This device rejoins by itself; what is said meanwhile it cannot read.",
                channel.name,
            )
        )
        self._desk.changed(channel)
        self.fetch(channel.name)

    def tell_uninvited(self, channel: Channel) -> None:
        """Members that the policy does not admit are named: the tree decides, not the hub."""
        if channel.group is None:
            return
        policy, roster = channel.record.policy, channel.group.roster
        closed = {one.device for one in unsealing(policy, roster)}
        for member in uninvited(policy, roster):
            error = PolicyRefused(
                f"{member.device} can read here, and the policy does not admit it"
            )
            held = " Until then only an emergency is sent." if member.device in closed else ""
            remedy = f"Have it removed, or its membership agreed to by the owners.{held}"
            self._desk.tell(Noticed(error.code, error.detail, remedy, channel.name))

    def fetch(self, name: str) -> None:
        """Asks for the group's present state, to come in by an external commit."""
        self._desk.questions.ask(
            Fetch(0, name), lambda answer, now: self._fetched(name, answer, now)
        )

    def _fetched(self, name: str, answer: HubFrame, now: int) -> None:
        desk = self._desk
        if isinstance(answer, Refusal):
            desk.notice(error_of(answer), name)
            return
        known = desk.channels.get(name)
        if known is not None and known.standing in (Standing.MEMBER, Standing.CREATING):
            return  # the Welcome came after all
        assert isinstance(answer, GroupInfo)
        assert desk.hub is not None
        try:
            group = MemberGroup.rejoin(
                name,
                answer.body,
                desk.device.key,
                desk.credential,
                desk.hub,
                desk.validator,
                now // _SECOND,
                after=-1 if known is None else known.record.epoch,
            )
        except CrossbandError as error:
            desk.notice(error, name)
            self._try_later(name, now)
            return
        channel = desk.open_channel(name)
        if channel.standing is Standing.LEFT:
            channel.update(standing=Standing.REJOINING, cursor=answer.seq)
            self.subscribe(channel)
        channel.returning = group
        self._offer(channel, group, desk.committer(name))

    def _return_refused(self, channel: Channel, refusal: Refusal, now: int) -> None:
        channel.returning = None
        if refusal.code != EpochConflict().code:
            self._desk.notice(error_of(refusal), channel.name)
            self._try_later(channel.name, now)
            return
        self._retry[channel.name] = now + int(_SECOND * self._desk.random())

    def _try_later(self, name: str, now: int) -> None:
        refusals = self._refusals.get(name, 0)
        self._refusals[name] = refusals + 1
        self._retry[name] = now + min(RETRY * 2 ** min(refusals, 10), RETRY_LONGEST)

    def missed(self, channel: Channel, epoch: int) -> None:
        """The hub is in a later epoch, and no entry that leads there has come."""
        detail = f"commits up to epoch {epoch} have not come"
        self._lose(channel, detail)

    # --- time -----------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Rejoins and commits whose moment has come."""
        for name in [name for name, at in self._strange.items() if at <= now]:
            del self._strange[name]
            self.fetch(name)
        for name in [name for name, at in self._retry.items() if at <= now]:
            del self._retry[name]
            self.fetch(name)
        for channel in list(self._desk.channels.values()):
            self.advance(channel, now)

    def wake_at(self) -> int | None:
        """When `tick` has something to do."""
        times = [*self._strange.values(), *self._retry.values()]
        for name in self._desk.channels:
            at = self._desk.committer(name).wake_at()
            if at is not None:
                times.append(at)
        return min(times, default=None)
