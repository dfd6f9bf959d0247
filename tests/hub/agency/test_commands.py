"""`crossband agency` as people type it, from `init` to `revoke`."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from hub.cli import main
from protocols.identity.roots import certificates_from_pem

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSBAND_LANG", "en")
    monkeypatch.delenv("CROSSBAND_PASSPHRASE", raising=False)


@pytest.fixture
def us(tmp_path: Path, capsys: Captured) -> str:
    folder = str(tmp_path / "us")
    assert main(["agency", "init", folder, "--agency", "uscbp", "--country", "US"]) == 0
    assert "authority of uscbp (US) is ready" in capsys.readouterr().out
    return folder


def code_for(folder: str, name: str, capsys: Captured, role: str = "participant") -> str:
    words = ["agency", "enroll", folder, "--device", name, "--role", role, "--unit", "Nogales"]
    assert main([*words, "--json"]) == 0
    return str(json.loads(capsys.readouterr().out)["code"])


def test_from_code_to_revocation(us: str, tmp_path: Path, capsys: Captured) -> None:
    device, code = str(tmp_path / "p7"), code_for(us, "patrol-7", capsys)
    assert main(["agency", "list", us]) == 0
    assert "code until" in capsys.readouterr().out
    words = ["agency", "enroll", "--device-folder", device, "--code", code, "--authority", us]
    assert main(words) == 0
    assert "patrol-7@uscbp is enrolled" in capsys.readouterr().out
    assert main(["agency", "list", us, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["devices"][0]["state"] == "valid"
    assert main(["agency", "revoke", us, "patrol-7", "--reason", "lost"]) == 0
    assert "No hub was told" in capsys.readouterr().out
    assert main(["agency", "list", us, "--language", "fr"]) == 0
    assert "révoqué" in capsys.readouterr().out
    assert main(["agency", "renew", "--device-folder", device, "--authority", us]) == 1
    assert "uscbp has revoked patrol-7@uscbp" in capsys.readouterr().err


def test_a_hub_that_is_down_is_said(us: str, tmp_path: Path, capsys: Captured) -> None:
    code = code_for(us, "desk", capsys, "command")
    device = str(tmp_path / "desk")
    main(["agency", "enroll", "--device-folder", device, "--code", code, "--authority", us])
    capsys.readouterr()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    hub = f"wss://127.0.0.1:{port}"
    assert main(["agency", "revoke", us, "desk", "--hub", hub, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert list(said["not_told"]) == [hub]
    assert Path(said["statement"]).is_file()


def test_the_root_can_be_printed(us: str, capsys: Captured) -> None:
    assert main(["agency", "root", us]) == 0
    printed = capsys.readouterr()
    assert certificates_from_pem(printed.out.encode())
    assert "SHA-256" in printed.err
    assert main(["agency", "root", us, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["fingerprint"]) == 64


@pytest.mark.parametrize(
    "words",
    [
        ["enroll", "FOLDER"],
        ["enroll", "FOLDER", "--device", "x"],
        ["enroll", "--device-folder", "d"],
        ["enroll", "--device-folder", "d", "--code", "c"],
        ["enroll", "FOLDER", "--device-folder", "d", "--code", "c"],
        ["enroll", "FOLDER", "--device", "x", "--role", "king", "--unit", "u"],
        ["init", "FOLDER", "--agency", "x", "--country", "US", "--algorithm", "rsa"],
    ],
)
def test_calls_that_cannot_be_meant(us: str, words: list[str], capsys: Captured) -> None:
    assert main(["agency", *(us if word == "FOLDER" else word for word in words)]) == 2
    assert capsys.readouterr().err.startswith("crossband: ")


def test_refusals_are_status_one(us: str, capsys: Captured) -> None:
    words = ["agency", "enroll", us, "--device", "x@rcmp", "--role", "command", "--unit", "u"]
    assert main(words) == 1
    assert "belongs to rcmp" in capsys.readouterr().err
    assert main(["agency", "init", us, "--agency", "uscbp", "--country", "US"]) == 1
    assert "already" in capsys.readouterr().err
    assert main(["agency", "revoke", us, "nobody"]) == 1
    assert "nothing to revoke" in capsys.readouterr().err


def test_a_passphrase_locks_the_keys(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path / "us")
    monkeypatch.setenv("CROSSBAND_PASSPHRASE", "secret")
    assert main(["agency", "init", folder, "--agency", "uscbp", "--country", "US"]) == 0
    monkeypatch.delenv("CROSSBAND_PASSPHRASE")
    assert main(["agency", "revoke", folder, "x"]) == 1
    assert "needs a passphrase" in capsys.readouterr().err


def test_a_port_in_use_is_named(us: str, capsys: Captured) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["agency", "serve", us, "--port", port, "--json"]) == 1
    assert json.loads(capsys.readouterr().err)["error"] == "port_in_use"
    assert main(["agency", "serve", us, "--host", "192.0.2.1", "--json"]) == 1
    assert json.loads(capsys.readouterr().err)["error"] == "configuration_error"
