"""What each item does to the log, and what it answers: told as small scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.store import items
from hub.store.items import AppendHandshake, AppendMessage, Committed, CreateChannel, NewWelcome
from hub.store.sqlite import SqliteStore
from protocols.tlog.entry import Kind

PATROL = "patrol-7@uscbp"
UNIT = "gn-3@gn"


def channel(name: str = "nogales", epoch: int = 0) -> CreateChannel:
    return CreateChannel(name, PATROL, b'{"sealed":true}', epoch, b"group 0", b"info 0", 1_000)


def message(number: int, body: bytes = b"ciphertext", **other: object) -> AppendMessage:
    fields = {"channel": "nogales", "device": PATROL, "epoch": 0, "act": 1, "lane": 2, "at": 2_000}
    fields |= other
    return AppendMessage(message_id=number.to_bytes(16, "big"), body=body, **fields)


def commit(epoch: int, **other: object) -> AppendHandshake:
    fields = {"channel": "nogales", "device": PATROL, "kind": Kind.COMMIT, "at": 3_000}
    fields |= other
    return AppendHandshake(
        epoch=epoch,
        body=b"commit %d" % epoch,
        group_state=b"group %d" % (epoch + 1),
        group_info=b"info %d" % (epoch + 1),
        **fields,
    )


async def test_sequence_numbers_have_no_gaps(store: SqliteStore) -> None:
    results = await store.commit(
        [channel(), message(1), message(2, channel="elsewhere"), message(3), message(4)]
    )
    assert results == [
        Committed(0, 0, 1_000),
        Committed(2, 1, 2_000),
        items.UnknownChannel("elsewhere"),
        Committed(3, 2, 2_000),
        Committed(4, 3, 2_000),
    ]
    assert [result.ok for result in results] == [True, True, False, True, True]
    rows = await store.entries("nogales", 0)
    assert rows == [(n, 2_000, Kind.APPLICATION, b"ciphertext") for n in (1, 2, 3)]


async def test_the_same_message_twice_is_logged_once(store: SqliteStore) -> None:
    await store.commit([channel()])
    first = await store.commit([message(1), message(1), message(1, b"other")])
    again = await store.commit([message(1), message(1, b"other"), message(1, device=UNIT)])
    assert first == [Committed(2, 1, 2_000), items.Duplicate(2, 1, 2_000), items.Conflict(2, 1)]
    assert again == [items.Duplicate(2, 1, 2_000), items.Conflict(2, 1), Committed(3, 2, 2_000)]
    assert await store.last_seq("nogales") == 2


async def test_the_same_id_in_another_channel_is_another_message(store: SqliteStore) -> None:
    await store.commit([channel(), channel("detroit")])
    results = await store.commit([message(1), message(1, channel="detroit")])
    assert [result.ok for result in results] == [True, True]


async def test_a_commit_moves_the_epoch_and_the_second_one_loses(store: SqliteStore) -> None:
    await store.commit([channel(), message(1)])
    won, lost, late = await store.commit([commit(0), commit(0, device=UNIT), commit(7)])
    assert won == Committed(3, 2, 3_000)
    assert lost == items.EpochConflict(1, 2)
    assert late == items.EpochConflict(1, 2)
    (stored,) = store.load().channels
    assert (stored.epoch, stored.epoch_seq, stored.handshake_seq) == (1, 2, 2)
    assert (stored.group_state, stored.group_info) == (b"group 1", b"info 1")


async def test_a_proposal_stays_in_its_epoch_and_keeps_the_group_info(store: SqliteStore) -> None:
    proposal = AppendHandshake(
        "nogales", "hub", Kind.PROPOSAL, 0, b"remove", b"group 0 and a proposal", 3_000
    )
    await store.commit([channel(), proposal])
    (stored,) = store.load().channels
    assert (stored.epoch, stored.epoch_seq, stored.handshake_seq) == (0, 0, 1)
    assert stored.group_state == b"group 0 and a proposal"
    assert stored.group_info == b"info 0"


async def test_a_commit_checked_before_the_last_proposal_is_refused(store: SqliteStore) -> None:
    proposal = AppendHandshake("nogales", "hub", Kind.PROPOSAL, 0, b"remove", b"group", 3_000)
    results = await store.commit(
        [channel(), proposal, commit(0, base_seq=0), commit(0, base_seq=1)]
    )
    assert results[2] == items.EpochConflict(0, 1)
    assert results[3].ok


async def test_a_handshake_with_an_id_is_deduplicated(store: SqliteStore) -> None:
    await store.commit([channel()])
    first = await store.commit([commit(0, message_id=b"i" * 16)])
    again = await store.commit([commit(0, message_id=b"i" * 16)])
    assert first == [Committed(2, 1, 3_000)]
    assert again == [items.Duplicate(2, 1, 3_000)]


async def test_messages_of_this_epoch_and_the_one_before(store: SqliteStore) -> None:
    await store.commit([channel(epoch=4)])
    results = await store.commit([message(n, epoch=epoch) for n, epoch in enumerate((2, 3, 4, 5))])
    assert results[0] == results[3] == items.StaleEpoch(4)
    assert results[1].ok
    assert results[2].ok


async def test_welcomes_wait_until_acknowledged(store: SqliteStore) -> None:
    welcomes = (NewWelcome(UNIT, b"welcome gn"), NewWelcome("observer@rcmp", b"welcome rcmp"))
    await store.commit([channel(), commit(0, welcomes=welcomes)])
    (waiting,) = await store.welcomes(UNIT)
    assert (waiting.channel, waiting.seq, waiting.body) == ("nogales", 1, b"welcome gn")
    wrong = items.AckWelcome("observer@rcmp", waiting.welcome_id)
    right = items.AckWelcome(UNIT, waiting.welcome_id)
    assert await store.commit([wrong, right, right]) == [
        items.NotFound(),
        items.Done(),
        items.NotFound(),
    ]
    assert await store.welcomes(UNIT) == []
    assert len(await store.welcomes("observer@rcmp")) == 1


async def test_a_lost_commit_delivers_no_welcome(store: SqliteStore) -> None:
    await store.commit([channel(), commit(0), commit(0, welcomes=(NewWelcome(UNIT, b"w"),))])
    assert await store.welcomes(UNIT) == []


async def test_a_channel_is_made_once(store: SqliteStore) -> None:
    results = await store.commit([channel(), channel()])
    assert results == [Committed(0, 0, 1_000), items.ChannelExists("nogales")]
    assert await store.commit([channel()]) == [items.ChannelExists("nogales")]
    assert store.size == 2


async def test_policy(store: SqliteStore) -> None:
    change = items.SetPolicy("nogales", PATROL, b'{"sealed":false}', 5_000)
    assert (await store.commit([change]))[0] == items.UnknownChannel("nogales")
    assert (await store.commit([channel(), change]))[1].ok
    assert store.load().channels[0].policy == b'{"sealed":false}'


async def test_time_never_runs_backwards(store: SqliteStore) -> None:
    results = await store.commit(
        [channel(), message(1, at=9_000), message(2, at=4_000), message(3, at=9_500)]
    )
    assert [result.at for result in results if isinstance(result, Committed)] == [
        1_000,
        9_000,
        9_000,
        9_500,
    ]


async def test_the_ledger_keeps_the_first_of_each_step(store: SqliteStore) -> None:
    def receipt(seq: int, stage: str, at: int, through: int = 0, reason: str = "") -> items.Item:
        return items.PutReceipt("nogales", seq, UNIT, stage, at, reason, through)

    await store.commit(
        [channel(), receipt(5, "fetched", 10), receipt(1, "fetched", 20, through=900)]
    )
    await store.commit([receipt(5, "shown", 30), receipt(5, "shown", 40, reason="again")])
    steps = await store.ledger("nogales", 5)
    assert [(step.stage, step.at, step.reason) for step in steps] == [
        ("fetched", 10, ""),
        ("shown", 30, ""),
    ]
    assert [step.at for step in await store.ledger("nogales", 900)] == [20]
    assert await store.ledger("nogales", 901) == []
    assert [step.at for step in await store.ledger("nogales", 4)] == [20]


async def test_erasure_leaves_the_leaves(store: SqliteStore) -> None:
    await store.commit([channel(), *(message(n, meta=b'{"from":"::1"}') for n in range(1, 6))])
    await store.commit([commit(0)])
    root = store.root
    order = items.EraseBodies("nogales", 1, 3, "clerk@uscbp", "court order 26-118", 9_000)
    results = await store.commit([order, order])
    assert isinstance(results[0], items.Erased)
    assert (results[0].count, getattr(results[1], "count", None)) == (3, 0)
    rows = await store.entries("nogales", 0)
    assert [row[3] for row in rows] == [None, None, None, b"ciphertext", b"ciphertext", b"commit 0"]
    assert await store.first_available("nogales") == 4
    assert store.root != root
    proof = await store.consistency_proof(8, store.size)
    assert proof


async def test_an_erasure_in_the_middle_does_not_move_the_start(store: SqliteStore) -> None:
    await store.commit([channel(), *(message(n) for n in range(1, 6))])
    await store.commit([items.EraseBodies("nogales", 3, 99, "clerk@uscbp", "order", 9_000)])
    assert await store.first_available("nogales") == 1
    unknown = items.EraseBodies("detroit", 1, 1, "clerk@uscbp", "order", 9_000)
    assert await store.commit([unknown]) == [items.UnknownChannel("detroit")]


async def test_events_have_no_sequence_number(store: SqliteStore) -> None:
    login = items.AppendEvent(Kind.LOGIN, PATROL, 7_000, meta=json.dumps({"from": "::1"}).encode())
    assert await store.commit([login]) == [Committed(0, 0, 7_000)]
    assert store.size == 1


@pytest.mark.parametrize("portion", [1, 7, 64, 300])
async def test_any_size_of_batch_gives_the_same_log(
    store: SqliteStore, tmp_path: Path, portion: int
) -> None:
    todo = [message(n, body=b"%d" % n) for n in range(400)]
    other = SqliteStore.open(tmp_path / "other.db")
    await other.commit([channel(), *todo])
    expected = other.root
    other.close()
    await store.commit([channel()])
    for start in range(0, 400, portion):
        await store.commit(todo[start : start + portion])
    bodies: list[bytes | None] = []
    while rows := await store.entries("nogales", len(bodies)):
        bodies += [row[3] for row in rows]
    assert bodies == [b"%d" % n for n in range(400)]
    assert store.root == expected
