"""The patrol's plan and timers, and below them the units as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence

from tui_client.rows import patrol, picture
from tui_client.safe_text import SafeText
from tui_client.widgets.paint import model_of, words_of
from tui_client.widgets.pane import Pane


class PatrolPanel(Pane):
    """Both halves, their next check-ins and the legs; the clock moves it every second."""

    areas = frozenset({"clock", "patrol"})

    def rows(self, width: int) -> Sequence[SafeText]:
        """The panel's rows."""
        model, words = model_of(self), words_of(self)
        plan, units = patrol.rows(model, words, width), picture.rows(model, words, width)
        room_for_units = self.size.height - len(plan) >= 2
        return plan + units if room_for_units else plan
