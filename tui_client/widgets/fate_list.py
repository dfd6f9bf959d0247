"""What became of my own messages, newest last."""

from __future__ import annotations

from tui_client import safe_text
from tui_client.messages import EntryChosen
from tui_client.rows import fates
from tui_client.safe_text import SafeText
from tui_client.widgets.lines_view import LinesView
from tui_client.widgets.paint import model_of, words_of


class FateList(LinesView):
    """One row for each own message; Enter opens it with every recipient by name."""

    areas = frozenset({"fates"})

    def count(self) -> int:
        """Own messages; one row says so where there are none."""
        return max(1, len(model_of(self).fates()))

    def head(self, width: int) -> SafeText:
        """The title with the number that waits."""
        model, words = model_of(self), words_of(self)
        queued = safe_text.text(
            words("link.queued", count=model.queued), "warn" if model.queued else "quiet"
        )
        return safe_text.rule(safe_text.text(words("fates.title"), "title"), width, queued)

    def row(self, index: int, width: int) -> SafeText:
        """One message's fate."""
        model, words = model_of(self), words_of(self)
        known = model.fates()
        if not known:
            return safe_text.text(words("fates.empty"), "quiet")
        fate = known[index]
        return fates.row(fate, fates.title_of(fate, model, words, short=True), words, width)

    def chosen(self, index: int) -> None:
        """Open the message."""
        known = model_of(self).fates()
        if known:
            self.post_message(EntryChosen(known[index].message_id))
