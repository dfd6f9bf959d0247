"""Foreign time text to a moment and back, saying whether an offset was given.

Read are the profiles of ISO 8601 that XML Schema, CAP and CoT use: a date, `T`, a time with any
number of fraction digits, and `Z`, a numeric offset, or nothing. `-00:00` is CAP's own way to
write UTC (CAP 1.2, section 3.3.2). Without an offset the clock reading is taken as UTC and the
caller is told so.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_TIME = re.compile(
    r"\s*(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,32}))?(Z|[+-]\d{2}:\d{2})?\s*", re.ASCII
)


def parse_time(text: str) -> tuple[datetime, bool]:
    """(moment in UTC, whether the text gave an offset).

    Fractions beyond a microsecond are cut off. Raises `ValueError` for anything else than the
    profiles above, and for dates that do not exist or leave the years 1 to 9999.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a date and time")
    clock, fraction, offset = match.groups()
    written = clock
    if fraction is not None:
        written += "." + (fraction + "000000")[:6]
    try:
        if offset is None:
            return datetime.fromisoformat(written).replace(tzinfo=UTC), False
        return datetime.fromisoformat(written + offset).astimezone(UTC), True
    except (ValueError, OverflowError) as fault:
        raise ValueError(f"{text[:40]!r} is not a date and time: {fault}") from None


def zulu_text(moment: datetime) -> str:
    """CoT's way: UTC with `Z`, milliseconds, or microseconds where they are needed."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    exact = "microseconds" if naive.microsecond % 1000 else "milliseconds"
    return naive.isoformat(timespec=exact) + "Z"


def offset_text(moment: datetime) -> str:
    """CAP's way: whole seconds and a numeric offset, never `Z`; UTC is written `-00:00`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "-00:00"
