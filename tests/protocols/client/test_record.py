"""The record says what was shown, in the language in which it was shown, refusals included."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protocols.client.events import Received
from protocols.client.record import line_of, write_record
from protocols.identity import Identity, Role
from protocols.messages.envelope import compose
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText

SENDER = Identity("US", "uscbp", "Nogales", "dispatch@uscbp", Role.COMMAND)


def received(seq: int, refused: str | None = None) -> Received:
    return Received(
        channel="nogales",
        seq=seq,
        time=seq * 10,
        sender=SENDER,
        message=compose(SENDER, Text(text=LanguageText(text=f"words {seq}"))),
        refused=refused,
        raw_hash=bytes([seq]) * 32,
    )


def test_one_line_a_message_in_order(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    assert write_record(path, [received(1), received(2, "act_mismatch")]) == 2
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["seq"] for line in lines] == [1, 2]
    assert lines[0]["sha256"] == "01" * 32
    assert lines[0]["sender"] == "dispatch@uscbp"
    assert "refused" not in lines[0]
    assert lines[1]["refused"] == "act_mismatch"


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_the_text_is_the_one_that_was_shown(language: str) -> None:
    line = line_of(received(3), language)
    assert "words 3" in line.text
    assert line.language == language
