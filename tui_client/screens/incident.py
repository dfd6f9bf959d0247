"""Screen 2, Incident: states per side and shared, place, needs, help, and the timeline below."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui_client.screens.house import HouseScreen
from tui_client.widgets.bound import bound
from tui_client.widgets.incident_panel import IncidentPanel
from tui_client.widgets.timeline import Timeline


class IncidentScreen(HouseScreen):
    """The newest incident; `n` goes to the others."""

    CSS = "IncidentScreen Timeline { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [bound("other", "other")]
    AUTO_FOCUS = "Timeline"

    def body(self) -> ComposeResult:
        """What is known above, how it came below."""
        yield IncidentPanel()
        yield Timeline()

    def action_other(self) -> None:
        """The next incident of this channel."""
        panel, timeline = self.query_one(IncidentPanel), self.query_one(Timeline)
        panel.back += 1
        timeline.back = panel.back
        self.refresh_parts(None)
