"""MLS handshakes at the delivery service: checked against the public group, first valid one wins.

What a commit must be (the numbers are those of the delivery-service rules in the documentation):

1  of the current epoch; valid for the public group; its GroupInfo is the computed state; its
   Welcome is for exactly those whom it adds
2  it holds every removal that the hub has proposed in this epoch
3  the hub stays the group's external sender (for Remove only: members enforce that)
4  from outside only to replace one's own leaf
5  made by somebody who may: others are added and removed by command devices and the creator

Handshakes of one channel are taken one after another: while one is on its way to the log the
others wait, and are checked against what the log then says.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hub.relay.access import check_admission, check_membership_change
from hub.relay.channels import Channel
from hub.relay.effects import Append, Effect, Outgoing, Reply, Unfollow
from hub.relay.rounds import Round
from hub.relay.state import Seat, State
from hub.store import items
from protocols.errors import (
    EpochConflict,
    HeaderRefused,
    MalformedFrame,
    MLSError,
    NotAMember,
    RemovalOutstanding,
    RoleRefused,
    UnknownChannel,
    WelcomeMismatch,
)
from protocols.frames import Channel as ChannelFrame
from protocols.frames import EntryKind, Handshake, Propose, Welcome
from protocols.identity import Identity
from protocols.mls.public_group import (
    CheckedCommit,
    CheckedProposal,
    Credential,
    Member,
    PublicGroup,
    PublicHeader,
    peek,
    welcome_refs,
)
from protocols.tlog.entry import Kind

_MICROSECONDS = 1_000_000
ADD, UPDATE, REMOVE, GROUP_CONTEXT_EXTENSIONS = 1, 2, 3, 7
"""MLS proposal types (RFC 9420 section 17.4)."""
CHANGES_OTHERS = frozenset({ADD, REMOVE, GROUP_CONTEXT_EXTENSIONS})


class Step(NamedTuple):
    """A handshake on its way to the log, and what the channel is once it is there."""

    channel: Channel
    after: PublicGroup
    commit: CheckedCommit | None = None
    removal: str = ""
    reference: bytes = b""


class Handshakes:
    """The room for `handshake` and `propose`, and for the removals that the hub proposes."""

    def __init__(self, state: State) -> None:
        self._state = state

    # --- checking -------------------------------------------------------------------------------

    def channel_of(self, body: bytes) -> tuple[Channel, int]:
        """Channel and epoch of a handshake; raises `UnknownChannel` or what `peek` does."""
        head = peek(body)
        if not isinstance(head, PublicHeader):
            raise HeaderRefused("handshakes are sent as PublicMessage, so that the hub can check")
        channel = self._state.groups.get(head.group_id)
        if channel is None:
            raise UnknownChannel(f"there is no channel {head.group_id[:80]!r}")
        return channel, head.epoch

    def commit(self, seat: Seat, frame: Handshake, now: int) -> list[Effect]:
        """Check a commit; raises what it is refused with."""
        channel, epoch = self.channel_of(frame.body)
        device = seat.identity.device
        identity = channel.check_member(device)
        self._check_epoch(channel, epoch)
        self._state.check_changes(device, now)
        checked = channel.group.check(frame.body, now=now // _MICROSECONDS)  # 1
        if not isinstance(checked, CheckedCommit):
            raise MalformedFrame("a proposal goes into a propose frame")
        after = channel.group.finish(checked, frame.group_info)  # 1
        self._check_removals(channel, checked)  # 2
        self._state.check_external_sender(after)  # 3
        _check_committer(checked, device)  # 4
        self._check_rights(channel, checked, identity)  # 5
        item = items.AppendHandshake(
            channel.name,
            device,
            Kind.COMMIT,
            epoch,
            frame.body,
            channel.record(after, tuple(member.identity for member in _leaving(checked))),
            now,
            frame.group_info,
            _welcomes(checked, frame.welcome),  # 1
            base_seq=channel.handshake_seq,
        )
        channel.busy = True
        return [Append(item, seat.number, frame.ref, Step(channel, after, checked))]

    def propose(self, seat: Seat, frame: Propose, now: int) -> list[Effect]:
        """Check a proposal; raises what it is refused with."""
        channel, epoch = self.channel_of(frame.body)
        device = seat.identity.device
        identity = channel.check_member(device)
        self._check_epoch(channel, epoch)
        self._state.check_changes(device, now)
        checked = channel.group.check(frame.body, now=now // _MICROSECONDS)
        if not isinstance(checked, CheckedProposal):
            raise MalformedFrame("a commit goes into a handshake frame")
        if device != _proposer(channel.group, checked.sender):
            raise NotAMember("the proposal is not signed by the device that sends it")
        self._check_proposal(channel, checked, identity)
        return self._propose(channel, checked, frame.body, now, device, seat.number, frame.ref)

    def _propose(
        self,
        channel: Channel,
        checked: CheckedProposal,
        body: bytes,
        now: int,
        device: str,
        connection: int = 0,
        ref: int = 0,
        removal: str = "",
    ) -> list[Effect]:
        after = channel.group.apply(checked)
        item = items.AppendHandshake(
            channel.name,
            device,
            Kind.PROPOSAL,
            channel.epoch,
            body,
            channel.record(after),
            now,
            base_seq=channel.handshake_seq,
        )
        channel.busy = True
        step = Step(channel, after, None, removal, checked.reference)
        return [Append(item, connection, ref, step)]

    def _check_epoch(self, channel: Channel, epoch: int) -> None:
        if epoch != channel.epoch:
            raise EpochConflict(
                f"the handshake is of epoch {epoch}, the channel is at {channel.epoch}",
                epoch=channel.epoch,
                from_seq=channel.epoch_seq,
            )

    def _check_removals(self, channel: Channel, checked: CheckedCommit) -> None:
        removed = {member.identity for member in checked.removed}
        missing = [device for device in channel.removals if device not in removed]
        if missing:
            raise RemovalOutstanding(
                f"the hub has proposed to remove {', '.join(missing)}", removals=len(missing)
            )

    def _check_rights(self, channel: Channel, checked: CheckedCommit, identity: Identity) -> None:
        if not checked.external and any(
            entry.reference is None and entry.proposal.proposal_type in CHANGES_OTHERS
            for entry in checked.proposals
        ):
            check_membership_change(identity, channel.charter.creator)
        committer = _member_at(checked.after, checked.sender)
        for member in (*checked.added, *checked.updated, *committer):
            check_admission(channel.policy, self._state.validator.identity(member.credential))

    def _check_proposal(
        self, channel: Channel, checked: CheckedProposal, identity: Identity
    ) -> None:
        proposal = checked.proposal
        if proposal.proposal_type == UPDATE:
            renewed: Any = proposal
            credential = renewed.leaf_node.credential
            check_admission(channel.policy, self._state.validator.identity(credential))
            return
        if proposal.proposal_type == REMOVE and _removed(channel.group, proposal) == (
            identity.device
        ):
            return
        if proposal.proposal_type == ADD:
            credential = _added_credential(proposal)
            check_admission(channel.policy, self._state.validator.identity(credential))
        check_membership_change(identity, channel.charter.creator)

    # --- after the log --------------------------------------------------------------------------

    def stored(self, append: Append, result: items.Result, round_: Round) -> None:
        """The log's answer to a handshake."""
        step, item = append.note, append.item
        assert isinstance(step, Step)
        assert isinstance(item, items.AppendHandshake)
        channel = step.channel
        channel.busy = False
        if isinstance(result, items.Committed):
            channel.group = step.after
            channel.last_seq = channel.handshake_seq = result.seq
            channel.remember_sender(result.seq, item.device)
            kind = EntryKind.PROPOSAL if step.commit is None else EntryKind.COMMIT
            round_.deliver(channel.name, Outgoing(result.seq, result.at, kind, item.body, ""))
            round_.ack(append.connection, append.ref, result.seq, result.at)
            if step.commit is not None:
                self._new_epoch(channel, step.commit, item, result, round_)
            elif step.removal:
                channel.removals[step.removal] = step.reference
        elif append.connection:
            error = EpochConflict(
                "another handshake came first", epoch=channel.epoch, from_seq=channel.epoch_seq
            )
            round_.add(self._state.refuse(append.connection, append.ref, error))

    def _new_epoch(
        self,
        channel: Channel,
        commit: CheckedCommit,
        item: items.AppendHandshake,
        result: items.Committed,
        round_: Round,
    ) -> None:
        state = self._state
        leaving = [member.identity for member in _leaving(commit)]
        channel.group_info = item.group_info
        channel.epoch_seq = result.seq
        channel.epoch_at = result.at
        channel.removals = {}
        channel.set_members(state.validator)
        channel.departed.update(dict.fromkeys(leaving, result.seq))
        for member in commit.added:
            channel.departed.pop(member.identity, None)
        channel.uninvited |= {welcome.device for welcome in item.welcomes}
        channel.uninvited &= channel.members.keys()
        channel.absent = {device for device in channel.members if device not in state.online}
        round_.settle(channel.name)
        for device in leaving:
            for number in state.online.get(device, ()):
                told = ChannelFrame(channel.name, channel.state(device))
                round_.add(Unfollow(number, channel.name), Reply(number, told))
        for welcome in item.welcomes:
            invitation = Welcome(channel.name, result.seq, welcome.body)
            round_.add(*state.replies(welcome.device, invitation))
        round_.add(
            *state.tell_members(
                channel, lambda device: ChannelFrame(channel.name, channel.state(device))
            )
        )

    # --- removals by the hub --------------------------------------------------------------------

    def recall_removals(self, channel: Channel) -> None:
        """Which removals the hub has proposed in this epoch: they stand in the group itself."""
        for reference, proposed in channel.group.proposals.items():
            by_member = _proposer(channel.group, proposed.sender)
            if proposed.proposal.proposal_type == REMOVE and not by_member:
                channel.removals[_removed(channel.group, proposed.proposal)] = reference

    def remove_revoked(self, channel: Channel, now: int) -> list[Effect]:
        """Propose the removal of one member whose device is revoked; one at a time, in order."""
        if channel.busy:
            return []
        for member in channel.group.members():
            device = member.identity
            if device in channel.removals or device not in self._state.roots.revoked:
                continue
            try:
                self._state.validator.validate(member.credential, member.signature_key)
            except MLSError as error:
                if error.facts.get("reason") != "device_revoked":
                    continue
                body = channel.group.propose_remove(member.leaf, self._state.key)
                checked = channel.group.check(body, now=now // _MICROSECONDS)
                assert isinstance(checked, CheckedProposal)
                hub = self._state.hub
                return self._propose(channel, checked, body, now, hub, removal=device)
        return []


def _member_at(group: PublicGroup, leaf: int) -> list[Member]:
    return [one for one in group.members() if one.leaf == leaf]


def _name_of(group: PublicGroup, leaf: int) -> str:
    return next((one.identity for one in _member_at(group, leaf)), "")


def _proposer(group: PublicGroup, sender: object) -> str:
    """The member that sent a proposal; empty for an external sender, which has no leaf."""
    leaf = getattr(sender, "leaf_index", None)
    return "" if leaf is None else _name_of(group, leaf)


def _removed(group: PublicGroup, proposal: object) -> str:
    """The member that a Remove names (RFC 9420 section 12.1.3)."""
    return _name_of(group, getattr(proposal, "removed", -1))


def _added_credential(proposal: Any) -> Credential:
    """The credential of whom an Add would add (RFC 9420 section 12.1.1)."""
    credential: Credential = proposal.key_package.leaf_node.credential
    return credential


def _leaving(checked: CheckedCommit) -> list[Member]:
    """Who is not a member any longer; whoever rejoins replaces a leaf and stays."""
    staying = {member.identity for member in checked.after.members()}
    return [member for member in checked.removed if member.identity not in staying]


def _check_committer(checked: CheckedCommit, device: str) -> None:
    if _name_of(checked.after, checked.sender) != device:
        raise NotAMember("the commit is not signed by the device that sends it")
    if checked.external and {member.identity for member in checked.removed} != {device}:
        raise RoleRefused("from outside a device may only replace its own leaf")


def _welcomes(checked: CheckedCommit, welcome: bytes | None) -> tuple[items.NewWelcome, ...]:
    """The Welcome for each who is added; raises `WelcomeMismatch`."""
    refs = () if welcome is None else welcome_refs(welcome)
    if sorted(refs) != sorted(checked.adds):
        raise WelcomeMismatch(
            f"the commit adds {len(checked.adds)} devices, its Welcome is for others"
        )
    if welcome is None:
        return ()
    return tuple(items.NewWelcome(member.identity, welcome) for member in checked.added)
