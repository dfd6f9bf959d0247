"""Everything said in one incident, in order."""

from __future__ import annotations

from tui_client import safe_text
from tui_client.messages import EntryChosen
from tui_client.room import Entry
from tui_client.rows import log
from tui_client.safe_text import SafeText
from tui_client.widgets.lines_view import LinesView
from tui_client.widgets.paint import model_of, words_of


class Timeline(LinesView):
    """One row a message; Enter reads it in full."""

    areas = frozenset({"log", "fates", "channel"})
    back = 0

    def entries(self) -> list[Entry]:
        """The entries of the incident on the screen."""
        room = model_of(self).room
        record = room.incident(self.back) if room is not None else None
        return room.incidents.get(record.id, []) if room is not None and record else []

    def count(self) -> int:
        """Entries."""
        return len(self.entries())

    def head(self, width: int) -> SafeText:
        """The title with the number of entries."""
        title = safe_text.text(words_of(self)("incident.timeline"), "title")
        return safe_text.rule(title, width, safe_text.text(str(self.count()), "quiet"))

    def row(self, index: int, width: int) -> SafeText:
        """One entry."""
        entry = self.entries()[index]
        within = entry.message.incident or ""
        return log.row(entry, model_of(self), words_of(self), width, within=within)

    def chosen(self, index: int) -> None:
        """Read it in full."""
        self.post_message(EntryChosen(self.entries()[index].id))
