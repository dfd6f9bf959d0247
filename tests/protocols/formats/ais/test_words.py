"""Numbers that tell a device or a country, and texts that say they are not real."""

from __future__ import annotations

import pytest

from protocols.formats.ais.words import (
    DEVICES,
    MARKS,
    TITLES,
    country_of,
    device_of,
    exercise_in,
)
from protocols.messages.values import Exercise


@pytest.mark.parametrize(
    ("mmsi", "country"),
    [
        (366_000_001, "US"), (338_123_456, "US"), (303_999_999, "US"), (316_001_234, "CA"),
        (345_070_001, "MX"), (3_669_702, "US"), (36_600_001, "US"), (111_316_001, "CA"),
        (993_450_001, "MX"), (983_160_001, "CA"), (836_612_345, "US"),
        (244_660_390, None), (970_316_456, None), (0, None), (166_000_001, None),
    ],
)  # fmt: skip
def test_countries_by_their_digits(mmsi: int, country: str | None) -> None:
    assert country_of(mmsi) == country


def test_devices_by_their_digits() -> None:
    assert [device_of(int(prefix + "123456")) for prefix in DEVICES] == list(DEVICES.values())
    assert device_of(97_012_345) is None


@pytest.mark.parametrize(
    ("text", "exercise"),
    [
        ("EXERCISE FIRE ON BOARD", Exercise.EXERCISE),
        ("EXERCISE EXERCISE EXERCISE", Exercise.EXERCISE),
        ("EXERCISE - CAUTION", Exercise.EXERCISE),
        ("EXERCISE", Exercise.EXERCISE),
        ("EXERCISE CAUTION IN THE CHANNEL", Exercise.NOT_STATED),
        ("EXERCISE EXTREME CAUTION", Exercise.NOT_STATED),
        ("EXERCISED", Exercise.NOT_STATED),
        ("TEST", Exercise.TEST),
        ("SART TEST", Exercise.TEST),
        ("TESTIMONY", Exercise.NOT_STATED),
        ("SART ACTIVE", Exercise.NOT_STATED),
        ("NO EXERCISE", Exercise.NOT_STATED),
        ("SIMULATION FLOOD", Exercise.SIMULATION),
        ("", Exercise.NOT_STATED),
    ],
)
def test_what_the_first_words_say(text: str, exercise: Exercise) -> None:
    assert exercise_in(text) is exercise


def test_every_mark_says_what_it_is_for() -> None:
    for exercise, mark in MARKS.items():
        assert exercise_in(mark + "FIRE") is exercise


def test_every_type_has_a_title() -> None:
    assert sorted(TITLES) == list(range(1, 28))
