"""What may enter the queue, field by field."""

from __future__ import annotations

import pytest

from hub.store import items
from hub.store.checks import check
from hub.store.items import AppendHandshake, AppendMessage, Item
from protocols.tlog.entry import Kind

MESSAGE = AppendMessage("c", "d", bytes(16), 0, b"body", 1, 2, 3)


def changed(**fields: object) -> AppendMessage:
    values = {name: getattr(MESSAGE, name) for name in MESSAGE.__struct_fields__}
    return AppendMessage(**(values | fields))


def test_good_items_pass() -> None:
    check(
        [
            MESSAGE,
            AppendHandshake("c", "d", Kind.COMMIT, 0, b"b", b"s", 1),
            items.AppendEvent(Kind.LOGIN, "d", 1),
            items.CreateChannel("c", "d", b"{}", 0, b"s", b"i", 1),
            items.AckWelcome("d", 1),
            items.PutReceipt("c", 1, "d", "shown", 1),
        ]
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"message_id": b""},
        {"message_id": bytes(15)},
        {"body": b""},
        {"act": 256},
        {"act": -1},
        {"lane": 256},
        {"epoch": -1},
        {"epoch": 2**63},
        {"at": -1},
        {"channel": ""},
        {"device": "x" * 1025},
    ],
)
def test_messages_the_layout_cannot_hold(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        check([changed(**fields)])


@pytest.mark.parametrize(
    "item",
    [
        Item(),
        AppendHandshake("c", "d", Kind.APPLICATION, 0, b"b", b"s", 1),
        AppendHandshake("c", "d", Kind.COMMIT, 0, b"", b"s", 1),
        AppendHandshake("c", "d", Kind.COMMIT, 0, b"b", b"", 1),
        AppendHandshake("c", "d", Kind.COMMIT, -1, b"b", b"s", 1),
        items.AppendEvent(Kind.COMMIT, "d", 1),
        items.AppendEvent(Kind.LOGIN, "d", 1, act=300),
        items.AppendEvent(Kind.LOGIN, "d" * 70_000, 1),
        items.AppendEvent(Kind.LOGIN, "d", 1, message_id=b"short"),
        items.CreateChannel("", "d", b"{}", 0, b"s", b"i", 1),
        items.PutReceipt("c", 0, "d", "shown", 1),
        items.Revoke("d", "by", -5),
        items.AppendEvent(Kind.LOGIN, "half a pair \ud800", 1),
        items.PutReceipt("c", 1, "d", "half a pair \ud800", 1),
    ],
)
def test_other_items_the_layout_cannot_hold(item: Item) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check([MESSAGE, item])
