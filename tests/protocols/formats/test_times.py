"""Foreign times: what is read, what is refused, how they are written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.formats.times import offset_text, parse_time, zulu_text


@pytest.mark.parametrize(
    ("text", "moment", "offset_given"),
    [
        ("2026-11-21T19:31:00Z", datetime(2026, 11, 21, 19, 31, tzinfo=UTC), True),
        ("2026-11-21T19:31:00", datetime(2026, 11, 21, 19, 31, tzinfo=UTC), False),
        ("2026-11-21T12:31:00-07:00", datetime(2026, 11, 21, 19, 31, tzinfo=UTC), True),
        ("2026-11-21T19:31:00-00:00", datetime(2026, 11, 21, 19, 31, tzinfo=UTC), True),
        ("2023-07-18T15:23:09.00Z", datetime(2023, 7, 18, 15, 23, 9, tzinfo=UTC), True),
        (
            " 2026-11-21T19:31:00.1234569Z\n",
            datetime(2026, 11, 21, 19, 31, 0, 123456, UTC),
            True,
        ),
    ],
)
def test_read(text: str, moment: datetime, offset_given: bool) -> None:
    assert parse_time(text) == (moment, offset_given)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026-11-21",
        "2026-02-30T00:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T00:00:00+99:00",
        "0001-01-01T00:00:00+14:00",
        "2026-11-21T00:00:00." + "1" * 40 + "Z",
        "2026-W47-6T00:00:00Z",
        "٢٠٢٦-11-21T00:00:00Z",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date and time"):
        parse_time(text)


def test_written() -> None:
    moment = datetime(2026, 11, 21, 19, 31, tzinfo=UTC)
    assert zulu_text(moment) == "2026-11-21T19:31:00.000Z"
    assert zulu_text(moment.replace(microsecond=1)) == "2026-11-21T19:31:00.000001Z"
    assert offset_text(moment) == "2026-11-21T19:31:00-00:00"


@settings(max_examples=60, deadline=None)
@given(moment=st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)))
def test_what_is_written_reads_back(moment: datetime) -> None:
    assert parse_time(zulu_text(moment)) == (moment, True)
    assert parse_time(offset_text(moment)) == (moment.replace(microsecond=0), True)
