"""A gateway's file is strict, and a typo is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.gateway.config import load
from hub.tls import self_signed
from protocols.errors import ConfigurationError

GOOD = {
    "device_folder": '"device"',
    "channel": '"nogales"',
    "adapter": '"cap"',
    "listen": '"127.0.0.1:0"',
}


def write(folder: Path, **keys: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text("".join(f"{key} = {value}\n" for key, value in {**GOOD, **keys}.items()))
    return path


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load(write(tmp_path))
    assert config.device_folder == tmp_path / "device"
    assert config.listening.tls is None
    assert config.file.language == "en"


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"lisen": '"x"'}, "listen"),
        ({"adapter": '"tetra"'}, "adapter"),
        ({"listen": '"nowhere"'}, "HOST:PORT"),
        ({"listen": '"0.0.0.0:8089"'}, "without TLS only"),
        ({"adapter": '"cot"'}, "without TLS only"),
        ({"kinds_in": '["chat"]'}, "chat"),
        ({"certificate": '"a.pem"', "key": '"b.pem"'}, "TLS files"),
        ({"token_file": '"token"'}, "token"),
        ({"queue": "0"}, "queue"),
        ({"listen": '":8089"'}, "HOST:PORT"),
        ({"listen": '"127.0.0.1:99999"'}, "HOST:PORT"),
        ({"status_listen": '"0.0.0.0:9000"'}, "loopback"),
        ({"status_listen": '"9000"'}, "status_listen"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, keys: dict[str, str], says: str) -> None:
    (tmp_path / "token").write_text("short\n")
    with pytest.raises(ConfigurationError, match=says):
        load(write(tmp_path, **keys))


def test_a_certificate_makes_other_addresses_possible(tmp_path: Path) -> None:
    key, certificate = self_signed("192.0.2.1", "gateway")
    (tmp_path / "tls.key.pem").write_bytes(key)
    (tmp_path / "tls.pem").write_bytes(certificate)
    (tmp_path / "token").write_text("a-token-that-is-long\n")
    config = load(
        write(
            tmp_path,
            adapter='"cot"',
            listen='"0.0.0.0:8089"',
            certificate='"tls.pem"',
            key='"tls.key.pem"',
            token_file='"token"',
        )
    )
    assert config.listening.tls is not None
    assert config.listening.token == "a-token-that-is-long"


def test_health_and_metrics_may_have_an_address_of_their_own(tmp_path: Path) -> None:
    assert load(write(tmp_path)).status is None
    status = load(write(tmp_path, status_listen='"[::1]:9100"')).status
    assert status is not None
    assert (status.host, status.port, status.tls) == ("::1", 9100, None)
