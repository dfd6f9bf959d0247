"""`crossband gateway`: makes a configuration that loads, lists letters, names what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub.cli import main
from hub.gateway.commands import ADAPTERS, make_gateway
from hub.gateway.config import load
from hub.gateway.dead_letters import DeadLetters
from protocols.errors import ConfigurationError, MalformedDocument

ADAPTERS_WITH_TLS = ("cot", "cap", "documents", "native")
NOON = 1_793_000_000_000_000


def make(folder: Path, **other: Any) -> Path:
    given = {"channel": "nogales", "adapter": "cap", "listen": "127.0.0.1:0", "language": "es"}
    config, _ = make_gateway(folder, device_folder=folder / "device", **{**given, **other})
    return config


ADAPTER_KEYS: dict[str, dict[str, Any]] = {
    "cot": {},
    "cap": {},
    "native": {},
    "documents": {"format": "cap"},
    "tak-client": {"listen": "", "connect": "127.0.0.1:8089"},
    "ais": {"udp": True, "send_to": "127.0.0.1:10110"},
    "ics-213": {"listen": "", "inbox": "in", "outbox": "out"},
}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_every_adapter_can_be_made(tmp_path: Path, adapter: str) -> None:
    loaded = load(make(tmp_path, adapter=adapter, **ADAPTER_KEYS[adapter]))
    assert loaded.file.adapter == adapter
    has_tls = loaded.listening is not None and loaded.listening.tls is not None
    assert has_tls == (tmp_path / "tls.pem").exists() == (adapter in ADAPTERS_WITH_TLS)


def test_webhooks_are_written_as_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["gateway", "init", str(tmp_path), "--device-folder", "d", "--channel", "nogales"]
    words += ["--adapter", "cap", "--listen", "127.0.0.1:0"]
    words += ["--webhook", "https://c5.example/a", "--webhook", "https://c5.example/b"]
    assert main(words) == 0
    loaded = load(tmp_path / "gateway.toml")
    assert [one.url for one in loaded.webhooks] == ["https://c5.example/a", "https://c5.example/b"]
    assert "pin" in capsys.readouterr().out


def test_the_command_makes_paths_absolute(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["gateway", "init", "folder", "--device-folder", "device", "--channel", "nogales"]
    words += ["--adapter", "ics-213", "--inbox", "in", "--outbox", "out"]
    assert main(words) == 0
    assert "gateway.toml" in capsys.readouterr().out
    loaded = load(tmp_path / "folder" / "gateway.toml")
    assert loaded.folder(loaded.file.inbox) == tmp_path / "in"
    assert main([*words[:-1], "out2", "--json"]) == 1  # it exists
    words[2:3], words[-4:] = ["ais"], ["--listen", "0.0.0.0:1", "--udp", "--json"]
    assert main([word if word != "ics-213" else "ais" for word in words]) == 0
    assert json.loads(capsys.readouterr().out)["certificate"] is None


def test_what_it_makes_loads_and_its_key_is_secret(tmp_path: Path) -> None:
    loaded = load(make(tmp_path / "gateway"))
    assert loaded.file.language == "es"
    assert loaded.listening is not None
    assert loaded.listening.tls is not None
    assert loaded.device_folder == tmp_path / "gateway" / "device"
    assert (tmp_path / "gateway" / "tls.key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ['no"gales', "a\\b", "línea\nnueva", "día"])
def test_any_channel_name_survives_the_file(tmp_path: Path, name: str) -> None:
    assert load(make(tmp_path, channel=name)).file.channel == name


def test_nothing_is_overwritten_and_a_wrong_address_makes_nothing(tmp_path: Path) -> None:
    make(tmp_path / "one")
    with pytest.raises(ConfigurationError, match="not overwritten"):
        make(tmp_path / "one")
    with pytest.raises(ConfigurationError, match="HOST:PORT"):
        make(tmp_path / "two", listen="nowhere")
    assert not (tmp_path / "two").exists()


def test_init_and_letters_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "gateway"
    words = ["gateway", "init", str(folder), "--device-folder", str(tmp_path / "device")]
    words += ["--channel", "nogales", "--adapter", "cot", "--listen", "127.0.0.1:0", "--json"]
    assert main(words) == 0
    made = json.loads(capsys.readouterr().out)
    DeadLetters(folder / "dead-letters", lambda: NOON).keep(
        "in", "10.0.0.7:4242", b"<event", MalformedDocument("line 1: cut short")
    )
    assert main(["gateway", "letters", "--config", made["config"], "--json"]) == 0
    ((letter),) = json.loads(capsys.readouterr().out)
    assert (letter["error"], letter["size"]) == ("malformed_document", 6)
    for language, head in (("en", "what happened"), ("es", "qué pasó"), ("fr", "arrivé")):
        assert main(["gateway", "letters", "--config", made["config"], "--language", language]) == 0
        text = capsys.readouterr().out
        assert head in text
        assert "cut short" in text


def test_what_is_wrong_is_said_with_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gateway"]) == 2
    assert "--config" in capsys.readouterr().err
    assert main(["gateway", "--config", str(tmp_path / "none.toml")]) == 1
    config = make(tmp_path)
    config.write_text(config.read_text() + 'chanel = "x"\n')
    assert main(["gateway", "--config", str(config), "--json"]) == 1
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["error"] == "configuration_error"
