"""The clear header: 55 bytes, strict, bound to one payload, and never at odds with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import HeaderRefused
from protocols.frames import Lane
from protocols.header import HEADER_BYTES, Act, Header, check_franking, franking_tag, unpack
from protocols.ids import uuid7

GOOD = Header(id=uuid7(1), act=Act.REPORT, lane=Lane.ROUTINE, expires=7, tag=bytes(range(32)))


@given(
    st.integers(0, 2**47), st.sampled_from(Act), st.sampled_from(Lane),
    st.integers(0, 2**32 - 1), st.binary(min_size=32, max_size=32),
)  # fmt: skip
def test_a_header_comes_back(now: int, act: Act, lane: Lane, expires: int, tag: bytes) -> None:
    header = Header(id=uuid7(now), act=act, lane=lane, expires=expires, tag=tag)
    packed = header.pack()
    assert len(packed) == HEADER_BYTES == 55
    assert unpack(packed) == header


def test_the_layout_is_the_documented_one() -> None:
    packed = GOOD.pack()
    assert packed[0] == 1
    assert packed[1:17] == GOOD.id
    assert packed[17:19] == bytes([Act.REPORT, Lane.ROUTINE])
    assert packed[19:23] == (7).to_bytes(4, "big")
    assert packed[23:] == GOOD.tag


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 2), (7, 0x4F), (9, 0x00), (17, 0), (17, 9), (18, 5)],
    ids=["version", "uuid version", "uuid variant", "act 0", "act 9", "lane"],
)
def test_one_wrong_byte_is_refused(place: int, value: int) -> None:
    packed = bytearray(GOOD.pack())
    packed[place] = value
    with pytest.raises(HeaderRefused):
        unpack(bytes(packed))


@pytest.mark.parametrize("data", [b"", GOOD.pack()[:-1], GOOD.pack() + b"\0"])
def test_another_length_is_refused(data: bytes) -> None:
    with pytest.raises(HeaderRefused, match="bytes instead of 55"):
        unpack(data)


@pytest.mark.parametrize("expires", [-1, 2**32])
def test_an_expiry_that_does_not_fit_is_refused(expires: int) -> None:
    with pytest.raises(HeaderRefused):
        Header(id=uuid7(1), act=Act.NOTE, lane=Lane.FLASH, expires=expires).pack()


def test_expiry_is_a_moment_and_zero_is_never() -> None:
    assert not GOOD.expired(6_999_999)
    assert GOOD.expired(7_000_000)
    assert not Header(id=GOOD.id, act=Act.NOTE, lane=Lane.FLASH).expired(2**62)


def test_franking_holds_for_one_payload_under_one_key() -> None:
    tag = franking_tag(b"k" * 32, b"payload")
    assert len(tag) == 32
    assert check_franking(b"k" * 32, b"payload", tag)
    assert not check_franking(b"k" * 32, b"payloae", tag)
    assert not check_franking(b"j" * 32, b"payload", tag)
    assert not check_franking(b"k" * 32, b"payload", tag[:-1])
