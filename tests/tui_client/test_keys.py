"""A file of keys is read strictly: a typo is named with its line, and nothing is half taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.errors import ConfigurationError
from tui_client import keys
from tui_client.keys import DEFAULTS, FIXED, Keymap, read


def written(folder: Path, text: str) -> Path:
    path = folder / "keys.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_usual_keys_hold(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    found = read(path)
    assert (found.keys, found.changed, found.path) == (DEFAULTS, {}, str(path))
    with pytest.raises(ConfigurationError, match="does not exist"):
        read(path, required=True)


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    path = written(tmp_path, '[keys]\ncheck_in = "f5"\ncompose = "ctrl+n"\nwatch = "c"\n')
    found = read(path, required=True)
    assert found.changed == {"check_in": "f5", "compose": "ctrl+n", "watch": "c"}
    assert [found.shown(name) for name in ("check_in", "compose", "watch")] == ["F5", "Ctrl+N", "c"]
    assert read(written(tmp_path, "")).changed == {}


def test_keys_as_people_read_them() -> None:
    usual = Keymap()
    assert usual.shown("next") == "Alt+A"
    assert (usual.pressed("emergency"), usual.short("send")) == ("F8 F8", "^J")
    assert [usual.shown(name) for name in FIXED] == list(FIXED.values())
    assert Keymap({"watch": "alt++"}).shown("watch") == "Alt++"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[keys]\n\nchek_in = \"f5\"", "line 3: unknown key 'chek_in'; did you mean 'check_in'?"),
        ("[keys]\nzzz = \"f5\"", "line 2: unknown key 'zzz'; known are watch, incident"),
        ("x = 1\n[keys]\n", "line 1: unknown table 'x'; only"),
        ("keys = 3", "line 1: 'keys' must be a table"),
        ("[keys]\nwatch = 3", "line 2: 'watch' must be a key in quotes"),
        ("[keys]\nwatch = \"F5\"", "line 2: 'F5' is not a key"),
        ("[keys]\nwatch = \"\"", "line 2: '' is not a key"),
        ("[keys]\nwatch = \"a,b\"", "line 2: 'a,b' is not a key"),
        ("[keys]\nwatch = \"escape\"", "line 2: 'escape' moves, writes or ends here"),
        ("[keys]\nemergency = \"e\"", "line 2: 'emergency' must work while you write"),
        ("[keys]\nwatch = \"f9\"", "line 2: 'f9' is the key of 'check_in' already"),
        ("[keys]\nwatch = \"f5\"\nother = \"f5\"", "line 2: 'f5' is the key of 'other' already"),
        ("[keys", "not valid TOML"),
    ],
)  # fmt: skip
def test_a_typo_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(written(tmp_path, text))
    assert says in error.value.detail
    assert "keys.toml" in error.value.detail


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read(tmp_path)


def test_the_usual_keys_would_be_taken_from_a_file(tmp_path: Path) -> None:
    lines = "".join(f'{name} = "{key}"\n' for name, key in DEFAULTS.items())
    assert read(written(tmp_path, "[keys]\n" + lines)).changed == {}
    assert set(FIXED).isdisjoint(DEFAULTS)
    assert set(DEFAULTS) >= keys.WHILE_WRITING


async def test_other_keys_work_and_are_shown_in_help_and_rows(nogales, tmp_path: Path) -> None:
    app = nogales.app("emergency", "19:53")
    text = '[keys]\nhelp = "f1"\nincident = "i"\nwatch = "2"\nacknowledge = "f4"\npalette = "f6"\n'
    app.model.keys = read(written(tmp_path, text))
    async with app.run_test(size=(120, 40)) as pilot:
        await nogales.shows(pilot, "F4 Acknowledge", "F1 Keys")
        await pilot.press("i")
        await nogales.until(pilot, lambda: app.current_mode == "incident")
        await pilot.press("1")
        await pilot.press("2")
        await nogales.until(pilot, lambda: app.current_mode == "watch")
        await pilot.press("f1")
        await nogales.shows(pilot, "Other keys can be set in", "F6")
        await pilot.press("f1")
        await nogales.until(pilot, lambda: "Other keys" not in nogales.seen(app))
