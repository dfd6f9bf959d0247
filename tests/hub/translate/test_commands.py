"""`crossband formats` and `crossband convert`, as a user and as a program call them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hub.cli import build_parser
from hub.console import OK, REFUSED, Console, Usage
from hub.translate.commands import run_convert, run_formats
from protocols.formats.registry import FORMATS

ROOMS = ("hub.translate.commands",)
EVENT = (
    b'<event version="2.0" uid="U-1" type="b-a-o-tbl" how="h-e" time="2026-11-21T19:52:00.000Z"'
    b' start="2026-11-21T19:52:00.000Z" stale="2026-11-21T20:52:00.000Z" opex="e"><point'
    b' lat="31.33275" lon="-110.9511" hae="9999999.0" ce="9999999.0" le="9999999.0"/><detail>'
    b'<emergency type="911 Alert">GN-3</emergency></detail></event>'
)


def run(*words: str) -> int:
    arguments = build_parser(ROOMS).parse_args(words)
    status: int = arguments.run(arguments, Console(as_json="--json" in words))
    return status


@pytest.fixture
def event(tmp_path: Path) -> Path:
    path = tmp_path / "event.cot"
    path.write_bytes(EVENT)
    return path


def test_an_emergency_becomes_a_spanish_alert(
    event: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    lost = tmp_path / "losses.json"
    words = ("convert", "--from", "cot", "--to", "cap", "--lang", "es", "--losses", str(lost))
    assert run(*words, str(event)) == OK
    out, err = capfdbinary.readouterr()
    assert b"<status>Exercise</status>" in out
    assert b"EMERGENCIA" in out
    assert err == b""
    losses = json.loads(lost.read_text())
    assert losses[0].keys() == {"field", "value", "reason"}


def test_canonical_is_json_and_leads_back(
    event: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run("convert", "--from", "cot", "--to", "canonical", str(event)) == OK
    document = capfdbinary.readouterr().out
    assert json.loads(document)["body"]["kind"] == "alarm"
    path = tmp_path / "message.json"
    path.write_bytes(document)
    assert run("convert", "--from", "canonical", "--to", "cot", str(path)) == OK
    assert b'uid="U-1"' in capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("source", "target", "document", "code"),
    [
        ("cot", "cap", EVENT.replace(b"b-a-o-tbl", b"a-f-G"), "not_representable"),
        ("cot", "cap", EVENT[:-1], "malformed_document"),
        ("cap", "cot", EVENT, "unsupported_version"),
        ("cap", "cot", b"<!DOCTYPE a><a/>", "unsafe_document"),
        ("canonical", "cot", b"{}", "malformed_document"),
        ("morse", "cot", EVENT, "unknown_format"),
    ],
)
def test_a_refusal_is_one_line_and_nothing_is_written(
    source: str,
    target: str,
    document: bytes,
    code: str,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    path, lost = tmp_path / "x", tmp_path / "losses"
    path.write_bytes(document)
    words = ("convert", "--from", source, "--to", target, str(path), "--losses", str(lost))
    assert run(*words) == REFUSED
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert err.startswith(code.encode() + b": ")
    assert err.count(b"\n") == 1
    assert not lost.exists()


@pytest.mark.parametrize("words", [[], ["-"]])
def test_standard_input_is_read_where_no_file_is_named(words: list[str]) -> None:
    program = (
        "from hub.cli import build_parser; from hub.console import Console; import sys;"
        f"a = build_parser({ROOMS!r}).parse_args(sys.argv[1:]); sys.exit(a.run(a, Console()))"
    )
    command = [sys.executable, "-c", program, "convert", "--from", "cot", "--to", "canonical"]
    ended = subprocess.run([*command, *words], input=EVENT, capture_output=True, check=False)
    assert ended.returncode == OK, ended.stderr
    assert json.loads(ended.stdout)["source"]["id"] == "U-1"


def test_formats_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("formats") == OK
    assert "Cursor on Target" in capsys.readouterr().out
    assert run("formats", "--json") == OK
    listed = json.loads(capsys.readouterr().out)
    assert [line["name"] for line in listed] == list(FORMATS)
    assert run("formats", "--table", "--from", "canonical", "--to", "cot") == OK
    assert "kind assist.request" in capsys.readouterr().out
    assert run("formats", "--table", "--from", "cot", "--to", "cap", "--json") == OK
    assert json.loads(capsys.readouterr().out)[0]["from"] == "cot"


def test_what_a_reader_of_another_format_sees(
    event: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = tmp_path / "losses.json"
    words = ("convert", "--from", "cot", "--as-seen-by", "cap", "--lang", "fr")
    assert run(*words, str(event), "--losses", str(lost)) == OK
    said = capsys.readouterr().out
    assert said.startswith("Qui lit cap voit :")
    assert "EXERCICE" in said
    assert json.loads(lost.read_text())
    assert run(*words, str(event), "--json") == OK
    assert json.loads(capsys.readouterr().out)["format"] == "cap"


@pytest.mark.parametrize("words", [[], ["--to", "cap", "--as-seen-by", "cap"]])
def test_convert_needs_one_reader(words: list[str], event: Path) -> None:
    with pytest.raises(Usage):
        run("convert", "--from", "cot", *words, str(event))


def test_a_version_or_profile_that_is_not_written_is_refused(
    event: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for option, value in (("--as-version", "3.0"), ("--profile", "none-such")):
        words = ("convert", "--from", "cot", "--to", "cap", option, value, str(event))
        assert run(*words) == REFUSED
        assert capfdbinary.readouterr().err.startswith(b"unsupported_version: ")


def test_the_functions_are_the_commands() -> None:
    arguments = build_parser(ROOMS).parse_args(["convert", "--from", "cot", "--to", "cap"])
    assert arguments.run is run_convert
    assert build_parser(ROOMS).parse_args(["formats"]).run is run_formats
