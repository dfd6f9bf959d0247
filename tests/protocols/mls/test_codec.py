"""The presentation language: what it writes it reads, and it reads nothing else."""

from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.mls.codec import (
    OPAQUE,
    UINT8,
    UINT16,
    Opaque,
    Reader,
    Struct,
    UInt8,
    UInt32,
    enumerated,
    optional,
    select,
    struct,
    vector,
    write_length,
)
from protocols.mls.errors import (
    MalformedMLS,
    NotMinimalVector,
    TrailingBytes,
    Truncated,
    UnknownProposal,
    UnknownValue,
)


class Point(Struct):
    x: UInt8
    y: UInt32


class Shape(Struct):
    name: Opaque
    points: Annotated[tuple[Point, ...], vector(struct(Point))]
    centre: Annotated[Point | None, optional(struct(Point))] = None


points = st.builds(Point, st.integers(0, 255), st.integers(0, 2**32 - 1))
shapes = st.builds(
    Shape, st.binary(max_size=80), st.lists(points, max_size=20).map(tuple), st.none() | points
)


@given(shapes)
@settings(max_examples=80, deadline=None)
def test_structures_round_trip(shape):
    assert Shape.decode(shape.encoded) == shape
    assert Shape.decode(shape.encoded).encoded == shape.encode()


@given(st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_refused_and_what_is_read_is_canonical(data):
    try:
        shape = Shape.decode(data)
    except MalformedMLS:
        return
    assert Shape(shape.name, shape.points, shape.centre).encoded == data


@pytest.mark.parametrize(
    ("size", "header"),
    [(0, "00"), (63, "3f"), (64, "4040"), (16383, "7fff"), (16384, "80004000")],
)
def test_lengths_are_minimal(size, header):
    assert write_length(size).hex() == header
    assert Reader(bytes.fromhex(header)).length() == size


@pytest.mark.parametrize("header", ["4000", "403f", "80003fff", "80000000", "c0", "ff"])
def test_longer_lengths_are_refused(header):
    with pytest.raises(NotMinimalVector):
        Reader(bytes.fromhex(header) + bytes(8)).length()


def test_length_has_a_limit():
    with pytest.raises(ValueError, match="at most"):
        write_length(1 << 30)


def test_cut_and_trailing_bytes_are_refused():
    with pytest.raises(Truncated):
        OPAQUE.decode(b"\x05abcd")
    with pytest.raises(TrailingBytes):
        OPAQUE.decode(b"\x03abcd")
    with pytest.raises(Truncated):
        vector(UINT16).decode(b"\x03\x00\x01\x02")
    with pytest.raises(Truncated):
        Reader(b"\x08abc").sub()


def test_enumerators_and_markers_are_known_ones():
    assert enumerated(UINT8, 1, 2).decode(b"\x02") == 2
    with pytest.raises(UnknownValue):
        enumerated(UINT8, 1, 2).decode(b"\x03")
    with pytest.raises(UnknownValue):
        optional(UINT8).decode(b"\x02\x00")


def test_select_reads_the_tagged_case():
    choice = select(UINT16, ((7, struct(Point)),), UnknownProposal)
    assert choice.write(Point(1, 2)) == b"\x00\x07\x01\x00\x00\x00\x02"
    assert choice.decode(b"\x00\x07\x01\x00\x00\x00\x02") == Point(1, 2)
    with pytest.raises(UnknownProposal):
        choice.decode(b"\x00\x08\x01")


def test_a_field_without_a_codec_is_a_programming_error():
    with pytest.raises(TypeError, match="names no codec"):
        type("Broken", (Struct,), {"__annotations__": {"field": int}})
