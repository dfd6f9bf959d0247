"""A visit: one command, one device, one channel, an end."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import pytest

from hub.console import Console
from hub.visit import visiting_command
from protocols.client.client import Client
from protocols.errors import LinkDown
from protocols.identity import Role
from tests.scenario.house import House


def call(work: object, folder: Path, wait: str = "20") -> int:
    parser = argparse.ArgumentParser()
    visiting_command(parser.add_subparsers(), "look", work, "look")  # type: ignore[arg-type]  # what each test gives
    arguments = parser.parse_args(["look", "line", "--device-folder", str(folder), "--wait", wait])
    status: int = arguments.run(arguments, Console(out=io.StringIO(), err=io.StringIO()))
    return status


def test_a_visit_is_connected_and_returns_its_status(tmp_path: Path) -> None:
    async def look(client: Client, arguments: argparse.Namespace, console: Console) -> int:
        assert client.link.up
        return 1

    async def nothing(client: Client, arguments: argparse.Namespace, console: Console) -> None:
        assert arguments.channel == "line"

    with House(tmp_path) as house:
        folder = house.enrol("desk", "uscbp", Role.COMMAND)
        assert call(look, folder) == 1
        assert call(nothing, folder) == 0


def test_without_a_hub_it_says_so(tmp_path: Path) -> None:
    async def never(client: Client, arguments: argparse.Namespace, console: Console) -> None:
        raise AssertionError

    with House(tmp_path) as house:
        folder = house.enrol("desk", "uscbp", Role.COMMAND)
    with pytest.raises(LinkDown):
        call(never, folder, wait="0.2")
