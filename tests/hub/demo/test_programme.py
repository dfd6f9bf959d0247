"""Nothing is claimed that was not seen."""

from __future__ import annotations

import io

import pytest

from hub.console import Console
from hub.demo.programme import WIDTH, Programme
from protocols.errors import ExpectationFailed


def programme() -> tuple[Programme, io.StringIO]:
    out = io.StringIO()
    return Programme(Console(out=out)), out


def test_a_check_that_holds_is_said_and_counted() -> None:
    shown, out = programme()
    shown.check(True, "two and two are four")
    shown.end()
    assert "✓ two and two are four" in out.getvalue()
    assert "1 expectations met" in out.getvalue()


def test_a_check_that_fails_ends_it_and_is_not_said_as_met() -> None:
    shown, out = programme()
    with pytest.raises(ExpectationFailed, match="pigs fly"):
        shown.check(False, "pigs fly")
    assert "✓" not in out.getvalue()


async def test_an_expectation_waits_for_what_it_needs() -> None:
    shown, _ = programme()
    answers = iter([None, None, "there"])
    assert await shown.expect("something comes", lambda: next(answers)) == "there"
    assert shown.checked == 1


async def test_an_expectation_that_does_not_come_true_in_time_fails() -> None:
    shown, _ = programme()
    with pytest.raises(ExpectationFailed, match="within 0 s: nothing"):
        await shown.expect("nothing", lambda: None, within=0.01)


def test_lines_fit_the_width_and_long_documents_are_cut() -> None:
    shown, out = programme()
    shown.sees("somebody", "CoT", "\n".join(["x" * 500] * 9))
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert all(len(line) <= WIDTH for line in lines)
