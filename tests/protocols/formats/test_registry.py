"""The registry: one line a format, and the same promises of each."""

from __future__ import annotations

import types

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.errors import FormatRefused, UnknownFormat
from protocols.formats.registry import FORMATS, format_named
from protocols.messages.kinds import KINDS


def test_the_formats_are_known_by_name() -> None:
    assert {"canonical", "cot", "tak", "cap", "edxl-de", "edxl-rm", "edxl-have"} <= set(FORMATS)
    assert format_named("cot") is FORMATS["cot"]
    with pytest.raises(UnknownFormat, match="canonical, cot, tak, cap"):
        format_named("morse")


@pytest.mark.parametrize("name", FORMATS)
def test_each_line_is_complete(name: str) -> None:
    entry = FORMATS[name]
    assert entry.name == name
    assert entry.reads or entry.writes
    assert set(entry.gives) <= set(KINDS)
    assert entry.gives or not entry.reads
    assert {f"kind {kind}" for kind in KINDS} <= {row.field for row in entry.crosswalk()}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=200))
def test_noise_is_refused_by_name(name: str, data: bytes, making: types.SimpleNamespace) -> None:
    with pytest.raises(FormatRefused):
        FORMATS[name].decode(data, making.sender)
