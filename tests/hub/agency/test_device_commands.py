"""The device's side: a key beforehand, a folder that appears whole, a renewal when it is due."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.agency.device_commands import passphrase, stamp
from hub.cli import main
from hub.console import Console, Usage
from protocols.client.device import Device

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSBAND_LANG", "en")
    monkeypatch.delenv("CROSSBAND_PASSPHRASE", raising=False)


def test_a_code_tied_to_a_key_and_everything_else_the_folder_holds(
    tmp_path: Path, capsys: Captured
) -> None:
    us, ca, key = str(tmp_path / "us"), str(tmp_path / "ca"), str(tmp_path / "k.pem")
    main(["agency", "init", us, "--agency", "uscbp", "--country", "US"])
    main(["agency", "init", ca, "--agency", "rcmp", "--country", "CA"])
    capsys.readouterr()
    assert main(["agency", "key", key, "--json"]) == 0
    fingerprint = json.loads(capsys.readouterr().out)["fingerprint"]
    assert main(["agency", "key", key]) == 1
    assert "never overwritten" in capsys.readouterr().err

    offer = ["agency", "enroll", us, "--device", "desk", "--role", "command", "--unit", "Tucson"]
    assert main([*offer, "--key", fingerprint, "--json"]) == 0
    code = json.loads(capsys.readouterr().out)["code"]
    folder = tmp_path / "desk"
    use = ["agency", "enroll", "--device-folder", str(folder), "--code", code, "--authority", us]
    assert main(use) == 1
    assert "another key" in capsys.readouterr().err
    assert not folder.exists()

    more = ["--key-file", key, "--hub", "wss://localhost:8443", "--hub-name", "nogales"]
    trust = ["--trust", f"{ca}/root.pem", "--hub-certificate", f"{ca}/root.pem"]
    assert main([*use, *more, *trust]) == 0
    device = Device.open(folder)
    assert (device.name, device.hubs, device.hub_name) == (
        "desk@uscbp",
        ("wss://localhost:8443",),
        "nogales",
    )
    assert set(device.roots.agencies) == {"uscbp", "rcmp"}
    assert len(device.hub_certificates) == 1


def test_renewal_when_due_or_when_asked(tmp_path: Path, capsys: Captured) -> None:
    us, folder = str(tmp_path / "us"), str(tmp_path / "desk")
    main(["agency", "init", us, "--agency", "uscbp", "--country", "US"])
    capsys.readouterr()
    offer = ["agency", "enroll", us, "--device", "desk", "--role", "command", "--unit", "Tucson"]
    main([*offer, "--json"])
    code = json.loads(capsys.readouterr().out)["code"]
    use = ["agency", "enroll", "--device-folder", folder, "--code", code, "--authority", us]
    main(use)
    first = Device.open(folder).chain
    capsys.readouterr()
    renew = ["agency", "renew", "--device-folder", folder, "--authority", us]
    assert main([*renew, "--if-due"]) == 0
    assert "needs no renewal before" in capsys.readouterr().out
    assert Device.open(folder).chain == first
    assert main([*renew, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["renewed"] is True
    assert Device.open(folder).chain[0] != first[0]
    assert main(renew[:-2]) == 1
    assert "agency_url" in capsys.readouterr().err


def test_a_passphrase_is_typed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    from argparse import Namespace

    typed = iter(["one", "two", "same", "same"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    asked, console = Namespace(passphrase=True), Console()
    with pytest.raises(Usage, match="differ"):
        passphrase(asked, console, new=True)
    assert passphrase(asked, console, new=True) == b"same"
    assert passphrase(Namespace(passphrase=False), console) is None


def test_times_are_zulu() -> None:
    assert stamp(1_800_000_000) == "2027-01-15 08:00:00Z"
