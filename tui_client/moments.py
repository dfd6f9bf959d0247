"""Times as the screen shows them: Zulu first, the station's local clock beside it."""

from __future__ import annotations

from datetime import tzinfo

from protocols.clock import to_datetime


def zulu(at: int, *, seconds: bool = False) -> str:
    """`19:31Z`, with seconds `19:31:07Z`."""
    return to_datetime(at).strftime("%H:%M:%SZ" if seconds else "%H:%MZ")


def zulu_day(at: int) -> str:
    """Month, day and time in digits, so that it needs no language: `03-04 19:31Z`."""
    return to_datetime(at).strftime("%m-%d %H:%MZ")


def local(at: int, zone: tzinfo) -> str:
    """`12:31` on the station's clock."""
    return to_datetime(at).astimezone(zone).strftime("%H:%M")


def span(seconds: float) -> str:
    """A length of time with its sign where it is negative: `45 s`, `12 min`, `2 h 05`."""
    sign = "-" if seconds < 0 else ""
    whole = int(abs(seconds))
    if whole < 90:
        return f"{sign}{whole} s"
    minutes = whole // 60
    if minutes < 120:
        return f"{sign}{minutes} min"
    return f"{sign}{minutes // 60} h {minutes % 60:02}"
