"""The alarm bar: fixed under the heading on every screen, never a toast; stays until acted on."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.geometry import Size

from tui_client.messages import AlarmHandled
from tui_client.rows import alarms
from tui_client.safe_text import SafeText
from tui_client.widgets.paint import model_of, words_of
from tui_client.widgets.pane import Pane


class AlarmBar(Pane):
    """One quiet row without alarms; with any, the alarm and a row of keys. A click on the key
    row's left half acknowledges, on its right half silences."""

    DEFAULT_CSS = "AlarmBar { height: auto; }"
    areas = frozenset({"alarms", "clock"})

    def rows(self, width: int) -> Sequence[SafeText]:
        """The most urgent alarm, then the keys and the others."""
        return alarms.bar(model_of(self), words_of(self), width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of rows: it grows as soon as there is an alarm."""
        return len(self.rows(width))

    def refresh_rows(self) -> None:
        """The height may have changed too."""
        before = len(self._rows or ())
        super().refresh_rows()
        if len(self.rows(self.size.width or 80)) != before:
            self.refresh(layout=True)

    def on_click(self, event: events.Click) -> None:
        """The mouse can do what F2 and F3 do."""
        if event.y == self.size.height - 1 and model_of(self).alarms():
            left = event.x < self.size.width // 2
            self.post_message(AlarmHandled("acknowledge" if left else "silence"))
