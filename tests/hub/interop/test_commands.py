"""`crossband interop` against a real hub: a change is announced, and everybody can look ahead."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.channel import commands as channel_commands
from hub.console import OK, REFUSED, Console, Usage
from hub.interop import commands as interop_commands
from protocols.identity import Role
from tests.scenario.house import House

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run() -> Run:
    def call(*words: str, language: str = "en", json_: bool = False) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        commands = parser.add_subparsers()
        channel_commands.register(commands)
        interop_commands.register(commands)
        arguments = parser.parse_args([*words, "--wait", "20"])
        out = io.StringIO()
        console = Console(as_json=json_, language=language, out=out, err=io.StringIO())
        status: int = arguments.run(arguments, console)
        return status, out.getvalue()

    return call


@pytest.fixture
def desk(tmp_path: Path, run: Run) -> Iterator[str]:
    with House(tmp_path) as house:
        folder = str(house.enrol("dispatch", "uscbp", Role.COMMAND, unit="Nogales Station"))
        run("channel", "create", "line", "--owner", "uscbp", "--device-folder", folder)
        yield folder


def test_a_change_is_announced_and_forecast(desk: str, run: Run) -> None:
    at = ("line", "--device-folder", desk)
    status, said = run("interop", "forecast", *at)
    assert status == OK
    assert "Nobody would lose anything that arrives today." in said
    assert "a sample set" in said

    status, said = run(
        "interop", "notice", *at, "--change", "replace", "--speaks", "cap:1.2",
        "--from-when", "2099-01-01", "--device", "dispatch@uscbp", "--equipment", "CAD 9",
    )  # fmt: skip
    assert status == OK
    assert said.startswith("Announced to everybody in the channel")

    status, said = run("interop", "forecast", *at, "--samples", language="es")
    assert status == REFUSED
    assert "dispatch@uscbp" in said
    assert "cap 1.2" in said
    assert "ya no recibiría" in said
    assert "kind position" in said
    status, said = run("interop", "forecast", *at, "--at", "2098-01-01")
    assert status == OK


def test_what_if_needs_no_notice_and_programs_get_json(desk: str, run: Run) -> None:
    at = ("line", "--device-folder", desk)
    wish = ("--what-if", "dispatch@uscbp=cot:2.0,cap")
    status, said = run("interop", "forecast", *at, *wish, "--at", "2099-01-01", json_=True)
    assert status == REFUSED
    value = json.loads(said)
    assert value["messages"] == "samples"
    assert value["breaks"] is True
    (member,) = value["members"]
    assert member["then"]["formats"][0] == {"format": "cot", "versions": ["2.0"]}
    assert {"field", "messages", "example", "reason"} == set(member["no_longer_read"][0])


@pytest.mark.parametrize(
    "words", [["--what-if", "nobody@x=cap"], ["--what-if", "dispatch"], ["--at", "tomorrow"]]
)
def test_a_wrong_call_says_what_is_wrong(desk: str, run: Run, words: list[str]) -> None:
    with pytest.raises(Usage):
        run("interop", "forecast", "line", "--device-folder", desk, *words)
