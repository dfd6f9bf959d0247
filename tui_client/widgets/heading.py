"""The fixed rows on top: identity and clock, link, exercise banner."""

from __future__ import annotations

from collections.abc import Sequence

from tui_client.rows import heading
from tui_client.safe_text import SafeText
from tui_client.widgets.paint import model_of, words_of
from tui_client.widgets.pane import Pane


class Heading(Pane):
    """Two rows; they never scroll, on no screen."""

    DEFAULT_CSS = "Heading { height: 2; }"
    ground = "bar"
    areas = frozenset({"clock", "link", "roster", "fates", "alarms", "channel"})

    def rows(self, width: int) -> Sequence[SafeText]:
        """Identity row and link row."""
        model, words = model_of(self), words_of(self)
        return heading.identity(model, words, width), heading.link(model, words, width)


class ExerciseBanner(Pane):
    """One row over the whole width while the channel carries exercise traffic."""

    DEFAULT_CSS = "ExerciseBanner { height: 1; } ExerciseBanner.off { display: none; }"
    areas = frozenset({"channel", "log"})

    def rows(self, width: int) -> Sequence[SafeText]:
        """The banner."""
        banner = heading.exercise(model_of(self), words_of(self), width)
        return () if banner is None else (banner,)

    def refresh_rows(self) -> None:
        """Take no room where there is nothing to say."""
        self.set_class(not model_of(self).exercise, "off")
        super().refresh_rows()
