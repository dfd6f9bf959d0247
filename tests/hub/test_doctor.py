"""The doctor sees what is wrong, says what to do, and finds nothing where nothing is."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from hub.agency.authority import Authority
from hub.agency.enrolment import offer_code
from hub.agency.local import LocalAgency
from hub.cli import main
from hub.console import Console
from hub.doctor import (
    check_clock,
    check_device,
    check_disk,
    check_packages,
    check_python,
    newest_file,
    required_packages,
)
from protocols.client.renewal import Enrolment, enrol_device
from protocols.identity import Role

CONSOLE = Console(out=io.StringIO(), err=io.StringIO())
DAY = 86_400


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_an_old_python_is_bad() -> None:
    assert check_python((3, 11, 2), CONSOLE).level == "ok"
    old = check_python((3, 10, 9), CONSOLE)
    assert (old.level, "3.10.9" in old.text) == ("bad", True)
    assert old.remedy


def test_missing_packages_are_named() -> None:
    assert check_packages(["msgspec", "no-such-package"], CONSOLE).text.endswith("no-such-package")
    names = set(required_packages())
    assert {"aiohttp", "apsw", "cryptography"} <= names
    assert "pytest" not in names
    assert check_packages(names, CONSOLE).level == "ok"


def test_a_full_disk_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((5, "bad"), (15, "warning"), (50, "ok")):
        monkeypatch.setattr("shutil.disk_usage", lambda _, free=free: Usage(100, 100 - free, free))
        assert check_disk(tmp_path, CONSOLE).level == level


def test_an_impossible_clock_is_bad(tmp_path: Path) -> None:
    assert check_clock(10, 20, [tmp_path], CONSOLE).level == "bad"
    assert check_clock(30, 20, [tmp_path / "none"], CONSOLE).level == "warning"
    assert check_clock(30, 20, [tmp_path], CONSOLE).level == "ok"
    assert newest_file() < time.time() + 1


def test_the_certificates_life_is_watched(tmp_path: Path) -> None:
    now = int(time.time())
    authority = Authority.create(tmp_path / "us", agency="uscbp", country="US", now=now)
    offer = offer_code(authority, name="desk", role=Role.COMMAND, unit="Tucson", now=now)
    folder = tmp_path / "desk"
    enrol_device(folder, LocalAgency(authority, lambda: now), offer.code, Enrolment(), now)
    assert check_device(folder, now, CONSOLE).level == "ok"
    due = check_device(folder, now + 4 * DAY, CONSOLE)
    assert (due.level, str(folder) in due.remedy) == ("warning", True)
    assert check_device(folder, now + 8 * DAY, CONSOLE).level == "bad"
    (folder / "key.pem").chmod(0o644)
    assert check_device(folder, now, CONSOLE).level == "bad"


def test_the_command_reports_and_ends_with_a_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["doctor", "--json", "--device-folder", str(tmp_path / "none")])
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [one["topic"] for one in findings] == ["python", "packages", "disk", "clock", "device"]
    assert (status, findings[-1]["level"]) == (1, "bad")
    main(["doctor", "--language", "fr"])
    assert "paquets présents" in capsys.readouterr().out
