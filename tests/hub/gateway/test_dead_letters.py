"""What could not be passed on is kept byte for byte, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.gateway.dead_letters import DeadLetters
from protocols.errors import MalformedDocument

NOON = 1_793_000_000_000_000


def test_a_letter_keeps_the_document_and_the_reason(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "letters", lambda: NOON)
    kept = letters.keep("in", "10.0.0.7:4242", b"<event", MalformedDocument("line 1: cut short"))
    assert kept.error == "malformed_document"
    assert letters.list() == (kept,)
    (document,) = (tmp_path / "letters").glob("*.bin")
    assert document.read_bytes() == b"<event"
    assert (tmp_path / "letters").stat().st_mode & 0o777 == 0o700


def test_names_are_never_taken_from_the_document(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "letters", lambda: NOON)
    letters.keep("in", "../../etc/passwd", b"../../x", MalformedDocument("no"))
    assert {file.parent for file in tmp_path.rglob("*.bin")} == {tmp_path / "letters"}


def ticking() -> Callable[[], int]:
    return iter(range(NOON, NOON + 10**9, 1_000_000)).__next__


def test_the_oldest_go_first(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, ticking(), most=3)
    for number in range(5):
        letters.keep("in", "x", b"%d" % number, MalformedDocument("no"))
    assert [file.read_bytes() for file in sorted(tmp_path.glob("*.bin"))] == [b"2", b"3", b"4"]
    assert len(letters.list()) == 3


def test_bytes_are_bounded_too_across_a_restart(tmp_path: Path) -> None:
    clock = ticking()
    for letter in (b"first" * 10, b"second" * 10, b"third" * 10):
        DeadLetters(tmp_path, clock, most_bytes=120).keep(
            "in", "x", letter, MalformedDocument("no")
        )
    kept = [file.read_bytes() for file in sorted(tmp_path.glob("*.bin"))]
    assert kept == [b"second" * 10, b"third" * 10]


def test_the_same_letter_again_replaces_itself(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, ticking())
    for _ in range(3):
        letters.keep("out", "gn-3@c5son", b'{"seq":7}', MalformedDocument("no"), at=NOON)
    assert len(letters.list()) == 1


def test_a_disk_that_takes_nothing_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="letters"):
        DeadLetters(tmp_path / "letters", lambda: NOON).keep(
            "in", "x", b"1", MalformedDocument("no")
        )


def test_what_a_crash_left_half_written_is_passed_over(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, ticking())
    kept = letters.keep("in", "x", b"1", MalformedDocument("no"))
    (tmp_path / "20270101T000000000000Z-aa.json").write_text('{"at": "20')
    assert letters.list() == (kept,)


def test_no_folder_means_no_letters(tmp_path: Path) -> None:
    assert DeadLetters(tmp_path / "none", lambda: NOON).list() == ()
