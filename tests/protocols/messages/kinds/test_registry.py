"""One line a kind, and nothing of the practice left out."""

from __future__ import annotations

from typing import get_args

from protocols.frames import Lane
from protocols.header import Act
from protocols.messages.kinds import BY_BODY, BY_NUMBER, KINDS, Kind

PRACTICE = [
    "patrol.plan",
    "patrol.amend",
    "patrol.ack",
    "checkin",
    "par.request",
    "par.reply",
    "position",
    "unit.status",
    "observation",
    "incident.open",
    "incident.update",
    "incident.sitrep",
    "incident.close",
    "alarm",
    "alarm.ack",
    "alarm.silence",
    "alarm.cancel",
    "assist.request",
    "assist.reply",
    "assist.deployed",
    "assist.release",
    "transfer.offer",
    "transfer.reply",
    "transfer.done",
    "custody.handoff",
    "lead.change",
    "bolo",
    "bolo.cancel",
    "deconflict",
    "medical",
    "consular.notice",
    "text",
    "log.note",
    "release.request",
    "release.decision",
    "disclosure",
    "alert",
    "equipment.notice",
    "receipt",
    "read",
    "presence",
]


def test_every_kind_of_the_practice_is_there_and_no_other() -> None:
    assert list(KINDS) == PRACTICE
    assert {entry.body for entry in KINDS.values()} == set(get_args(Kind)) == set(BY_BODY)


def test_numbers_are_the_order_and_never_shared() -> None:
    assert [entry.number for entry in KINDS.values()] == list(range(1, len(KINDS) + 1))
    assert [BY_NUMBER[n].name for n in sorted(BY_NUMBER)] == PRACTICE


def test_every_act_is_used_and_receipts_are_receipts() -> None:
    assert {entry.act for entry in KINDS.values()} == set(Act)
    receipts = {name for name, entry in KINDS.items() if entry.act is Act.RECEIPT}
    assert receipts == {"receipt", "read", "presence"}


def test_observers_may_note_alarm_and_receipt_only() -> None:
    acts = {entry.act for entry in KINDS.values() if entry.observers}
    assert acts == {Act.NOTE, Act.ALARM, Act.RECEIPT}
    assert not KINDS["alarm.ack"].observers


def test_what_directs_is_a_task() -> None:
    assert all(entry.act is Act.TASK for entry in KINDS.values() if entry.directs)


def test_every_default_precedence_has_a_lane() -> None:
    assert all(entry.precedence.name in Lane.__members__ for entry in KINDS.values())
