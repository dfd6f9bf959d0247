"""The question says what will happen and to whom it goes; Escape stops it."""

from __future__ import annotations

import pytest

from tui_client.screens.emergency import EmergencyScreen, Question
from tui_client.words import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_asks_in_words_and_fits(nogales, language: str) -> None:
    app = nogales.app(language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f8")
        await pilot.pause()
        assert isinstance(app.screen, EmergencyScreen)
        question = app.screen.query_one(Question)
        rows = question.rows(question.size.width)
        assert question.size.height == len(rows)
        text = " ".join(row.plain for row in rows)
        assert "F8" in text
        assert "8 " in text
        assert "CA, MX, US" in text
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, EmergencyScreen)
