"""The hub's keys: made once, readable by their owner alone, of the right kinds."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hub.relay.config import Settings, read_settings
from hub.relay.keys import (
    make_keys,
    read_sender,
    read_signer,
    read_tls_certificate,
    write_private,
)
from protocols.errors import ConfigurationError, KeyUnreadable
from protocols.identity import DeviceKey
from protocols.tlog.checkpoint import VerifierKey, open_note
from tests.scenario.house import House


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A new hub that was not started."""
    return read_settings(House(tmp_path, port=4433).config)


def test_private_keys_are_private_and_never_overwritten(tmp_path: Path) -> None:
    make_keys(tmp_path, "hub", "localhost")
    for name in ("tls.key.pem", "log.key.pem", "log-mldsa.key.pem", "sender.key.pem"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    with pytest.raises(ConfigurationError, match="not overwritten"):
        make_keys(tmp_path, "hub", "localhost")
    with pytest.raises(ConfigurationError):
        write_private(tmp_path / "log.key.pem", b"")


def test_checkpoints_verify_with_the_published_keys(settings: Settings) -> None:
    note = read_signer(settings)(3, bytes(32))
    text = (settings.log_key.parent / "log.vkey").read_text()
    keys = [VerifierKey.parse(line) for line in text.splitlines()]
    assert {key.name for key in keys} == {"crossband/hub-test"}
    assert len(keys) == 2
    checkpoint = open_note(note, keys)
    assert "3" in repr(checkpoint)


def test_keys_of_the_wrong_kind_are_named(settings: Settings) -> None:
    settings.log_key.write_bytes(settings.sender_key.read_bytes())
    with pytest.raises(KeyUnreadable, match="Ed25519"):
        read_signer(settings)
    settings.sender_key.write_bytes(DeviceKey.generate("ed25519").to_pem())
    with pytest.raises(KeyUnreadable, match="P-256"):
        read_sender(settings)
    settings.log_key.write_bytes(b"junk")
    with pytest.raises(KeyUnreadable, match="no readable"):
        read_signer(settings)
    settings.log_key.unlink()
    with pytest.raises(KeyUnreadable, match="cannot be read"):
        read_signer(settings)


def test_the_tls_certificate_is_the_one_that_clients_see(settings: Settings) -> None:
    assert read_tls_certificate(settings)[:1] == b"\x30"
    settings.tls_certificate.write_bytes(b"junk")
    with pytest.raises(ConfigurationError, match="certificate"):
        read_tls_certificate(settings)
