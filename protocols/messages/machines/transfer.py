"""A transfer moves responsibility: offered, then accepted or rejected, then done or broken off."""

from __future__ import annotations

from enum import StrEnum

from protocols.messages.machines.table import Table


class TransferState(StrEnum):
    """How far a transfer has come. Until it is done, responsibility stays where it was."""

    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    DONE = "DONE"
    ABORTED = "ABORTED"


S = TransferState

TRANSFER: Table[TransferState] = Table(
    "transfer",
    S.OFFERED,
    {
        S.OFFERED: {"accept": S.ACCEPTED, "reject": S.REJECTED, "abort": S.ABORTED},
        S.ACCEPTED: {"finish": S.DONE, "abort": S.ABORTED},
    },
)
