"""The clock is handed in: whoever needs the time gets a `Clock`, so a test can hold it still."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], int]
"""Returns UTC microseconds since 1970."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def system_clock() -> int:
    """UTC microseconds since 1970 by this machine's clock."""
    return time.time_ns() // 1000


def to_datetime(microseconds: int) -> datetime:
    """The moment `microseconds` after 1970, as an aware UTC datetime; exact to the microsecond."""
    return _EPOCH + timedelta(microseconds=microseconds)


def to_microseconds(moment: datetime) -> int:
    """UTC microseconds since 1970 of an aware datetime; exact (no float in between)."""
    return (moment - _EPOCH) // _MICROSECOND
