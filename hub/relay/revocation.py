"""An agency takes a device back: in force at once, in the log, and out of every group.

The statement proves itself, so anybody may bring it. The device's connections end when the
revocation is on disk; then the hub proposes to remove its leaf wherever it is a member, and no
commit without that removal is taken. A device that the agency certifies anew may come back.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.relay.effects import Append, Disconnect, Effect, Reply
from hub.relay.rounds import Round
from hub.relay.state import State
from hub.store import items
from hub.store.interface import Revocation as StoredRevocation
from protocols.frames import Notice, SlowDown
from protocols.identity import RevocationStatement

_MICROSECONDS = 1_000_000
RETRY_AFTER = 2000
"""Milliseconds after which a statement that could not be written may be given again."""
REVOKED = Notice(
    "revoked",
    "This device's agency has revoked it.",
    "Enrol the device again if the agency wants it back.",
)


class Revocation:
    """The room for `statement`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._written: dict[str, int] = {}
        """What is on disk: when each device was revoked, unix seconds."""

    def load(self, revoked: Iterable[StoredRevocation]) -> None:
        """Take over what the log says."""
        for one in revoked:
            at = one.at // _MICROSECONDS
            self._state.roots.revoke(one.device, at)
            self._written[one.device] = max(at, self._written.get(one.device, -1))

    def take(self, number: int, body: bytes, now: int) -> list[Effect]:
        """Verify a statement and write it down; raises `StatementRefused`."""
        statement = self._state.roots.add_revocation(body, now // _MICROSECONDS)
        if statement.at <= self._written.get(statement.device, -1):
            return [Reply(number, _taken(statement))]  # whoever repeats it adds nothing to the log
        meta = self._state.meta(statement=body.decode(errors="replace"))
        item = items.Revoke(
            statement.device,
            statement.agency,
            now,
            reason=statement.reason,
            meta=meta,
            since=statement.at * _MICROSECONDS,
        )
        return [Append(item, number, 0, statement)]

    def stored(self, append: Append, result: items.Result, round_: Round) -> None:
        """The revocation is on disk."""
        statement = append.note
        assert isinstance(statement, RevocationStatement)
        written = self._written.get(statement.device, -1)
        self._written[statement.device] = max(statement.at, written)
        if append.connection:
            round_.add(Reply(append.connection, _taken(statement)))
        round_.add(*self._out(statement.device))

    def unwritten(self, append: Append) -> list[Effect]:
        """The log could not be written: the device is out all the same, the giver tries again."""
        statement = append.note
        assert isinstance(statement, RevocationStatement)
        again = SlowDown(0, RETRY_AFTER, "storage")
        return [Reply(append.connection, again), *self._out(statement.device)]

    def _out(self, device: str) -> list[Effect]:
        effects: list[Effect] = []
        for number in self._state.online.get(device, ()):
            effects += (Reply(number, REVOKED), Disconnect(number, "revoked"))
        return effects

    def affected(self, written: Iterable[items.Item]) -> list[str]:
        """Channels of which a device is a member that one of these items revokes."""
        devices = [item.device for item in written if isinstance(item, items.Revoke)]
        if not devices:
            return []
        return [
            name
            for name, channel in self._state.channels.items()
            if any(device in channel.members for device in devices)
        ]


def _taken(statement: RevocationStatement) -> Notice:
    return Notice("statement_taken", f"{statement.device} is revoked.", "Nothing to do.")
