"""Framing of TAK Protocol v1: what a whole frame is, and at which byte a wrong one goes wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import FormatRefused, MalformedDocument, UnsafeDocument, UnsupportedVersion
from protocols.formats.cot.tak_frame import mesh_frame, stream_frame, unframe


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400).filter(lambda data: not data.startswith(b"\xbf")))
def test_both_framings_come_back(payload: bytes) -> None:
    assert unframe(mesh_frame(payload)) == (payload, 3)
    assert unframe(stream_frame(payload)).data == payload


def test_the_length_is_a_varint() -> None:
    assert stream_frame(bytes(5))[:2] == b"\xbf\x05"
    assert stream_frame(bytes(300))[:3] == b"\xbf\xac\x02"
    assert unframe(stream_frame(bytes(300))).start == 3


@pytest.mark.parametrize(
    ("frame", "error", "where"),
    [
        (b"", MalformedDocument, "Byte 0"),
        (b"\xbe\x01\x00", MalformedDocument, "Byte 0"),
        (b"\xbf", MalformedDocument, "Byte 1"),
        (b"\xbf\x80", MalformedDocument, "Byte 2"),
        (b"\xbf" + b"\xff" * 9, MalformedDocument, "Byte 6"),
        (b"\xbf\x05\x00\x00", MalformedDocument, "Byte 4"),
        (b"\xbf\x01\x00\x00", MalformedDocument, "Byte 3"),
        (b"\xbf\x02\xbf\x00", UnsupportedVersion, "version 2"),
        (b"\xbf\x00\xbf<event/>", UnsupportedVersion, "version 0"),
        (b"<?xml version='1.0'?><event/>", UnsupportedVersion, "Byte 0"),
        (b"\xef\xbb\xbf <event/>", UnsupportedVersion, "Byte 0"),
        (b"\xbf\x01\xbf" + bytes(300_000), UnsafeDocument, "300003 bytes"),
    ],
)
def test_a_refusal_says_where(frame: bytes, error: type[FormatRefused], where: str) -> None:
    with pytest.raises(error, match=where):
        unframe(frame)
