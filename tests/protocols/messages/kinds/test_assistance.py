"""An answer is one of three words, and a quantity is at least one."""

from __future__ import annotations

import msgspec
import pytest

from protocols.messages.kinds import AssistAnswer, AssistReply, AssistRequest


def test_an_answer_must_be_one_of_three() -> None:
    assert [str(answer) for answer in AssistAnswer] == ["accepted", "partial", "declined"]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "assist.reply", "assist": "a", "answer": "received"}, AssistReply)


def test_nobody_asks_for_nothing() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(
            {"kind": "assist.request", "capability": "K9", "quantity": 0}, AssistRequest
        )
