"""Emergency and help are always among the keys shown, in every language."""

from __future__ import annotations

import pytest

from tui_client.widgets.key_row import KeyRow
from tui_client.words import LANGUAGES, Words


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_keys_that_matter_fit(nogales, language: str) -> None:
    app = nogales.app(language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        (row,) = app.screen.query_one(KeyRow).rows(80)
        assert row.cells == 80
        assert "F8 F8 " + Words(language)("key.emergency") in row.plain
        assert row.plain.rstrip().endswith("? " + Words(language)("key.help"))
