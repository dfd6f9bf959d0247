"""Who can read this channel, by name, and below a name what an announced change will cost it."""

from __future__ import annotations

from protocols.foresight.forecast import MemberForecast
from protocols.identity.names import Identity
from tui_client import safe_text
from tui_client.rows import outlook, roster
from tui_client.safe_text import SafeText
from tui_client.widgets.lines_view import LinesView
from tui_client.widgets.paint import model_of, words_of


class RosterPanel(LinesView):
    """Every member, gateway and archive; the head counts them."""

    areas = frozenset({"roster", "channel"})

    def count(self) -> int:
        """Rows: members, and marks below some of them."""
        return len(self._rows())

    def head(self, width: int) -> SafeText:
        """The title with the number of readers."""
        count = safe_text.text(str(len(model_of(self).roster())), "strong")
        return safe_text.rule(safe_text.text(words_of(self)("roster.title"), "title"), width, count)

    def row(self, index: int, width: int) -> SafeText:
        """One member, or the mark of the one above."""
        model, words = model_of(self), words_of(self)
        member, loss = self._rows()[index]
        made = model.outlook()
        if loss is not None and made is not None:
            return outlook.mark(loss, made, words, width)
        return roster.row(member, words, width, me=member.device == model.me.device)

    def _rows(self) -> list[tuple[Identity, MemberForecast | None]]:
        """Every member without, and where something will be lost once more with its forecast."""
        model = model_of(self)
        found: list[tuple[Identity, MemberForecast | None]] = []
        for member in model.roster():
            found.append((member, None))
            loss = model.outlook_of(member.device)
            if loss is not None:
                found.append((member, loss))
        return found
