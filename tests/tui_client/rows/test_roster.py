"""Every reader by name, whatever the width."""

from __future__ import annotations

import pytest

from tui_client.rows import roster
from tui_client.words import LANGUAGES, Words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [32, 56])
def test_every_member_is_named_in_full(nogales, language: str, width: int) -> None:
    for member in nogales.members:
        row = roster.row(member, Words(language), width, me=member == nogales.me)
        assert row.cells <= width
        assert member.country in row.plain
        assert member.device in row.plain


def test_the_role_is_a_word_beside_its_sign(nogales) -> None:
    row = roster.row(nogales.rcmp, Words("fr"), 32)
    assert "○" in row.plain
    assert row.plain.endswith("observateur")
    assert "(me)" in roster.row(nogales.me, Words("en"), 56, me=True).plain
