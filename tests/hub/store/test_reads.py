"""Reading back: in order, in pages, and only what is committed."""

from __future__ import annotations

from hub.store import items
from hub.store.interface import PackageHolder
from hub.store.items import AppendHandshake, AppendMessage, CreateChannel, NewKeyPackage
from hub.store.sqlite import SqliteStore
from protocols.tlog.entry import Kind
from protocols.tlog.merkle import subtree_root

OPEN = CreateChannel("c", "d", b'{"a":1}', 3, b"group", b"info", 1)


def message(number: int) -> AppendMessage:
    return AppendMessage("c", "d", number.to_bytes(16, "big"), 3, b"%d" % number, 1, 2, number)


async def test_pages(store: SqliteStore) -> None:
    await store.commit([OPEN, *(message(n) for n in range(1, 601))])
    assert [row[0] for row in await store.entries("c", 0)] == list(range(1, 257))
    assert [row[0] for row in await store.entries("c", 256, 2)] == [257, 258]
    assert await store.entries("c", 600) == []
    assert await store.entries("c", -5, 1) == [(1, 1, Kind.APPLICATION, b"1")]
    assert await store.entries("unknown", 0) == []


async def test_what_has_no_sequence_number_is_not_delivered(store: SqliteStore) -> None:
    flag = items.AppendEvent(Kind.FLAG, "d", 1, channel="c")
    commit = AppendHandshake("c", "d", Kind.COMMIT, 3, b"commit", b"group", 9)
    await store.commit([OPEN, flag, message(1), items.SetPolicy("c", "d", b"{}", 1), commit])
    assert [(row[0], row[2]) for row in await store.entries("c", 0)] == [
        (1, Kind.APPLICATION),
        (2, Kind.COMMIT),
    ]


async def test_an_unknown_channel_is_empty(store: SqliteStore) -> None:
    assert await store.last_seq("c") == 0
    assert await store.first_available("c") == 1
    assert await store.ledger("c", 1) == []


async def test_snapshot(store: SqliteStore) -> None:
    await store.commit([CreateChannel("b", "d", b"{}", 0, b"g", b"i", 1), OPEN, message(1)])
    await store.commit([items.Revoke("x@gn", "clerk@gn", 5, serial="0A", reason="stolen")])
    snapshot = store.load()
    assert [channel.channel for channel in snapshot.channels] == ["b", "c"]
    channel = snapshot.channels[1]
    assert (channel.last_seq, channel.epoch, channel.policy) == (1, 3, b'{"a":1}')
    assert (channel.group_state, channel.group_info) == (b"group", b"info")
    (revoked,) = snapshot.revoked
    assert (revoked.device, revoked.serial, revoked.at, revoked.reason) == (
        "x@gn",
        "0A",
        5,
        "stolen",
    )


async def test_who_has_key_packages(store: SqliteStore) -> None:
    def put(device: str, *packages: NewKeyPackage) -> items.PutKeyPackages:
        return items.PutKeyPackages(device, packages, 1)

    await store.commit(
        [
            put("b", NewKeyPackage(b"1", b"last", 50, last_resort=True)),
            put("a", NewKeyPackage(b"2", b"old", 50), NewKeyPackage(b"3", b"new", 50)),
            put("gone", NewKeyPackage(b"4", b"x", 10)),
        ]
    )
    assert await store.key_package_holders(10) == [
        PackageHolder("a", b"new", 2),
        PackageHolder("b", b"last", 0),
    ]
    assert await store.key_package_count("a", 10) == 2
    assert await store.key_package_count("gone", 10) == 0


async def test_subtrees_come_from_tiles_and_leaves(store: SqliteStore) -> None:
    await store.commit([OPEN, *(message(n) for n in range(1, 1100))])
    leaves = store._reader.leaves(0, 1024)
    assert store._reader.subtree(10, 0) == subtree_root(leaves)
    assert store._reader.subtree(8, 3) == subtree_root(leaves[768:])
    assert store._reader.subtree(3, 5) == subtree_root(leaves[40:48])
    assert store._reader.subtree(0, 5) == leaves[5]
