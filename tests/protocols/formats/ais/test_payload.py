"""Fields and bits: what is stated and what is not, and every bit back in its place."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.formats.ais.layouts import SHORTEST
from protocols.formats.ais.payload import Payload, read, write
from protocols.formats.ais.sixbit import unarmour


def fields(payload: str, fill: int = 0) -> dict[str, object]:
    return read(*unarmour(payload, fill)).fields


def test_a_position_report() -> None:
    said = fields("13U;jB0P001d=dLEeV@db?vl08?b")
    assert said["mmsi"] == 240317000
    assert said["lon"] == 14183822 / 600_000
    assert said["course"] == 324.0
    assert "turn" not in said
    assert "heading" not in said


def test_not_available_is_not_stated() -> None:
    """Message 27 of a transponder that knows nothing: 181, 91, 63 knots, 511 degrees."""
    bits, length = write(Payload(fields={"type": 27, "mmsi": 1}))
    assert length == 96
    said = read(bits, length).fields
    assert not {"lat", "lon", "speed", "course"} & set(said)


@st.composite
def messages(draw: st.DrawFn) -> tuple[int, int]:
    number = draw(st.sampled_from(sorted(SHORTEST)))
    length = draw(st.integers(SHORTEST[number], 600))
    return number << (length - 6) | draw(st.integers(0, (1 << (length - 6)) - 1)), length


@given(messages())
@settings(max_examples=300, deadline=None)
def test_any_bits_come_back_as_they_were(case: tuple[int, int]) -> None:
    payload = read(*case)
    assert write(payload) == case
    again = msgspec.convert(msgspec.json.decode(msgspec.json.encode(payload)), Payload)
    assert write(again) == case


def test_names_end_at_the_filler_and_texts_do_not() -> None:
    name = write(Payload(fields={"type": 24, "mmsi": 1, "partno": 0, "shipname": "A"}))
    assert read(*name).fields["shipname"] == "A"
    padded = Payload(
        fields={"type": 24, "mmsi": 1, "partno": 0, "shipname": "A"}, raw={"shipname": "A  @B"}
    )
    assert read(*write(padded)).raw == {"shipname": "A  @B"}
    text = write(Payload(fields={"type": 14, "mmsi": 1, "text": "MAYDAY@NOW"}))
    assert read(*text).fields["text"] == "MAYDAY@NOW"


@pytest.mark.parametrize(
    ("bits", "length", "said"),
    [
        (0, 168, "type 0"),
        (28 << 162, 168, "type 28"),
        (1 << 94, 100, "at least 168"),
        (1, 12, "40 to"),
        (14 << 7000, 7006, "40 to"),
    ],
)
def test_what_is_no_message(bits: int, length: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(bits, length)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": 99},
        {"type": True},
        {"type": 1, "mmsi": -1},
        {"type": 1, "mmsi": "240"},
        {"type": 1, "lat": 400.0},
        {"type": 1, "lat": "31"},
        {"type": 1, "lat": float("nan")},
        {"type": 1, "accuracy": 1},
        {"type": 5, "shipname": 7},
        {"type": 5, "shipname": "Ñ"},
        {"type": 5, "shipname": "A" * 21},
        {"type": 8, "data": "xx"},
        {"type": 8, "data": "8:1"},
        {"type": 8, "data": "8:zz"},
        {"type": 8, "data": None},
    ],
)
def test_fields_that_no_message_can_have(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        write(Payload(fields=wrong))


def test_bits_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="beyond"):
        write(Payload(fields={"type": 1}, bits=170, rest="3:e"))
    with pytest.raises(ValueError, match="40 to"):
        write(Payload(fields={"type": 1}, bits=-7))
    with pytest.raises(ValueError, match="fit"):
        write(Payload(fields={"type": 8, "data": "80:" + "0" * 20}, bits=60))
