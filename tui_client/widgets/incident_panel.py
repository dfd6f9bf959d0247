"""States of each side, place, situation, needs and help of the incident on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size

from tui_client.rows import incident
from tui_client.safe_text import SafeText
from tui_client.widgets.paint import model_of, words_of
from tui_client.widgets.pane import Pane


class IncidentPanel(Pane):
    """As many rows as the incident needs; `back` counts incidents backwards from the newest."""

    DEFAULT_CSS = "IncidentPanel { height: auto; max-height: 60%; }"
    areas = frozenset({"incident", "fates"})
    back = 0

    def rows(self, width: int) -> Sequence[SafeText]:
        """The panel's rows."""
        return incident.rows(model_of(self), words_of(self), width, self.back)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of rows."""
        return len(self.rows(width))

    def refresh_rows(self) -> None:
        """The height may have changed too."""
        super().refresh_rows()
        self.refresh(layout=True)
