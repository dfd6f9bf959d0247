"""The help names every key of the app in every language, and where they can be changed."""

from __future__ import annotations

import pytest

from tui_client.keys import DEFAULTS, FIXED, Keymap
from tui_client.screens import keys
from tui_client.words import LANGUAGES, Words


def test_every_deed_is_explained() -> None:
    assert sorted(keys.KEYS) == sorted((*DEFAULTS, *FIXED))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_names_the_keys_of_now(language: str) -> None:
    words = Words(language)
    changed = Keymap({**DEFAULTS, "check_in": "f5"}, "/home/agent/keys.toml")
    shown = [row.plain for row in keys.rows(changed, words, 80)]
    assert any(row.startswith("F5") and words("key.check_in") in row for row in shown)
    assert not any(row.startswith("F9") for row in shown)
    assert any("/home/agent/keys.toml" in row for row in shown)
    assert all(len(row) <= 80 for row in shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rows_fit_and_say_what_each_key_does(language: str) -> None:
    rows = keys.rows(Keymap(), Words(language), 79)
    assert all(row.cells <= 79 for row in rows)
    text = " ".join(" ".join(row.plain.split()) for row in rows)
    for name in keys.KEYS:
        assert " ".join(Words(language)(f"key.{name}.help").split()) in text


async def test_it_opens_at_its_beginning(nogales) -> None:
    app = nogales.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await nogales.shows(pilot, "Patrol, timers, readers and messages")
        await pilot.press("end")
        await nogales.shows(pilot, "withheld from this reader")
