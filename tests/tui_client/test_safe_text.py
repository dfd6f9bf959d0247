"""Whatever arrives, the screen shows it as what it is: no markup, no escapes, nothing hidden."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tui_client import safe_text

HOSTILE = [
    "[/]",
    "[@click=app.quit]x[/]",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "invoice \u202egpj.exe",
    "a\u200bb\u200dc\ufeffd",
    "x\U000e0041\U000e0042\U000e007f",
    "\u2066left\u2069",
    "zalgo" + "\u0301" * 40,
    "\ud83d",
    "line\nbreak\r\x00",
    "\u3164\u2800\u00ad\u034f",
    "x" * 100_000,
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:12]))
def test_hostile_text_becomes_visible_and_harmless(value: str) -> None:
    shown = safe_text.text(value)
    assert shown.plain.isprintable()
    painted = shown.segments({}, Style())
    assert "".join(segment.text for segment in painted) == shown.plain
    assert not any(segment.style and segment.style.meta for segment in painted)
    assert "\x1b" not in shown.plain
    assert not safe_text._INVISIBLE.search(shown.plain)
    shown.plain.encode("utf-8")  # a lone surrogate could not be written to the terminal


def test_markup_stays_text() -> None:
    shown = safe_text.text("[bold][@click=app.quit]x[/]")
    assert shown.plain == "[bold][@click=app.quit]x[/]"
    assert shown.segments({"": Style(bold=True)}, Style()) == [
        Segment(shown.plain, Style(bold=True))
    ]


def test_hidden_characters_show_their_number_in_a_tone_of_their_own() -> None:
    shown = safe_text.text("a\u202eb", "strong")
    assert shown.runs == (("a", "strong"), ("‹202E›", "strange"), ("b", "strong"))
    assert safe_text.text("a‹202E›b", "strong").runs == (("a‹202E›b", "strong"),)


def test_controls_show_as_pictures() -> None:
    assert safe_text.text("\x1b[0m\x7f\n").plain == "␛[0m␡␊"


def test_a_very_long_text_says_how_much_is_left_out() -> None:
    shown = safe_text.text("x" * (safe_text.MAX_CHARACTERS + 5))
    assert shown.plain.endswith("x…(+5)")


def test_lines_break_at_line_feeds_only() -> None:
    assert [part.plain for part in safe_text.lines("a\r\nb\nc\rd")] == ["a", "b", "c␍d"]


def test_a_word_for_titles_holds_no_bracket() -> None:
    assert safe_text.word("[red]x[/]\x1b") == "(red)x(/)␛"


def test_columns_are_aligned_in_cells_not_characters() -> None:
    row = safe_text.columns([("東京都庁", 5), (("7", "warn"), -3), ("é", 2)])
    assert row.plain == "東京…   7 é "
    assert row.cells == 5 + 1 + 3 + 1 + 2


def test_rule_fills_its_width() -> None:
    assert safe_text.rule(safe_text.text("Plan"), 20, safe_text.text("MP-07")).cells == 20
    assert safe_text.rule(safe_text.text("A very long title indeed"), 10).cells == 10


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_anything_is_printable_and_nothing_vanishes(value: str) -> None:
    shown = safe_text.text(value)
    assert shown.plain.isprintable()
    assert len(shown.plain) >= len(value)
    for character in value:
        if character.isprintable() and not unicodedata.combining(character):
            assert safe_text._INVISIBLE.match(character) or character in shown.plain


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.integers(0, 40))
def test_fit_gives_exactly_the_width(value: str, width: int) -> None:
    assert safe_text.text(value).fit(width).cells == width
    assert safe_text.text(value).fit(width, "right").cells == width


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120), st.integers(4, 40), st.integers(0, 2))
def test_wrapped_lines_fit_and_keep_every_character(value: str, width: int, indent: int) -> None:
    shown = safe_text.text(value)
    lines = shown.wrap(width, indent)
    assert all(part.cells <= width for part in lines)
    assert cell_len("".join(part.plain for part in lines).replace(" ", "")) == cell_len(
        shown.plain.replace(" ", "")
    )
