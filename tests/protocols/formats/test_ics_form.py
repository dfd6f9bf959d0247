"""Labelled lines, hours without a zone, and the line that says that it is an exercise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import MalformedDocument, UnsafeDocument
from protocols.formats.ics_form import (
    Blocks,
    Entry,
    block,
    bytes_of,
    clock_text,
    day_text,
    digest,
    entries_of,
    exercise_in,
    mail_moment,
    moment_of,
    text_of,
    writable,
)
from protocols.messages.values import Exercise

BLOCKS = Blocks(
    {
        "to": ("2", "To", "Para", "Destinataire"),
        "message": ("7", "Message", "Mensaje", "Message"),
        "reply": ("9", "Reply", "Respuesta", "Réponse"),
    },
    also={"to": ("Recipient",)},
    long=("message",),
    after_long=("reply",),
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")))


def test_labels_are_known_in_all_languages_with_and_without_numbers() -> None:
    for label in ("2. To", "to", "PARA", "2.Destinataire", "recipient", " To "):
        assert BLOCKS.name_of(label) == "to"
    assert BLOCKS.name_of("To whom") is None
    assert BLOCKS.label("message", "es") == "7. Mensaje"
    assert BLOCKS.language_of("to", "2. Destinataire") == "fr"
    assert BLOCKS.language_of("to", "Recipient") is None


def test_a_value_goes_on_in_indented_lines_and_a_long_one_in_any() -> None:
    lines = ["Heading", "To: a", "  b", "Message: one", "To: two", "", "  three", "Reply: x", ""]
    assert entries_of(lines, BLOCKS) == [
        Entry("", "Heading"),
        Entry("To", "a\nb"),
        Entry("Message", "one\nTo: two\n\nthree"),
        Entry("Reply", "x"),
    ]


@given(WORDS, st.lists(WORDS, max_size=4))
def test_an_entry_comes_back_as_it_was_written(single: str, more: list[str]) -> None:
    value = "\n".join([single.strip(), *more, "end"])
    text = block("7. Message", value) + "\n" + block("9. Reply", single.strip(), " :")
    assert entries_of(text.split("\n"), BLOCKS) == [
        Entry("7. Message", value),
        Entry("9. Reply", single.strip()),
    ]


def test_a_document_is_text_or_refused_with_its_line() -> None:
    assert text_of("á\r\nb\rc\x1a".encode()) == "á\nb\nc"
    assert text_of("\ufeffá".encode()) == "á"
    assert text_of("á".encode("cp1252")) == "á"
    for data in (b"a\nb\x00", b"a\n\x81"):
        with pytest.raises(MalformedDocument) as refusal:
            text_of(data)
        assert refusal.value.facts["where"] == "2"
    with pytest.raises(UnsafeDocument):
        text_of(b"x" * (256 * 1024 + 1))


def test_what_no_text_should_have_is_not_written() -> None:
    assert writable("a\x1b[2J\ud800\u0085b") == "a\ufffd[2J\ufffd\ufffdb"
    assert bytes_of("a\nb\x00") == "a\nb\ufffd".encode()


def test_hours_without_a_zone_are_read_as_utc_and_said_so() -> None:
    noon = datetime(2022, 1, 9, 12, 30, tzinfo=UTC)
    for day, clock, given_offset in (
        ("01/09/2022", "1230", False),
        ("1/9/22", "12:30", False),
        ("2022-01-09", "12:30 PST", False),
        ("2022-01-09", "12:30 UTC", True),
        ("2022-01-09", "05:30 -0700", True),
    ):
        assert moment_of(day, clock) == (noon, given_offset)
    assert moment_of("09/01/2022", "12:30", day_first=True) == (noon, False)
    for day, clock in (("02/30/2022", "1200"), ("2022-01-09", "2560"), ("soon", ""), ("", "1200")):
        assert moment_of(day, clock) is None
    assert moment_of("0001-01-01", "00:00 +14:00") is None


def test_the_date_of_a_mail_is_read() -> None:
    moment = datetime(2022, 1, 10, 4, 0, tzinfo=UTC)
    assert mail_moment("Sun, 09 Jan 2022 20:00:00 -0800") == (moment, True)
    assert mail_moment("10 Jan 2022 04:00:00 -0000") == (moment, False)
    for text in ("", "yesterday", "Sun, 99 Jan 2022 20:00:00", "x" * 200):
        assert mail_moment(text) is None


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)))
def test_a_moment_comes_back_as_it_was_written(moment: datetime) -> None:
    assert moment_of(day_text(moment), clock_text(moment)) == (moment, True)


def test_an_exercise_is_a_whole_line() -> None:
    assert exercise_in(["x", "— CECI EST UN EXERCICE —"]) is Exercise.EXERCISE
    assert exercise_in(["drill drill drill"]) is Exercise.EXERCISE
    assert exercise_in(["this is an exercise in patience", "exercise " * 30]) is None


def test_a_digest_depends_on_every_part() -> None:
    assert digest(["a", "b "]) == digest(["a", " b"])
    assert digest(["a", "b"]) != digest(["ab"])
