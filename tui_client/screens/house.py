"""What every screen of the client has: heading, exercise banner, alarm bar, notice and key row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from tui_client.messages import ModelChanged
from tui_client.widgets.alarm_bar import AlarmBar
from tui_client.widgets.heading import ExerciseBanner, Heading
from tui_client.widgets.key_row import KeyRow
from tui_client.widgets.lines_view import LinesView
from tui_client.widgets.notice_row import NoticeRow
from tui_client.widgets.pane import Pane


class HouseScreen(Screen[None]):
    """Subclasses give `body()`; the fixed rows are the same everywhere."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012  # the toolkit's own
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_notice", show=False),
    ]

    keys: ClassVar[tuple[str, ...] | None] = None
    """Deeds of the lowest row, where they differ from the usual ones."""

    def compose(self) -> ComposeResult:
        """Fixed rows around the body."""
        yield Heading()
        yield AlarmBar()
        yield ExerciseBanner()
        yield from self.body()
        yield NoticeRow()
        row = KeyRow()
        if self.keys is not None:
            row.keys = self.keys
        yield row

    def body(self) -> ComposeResult:
        """What lies between the alarm bar and the keys."""
        return iter(())

    def parts(self) -> Iterator[Pane | LinesView]:
        """Everything on this screen that shows rows of the model."""
        for widget in self.query(Widget):
            if isinstance(widget, Pane | LinesView):
                yield widget

    async def on_mount(self) -> None:
        """Show the model as it is."""
        self.refresh_parts(None)

    def on_screen_resume(self) -> None:
        """Another screen was in front: look at everything again."""
        self.refresh_parts(None)

    def on_model_changed(self, event: ModelChanged) -> None:
        """Refresh what shows the areas that changed."""
        self.refresh_parts(event.areas)

    def refresh_parts(self, areas: frozenset[str] | None) -> None:
        """Refresh the parts that show any of these areas; all of them for None."""
        for part in self.parts():
            if areas is None or part.areas & areas:
                part.refresh_rows()

    def action_dismiss_notice(self) -> None:
        """Escape takes the notice away; alarms stay."""
        self.app.action_dismiss_notice()  # type: ignore[attr-defined]  # CrossbandApp has it
