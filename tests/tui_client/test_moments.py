"""Clocks: Zulu first, local beside it, spans short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from protocols.clock import to_microseconds
from tui_client import moments

AT = to_microseconds(datetime(2026, 3, 4, 19, 31, 7, tzinfo=UTC))


def test_zulu_and_local_of_the_same_moment() -> None:
    assert moments.zulu(AT) == "19:31Z"
    assert moments.zulu(AT, seconds=True) == "19:31:07Z"
    assert moments.zulu_day(AT) == "03-04 19:31Z"
    assert moments.local(AT, timezone(timedelta(hours=-7))) == "12:31"


def test_spans_keep_their_sign() -> None:
    assert [moments.span(value) for value in (5, 89, 90, -360, 7500)] == [
        "5 s", "89 s", "1 min", "-6 min", "2 h 05",
    ]  # fmt: skip
