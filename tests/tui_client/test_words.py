"""The three languages say the same: same keys, same placeholders, nothing left in English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tui_client.words import LANGUAGES, Words, strings

ROOT = Path(__file__).resolve().parents[2] / "tui_client"


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_complete(language: str) -> None:
    english, other = strings("en"), strings(language)
    assert list(english) == list(other)
    for key, text in other.items():
        assert text.strip(), key
        assert placeholders(text) == placeholders(english[key]), key
        assert "[" not in text, key


@pytest.mark.parametrize("language", ["es", "fr"])
def test_a_sentence_is_not_left_in_english(language: str) -> None:
    english, other = strings("en"), strings(language)
    same = [key for key, text in other.items() if len(text.split()) > 3 and text == english[key]]
    assert same == []


def test_every_key_that_the_code_names_exists() -> None:
    used: set[str] = set()
    for path in ROOT.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'words\(\s*"([a-z][\w.]+)"', source))
        used |= set(re.findall(r'"((?:key|glyph|form|done|theme)\.[a-z_]+)"', source))
    assert used - set(strings("en")) == set()


def test_values_may_be_anything_and_an_unknown_language_is_english() -> None:
    assert Words("es")("link.queued", count=3) == "3 en cola"
    assert Words("de")("link.up") == "Link up"
    assert (
        Words("en")("plain.unknown", command="{x}[/]")
        == "There is no command {x}[/]; ? lists them."
    )


def test_the_languages_follow_each_other() -> None:
    assert [Words(language).next().language for language in LANGUAGES] == ["es", "fr", "en"]
    assert Words("de").next().language == "en"
