"""Bodies are immutable, tagged, and take no stray fields."""

from __future__ import annotations

import msgspec
import pytest

from protocols.messages.kinds import CheckIn
from protocols.messages.kinds.base import Body


def test_a_body_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        CheckIn(unit="GN-3").unit = "GN-4"  # type: ignore[misc]  # the point of the test


def test_the_tag_is_the_kind() -> None:
    assert msgspec.to_builtins(CheckIn(unit="GN-3")) == {"kind": "checkin", "unit": "GN-3"}
    assert issubclass(CheckIn, Body)


def test_a_stray_field_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({"kind": "checkin", "unit": "x", "units": 1}, CheckIn)
