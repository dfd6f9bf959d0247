"""The help that `?` opens: every key, what it does, and what the glyphs mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui_client import safe_text
from tui_client.keys import Keymap
from tui_client.safe_text import SafeText
from tui_client.screens.house import HouseScreen
from tui_client.widgets.bound import bound
from tui_client.widgets.lines_view import LinesView
from tui_client.widgets.paint import model_of, words_of
from tui_client.words import Words

KEYS = (
    "watch", "incident", "compose", "read", "reply", "acknowledge", "silence", "emergency",
    "check_in", "next", "tab", "move", "panel", "other", "send", "back", "language", "theme",
    "palette", "help", "quit",
)  # fmt: skip
"""Every deed, in the order in which the help tells them."""
GLYPHS = (
    ("Z O P R", "glyph.precedence"),
    ("‼ ✓ ◷ ↓", "glyph.alarm"),
    ("◌ → ▣ ↓ ◐ ● ✓ ✗", "glyph.fate"),
    ("★ ● ○ ◇ ⇄ ▤", "glyph.role"),
    ("▒", "glyph.stub"),
    ("‹202E›", "glyph.strange"),
)


def rows(keys: Keymap, words: Words, width: int) -> list[SafeText]:
    """All keys with their help, where they can be changed, then the glyphs."""
    found = [safe_text.rule(safe_text.text(words("keys.title"), "title"), width)]
    for name in KEYS:
        named = words(f"key.{name}")
        head = safe_text.columns([((keys.pressed(name), "key"), 8), ((named, "strong"), 16)])
        found += _described(head, words(f"key.{name}.help"), width)
    file = words("keys.file", path=keys.path or "keys.toml")
    found += [
        *safe_text.text(file, "quiet").wrap(width),
        safe_text.EMPTY,
        safe_text.rule(safe_text.text(words("glyphs.title"), "title"), width),
    ]
    for glyphs, name in GLYPHS:
        found += _described(safe_text.columns([((glyphs, "key"), 17)]), words(name), width, 18)
    return found


def _described(head: SafeText, sentence: str, width: int, indent: int = 26) -> list[SafeText]:
    wrapped = safe_text.text(sentence).wrap(max(10, width - indent))
    first = safe_text.line(head.fit(indent), wrapped[0])
    return [first] + [safe_text.line(" " * indent, rest) for rest in wrapped[1:]]


class KeyList(LinesView):
    """The help's rows; it scrolls."""

    selectable = False

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._made: tuple[str, int, Sequence[SafeText]] = ("", 0, ())

    def _all(self, width: int) -> Sequence[SafeText]:
        words = words_of(self)
        if self._made[:2] != (words.language, width):
            self._made = (words.language, width, rows(model_of(self).keys, words, width))
        return self._made[2]

    def count(self) -> int:
        """Rows at the width of now."""
        return len(self._all(max(40, self.text_width)))

    def row(self, index: int, width: int) -> SafeText:
        """One row."""
        made = self._all(max(40, self.text_width))
        return made[index] if index < len(made) else safe_text.EMPTY


class KeysScreen(HouseScreen):
    """Read, then Escape."""

    CSS = "KeysScreen KeyList { height: 1fr; }"
    keys = ("move", "back")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", show=False),
        bound("help", "back"),
    ]
    AUTO_FOCUS = "KeyList"

    def body(self) -> ComposeResult:
        """The list."""
        yield KeyList()

    def action_back(self) -> None:
        """Back to where one was."""
        self.dismiss(None)
