"""Microseconds and datetimes are the same moments, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from protocols.clock import system_clock, to_datetime, to_microseconds


@given(st.integers(-(10**15), 10**16))
def test_there_and_back_is_exact(microseconds: int) -> None:
    assert to_microseconds(to_datetime(microseconds)) == microseconds


def test_any_offset_is_the_same_moment() -> None:
    nogales = datetime(2026, 11, 20, 12, 31, tzinfo=timezone(timedelta(hours=-7)))
    assert to_datetime(to_microseconds(nogales)) == datetime(2026, 11, 20, 19, 31, tzinfo=UTC)


def test_the_system_clock_is_in_microseconds() -> None:
    assert to_datetime(system_clock()).year >= 2025
