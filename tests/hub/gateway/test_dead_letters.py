"""What could not be passed on is kept byte for byte, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.gateway.dead_letters import DOCUMENT_KEPT, DeadLetters
from protocols.errors import Expired, LetterCut, MalformedDocument, UnknownLetter

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
    (tmp_path / "20270101T000000000000Z-aa.bin.part").write_text("ha")
    assert letters.list() == (kept,)
    DeadLetters(tmp_path, ticking()).keep("in", "x", b"2", MalformedDocument("no"))
    assert list(tmp_path.glob("*.part")) == []


def test_no_folder_means_no_letters(tmp_path: Path) -> None:
    assert DeadLetters(tmp_path / "none", lambda: NOON).list() == ()


def test_a_letter_is_read_by_its_id_and_no_path_is_an_id(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "letters", lambda: NOON)
    kept = letters.keep("in", "x", b"<event", MalformedDocument("no"), format_name="eido")
    assert letters.read(kept.id) == (kept, b"<event")
    assert kept.format == "eido"
    (tmp_path / "secret.json").write_text("{}")
    for name in ("../secret", "", "*", kept.id + "x", f"./{kept.id}"):
        for ask in (letters.read, letters.remove, letters.ask):
            with pytest.raises(UnknownLetter):
                ask(name)


def test_a_removed_letter_leaves_nothing(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, ticking())
    kept = letters.keep("in", "x", b"1", MalformedDocument("no"))
    letters.ask(kept.id)
    assert letters.asked() == (kept.id,)
    letters.remove(kept.id)
    assert letters.asked() == ()
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_another_failure_counts_and_survives_the_same_letter_again(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, ticking())
    kept = letters.keep("out", "x", b"1", MalformedDocument("no"), at=NOON)
    letters.failed_again(kept.id, Expired("yesterday"))
    again = DeadLetters(tmp_path, ticking()).keep(
        "out", "x", b"1", MalformedDocument("no"), at=NOON
    )
    assert (again.id, again.attempts) == (kept.id, 1)


def test_of_an_oversized_document_the_beginning_is_kept_and_not_tried_again(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, ticking())
    kept = letters.keep("in", "x", b"a" * (DOCUMENT_KEPT + 1), MalformedDocument("no"))
    assert kept.size == DOCUMENT_KEPT + 1
    letter, document = letters.read(kept.id)
    assert letter.cut
    assert len(document) == DOCUMENT_KEPT
    with pytest.raises(LetterCut, match=str(kept.size)):
        letters.ask(kept.id)
    short = letters.keep("in", "x", b"a", MalformedDocument("no"), size=3)
    assert letters.read(short.id)[0].cut


def test_what_has_passed_meanwhile_is_settled(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "letters", ticking())
    letters.settled(b"nothing was ever kept", NOON)
    assert not (tmp_path / "letters").exists()
    letters.keep("out", "x", b"1", MalformedDocument("no"), at=NOON)
    letters.settled(b"2", NOON)
    letters.settled(b"1", NOON + 1)
    assert len(letters.list()) == 1
    letters.settled(b"1", NOON)
    letters.settled(b"1", NOON)
    assert letters.list() == ()


def test_what_another_process_dropped_makes_room(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, ticking(), most=3)
    kept = [letters.keep("in", "x", b"%d" % number, MalformedDocument("no")) for number in range(3)]
    DeadLetters(tmp_path, ticking()).remove(kept[1].id)
    letters.keep("in", "x", b"3", MalformedDocument("no"))
    assert [file.read_bytes() for file in sorted(tmp_path.glob("*.bin"))] == [b"0", b"2", b"3"]
