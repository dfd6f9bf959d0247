"""The last thing that the person must know: one sentence and its remedy, until Escape."""

from __future__ import annotations

from collections.abc import Sequence

from tui_client.rows import notice
from tui_client.safe_text import SafeText
from tui_client.widgets.paint import model_of, words_of
from tui_client.widgets.pane import Pane


class NoticeRow(Pane):
    """Up to two rows above the keys; takes no room when there is nothing."""

    DEFAULT_CSS = """
    NoticeRow { height: auto; }
    NoticeRow.off { display: none; }
    """
    areas = frozenset({"notice"})

    def rows(self, width: int) -> Sequence[SafeText]:
        """The sentence, wrapped."""
        return notice.rows(model_of(self), words_of(self), width)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many rows as the sentence needs, at most two."""
        return len(self.rows(width))

    def refresh_rows(self) -> None:
        """Come and go with the notice."""
        self.set_class(model_of(self).notice is None, "off")
        super().refresh_rows()
        self.refresh(layout=True)
