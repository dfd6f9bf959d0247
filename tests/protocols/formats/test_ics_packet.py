"""Headers, forms in brackets, and what is wrong with them, line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import MalformedDocument
from protocols.formats.ics_packet import (
    BEGIN,
    END,
    packet_of,
    pifo_of,
    quoted_in,
    write_packet,
    write_pifo,
)

NAMES = st.text("abcABC0123. ", min_size=1, max_size=40).map(str.strip).filter(bool)
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.just("\n")
# A value whose last letter is ` cannot be written in brackets: `] is a bracket inside a value.
VALUES = st.text(LETTERS).filter(lambda value: not value.endswith("`"))


def test_headers_end_at_the_first_empty_line_and_may_be_folded() -> None:
    packet = packet_of(["", "From: a@b", "Subject: one", "  two", "", "body", "", "more"])
    assert packet.headers == [["From", "a@b"], ["Subject", "one two"]]
    assert packet.body == ["body", "", "more"]
    assert packet.begin == 6
    assert packet.header("subject") == "one two"
    assert packet.header("date") == ""


def test_without_headers_of_a_mail_everything_is_body() -> None:
    for lines in (["hello", "", "x"], ["note: a", "", "x"], ["From: a"], [BEGIN, "From: [a]"], []):
        packet = packet_of(lines)
        assert (packet.headers, packet.body, packet.begin) == ([], lines, 1)


def test_a_value_may_go_on_and_hold_brackets() -> None:
    form = pifo_of(["hi", BEGIN, "#T: x", "a: [one", "two `]", "3]", " b:  []", END, "", "by"], 5)
    assert form.marks == [["T", "x"]]
    assert form.fields == [["a", "onetwo ]3"], ["b", ""]]
    assert (form.head, form.tail) == ("hi", "by")
    assert form.lines == {"a": 8, "b": 11}
    assert (form.mark("T"), form.mark("V")) == ("x", "")


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        ([BEGIN, "a: [b]"], "1"),
        ([BEGIN, "a: [b]", "c", END], "3"),
        ([BEGIN, "a: [b", END], "2"),
        ([BEGIN, "a: [b]", "a: [c]", END], "3"),
    ],
)
def test_a_corrupt_form_is_refused_with_its_line(lines: list[str], where: str) -> None:
    with pytest.raises(MalformedDocument) as refusal:
        pifo_of(lines, 1)
    assert refusal.value.facts["where"] == where


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_a_form_comes_back_as_it_was_written(values: dict[str, str]) -> None:
    fields = [[name, value] for name, value in values.items()]
    text = write_packet([("From", "a"), ("Subject", "b")], write_pifo([["T", "x"]], fields))
    packet = packet_of(text.split("\n"))
    form = pifo_of(packet.body, packet.begin)
    assert form.fields == fields
    assert packet.headers == [["From", "a"], ["Subject", "b"]]


def test_a_message_behind_a_mark_is_found_with_the_words_around_it() -> None:
    lines = ["look:", "> From: a", "> Subject: b", "", "> words", "yours"]
    quoted = quoted_in(lines)
    assert quoted is not None
    assert (quoted.before, quoted.after, quoted.begin) == ("look:", "yours", 2)
    assert quoted.lines == ("From: a", "Subject: b", "", "words")
    assert quoted.around("From: a\nSubject: b\n\nwords\n") == "\n".join(lines)
    assert quoted_in(["From: a", "To: b"]) is None
    assert quoted_in(["  From: a", "  words"]) is None
