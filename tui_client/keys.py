"""The keys: which deed each does, and what a person has put in its place in `keys.toml`.

    [keys]
    check_in = "f5"
    compose  = "ctrl+n"

The names are those of `DEFAULTS`; a key is a character, a name such as `f5` or `insert`, and before
it any of `ctrl+`, `alt+`, `shift+`. Escape, Enter, Tab and the arrows stay what they are. The file
is read strictly: a name or key that is not known is refused with its line, and so is one key for
two deeds.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from protocols.errors import ConfigurationError

DEFAULTS: Final[dict[str, str]] = {
    "watch": "1",
    "incident": "2",
    "compose": "c",
    "reply": "r",
    "acknowledge": "f2",
    "silence": "f3",
    "emergency": "f8",
    "check_in": "f9",
    "next": "alt+a",
    "panel": "f",
    "other": "n",
    "send": "ctrl+j",
    "language": "ctrl+l",
    "theme": "ctrl+t",
    "palette": "ctrl+p",
    "help": "?",
    "quit": "ctrl+q",
}
"""The deeds and their keys, as long as nobody asks for others."""
FIXED: Final[dict[str, str]] = {"read": "Enter", "tab": "Tab", "move": "↑ ↓", "back": "Esc"}
"""What no file changes, as it is shown."""
WHILE_WRITING: Final = frozenset(
    {"acknowledge", "silence", "emergency", "check_in", "next", "send", "language", "theme",
     "palette", "quit"}
)  # fmt: skip
"""Deeds whose keys work while somebody writes, and so cannot be characters."""
_TAKEN: Final = frozenset(
    {"escape", "enter", "tab", "shift+tab", "up", "down", "left", "right", "home", "end", "pageup",
     "pagedown", "backspace", "delete", "space", "ctrl+c", "ctrl+m", "ctrl+i"}
)  # fmt: skip
"""Keys that moving, writing and the terminal itself need."""
_KEY = re.compile(r"((?:ctrl\+|alt\+|shift\+)*)(f[1-9]|f1[0-9]|f2[0-4]|insert|[!-+\--~])")
_WRITTEN = re.compile(r"(?:shift\+)?[!-~]")


@dataclass(frozen=True, slots=True)
class Keymap:
    """The key of every deed; `path` is the file that says so, or could."""

    keys: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULTS))
    path: str = ""

    @property
    def changed(self) -> dict[str, str]:
        """The deeds whose key is another one than by default."""
        return {name: key for name, key in self.keys.items() if key != DEFAULTS[name]}

    def shown(self, name: str) -> str:
        """The key as a person reads it: `Ctrl+J`, `F8`, `c`."""
        if name in FIXED:
            return FIXED[name]
        *modifiers, key = _parts(self.keys[name])
        long = key.capitalize() if len(key) > 1 else key
        long = long.upper() if modifiers and len(key) == 1 else long
        return "+".join([*(one.capitalize() for one in modifiers), long])

    def pressed(self, name: str) -> str:
        """The same for help: an emergency takes it twice."""
        shown = self.shown(name)
        return f"{shown} {shown}" if name == "emergency" else shown

    def short(self, name: str) -> str:
        """The same for a narrow row: `^J`."""
        return self.pressed(name).replace("Ctrl+", "^")


def _parts(key: str) -> list[str]:
    """Modifiers and key; the key may be a `+` itself."""
    head, plus, last = key[:-1].rpartition("+")
    return [*head.split("+"), last + key[-1]] if plus else [key]


def read(path: Path, *, required: bool = False) -> Keymap:
    """The keys of a file; the usual ones where there is none, unless it is `required`.

    Raises `ConfigurationError` with the line at fault; nothing is taken from such a file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if required:
            raise ConfigurationError(f"{path} does not exist") from error
        return Keymap(path=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from error
    for name in content:
        if name != "keys":
            raise ConfigurationError(
                f"{_at(path, text, name)}: unknown table {name!r}; only [keys]"
            )
    asked = content.get("keys", {})
    if not isinstance(asked, dict):
        raise ConfigurationError(f"{_at(path, text, 'keys')}: 'keys' must be a table: [keys]")
    keys = dict(DEFAULTS)
    for name, key in asked.items():
        keys[name] = _checked(_at(path, text, name), name, key)
    for name in asked:
        same = next((one for one in keys if one != name and keys[one] == keys[name]), None)
        if same is not None:
            raise ConfigurationError(
                f"{_at(path, text, name)}: {keys[name]!r} is the key of {same!r} already"
            )
    return Keymap(keys, str(path))


def _checked(place: str, name: str, key: object) -> str:
    """One line of the file: a known deed, a key that can do it."""
    if name not in DEFAULTS:
        near = difflib.get_close_matches(name, DEFAULTS, 1)
        meant = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(DEFAULTS)}"
        raise ConfigurationError(f"{place}: unknown key {name!r}; {meant}")
    if not isinstance(key, str):
        raise ConfigurationError(f'{place}: {name!r} must be a key in quotes, such as "f5"')
    if key in _TAKEN:
        raise ConfigurationError(f"{place}: {key!r} moves, writes or ends here; choose another key")
    if _KEY.fullmatch(key) is None:
        raise ConfigurationError(f'{place}: {key!r} is not a key such as "f5", "ctrl+n", "x"')
    if name in WHILE_WRITING and _WRITTEN.fullmatch(key):
        raise ConfigurationError(
            f"{place}: {name!r} must work while you write, so {key!r} cannot be its key"
        )
    return key


def _at(path: Path, text: str, name: str) -> str:
    """The file and the line in which a name stands."""
    pattern = re.compile(rf"\s*\[?\s*[\"']?{re.escape(name)}[\"']?\s*[\]=.]")
    lines = (number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line))
    return f"{path}, line {next(lines, 1)}"
