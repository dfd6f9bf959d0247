"""The channel's messages in order: a line-API view, so that 50,000 of them open at once."""

from __future__ import annotations

from tui_client import safe_text
from tui_client.messages import EntryChosen, Seen
from tui_client.rows import log
from tui_client.safe_text import SafeText
from tui_client.widgets.lines_view import LinesView
from tui_client.widgets.paint import model_of, words_of


class MessageLog(LinesView):
    """One row a message; Enter reads it in full, with the original beside the translation."""

    areas = frozenset({"log", "fates", "channel"})

    def count(self) -> int:
        """Messages; one row says so where there are none."""
        return max(1, model_of(self).count())

    def head(self, width: int) -> SafeText:
        """The title with the number of messages."""
        count = safe_text.text(str(model_of(self).count()), "quiet")
        return safe_text.rule(safe_text.text(words_of(self)("log.title"), "title"), width, count)

    def row(self, index: int, width: int) -> SafeText:
        """One message."""
        model, words = model_of(self), words_of(self)
        entry = model.entry_at(index)
        if model.room is None:
            return safe_text.text(words("channel.none", device=model.me.device), "warn")
        if entry is None:
            return safe_text.text(words("log.empty"), "quiet")
        return log.row(entry, model, words, width)

    def refresh_rows(self) -> None:
        """Look again, and say what is on the screen once it is."""
        super().refresh_rows()
        self.call_after_refresh(self._tell_seen)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other messages have come on the screen."""
        super().watch_scroll_y(old_value, new_value)
        self._goal = None
        self.call_after_refresh(self._tell_seen)

    def _tell_seen(self) -> None:
        room = model_of(self).room
        if room is None or not self.screen.is_current or not self.settled:
            return
        first = self.scroll_offset.y
        last = min(first + self.visible_rows, model_of(self).count())
        fresh = [room.at(index).id for index in range(first, last)]
        fresh = [name for name in fresh if name not in room.shown]
        if fresh:
            # Straight to the app: called after a refresh, this runs in the screen's name, and the
            # toolkit lets no message bubble through whoever sent it.
            self.app.post_message(Seen(tuple(fresh)))

    def chosen(self, index: int) -> None:
        """Read it in full."""
        entry = model_of(self).entry_at(index)
        if entry is not None:
            self.post_message(EntryChosen(entry.id))
