"""A long list paints only what is on the screen, follows its end, and moves by keys and mouse."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tui_client import safe_text
from tui_client.safe_text import SafeText
from tui_client.widgets.lines_view import LinesView


class Numbers(LinesView):
    DEFAULT_CSS = "Numbers { height: 1fr; }"

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.total = rows
        self.made: set[int] = set()
        self.opened: list[int] = []

    def count(self) -> int:
        return self.total

    def head(self, width: int) -> SafeText:
        return safe_text.text("head")

    def row(self, index: int, width: int) -> SafeText:
        self.made.add(index)
        return safe_text.text(f"row {index}")

    def chosen(self, index: int) -> None:
        self.opened.append(index)


class Small(App[None]):
    def __init__(self, rows: int) -> None:
        super().__init__()
        self.view = Numbers(rows)

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.refresh_rows()
        self.view.focus()


async def test_only_the_visible_rows_are_ever_made() -> None:
    app = Small(50_000)
    async with app.run_test(size=(30, 12)) as pilot:
        await pilot.pause()
        view = app.view
        assert view.cursor == 49_999
        assert len(view.made) < 50
        assert view.render_line(0).text.startswith("head")
        assert view.render_line(11).text.startswith("row 49999")


async def test_it_follows_its_end_only_from_the_end() -> None:
    app = Small(100)
    async with app.run_test(size=(30, 12)) as pilot:
        view = app.view
        view.total = 101
        view.refresh_rows()
        assert view.cursor == 100
        await pilot.press("home")
        assert view.cursor == 0
        view.total = 102
        view.refresh_rows()
        await pilot.pause()
        assert view.cursor == 0
        assert view.render_line(1).text.startswith("row 0")


async def test_keys_and_mouse() -> None:
    app = Small(100)
    async with app.run_test(size=(30, 12)) as pilot:
        view = app.view
        await pilot.press("home", "down", "down", "up")
        assert view.cursor == 1
        await pilot.press("pagedown")
        assert view.cursor == 12
        await pilot.press("end", "enter")
        assert view.opened == [99]
        await pilot.press("home")
        await pilot.pause()
        await pilot.click(Numbers, offset=(3, 4))
        assert view.cursor == 3
        await pilot.click(Numbers, offset=(3, 4), times=2)
        assert view.opened == [99, 3]


def test_an_empty_view_has_no_rows() -> None:
    view = LinesView()
    assert view.count() == 0
    assert view.head(10) is None
    assert not view.row(0, 10)
