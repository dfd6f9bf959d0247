"""What an item must be before it may enter the queue: numbers that fit, ids of the right length.

The relay has checked all of this long before; here it keeps one faulty caller from stopping a
transaction that others share. A `ValueError` is a fault of ours, never an answer to a peer.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.store import items
from hub.store.items import Item
from protocols.tlog.entry import SEQUENCED, Kind

_LARGEST = 2**63 - 1
_LONGEST_NAME = 65535

_KNOWN = frozenset(
    {
        items.AppendMessage,
        items.AppendHandshake,
        items.AppendEvent,
        items.CreateChannel,
        items.SetPolicy,
        items.PutKeyPackages,
        items.ClaimKeyPackage,
        items.AckWelcome,
        items.PutReceipt,
        items.Revoke,
        items.PutEnrolmentCode,
        items.UseEnrolmentCode,
        items.EraseBodies,
        items.PutCheckpoint,
    }
)


def check(batch: Sequence[Item]) -> None:
    """Raise `ValueError` for the first item that the log's layout cannot hold."""
    for item in batch:
        if isinstance(item, items.AppendMessage):
            _check_message(item)
        elif type(item) not in _KNOWN:
            raise ValueError(f"{type(item).__name__} is not an item of the store")
        else:
            _check_other(item)


def _check_message(item: items.AppendMessage) -> None:
    if (
        len(item.message_id) != 16
        or not item.body
        or not 0 <= item.act < 256
        or not 0 <= item.lane < 256
        or not 0 <= item.epoch <= _LARGEST
        or not 0 <= item.at <= _LARGEST
        or not 0 < len(item.channel.encode()) <= 1024
        or not 0 < len(item.device.encode()) <= 1024
    ):
        raise ValueError(f"a message to {item.channel!r} has a field that the log cannot hold")


def _check_other(item: Item) -> None:
    for name in ("at", "epoch", "seq", "through", "first", "last", "expires", "size", "since"):
        if not 0 <= getattr(item, name, 0) <= _LARGEST:
            raise ValueError(f"{name} of {type(item).__name__} does not fit the log")
    for name in ("act", "lane"):
        if not 0 <= getattr(item, name, 0) < 256:
            raise ValueError(f"{name} of {type(item).__name__} does not fit the log")
    for name in ("channel", "device", "by", "target", "stage", "reason", "serial", "code_id"):
        if len(getattr(item, name, "").encode()) > _LONGEST_NAME:
            raise ValueError(f"{name} of {type(item).__name__} is too long for the log")
    if len(getattr(item, "message_id", b"")) not in (0, 16):
        raise ValueError("a message id has 16 bytes")
    if isinstance(item, items.AppendHandshake) and (
        item.kind not in (Kind.PROPOSAL, Kind.COMMIT) or not item.body or not item.group_state
    ):
        raise ValueError("a handshake is a proposal or commit with a body and a group state")
    if isinstance(item, items.AppendEvent) and item.kind in SEQUENCED:
        raise ValueError(f"{item.kind.name} is not an event")
    if isinstance(item, items.CreateChannel) and not (item.channel and item.group_info):
        raise ValueError("a channel has a name and a GroupInfo")
    if isinstance(item, items.PutReceipt) and item.seq < 1:
        raise ValueError("a receipt is for a message with a seq")
