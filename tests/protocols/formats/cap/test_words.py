"""CAP's words: statuses, and which kinds it may and may not say."""

from __future__ import annotations

from protocols.formats.cap import words as words
from protocols.messages.kinds import BY_BODY, AlertAction
from protocols.messages.values import Exercise


def test_only_actual_is_written_as_actual() -> None:
    for exercise, status in words.STATUS_OF.items():
        assert (status == "Actual") == (exercise is Exercise.ACTUAL)
    assert set(words.STATUS_OF) == set(Exercise) - {Exercise.NOT_STATED}


def test_reports_of_position_and_receipts_are_never_alerts() -> None:
    names = {BY_BODY[body].name for body in words.NEVER}
    assert names == {"position", "text", "log.note", "receipt", "read", "presence"}
    assert not set(words.NEVER) & set(words.ACTION_OF)


def test_every_msgtype_has_its_word() -> None:
    assert set(words.ACTIONS.values()) == set(AlertAction)
    assert set(words.ACTIONS) == {"Alert", "Update", "Cancel", "Ack", "Error"}
