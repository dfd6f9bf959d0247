"""The emergency: F8 asks, F8 again sends; nothing needs to be typed, Escape stops it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Input

from tui_client import safe_text
from tui_client.safe_text import SafeText
from tui_client.widgets.paint import model_of, words_of
from tui_client.widgets.pane import Pane

if TYPE_CHECKING:
    from tui_client.app import CrossbandApp


class Question(Pane):
    """What will happen, to whom it goes, and the key that does it."""

    DEFAULT_CSS = "Question { height: auto; }"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of rows."""
        return len(self.rows(width))

    def rows(self, width: int) -> Sequence[SafeText]:
        """The question and the readers by count and country."""
        model, words = model_of(self), words_of(self)
        countries = sorted({member.country for member in model.roster()})
        goes = words("emergency.goes", count=len(model.roster()), countries=", ".join(countries))
        asked = safe_text.text(
            words("emergency.ask", key=model.keys.shown("emergency")), "strong"
        ).wrap(width)
        return [
            safe_text.text(words("emergency.title").center(width), "alarm"),
            *asked[:2],
            *safe_text.text(goes).wrap(width)[:3],
            safe_text.text(words("emergency.say"), "quiet"),
        ]


class EmergencyScreen(ModalScreen[None]):
    """The first F8 brings it up; the app calls `confirm` at the second."""

    CSS = """
    EmergencyScreen { align: center middle; background: $background 40%; }
    EmergencyScreen Vertical { width: 64; height: auto; border: heavy $error; padding: 0 1;
        background: $background; }
    EmergencyScreen Input { border: none; height: 1; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def compose(self) -> ComposeResult:
        """The question and one line for words."""
        with Vertical():
            yield Question()
            yield Input(id="said", select_on_focus=False)

    def confirm(self) -> None:
        """The second F8."""
        said = self.query_one("#said", Input).value
        app = cast("CrossbandApp", self.app)
        self.dismiss(None)
        app.call_later(app.raise_emergency, said)

    def action_back(self) -> None:
        """It was a mistake: nothing is sent."""
        self.dismiss(None)
