"""The two six-bit alphabets, against a slow way to do the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.formats.ais.sixbit import (
    ARMOURED,
    SAYABLE,
    armour,
    from_text,
    padding,
    to_text,
    unarmour,
)

ALPHABET = [chr(48 + n if n < 40 else 56 + n) for n in range(64)]


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, 2**n - 1), st.just(n))))
def test_armour_and_back(case: tuple[int, int]) -> None:
    bits, length = case
    payload, fill = armour(bits, length)
    assert ARMOURED.fullmatch(payload)
    assert unarmour(payload, fill) == (bits, length)
    assert padding(payload, fill) == 0


@given(st.text(ALPHABET, min_size=1, max_size=40))
def test_armour_is_the_table_of_the_standard(payload: str) -> None:
    slow = 0
    for character in payload:
        slow = slow << 6 | ALPHABET.index(character)
    assert unarmour(payload, 0) == (slow, 6 * len(payload))


@given(st.text(sorted(SAYABLE), max_size=40))
def test_text_and_back(text: str) -> None:
    assert to_text(from_text(text), len(text)) == text


def test_text_is_the_table_of_the_standard() -> None:
    assert to_text(0b000001_011111_100000_111111, 4) == "A_ ?"


def test_what_is_left_out_is_known_apart() -> None:
    payload, fill = armour(0b1011, 4, pad=0b01)
    assert unarmour(payload, fill) == (0b1011, 4)
    assert (fill, padding(payload, fill)) == (2, 0b01)


def test_what_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="six bits"):
        from_text("Ñ")
    with pytest.raises(ValueError, match="left out"):
        unarmour("", 2)
