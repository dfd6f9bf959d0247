"""A device folder is read strictly, and every fault is named with its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from protocols.client.device import Device
from protocols.errors import (
    BadCertificate,
    ConfigurationError,
    CrossbandError,
    KeyUnreadable,
    LocalStoreError,
)
from protocols.identity import DeviceKey


@pytest.fixture
def folder(agencies: Any) -> Path:
    device: Device = agencies.device("patrol-7@uscbp")
    return device.folder


def test_everything_is_found(folder: Path) -> None:
    device = Device.open(folder)
    assert device.name == "patrol-7@uscbp"
    assert device.hubs == ("wss://localhost:1",)
    assert set(device.roots.agencies) == {"uscbp", "c5", "rcmp"}
    assert len(device.chain) == 2
    assert device.hub_certificates == ()
    assert device.store_path == folder / "store.sqlite"


def test_several_hubs_and_their_name(folder: Path) -> None:
    _settings(folder, 'hub = ["wss://a.example:1", "wss://b.example"]\nhub_name = "nogales"')
    device = Device.open(str(folder))
    assert device.hubs == ("wss://a.example:1", "wss://b.example")
    assert device.hub_name == "nogales"


def test_a_pinned_hub_certificate(folder: Path) -> None:
    root = (folder / "roots" / "c5.pem").read_bytes()
    (folder / "hub.pem").write_bytes(root)
    assert len(Device.open(folder).hub_certificates) == 1


@pytest.mark.parametrize(
    "line",
    [
        "hubb = 'wss://x'",
        "hub = 7",
        "hub = 'http://x'",
        "hub = 'wss://'",
        "hub = ",
        'agency = "c5"',
    ],
)
def test_a_typo_is_named(folder: Path, line: str) -> None:
    _settings(folder, line)
    with pytest.raises(ConfigurationError, match=r"device\.toml"):
        Device.open(folder)


@pytest.mark.parametrize("name", ["device.toml", "key.pem", "chain.pem"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ConfigurationError, match=name):
        Device.open(folder)


def test_without_roots_nobody_could_be_believed(folder: Path) -> None:
    for path in (folder / "roots").iterdir():
        path.unlink()
    with pytest.raises(ConfigurationError, match="no agency root"):
        Device.open(folder)


def test_a_key_that_others_can_read_is_refused(folder: Path) -> None:
    (folder / "key.pem").chmod(0o640)
    with pytest.raises(LocalStoreError, match="0600"):
        Device.open(folder)


def test_another_key_is_refused(folder: Path) -> None:
    (folder / "key.pem").write_bytes(DeviceKey.generate().to_pem())
    with pytest.raises(BadCertificate, match=r"key\.pem"):
        Device.open(folder)


def test_a_locked_key_asks_for_its_passphrase(folder: Path) -> None:
    key = DeviceKey.from_pem((folder / "key.pem").read_bytes())
    (folder / "key.pem").write_bytes(key.to_pem(b"secret"))
    with pytest.raises(KeyUnreadable):
        Device.open(folder)
    assert Device.open(folder, key_passphrase=b"secret").key.public_key == key.public_key


def test_another_agencys_chain_is_refused(folder: Path, agencies: Any) -> None:
    other: Device = agencies.device("desk@c5")
    (folder / "chain.pem").write_bytes((other.folder / "chain.pem").read_bytes())
    with pytest.raises(ConfigurationError, match="desk@c5"):
        Device.open(folder)


@pytest.mark.parametrize("name", ["key.pem", "chain.pem", "hub.pem"])
def test_nonsense_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"-----BEGIN NONSENSE-----")
    with pytest.raises(CrossbandError):
        Device.open(folder)


def test_a_renewed_chain_is_taken_up(folder: Path, agencies: Any) -> None:
    device = Device.open(folder)
    assert device.reread() is device
    agencies.renew(device)
    fresh = device.reread()
    assert fresh.chain != device.chain
    assert (fresh.name, fresh.key) == (device.name, device.key)


def test_a_renewed_chain_of_somebody_else_is_not(folder: Path, agencies: Any) -> None:
    device = Device.open(folder)
    with pytest.raises(BadCertificate):
        device.with_chain(agencies.device("desk@c5").chain)


def _settings(folder: Path, line: str) -> None:
    kept = 'device = "patrol-7@uscbp"\n'
    kept += "" if line.startswith("agency") else 'agency = "uscbp"\n'
    (folder / "device.toml").write_text(kept + line + "\n")


@pytest.mark.parametrize("part", [".", "roots"])
def test_a_folder_that_others_can_write_is_refused(agencies: Any, part: str) -> None:
    folder = agencies.device("desk@c5").folder
    (folder / part).chmod(0o777)
    with pytest.raises(ConfigurationError, match="written by others"):
        Device.open(folder)
