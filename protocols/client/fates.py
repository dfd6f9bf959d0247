"""What became of a message: one value that a screen can show without asking anyone.

    queued     kept on this device; goes out when the link and the channel are ready
    sent       given to the link, not confirmed
    on_disk    the hub has it in its log, with its number and time
    replaced   a newer position of the same track took its place before it was sent
    refused    the hub, or a rule, said no: code, sentence, remedy

and from `on_disk` on, for every other member: how far it has come there. Delivery is never
acceptance: that somebody's device decrypted a request says nothing about the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from protocols.frames import LedgerRow, Stage


class FateState(StrEnum):
    """How far a message has come on its way to the log."""

    QUEUED = "queued"
    SENT = "sent"
    ON_DISK = "on_disk"
    REPLACED = "replaced"
    REFUSED = "refused"


FINAL = frozenset({FateState.REPLACED, FateState.REFUSED})
"""States that nothing follows."""


class RecipientFate(msgspec.Struct, frozen=True, array_like=True):
    """How far a message has come at one member; `time` in UTC microseconds, 0 when unknown."""

    device: str
    stage: Stage = Stage.ACCEPTED
    reason: str = ""
    time: int = 0


class Fate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one message sent from here."""

    message_id: str
    channel: str
    number: int
    """The order in which messages were queued on this device."""
    queued_at: int
    state: FateState = FateState.QUEUED
    seq: int = 0
    time: int = 0
    code: str = ""
    detail: str = ""
    remedy: str = ""
    recipients: tuple[RecipientFate, ...] = ()

    def with_rows(self, rows: Iterable[LedgerRow]) -> Fate:
        """This fate with what the hub's ledger says; a recipient never goes back a stage."""
        by_device = {recipient.device: recipient for recipient in self.recipients}
        for row in rows:
            known = by_device.get(row.device)
            if known is None or _follows(known, row):
                by_device[row.device] = RecipientFate(row.device, row.stage, row.reason, row.time)
        return msgspec.structs.replace(self, recipients=tuple(by_device.values()))

    def reached(self, stage: Stage) -> bool:
        """Whether nothing more is to be waited for up to `stage`.

        True when every other member has reached it or has failed; a message that was refused or
        replaced is settled at once.
        """
        if self.state in FINAL:
            return True
        if self.state is not FateState.ON_DISK:
            return False
        return all(recipient.stage >= stage for recipient in self.recipients)


def _follows(known: RecipientFate, row: LedgerRow) -> bool:
    """Whether `row` is news: a later stage, another reason at the same one, or a late success."""
    if known.stage is Stage.FAILED:
        return row.stage in (Stage.DECRYPTED, Stage.SHOWN, Stage.ACKNOWLEDGED)
    return row.stage > known.stage or (row.stage == known.stage and row.reason != known.reason)
