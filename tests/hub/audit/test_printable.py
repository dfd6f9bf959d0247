"""Nothing that others wrote steers a terminal or breaks its encoding."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.audit.printable import safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("patrol-7@uscbp", "patrol-7@uscbp"),
        ("Rivière-du-Loup, Peñasco", "Rivière-du-Loup, Peñasco"),
        ("\x1b[2J", "<U+001B>[2J"),
        ("\x9b2J", "<U+009B>2J"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\nb\rc\x07", "a<U+000A>b<U+000D>c<U+0007>"),
        ("\ud800", "<U+D800>"),
        ("\u2028\U000e0041", "<U+2028><U+E0041>"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text(alphabet=st.characters()))
@settings(max_examples=100, deadline=None)
def test_whatever_comes_in_what_goes_out_can_be_printed(text: str) -> None:
    shown = safe(text)
    shown.encode()
    assert not any(ord(one) < 32 or 0x7F <= ord(one) < 0xA0 for one in shown)
    assert safe(shown) == shown
