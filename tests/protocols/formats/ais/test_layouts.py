"""The tables have the lengths that ITU-R M.1371-5 prints, and the forms that a flag tells apart."""

from __future__ import annotations

import pytest

from protocols.formats.ais.layouts import NATURAL, SHORTEST, layout_of


def names(number: int, flags: int = 0, mmsi: int = 0) -> list[str]:
    bits = number << 162 | mmsi << 130 | flags
    return [field.name for field in layout_of(bits, 168)]


@pytest.mark.parametrize(
    ("number", "bits"),
    [(1, 168), (4, 168), (5, 424), (9, 168), (10, 72), (15, 160), (16, 144), (18, 168),
     (19, 312), (20, 160), (23, 160), (27, 96), (7, 168), (13, 168)],
)  # fmt: skip
def test_lengths_of_the_recommendation(number: int, bits: int) -> None:
    assert NATURAL[number] == bits


def test_every_type_has_a_layout_and_a_shortest_length() -> None:
    assert sorted(SHORTEST) == list(range(1, 28))
    for number in SHORTEST:
        assert names(number)[:3] == ["type", "repeat", "mmsi"]
    with pytest.raises(KeyError):
        layout_of(28 << 162, 168)


def test_forms_that_a_flag_tells_apart() -> None:
    assert "shipname" in names(24)
    assert "to_bow" in names(24, 1 << 128)
    assert "mothership_mmsi" in names(24, 1 << 128, mmsi=982_000_001)
    assert "ne_lon" in names(22)
    assert "dest1" in names(22, 1 << 28)
    assert names(25)[-1] == "data"
    assert names(25, 3 << 128)[-4:] == ["dest_mmsi", "dac", "fid", "data"]
    assert sum(field.width for field in layout_of(22 << 162, 168)) == 168
    assert sum(field.width for field in layout_of(24 << 162 | 1 << 128, 168)) == 168


def test_no_name_stands_twice_in_a_layout() -> None:
    for number in SHORTEST:
        for flags in (0, 1 << 28, 1 << 128, 2 << 128, 3 << 128):
            said = names(number, flags)
            assert len(said) == len(set(said))
