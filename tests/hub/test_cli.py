"""The whole command as a process and as a function: statuses, sentences, and one boundary."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from types import ModuleType

import pytest

from hub import cli
from hub.cli import as_crossband_error, build_parser, main
from hub.console import Console, Subparsers, command
from protocols.errors import CrossbandError, PortInUse, StoreUnavailable, Trouble


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A room whose one command raises what the test puts into `fault`."""
    module = ModuleType("room_for_tests")

    def run(_: Namespace, console: Console) -> int:
        if module.fault is not None:
            raise module.fault
        console.result({"fine": True}, "fine")
        return 0

    def register(subparsers: Subparsers) -> None:
        command(subparsers, "try", run, help="try")

    module.register, module.fault = register, None
    monkeypatch.setitem(sys.modules, "room_for_tests", module)
    monkeypatch.setattr(cli, "build_parser", lambda: build_parser(["room_for_tests"]))
    return module


def test_a_result_is_zero(room: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["try"]) == 0
    assert capsys.readouterr().out == "fine\n"
    assert main(["try", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"fine": True}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (StoreUnavailable("the disk is full"), "store_unavailable"),
        (OSError(errno.EADDRINUSE, "Address already in use"), "port_in_use"),
        (FileNotFoundError(errno.ENOENT, "No such file", "x.pem"), "trouble"),
        (ZeroDivisionError("a defect"), "trouble"),
    ],
)
def test_every_error_is_a_sentence_and_status_one(
    room: ModuleType, capsys: pytest.CaptureFixture[str], fault: Exception, code: str
) -> None:
    room.fault = fault
    assert main(["try", "--json"]) == 1
    said = json.loads(capsys.readouterr().err)
    assert said["error"] == code
    assert said["remedy"]
    assert main(["try"]) == 1
    spoken = capsys.readouterr().err
    assert spoken.startswith("crossband: ")
    assert "Traceback" not in spoken


def test_details_on_request(
    room: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSBAND_DEBUG", "1")
    room.fault = ZeroDivisionError("a defect")
    assert main(["try"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_interruption_is_quiet(room: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    room.fault = KeyboardInterrupt()
    assert main(["try"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [[], ["fly"], ["agency"], ["agency", "init"], ["doctor", "-x"]])
def test_wrong_calls_are_status_two(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "usage: crossband" in capsys.readouterr().err
    assert main([*words, "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["error"] == "usage"


def test_help_and_version_are_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "agency" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("crossband ")


def test_the_language_holds_for_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CROSSBAND_LANG", raising=False)
    words = ["agency", "list", str(tmp_path)]
    said = []
    for more in ([], ["--language", "es"], ["--language=fr"]):
        assert main([*words, *more]) == 1
        said.append(capsys.readouterr().err)
    assert len(set(said)) == 3


def test_the_operating_systems_errors_become_ours() -> None:
    assert isinstance(as_crossband_error(OSError(errno.EADDRINUSE, "in use")), PortInUse)
    missing = as_crossband_error(FileNotFoundError(errno.ENOENT, "No such file", "a.pem"))
    assert (type(missing), missing.detail) == (Trouble, "a.pem: No such file")
    own = CrossbandError("x")
    assert as_crossband_error(own) is own


def test_the_process_survives_a_reader_that_goes_away() -> None:
    """As `crossband agency --help | head -0`: no complaint, status 0."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m hub doctor --json | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() in {"0", "1"}
    assert done.stderr == ""
