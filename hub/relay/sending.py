"""Application messages: read the routing head and the clear header, nothing else; then to the log.

This is the hot path. The body stays the bytes that came. Checked are: member, role and act, time
limit, epoch; the log checks the message id. A message that comes again after its ack was lost must
get the same ack even if its time or its epoch has passed since, so such messages go to the log
too, under an epoch that is never current: only as a repetition can they be found there.
"""

from __future__ import annotations

from hub.relay.access import check_send
from hub.relay.effects import Append, Effect, Outgoing
from hub.relay.ledger import Ledgers
from hub.relay.rounds import Round
from hub.relay.state import Seat, State
from hub.store import items
from protocols.errors import (
    CrossbandError,
    Expired,
    HeaderRefused,
    IdReused,
    StaleEpoch,
    UnknownChannel,
)
from protocols.frames import EntryKind, Lane, Send
from protocols.header import unpack
from protocols.mls.public_group import PrivateHeader, peek

APPLICATION = 1
"""ContentType application of RFC 9420 section 6."""
NEVER = 2**63 - 1
"""An epoch that no channel reaches."""


class Sending:
    """The room for `send`."""

    def __init__(self, state: State, ledgers: Ledgers) -> None:
        self._state = state
        self._ledgers = ledgers

    def send(self, seat: Seat, frame: Send, now: int) -> list[Effect]:
        """A message for the log; raises what it is refused with."""
        head = peek(frame.body)
        if not isinstance(head, PrivateHeader) or head.content_type != APPLICATION:
            raise HeaderRefused("a message is an MLS PrivateMessage with application data")
        channel = self._state.groups.get(head.group_id)
        if channel is None:
            raise UnknownChannel(f"there is no channel {head.group_id[:80]!r}")
        device = seat.identity.device
        identity = channel.check_member(device)
        header = unpack(head.authenticated_data)
        check_send(identity, header.act)
        problem: CrossbandError | None = None
        if header.expired(now):
            problem = Expired(f"the message's time limit passed at {header.expires} (unix seconds)")
        elif not channel.accepts_epoch(head.epoch, now):
            problem = stale(head.epoch, channel.epoch)
        item = items.AppendMessage(
            channel.name,
            device,
            header.id,
            head.epoch if problem is None else NEVER,
            frame.body,
            header.act,
            header.lane,
            now,
        )
        return [Append(item, seat.number, frame.ref, problem)]

    def stored(self, append: Append, result: items.Result, round_: Round) -> None:
        """The log's answer to a message."""
        item = append.item
        assert isinstance(item, items.AppendMessage)
        if isinstance(result, items.Committed):
            channel = self._state.channels[item.channel]
            channel.last_seq = result.seq
            track = item.device if item.lane == Lane.POSITION else ""
            round_.deliver(
                item.channel,
                Outgoing(result.seq, result.at, EntryKind.MESSAGE, item.body, track),
            )
            round_.ack(append.connection, append.ref, result.seq, result.at)
            self._ledgers.accepted(channel, result.seq, item.device)
        elif isinstance(result, items.Duplicate):
            round_.ack(append.connection, append.ref, result.seq, result.at)
        else:
            self._refuse(append, item, result, round_)

    def _refuse(
        self, append: Append, item: items.AppendMessage, result: items.Result, round_: Round
    ) -> None:
        seat = self._state.seats.get(append.connection)
        error: CrossbandError
        if isinstance(result, items.Conflict):
            error = IdReused(
                f"the message id was used in entry {result.seq} for another body", seq=result.seq
            )
            if seat is not None:
                round_.add(*self._state.log_refusal(seat, error, item.at, item.channel))
        elif isinstance(append.note, CrossbandError):
            error = append.note
        elif isinstance(result, items.StaleEpoch):
            error = stale(item.epoch, result.epoch)
        else:
            error = UnknownChannel(f"there is no channel {item.channel!r}")
        if seat is not None:
            round_.add(self._state.refuse(append.connection, append.ref, error))


def stale(epoch: int, current: int) -> StaleEpoch:
    """The refusal of a message from an epoch that is not taken any longer, or not yet."""
    return StaleEpoch(
        f"the message is of epoch {epoch}, the channel is at {current}", epoch=current
    )
