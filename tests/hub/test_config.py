"""A configuration is what its struct says, and a typo is named with what was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from hub.config import load, parse, resolve
from protocols.errors import ConfigurationError


class Listen(msgspec.Struct, frozen=True):
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8443


class Agency(msgspec.Struct, frozen=True):
    root: str


class Settings(msgspec.Struct, frozen=True):
    name: str
    listen: Listen = Listen()
    spare: Listen | None = None
    agencies: dict[str, Agency] = {}
    feeds: tuple[Listen, ...] = ()


GOOD = """
name = "nogales"
[listen]
port = 9000
[agencies.uscbp]
root = "us.pem"
[[feeds]]
port = 1
"""


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(GOOD)
    settings = load(path, Settings)
    assert settings.listen == Listen(port=9000)
    assert settings.agencies == {"uscbp": Agency("us.pem")}
    assert settings.feeds == (Listen(port=1),)
    assert resolve(path, "us.pem") == tmp_path / "us.pem"
    assert resolve(path, "/etc/us.pem") == Path("/etc/us.pem")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('nmae = "x"', "hub.toml:1: unknown key 'nmae'; did you mean 'name'?"),
        ('name = "x"\nzebra = 1', "hub.toml:2: unknown key 'zebra'; known are"),
        (
            'name = "x"\n[listen]\nhots = "a"',
            "hub.toml:3: unknown key 'listen.hots'; did you mean 'host'?",
        ),
        (
            'name = "x"\n[lisen]\nport = 1',
            "hub.toml:2: unknown key 'lisen'; did you mean 'listen'?",
        ),
        ('name = "x"\n[spare]\nprot = 1', "hub.toml:3: unknown key 'spare.prot'"),
        (
            'name = "x"\n[agencies.uscbp]\nrott = "a"',
            "hub.toml:3: unknown key 'agencies.uscbp.rott'; did you mean 'root'?",
        ),
        ('name = "x"\n[[feeds]]\nhots = "a"', "unknown key 'feeds[0].hots'"),
        (
            'name = "x"\n[listen]\nport = 70000',
            "hub.toml:3: 'listen.port': Expected `int` <= 65535",
        ),
        (
            'name = "x"\n[listen]\nport = "a"',
            "hub.toml:3: 'listen.port': Expected `int`, got `str`",
        ),
        ("[listen]\nport = 1", "hub.toml: the key 'name' is missing"),
        ('name = "x"\n[agencies.uscbp]', "the key 'agencies[...].root' is missing"),
        ("name = ", "hub.toml: not valid TOML"),
        ('name = "x"\nlisten = 3', "hub.toml:2: 'listen': Expected `object`, got `int`"),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(text, Settings, "hub.toml")
    assert said in refused.value.detail


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load(tmp_path / "none.toml", Settings)
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load(tmp_path / "bad.toml", Settings)
