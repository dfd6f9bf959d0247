"""`crossband hub`: init, run, backup, and the sentences when something is wrong."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from hub.cli import main
from tests.scenario.house import ROOT, House


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The relay alone, in a process of its own; it must end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "hub.relay", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_init_says_what_to_hand_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = House(tmp_path / "house").folder / "agencies/uscbp/root.pem"
    words = ["hub", "init", str(tmp_path / "hub"), "--name", "nogales", "--listen", "localhost:1"]
    assert main([*words, "--root", f"uscbp={root}", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert Path(result["config"]).is_file()
    assert Path(result["certificate"]).is_file()
    assert main([*words, "--root", f"uscbp={root}"]) == 1
    assert "not overwritten" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_init_in_three_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    root = House(tmp_path / "house").folder / "agencies/mxgn/root.pem"
    words = ["hub", "init", str(tmp_path / "hub"), "--name", "n", "--listen", "localhost:1"]
    assert main([*words, "--root", f"mxgn={root}", "--language", language]) == 0
    assert str(tmp_path / "hub/hub.toml") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("root", "status"),
    [("uscbp", 2), ("uscbp=/nowhere.pem", 1), ("cbsa={house}/agencies/uscbp/root.pem", 1)],
)
def test_init_with_a_wrong_root(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], root: str, status: int
) -> None:
    house = House(tmp_path / "house").folder
    words = ["hub", "init", str(tmp_path / "hub"), "--name", "n", "--listen", "localhost:1"]
    assert main([*words, "--root", root.format(house=house)]) == status
    assert capsys.readouterr().err
    assert not (tmp_path / "hub" / "hub.toml").exists()


def test_without_a_configuration() -> None:
    ended = run()
    assert ended.returncode == 2
    assert "--config" in ended.stderr


def test_a_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    with House(tmp_path / "first") as house:
        other = House(tmp_path / "second", port=house.port)
        ended = run("--config", str(other.config))
    assert ended.returncode == 1
    assert f"127.0.0.1:{house.port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_typo_is_a_sentence(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.config.write_text(house.config.read_text().replace("listen", "listne"))
    ended = run("--config", str(house.config))
    assert ended.returncode == 1
    assert "did you mean 'listen'" in ended.stderr


def test_one_log_one_hub(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        ended = run("--config", str(house.config))
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr


def test_a_running_hubs_log_can_be_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.sqlite"
    with House(tmp_path / "house") as house:
        assert main(["hub", "backup", str(copy), "--config", str(house.config)]) == 0
    assert str(copy) in capsys.readouterr().out
    with sqlite3.connect(copy) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM entries").fetchone()[0] >= 0


def test_nothing_to_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    house = House(tmp_path)
    assert main(["hub", "backup", str(tmp_path / "x"), "--config", str(house.config)]) == 1
    assert "has not run yet" in capsys.readouterr().err


def test_sigterm_ends_it_well_with_a_last_checkpoint(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.start()
    house.enrol("unit", "uscbp")
    assert house.stop() == 0
    assert "has stopped" in house.hub_log()
    house.start()
    assert json.loads(house.get("/health"))["status"] == "ok"
    assert house.stop() == 0
