"""`crossband channel` against a real hub: what people read, what programs read, what is refused."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.channel.commands import register
from hub.console import Console, Usage, texts
from protocols.errors import (
    ConfigurationError,
    LinkDown,
    NotAMember,
    PolicyRefused,
    RoleRefused,
    UnknownChannel,
    UnknownDevice,
)
from protocols.frames import Policy
from protocols.identity import Role
from tests.scenario.house import House

Run = Callable[..., str]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as house:
        yield house


@pytest.fixture
def run() -> Run:
    def call(
        folder: Path, name: str, *words: str, language: str = "en", json_: bool = False
    ) -> str:
        parser = argparse.ArgumentParser()
        register(parser.add_subparsers())
        arguments = parser.parse_args(
            ["channel", name, *words, "--device-folder", str(folder), "--wait", "20"]
        )
        out = io.StringIO()
        console = Console(as_json=json_, language=language, out=out, err=io.StringIO())
        assert arguments.run(arguments, console) == 0
        return out.getvalue()

    return call


def test_a_channel_from_its_opening_to_its_roster(house: House, run: Run) -> None:
    us = house.enrol("dispatch", "uscbp", Role.COMMAND, unit="Nogales Station")
    mx = house.enrol("desk", "mxgn", Role.COMMAND, unit="C5 Sonora")
    said = run(us, "create", "nogales", "--owner", "uscbp", "--owner", "mxgn", "--title", "Túnel")
    assert said == "The channel nogales is open. Owners: uscbp, mxgn.\n"
    with pytest.raises(UnknownDevice):
        run(us, "add", "nogales", "desk@mxgn")
    with pytest.raises(NotAMember):
        run(mx, "roster", "nogales")  # it has been here now, and left its key packages
    assert "desk@mxgn" in run(us, "add", "nogales", "desk@mxgn")
    value = json.loads(run(us, "roster", "nogales", json_=True))
    assert [(one["device"], one["country"]) for one in value["members"]] == [
        ("dispatch@uscbp", "US"),
        ("desk@mxgn", "MX"),
    ]
    spanish = run(us, "roster", "nogales", language="es")
    assert spanish.startswith("Quién puede leer nogales (2):\nEQUIPO")
    assert "mando" in spanish
    assert "C5 Sonora" in spanish
    assert "este equipo" in spanish
    shown = run(us, "show", "nogales", language="fr")
    assert "Túnel" in shown
    assert "scellé" in shown
    assert "No longer in nogales" in run(us, "remove", "nogales", "desk@mxgn")
    assert len(json.loads(run(us, "roster", "nogales", json_=True))["members"]) == 1


def test_gateways_need_every_owner_and_are_marked(house: House, run: Run) -> None:
    us = house.enrol("dispatch", "uscbp", Role.COMMAND)
    mx = house.enrol("desk", "mxgn", Role.COMMAND)
    gateway = house.enrol("gateway:cot", "uscbp", Role.GATEWAY)
    for folder in (mx, gateway):
        with pytest.raises(UnknownChannel):
            run(folder, "show", "nogales")  # and leaves its key packages
    asked = run(us, "create", "nogales", "--owner", "uscbp", "--owner", "mxgn", "--gatewayed")
    assert "wait for the agreement of every owner" in asked
    run(us, "add", "nogales", "desk@mxgn")
    with pytest.raises(PolicyRefused):
        run(us, "add", "nogales", "gateway:cot@uscbp")
    assert "agreed: uscbp" in run(us, "show", "nogales")
    assert run(mx, "policy", "nogales", "--agree") == "The policy of nogales is in force.\n"
    run(us, "add", "nogales", "gateway:cot@uscbp")
    roster = run(us, "roster", "nogales", language="fr")
    assert "machine : traduit pour son organisme" in roster
    assert "passerelle" in roster
    policy = json.loads(run(us, "policy", "nogales", json_=True))["policy"]
    assert policy["gatewayed"] is True
    said = run(us, "policy", "nogales", "--title", "Nogales, túnel")
    assert said == "The policy of nogales is in force.\n"
    with pytest.raises(Usage):
        run(us, "policy", "nogales", "--gatewayed", "--sealed")
    with pytest.raises(Usage):
        run(us, "policy", "nogales", "--agree")


def test_exercise_and_observers_stand_in_the_policy(house: House, run: Run) -> None:
    us = house.enrol("dispatch", "uscbp", Role.COMMAND)
    words = ("drill", "--owner", "uscbp", "--observer", "cbsa", "--agency", "mxgn", "--exercise")
    value = json.loads(run(us, "create", *words, json_=True))
    assert value["policy"] == {
        "owners": ["uscbp"],
        "agencies": ["mxgn"],
        "observers": ["cbsa"],
        "exercise": True,
    }
    assert Policy(owners=("uscbp",)).exercise is False
    assert "nothing else may be said here" in run(us, "show", "drill")


def test_what_is_refused(house: House, run: Run, tmp_path: Path) -> None:
    eyes = house.enrol("eyes", "cbsa", Role.OBSERVER)
    with pytest.raises(RoleRefused):
        run(eyes, "create", "mine", "--owner", "cbsa")
    with pytest.raises(ConfigurationError, match=r"device\.toml"):
        run(tmp_path / "nowhere", "show", "mine")


def test_without_a_hub_the_wait_ends_with_a_sentence(tmp_path: Path) -> None:
    house = House(tmp_path)
    folder = house.enrol("dispatch", "uscbp")
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    arguments = parser.parse_args(
        ["channel", "show", "x", "--device-folder", str(folder), "--wait", "0.3"]
    )
    with pytest.raises(LinkDown, match="no hub answered"):
        arguments.run(arguments, Console())


def test_every_sentence_exists_in_three_languages() -> None:
    for key, sentences in texts("hub.channel").items():
        assert set(sentences) == {"en", "es", "fr"}, key
