"""The audit of the story asks the commands that an auditor has."""

from __future__ import annotations

import inspect

from hub.cli import build_parser
from hub.demo import tunnel_audit


def test_its_commands_exist() -> None:
    parser = build_parser()
    for words in (
        ["hub", "backup", "copy.sqlite", "--config", "hub.toml"],
        ["audit", "verify", "copy.sqlite", "--key", "log.vkey"],
        ["audit", "replay", "copy.sqlite", "--as", "x@y", "--record", "r.jsonl"],
    ):
        assert callable(parser.parse_args(words).run)
        assert f'"{words[0]}", "{words[1]}"' in inspect.getsource(tunnel_audit)
