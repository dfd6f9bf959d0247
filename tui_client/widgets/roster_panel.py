"""Who can read this channel, by name."""

from __future__ import annotations

from tui_client import safe_text
from tui_client.rows import roster
from tui_client.safe_text import SafeText
from tui_client.widgets.lines_view import LinesView
from tui_client.widgets.paint import model_of, words_of


class RosterPanel(LinesView):
    """Every member, gateway and archive; the head counts them."""

    areas = frozenset({"roster", "channel"})

    def count(self) -> int:
        """Members."""
        return len(model_of(self).roster())

    def head(self, width: int) -> SafeText:
        """The title with the number of readers."""
        count = safe_text.text(str(self.count()), "strong")
        return safe_text.rule(safe_text.text(words_of(self)("roster.title"), "title"), width, count)

    def row(self, index: int, width: int) -> SafeText:
        """One member."""
        model = model_of(self)
        member = model.roster()[index]
        return roster.row(member, words_of(self), width, me=member.device == model.me.device)
