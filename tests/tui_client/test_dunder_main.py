"""`crossband-patrol` as a program: help, a refusal in a sentence, start and quit on a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from protocols.client.client import Client
from tui_client.__main__ import main, parser

PROGRAM = [sys.executable, "-m", "tui_client"]
SECONDS = 30


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False,
        **options,
    )  # fmt: skip


def test_help() -> None:
    done = run("--help")
    assert done.returncode == 0
    for option in ("--device-folder", "--channel", "--lang", "--theme", "--keys", "--plain"):
        assert option in done.stdout


def test_a_wrong_call_exits_with_2() -> None:
    assert run("--lang", "de").returncode == 2


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_folder_that_is_none_is_one_sentence(
    tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--device-folder", str(tmp_path), "--lang", language]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_typo_among_the_keys_is_named_in_every_language(
    tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text('[keys]\nemergancy = "f7"\n')
    assert main(["--keys", str(keys), "--device-folder", str(tmp_path), "--lang", language]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.count("line 2: unknown key 'emergancy'; did you mean 'emergency'?") == 1


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LC_ALL": "es_MX.UTF-8"}, "es"),
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "C"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_of_the_environment(
    environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert parser().parse_args([]).lang == language


async def test_line_mode_from_standard_input(offline: Callable[[], Client]) -> None:
    folder = offline().device.folder
    done = run("--device-folder", str(folder), "--plain", "--lang", "en", input="/r\n/q\n")
    assert done.returncode == 0, done.stderr
    assert "dispatch@uscbp" in done.stdout
    assert "\x1b" not in done.stdout


async def test_start_and_quit_on_a_terminal(offline: Callable[[], Client]) -> None:
    folder = offline().device.folder
    leader, follower = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    with subprocess.Popen(
        [*PROGRAM, "--device-folder", str(folder), "--lang", "en"],
        stdin=follower, stdout=follower, stderr=follower, env=environment,
    ) as process:  # fmt: skip
        os.close(follower)
        painted = _read_until(leader, b"Who can read")
        assert b"patrol-7" in painted
        os.write(leader, b"\x11")  # Ctrl+Q
        _read_until(leader, b"")
        assert process.wait(SECONDS) == 0
    os.close(leader)


def _read_until(terminal: int, wanted: bytes) -> bytes:
    """What the program paints until `wanted` is among it, or, for nothing, until it ends."""
    painted = b""
    while not wanted or wanted not in painted:
        ready, _, _ = select.select([terminal], [], [], SECONDS)
        assert ready, painted[-2000:]
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other side has closed: how a pty says end of file
            break
        if not part:
            break
        painted += part
    return painted
