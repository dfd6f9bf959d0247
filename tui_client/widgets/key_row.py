"""The lowest row: the keys that matter here, in the user's language."""

from __future__ import annotations

from collections.abc import Sequence

from tui_client import safe_text
from tui_client.safe_text import SafeText
from tui_client.widgets.paint import model_of, words_of
from tui_client.widgets.pane import Pane

ALWAYS = (
    "watch", "incident", "compose", "emergency", "check_in", "next", "acknowledge", "language",
    "palette", "help",
)  # fmt: skip


class KeyRow(Pane):
    """As many keys as fit; `?` names them all."""

    DEFAULT_CSS = "KeyRow { height: 1; }"
    ground = "bar"

    keys: tuple[str, ...] = ALWAYS

    def rows(self, width: int) -> Sequence[SafeText]:
        """Keys from the left; the last one, help, always at the right."""
        keys, words = model_of(self).keys, words_of(self)
        shown = [
            safe_text.line((keys.short(name), "key"), " " + words(f"key.{name}"))
            for name in self.keys
        ]
        last = shown.pop()
        row = safe_text.text(" ")
        for part in shown:
            if row.cells + part.cells + last.cells + 4 > width:
                break
            row = safe_text.line(row, part, "  ")
        return (safe_text.line(row.fit(max(0, width - last.cells - 1)), last, " "),)
