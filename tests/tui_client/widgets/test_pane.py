"""A pane asks for its rows once, and again when it is told to or has another width."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tui_client import safe_text
from tui_client.safe_text import SafeText
from tui_client.widgets.pane import Pane


class Counted(Pane):
    DEFAULT_CSS = "Counted { height: 2; }"

    def __init__(self) -> None:
        super().__init__()
        self.widths: list[int] = []

    def rows(self, width: int) -> list[SafeText]:
        self.widths.append(width)
        return [safe_text.text(f"row {len(self.widths)} [/]")]


class Small(App[None]):
    def compose(self) -> ComposeResult:
        yield Counted()


async def test_rows_are_made_once_until_something_changes() -> None:
    app = Small()
    async with app.run_test(size=(40, 4)) as pilot:
        pane = app.query_one(Counted)
        await pilot.pause()
        made = len(pane.widths)
        assert pane.render_line(0).text.rstrip() == f"row {made} [/]"
        assert pane.render_line(1).text.strip() == ""
        assert len(pane.widths) == made
        pane.refresh_rows()
        await pilot.pause()
        assert pane.render_line(0).text.rstrip() == f"row {made + 1} [/]"
        await pilot.resize_terminal(30, 4)
        await pilot.pause()
        pane.render_line(0)
        assert pane.widths[-1] == 30


def test_a_pane_without_rows_is_empty() -> None:
    assert Pane().rows(10) == ()
