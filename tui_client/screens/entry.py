"""One message in full, over the whole screen; `r` answers it, Escape goes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui_client import forms, safe_text
from tui_client.rows import entry
from tui_client.safe_text import SafeText
from tui_client.screens.house import HouseScreen
from tui_client.widgets.bound import bound
from tui_client.widgets.lines_view import LinesView
from tui_client.widgets.paint import model_of, words_of

if TYPE_CHECKING:
    from tui_client.app import CrossbandApp


class EntryView(LinesView):
    """The rows of one message; they scroll."""

    selectable = False
    areas = frozenset({"log", "fates", "channel"})

    def __init__(self, message_id: str) -> None:
        super().__init__(id="entry")
        self.message_id = message_id
        self._made: Sequence[SafeText] = ()

    def refresh_rows(self) -> None:
        """Make the rows again: the fate or the language has changed."""
        model = model_of(self)
        found = model.entry(self.message_id)
        width = max(40, self.text_width)
        self._made = entry.rows(found, model, words_of(self), width) if found else ()
        super().refresh_rows()

    def on_resize(self) -> None:
        """Another width wraps differently."""
        self.refresh_rows()
        self.move_to(0)

    def count(self) -> int:
        """Rows of the message."""
        return len(self._made)

    def row(self, index: int, width: int) -> SafeText:
        """One row."""
        return self._made[index] if index < len(self._made) else safe_text.EMPTY


class EntryScreen(HouseScreen):
    """Reading; nothing here changes anything but what is acknowledged with F2."""

    CSS = "EntryScreen EntryView { height: 1fr; }"
    keys = (
        "reply",
        "acknowledge",
        "move",
        "next",
        "back",
        "language",
        "help",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", show=False),
        bound("reply", "reply"),
    ]
    AUTO_FOCUS = "EntryView"

    def __init__(self, message_id: str) -> None:
        super().__init__()
        self.message_id = message_id

    def body(self) -> ComposeResult:
        """The rows."""
        yield EntryView(self.message_id)

    async def action_reply(self) -> None:
        """Write the usual answer to this kind of message; the kind can be changed there."""
        found = model_of(self).entry(self.message_id)
        kind = found.message.kind if found else ""
        answers = forms.ANSWERS.get(kind, ("text",))
        app = cast("CrossbandApp", self.app)
        await app.action_compose(answers[0], self.message_id)

    def action_back(self) -> None:
        """Back to where one was."""
        self.dismiss(None)
