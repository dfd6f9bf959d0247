"""A part of the screen that shows rows of safe text and does not scroll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.strip import Strip
from textual.widget import Widget

from tui_client.safe_text import EMPTY, SafeText, Tone
from tui_client.widgets.paint import strip


class Pane(Widget):
    """Subclasses give `rows(width)`; the app calls `refresh_rows` when the model has changed."""

    ground: ClassVar[Tone] = ""
    areas: ClassVar[frozenset[str]] = frozenset()
    """Areas of the model whose changes this part shows."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # the toolkit's name
        super().__init__(id=id)
        self._rows: Sequence[SafeText] | None = None

    def rows(self, width: int) -> Sequence[SafeText]:
        """The rows to show at this width; a pane without any is empty."""
        return ()

    def refresh_rows(self) -> None:
        """Ask for the rows again before the next painting."""
        self._rows = None
        self.refresh()

    def on_resize(self) -> None:
        """Another width gives other rows."""
        self.refresh_rows()

    def render_line(self, y: int) -> Strip:
        """The line API: one painted row."""
        width = self.size.width
        if self._rows is None:
            self._rows = self.rows(width)
        row = self._rows[y] if y < len(self._rows) else EMPTY
        return strip(self, row, width, self.ground)
