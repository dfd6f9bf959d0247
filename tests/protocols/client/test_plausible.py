"""Frames that follow the schema and still cannot be."""

from __future__ import annotations

import pytest

from protocols.client.plausible import HIGHEST, LATEST, check
from protocols.errors import MalformedFrame
from protocols.frames import (
    Accepted,
    Ack,
    CaughtUp,
    Channel,
    ChannelState,
    Entry,
    EntryKind,
    GroupInfo,
    HubFrame,
    HubSender,
    Ledger,
    LedgerRow,
    Notice,
    Policy,
    Pruned,
    Ready,
    SlowDown,
    Stage,
    Superseded,
    Welcome,
)

STATE = ChannelState("nogales", 1, 2, 1, Policy())
SENDER = HubSender(b"", b"")


@pytest.mark.parametrize(
    "frame",
    [
        Entry(1, 0, EntryKind.MESSAGE, b""),
        CaughtUp("nogales", HIGHEST),
        Accepted((Ack(1, 0, LATEST),)),
        Channel("nogales", STATE),
        Ready("desk@c5", 0, (STATE,), 50, SENDER),
        Notice("anything", "", ""),
    ],
)
def test_what_can_be_passes(frame: HubFrame) -> None:
    check(frame, "desk@c5")


@pytest.mark.parametrize(
    "frame",
    [
        Entry(2**64 - 1, 0, EntryKind.MESSAGE, b""),
        Entry(1, LATEST + 1, EntryKind.MESSAGE, b""),
        Entry(1, -1, EntryKind.MESSAGE, b""),
        CaughtUp("nogales", -1),
        Pruned("nogales", 2**64 - 1),
        Superseded("nogales", (1, HIGHEST + 1)),
        Welcome("nogales", -1, b""),
        GroupInfo(1, "nogales", 2**63, b""),
        SlowDown(1, -5, "disk"),
        Accepted((Ack(1, 1, 0), Ack(2, -1, 0))),
        Ledger(0, "nogales", 1, (LedgerRow("desk@c5", Stage.SHOWN, "", 2**63),)),
        Channel("elsewhere", STATE),
        Channel("nogales", ChannelState("nogales", 2**63, 2, 1, Policy())),
        Ready("somebody@c5", 0, (), 50, SENDER),
        Ready("desk@c5", 0, (), -1, SENDER),
    ],
)
def test_what_cannot_be_is_refused(frame: HubFrame) -> None:
    with pytest.raises(MalformedFrame):
        check(frame, "desk@c5")
