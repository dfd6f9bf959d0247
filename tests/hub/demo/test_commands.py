"""`crossband demo`, as far as it goes without acting the story out."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.cli import main


def test_it_works_only_in_an_empty_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "something").write_text("here")
    assert main(["demo", "--headless", "--keep", str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_a_scenario_that_is_not_there_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--scenario", "opera"]) == 2
    assert "opera" in capsys.readouterr().err
