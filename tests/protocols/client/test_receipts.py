"""Receipts go out in batches and are kept until something sent later was answered."""

from __future__ import annotations

from protocols.client.receipts import BATCH, Receipts
from protocols.client.store import Drop, Put, Row
from protocols.frames import Receipt, Stage


def test_one_frame_a_channel_stage_and_reason() -> None:
    receipts = Receipts()
    for seq in (3, 1, 2):
        receipts.add("x", seq, Stage.DECRYPTED)
    receipts.add("x", 4, Stage.FAILED, "role_refused")
    receipts.add("y", 1, Stage.DECRYPTED)
    assert receipts.flush(0) == [
        Receipt("x", Stage.DECRYPTED, (1, 2, 3)),
        Receipt("x", Stage.FAILED, (4,), "role_refused"),
        Receipt("y", Stage.DECRYPTED, (1,)),
    ]
    assert receipts.flush(0) == []


def test_large_batches_are_cut() -> None:
    receipts = Receipts()
    for seq in range(BATCH + 1):
        receipts.add("x", seq, Stage.SHOWN)
    assert [len(frame.seqs) for frame in receipts.flush(0)] == [BATCH, 1]


def test_only_a_later_answer_confirms() -> None:
    receipts = Receipts()
    receipts.add("x", 1, Stage.DECRYPTED)
    assert isinstance(receipts.take_changes()[0], Put)
    receipts.flush(last_ref=5)
    receipts.answered(5)
    assert receipts.pending == 1
    receipts.answered(6)
    assert receipts.pending == 0
    assert isinstance(receipts.take_changes()[0], Drop)


def test_a_cut_or_a_restart_sends_them_again() -> None:
    receipts = Receipts()
    receipts.add("x y", 1, Stage.DECRYPTED)
    receipts.add("x y", 1, Stage.SHOWN)
    frames = receipts.flush(0)
    receipts.cut()
    assert receipts.flush(0) == frames
    rows = [Row(c.name, c.number, c.value) for c in receipts.take_changes() if isinstance(c, Put)]
    assert Receipts.load(rows).flush(0) == frames
