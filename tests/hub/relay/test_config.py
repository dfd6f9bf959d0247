"""hub.toml: what is right is found, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.relay.config import check_hub_name, read_settings, split_address
from protocols.errors import ConfigurationError
from tests.scenario.house import House


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration of a new hub that was not started."""
    return House(tmp_path, port=4433).config


def changed(config: Path, old: str, new: str) -> Path:
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    return config


def test_a_new_hubs_configuration_is_complete(config: Path) -> None:
    settings = read_settings(config)
    assert (settings.name, settings.host, settings.port) == ("hub-test", "127.0.0.1", 4433)
    assert set(settings.roots.agencies) == {"uscbp", "mxgn", "cbsa"}
    assert settings.log == config.parent / "log.sqlite"
    assert not settings.behind_proxy
    for path in (settings.tls_certificate, settings.tls_key, settings.log_key, settings.sender_key):
        assert path.is_file()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("listen", "lisen", "did you mean 'listen'"),
        ('"127.0.0.1:4433"', '"127.0.0.1"', "HOST:PORT"),
        ('"127.0.0.1:4433"', "4433", "listen"),
        ('"hub-test"', '"hub test+"', "letters"),
        ("agencies/uscbp.pem", "agencies/nobody.pem", "cannot be read"),
        ("agencies/uscbp.pem", "agencies/mxgn.pem", "not of uscbp"),
        ("[tls]", "[tls]\nbehind_proxy = 3", "behind_proxy"),
        ("[agencies]", "[limits]\nbacklog = 'many'\n[agencies]", "backlog"),
        ("[agencies]", "[limits]\nclaims = 3\n[agencies]", "claims"),
        ("[keys]", "[keys", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named(config: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_settings(changed(config, old, new))


def test_a_hub_without_agencies_is_none(config: Path) -> None:
    text = config.read_text()
    config.write_text(text[: text.index("[agencies]")] + "[agencies]\n")
    with pytest.raises(ConfigurationError, match="nobody could log in"):
        read_settings(config)


def test_without_tls_only_behind_a_proxy_on_this_machine(config: Path) -> None:
    changed(config, "[tls]", "[tls]\nbehind_proxy = true")
    assert read_settings(config).behind_proxy
    with pytest.raises(ConfigurationError, match="loopback"):
        read_settings(changed(config, "127.0.0.1:4433", "0.0.0.0:4433"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:1", ("127.0.0.1", 1)),
        ("[::1]:8443", ("::1", 8443)),
        ("hub.example:65535", ("hub.example", 65535)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address


@pytest.mark.parametrize("text", ["", ":1", "host", "host:", "host:x", "host:65536", "[::zz]:1"])
def test_no_addresses(text: str) -> None:
    with pytest.raises(ConfigurationError):
        split_address(text)


@pytest.mark.parametrize("name", ["", "-x", "a b", "a+b", "x" * 65, "é"])
def test_no_hub_names(name: str) -> None:
    with pytest.raises(ConfigurationError):
        check_hub_name(name)
