"""Texts keep each language beside the other."""

from __future__ import annotations

import msgspec
import pytest

from protocols.messages.kinds import LogNote, Text
from protocols.messages.values import LanguageText


def test_a_translation_stands_beside_its_original() -> None:
    text = Text(
        text=LanguageText(text="Túnel hallado", language="es"),
        translations=(LanguageText(text="Tunnel found", language="en"),),
    )
    assert msgspec.convert(msgspec.to_builtins(text), Text) == text
    assert not text.silent


def test_a_language_is_a_tag() -> None:
    with pytest.raises(msgspec.ValidationError, match="language"):
        msgspec.convert(
            {"kind": "log.note", "text": {"text": "x", "language": "Español!"}}, LogNote
        )
