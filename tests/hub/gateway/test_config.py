"""A gateway's file is strict, and a typo is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.gateway import config as config_module
from hub.gateway.config import GatewayFile, check, load
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
    assert config.listening is not None
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
        ({"inbox": '"in"'}, "inbox is no key of the adapter cap"),
        ({"adapter": '"cot"', "token_file": '"token"'}, "token_file is no key"),
        ({"adapter": '"documents"'}, "needs the key format"),
        ({"adapter": '"tak-client"', "listen": '""'}, "needs the key connect"),
        ({"adapter": '"ais"', "connect": '"127.0.0.1:1"'}, "listen or connect"),
        ({"adapter": '"ics-213"', "listen": '""', "inbox": '"in"'}, "outbox"),
        ({"unstated": '"exercise"'}, "unstated"),
        ({"station": '"366123456"'}, "station is no key"),
        ({"adapter": '"ais"', "station": '"36612345"'}, "station"),
        ({"exercise_unsayable": '"drop"'}, "exercise_unsayable"),
        ({"webhook": '[{url = "http://c5.example/"}]'}, "https"),
        ({"webhook": '[{url = "https://c5.example/", token_file = "token"}]'}, "token"),
        ({"rule": '[{name = "x", let = "drop"}]'}, "let"),
        ({"rule": '[{name = "x", let = "stop", kinds = ["chat*"]}]'}, r"chat\*"),
        ({"rule": '[{name = "kinds_in", let = "stop"}]'}, "taken"),
        ({"rule": '[{name = "x", let = "stop"}, {name = "x", let = "pass"}]'}, "taken"),
        ({"rule": '[{name = "x", let = "stop", box = [1.0, 2.0]}]'}, "box"),
        ({"rule": '[{name = "x\\"}", let = "stop"}]'}, "name"),
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
            adapter='"native"',
            listen='"0.0.0.0:8089"',
            certificate='"tls.pem"',
            key='"tls.key.pem"',
            token_file='"token"',
        )
    )
    assert config.listening is not None
    assert config.listening.tls is not None
    assert config.listening.token == "a-token-that-is-long"


def test_health_and_metrics_may_have_an_address_of_their_own(tmp_path: Path) -> None:
    assert load(write(tmp_path)).status is None
    status = load(write(tmp_path, status_listen='"[::1]:9100"')).status
    assert status is not None
    assert (status.host, status.port, status.tls) == ("::1", 9100, None)


def test_a_server_is_connected_to_with_tls_unless_it_is_on_loopback(tmp_path: Path) -> None:
    tak = {"adapter": '"tak-client"', "listen": '""'}
    away = load(write(tmp_path, **tak, connect='"tak.example:8089"')).connecting
    assert away is not None
    assert (away.host, away.port) == ("tak.example", 8089)
    assert away.tls is not None
    assert away.tls.check_hostname
    near = load(write(tmp_path, **tak, connect='"127.0.0.1:8087"')).connecting
    assert near is not None
    assert near.tls is None
    _, certificate = self_signed("tak.example", "server")
    (tmp_path / "tak.pem").write_bytes(certificate)
    keys = {"connect": '"127.0.0.1:8089"', "server_roots": '"tak.pem"', "server_name": '"tak"'}
    pinned = load(write(tmp_path, **tak, **keys)).connecting
    assert pinned is not None
    assert pinned.tls is not None
    assert not pinned.tls.check_hostname
    assert pinned.server_name == "tak"


def test_ais_may_come_in_datagrams_from_anywhere_and_from_a_plain_feed(tmp_path: Path) -> None:
    udp = load(write(tmp_path, adapter='"ais"', listen='"0.0.0.0:10110"', udp="true"))
    assert udp.listening is not None
    assert udp.listening.tls is None
    keys = {"connect": '"10.0.0.7:4001"', "send_to": '"10.0.0.7:10110"', "listen": '""'}
    feed = load(write(tmp_path, adapter='"ais"', **keys))
    assert feed.connecting is not None
    assert feed.connecting.tls is None
    assert feed.send_to == ("10.0.0.7", 10110)
    with pytest.raises(ConfigurationError, match="without TLS only"):
        load(write(tmp_path, adapter='"ais"', listen='"0.0.0.0:10110"'))


def test_rules_webhooks_and_tables_are_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token-that-is-long\n")
    config = load(
        write(
            tmp_path,
            rule='[{name = "no chat", let = "stop", way = "in", kinds = ["te*"], '
            'tlp_above = "TLP:GREEN", exercise = ["test"], precedence_below = "flash", '
            'personal = ["health"], senders = ["MX"], box = [1.0, 2.0, 3.0, 4.0]}]',
            webhook='[{url = "https://c5.example/in", token_file = "token"}]',
            code_tables='{catalogo-nacional = "catalogo.json"}',
            kinds_out='["text"]',
        )
    )
    (rule,) = config.crossing.rules
    assert (rule.name, rule.box) == ("no chat", (1.0, 2.0, 3.0, 4.0))
    assert config.crossing.kinds_out == ("text",)
    (webhook,) = config.webhooks
    assert (webhook.url, webhook.token) == ("https://c5.example/in", "a-token-that-is-long")
    assert webhook.tls is not None
    assert config.folder("x/y") == tmp_path / "x/y"


def test_a_text_is_checked_before_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    good = "".join(f"{key} = {value}\n" for key, value in GOOD.items())
    assert check(path, good).channel == "nogales"
    with pytest.raises(ConfigurationError, match="HOST:PORT"):
        check(path, good.replace("127.0.0.1:0", "nowhere"))
    assert not path.exists()


def test_every_key_of_an_adapter_is_explained() -> None:
    assert config_module.__doc__ is not None
    words = set(re.findall(r"[a-z_]+", config_module.__doc__))
    assert set(GatewayFile.__struct_fields__) <= words
