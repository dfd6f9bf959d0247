"""What stopped is kept without stopping anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.gateway.counters import Count, Counters
from hub.gateway.dead_letters import DeadLetters
from hub.gateway.letterbox import Letterbox, entry_of, reference_to
from protocols.errors import MalformedDocument
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.parties import GN3, NOON, clock, says

SECRET = says(GN3, Text(text=LanguageText(text="a secret")))


def test_a_letter_about_an_entry_holds_its_number_and_not_its_words() -> None:
    reference = reference_to(SECRET, "nogales", 7)
    assert entry_of(reference) == 7
    assert b"secret" not in reference
    for wrong in (b"", b"[", b"{}", b"[7]", b'{"seq": "x"}', b'{"seq": null}', b"\xff"):
        with pytest.raises(MalformedDocument):
            entry_of(wrong)


def test_what_is_kept_is_counted_and_settled_once(tmp_path: Path) -> None:
    letters, counters = DeadLetters(tmp_path / "letters", clock), Counters()
    box = Letterbox(letters, counters)
    reference = reference_to(SECRET, "nogales", 7)
    box.keep("out", GN3.device, reference, MalformedDocument("no"), at=NOON)
    assert len(letters.list()) == counters[Count.DEAD_LETTERS] == 1
    for _ in range(2):
        box.settled(reference, NOON)
        assert letters.list() == ()


def test_a_disk_that_takes_nothing_is_counted_and_nothing_is_raised(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("no folder can be here")
    counters = Counters()
    box = Letterbox(DeadLetters(tmp_path / "letters", clock), counters)
    box.keep("in", "tak", b"<event", MalformedDocument("no"))
    box.settled(b"x", NOON)
    assert counters[Count.DEAD_LETTERS_LOST] == 1
    assert counters[Count.DEAD_LETTERS] == 0
