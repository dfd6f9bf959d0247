"""Short numbers and times come back exactly, and each value has one form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from protocols.errors import MalformedMessage
from protocols.messages.shorthand import long_form, short_float, short_time

SENT = datetime(2026, 11, 20, 19, 31, 0, 250, tzinfo=UTC)
times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))


@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-9999, 9999, places=4).map(float)
)
def test_a_number_comes_back_exactly(value: float) -> None:
    short = short_float(value)
    assert (long_form(short, SENT) if isinstance(short, Ext) else short) == value


@given(times)
def test_a_time_comes_back_exactly(moment: datetime) -> None:
    assert long_form(short_time(moment, SENT), SENT) == moment


def test_coordinates_take_six_bytes() -> None:
    short = short_float(31.33275)
    assert isinstance(short, Ext)
    assert (short.code, bytes(short.data)) == (3, bytes([5]) + (3133275).to_bytes(3, "big"))


@pytest.mark.parametrize(
    "short",
    [
        Ext(0, b"\x01"),
        Ext(3, b""),
        Ext(3, b"\x05"),
        Ext(3, b"\x01\x00\x00\x0a"),
        Ext(3, b"\xff\x01"),
        Ext(1, b""),
        Ext(1, b"\x00\x01"),
        Ext(2, b"\x7f" * 8),
        Ext(2, (1_000_000).to_bytes(4, "big")),
    ],
)
def test_another_form_of_the_same_value_is_refused(short: Ext) -> None:
    with pytest.raises(MalformedMessage):
        long_form(short, SENT)
