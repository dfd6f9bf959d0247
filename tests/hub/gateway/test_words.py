"""Errors are said in the language of the gateway's system."""

from __future__ import annotations

import pytest

from hub.gateway.words import explained, explained_error
from protocols.errors import RoleRefused


def test_each_language_has_its_own_sentence() -> None:
    said = {language: explained("role_refused", language) for language in ("en", "es", "fr")}
    assert len(set(said.values())) == 3
    assert all(len(text) > 20 for text in said.values())


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_the_case_at_hand_is_named(language: str) -> None:
    assert "observer-1@rcmp" in explained_error(RoleRefused("observer-1@rcmp may not"), language)


def test_a_code_that_nobody_knows_stands_for_itself() -> None:
    assert explained("no_such_code", "es") == "no_such_code"
