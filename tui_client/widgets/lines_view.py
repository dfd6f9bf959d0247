"""A list of any length, painted line by line: only what is on the screen is ever made.

A table or a rich log holds a renderable for every row, which takes seconds for 50,000 messages;
here a row is asked for when its line is painted, so opening a long channel costs nothing.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_client.safe_text import EMPTY, SafeText
from tui_client.widgets.paint import strip


class LinesView(ScrollView, can_focus=True):
    """Subclasses give `count()` and `row(index, width)`, and `head(width)` for a fixed first line.

    The cursor marks a row; it follows the newest row as long as it stands on the last one.
    """

    DEFAULT_CSS = """
    LinesView { overflow-x: hidden; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "first", show=False),
        Binding("end,G", "last", show=False),
        Binding("enter", "choose", show=False),
    ]

    selectable: ClassVar[bool] = True
    areas: ClassVar[frozenset[str]] = frozenset()
    """Areas of the model whose changes this part shows."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # the toolkit's name
        super().__init__(id=id)
        self.cursor = 0
        self._count = 0
        self._goal: int | None = None
        """Where the rows have been asked to scroll to; the toolkit does it after the layout."""

    def count(self) -> int:
        """How many rows there are."""
        return 0

    def row(self, index: int, width: int) -> SafeText:
        """The row at this place."""
        return EMPTY

    def head(self, width: int) -> SafeText | None:
        """A line that stays on top; None for none."""
        return None

    def chosen(self, index: int) -> None:
        """Enter or a click on a row."""

    @property
    def head_lines(self) -> int:
        """Lines that the head takes."""
        return 1 if self.head(10) is not None else 0

    @property
    def text_width(self) -> int:
        """Cells that a row has, beside the scroll bar."""
        return self.scrollable_content_region.width

    @property
    def visible_rows(self) -> int:
        """Rows that fit below the head."""
        return max(1, self.size.height - self.head_lines)

    def refresh_rows(self) -> None:
        """Look at the rows again: called when the model has changed."""
        before, self._count = self._count, self.count()
        follows = self.selectable and self.cursor >= before - 1
        self.virtual_size = Size(0, self._count + self.head_lines)
        if follows:
            self.cursor = max(0, self._count - 1)
            self._keep_visible()
        self.cursor = min(self.cursor, max(0, self._count - 1))
        self.refresh()

    def on_resize(self) -> None:
        """Rows may be wrapped differently; keep the cursor's row on the screen."""
        self._count = self.count()
        self.virtual_size = Size(0, self._count + self.head_lines)
        self._keep_visible()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line API: one painted row."""
        width = self.text_width
        head = self.head(width)
        if head is not None:
            if y == 0:
                return strip(self, head, width)
            y -= 1
        index = y + self.scroll_offset.y
        if index >= self._count:
            return strip(self, EMPTY, width)
        at_cursor = self.selectable and self.has_focus and index == self.cursor
        return strip(self, self.row(index, width), width, "chosen" if at_cursor else "")

    def move_to(self, index: int) -> None:
        """Put the cursor on a row and show it."""
        self.cursor = max(0, min(index, self._count - 1))
        self._keep_visible()
        self.refresh()

    def _keep_visible(self) -> None:
        top = self.scroll_offset.y
        self._goal = None
        if self.cursor < top:
            self._goal = self.cursor
        elif self.cursor >= top + self.visible_rows:
            self._goal = self.cursor - self.visible_rows + 1
        if self._goal is not None:
            self.scroll_to(y=self._goal, animate=False)

    @property
    def settled(self) -> bool:
        """Whether the rows on the screen are those that are to be there: no scrolling waits."""
        return self._goal is None or min(self._goal, self.max_scroll_y) == self.scroll_offset.y

    def action_move(self, step: int) -> None:
        """One row up or down."""
        self.move_to(self.cursor + step)

    def action_page(self, step: int) -> None:
        """One page up or down."""
        self.move_to(self.cursor + step * self.visible_rows)

    def action_first(self) -> None:
        """The first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """The newest row."""
        self.move_to(self._count - 1)

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self._count:
            self.chosen(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a second one opens the row."""
        index = event.y - self.head_lines + self.scroll_offset.y
        if 0 <= index < self._count:
            again = index == self.cursor and event.chain > 1
            self.move_to(index)
            if again:
                self.chosen(index)
